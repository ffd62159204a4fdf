"""Alerts arrive."""
