"""Proofs on a copy that is a server of its own."""
