"""Rows of panels, one file a subject; a board is a few of them."""
