"""Snapshot files for the command line: reading, writing and showing them, with errors that a user can act on."""

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from facts.snapshot import Snapshot
from tenfold.exits import CommandError


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot in the file.

    Raises:
        CommandError: The file is missing, cut off, of a newer format or no snapshot at all.
    """
    from collectors.snapshot_file import SnapshotError, read

    try:
        return read(path)
    except SnapshotError as error:
        raise CommandError(str(error), error.remedy) from None


def write_snapshot(snapshot: Snapshot, path: Path) -> None:
    """Writes the file whole or not at all.

    Raises:
        CommandError: It cannot be written.
    """
    from collectors.snapshot_file import SnapshotError, write

    try:
        write(snapshot, path)
    except SnapshotError as error:
        raise CommandError(str(error), error.remedy) from None
