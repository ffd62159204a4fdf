"""Gives a relation's files the size of the real ones, without their content.

The planner asks the file system for a relation's size. Files are extended sparsely, in segments of 1 GiB as PostgreSQL
itself keeps them; a larger single file is fatal.
"""

import os
from pathlib import Path

from shadow.btree import BLOCK

SEGMENT = 2**30
_MOST_PAGES = 2**32 - 2  # of a relation; a forged size would otherwise make files without end


def resize(path: Path, pages: int) -> None:
    """Makes the relation `pages` blocks long; growing costs no disk.

    Args:
        path: The first segment's file.
        pages: The number of blocks to have.
    """
    size = min(pages, _MOST_PAGES) * BLOCK
    whole, rest = divmod(size, SEGMENT)
    lengths = [SEGMENT] * whole + [rest]
    for number, length in enumerate(lengths):
        segment = path if number == 0 else Path(f"{path}.{number}")
        if number > 0 and length == 0:
            break
        descriptor = os.open(segment, os.O_RDWR | (os.O_CREAT if number else 0), 0o600)
        try:
            os.ftruncate(descriptor, length)
            if number and os.geteuid() == 0:
                owner = path.stat()
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
        finally:
            os.close(descriptor)


def fill(path: Path, what: bytes) -> None:
    """Writes the beginning of the relation; its length stays where it is longer."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(descriptor, what, 0)
    finally:
        os.close(descriptor)


def hollow(path: Path) -> None:
    """Gives back the disk of the relation's first segment; its length stays, and nothing may read it until it is filled again."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        length = os.fstat(descriptor).st_size
        os.ftruncate(descriptor, 0)
        os.ftruncate(descriptor, length)
    finally:
        os.close(descriptor)


def empty(path: Path) -> None:
    """Makes the relation empty, so that building an index on it reads nothing."""
    number = 1
    while (segment := Path(f"{path}.{number}")).exists():
        segment.unlink()
        number += 1
    os.truncate(path, 0)
