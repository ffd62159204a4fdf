"""Small files of Linux that tell of the machine, as its collectors read them."""

import os
from collections.abc import Iterable
from pathlib import Path

PROC, SYS = Path("/proc"), Path("/sys")
_PIECE = 65_536


def lines(name: str, root: Path = PROC) -> list[str]:
    """A file's lines; none where the system has no such file or keeps it to itself."""
    # Some sixty of these files are read at every scrape, and most hold one number: the layers of a text file cost more than the kernel.
    try:
        handle = os.open(f"{root}/{name}", os.O_RDONLY)
    except OSError:
        return []
    pieces = []
    try:
        while piece := os.read(handle, _PIECE):
            pieces.append(piece)
    except OSError:
        return []
    finally:
        os.close(handle)
    return b"".join(pieces).decode("ascii", "replace").splitlines()


def number(name: str, root: Path = PROC) -> float | None:
    """The last number of a file that holds nothing else."""
    try:
        return float(lines(name, root)[-1].split()[-1])
    except (IndexError, ValueError):
        return None


def by_protocol(text: Iterable[str]) -> dict[str, dict[str, int]]:
    """Pairs of lines: the names of a protocol's counters, then their values, as in /proc/net/snmp."""
    found: dict[str, dict[str, int]] = {}
    each = iter(text)
    for names, values in zip(each, each, strict=False):
        protocol, *keys = names.split()
        same, *counts = values.split()
        if protocol == same:
            found[protocol.rstrip(":")] = dict(zip(keys, map(int, counts), strict=False))
    return found


def by_core(text: list[str]) -> list[dict[str, int]]:
    """A line of names, then a line of hexadecimal numbers for each core, as in /proc/net/stat."""
    names = text[0].split() if text else []
    return [dict(zip(names, (int(word, 16) for word in line.split()), strict=False)) for line in text[1:]]
