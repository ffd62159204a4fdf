"""The command line: one file a command; each does its work in a pipeline module and says here how it ended."""

from tenfold.cli.app import main

__all__ = ["main"]
