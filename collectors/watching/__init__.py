"""Watching once a second while a round runs: one file a source, and the watcher that runs them.

A source costs little enough for 1 Hz, has a connection of its own with the limits and manners of the other collectors, and gives plain
figures by name. What it could not read is absent, never zero.
"""
