"""Rehearsal rounds as people and machines see them."""
