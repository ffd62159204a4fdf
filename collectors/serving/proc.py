"""Small files of Linux that tell of the machine, as its collectors read them."""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

PROC, SYS = Path("/proc"), Path("/sys")


def lines(name: str, root: Path = PROC) -> list[str]:
    """A file's lines; none where the system has no such file or keeps it to itself."""
    try:
        return (root / name).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def number(name: str, root: Path = PROC) -> float | None:
    """The last number of a file that holds nothing else."""
    words = " ".join(lines(name, root)).split()
    try:
        return float(words[-1])
    except (IndexError, ValueError):
        return None


def by_protocol(text: Iterable[str]) -> dict[str, dict[str, int]]:
    """Pairs of lines: the names of a protocol's counters, then their values, as in /proc/net/snmp."""
    found: dict[str, dict[str, int]] = {}
    for names, values in pairwise(text):
        protocol, _, head = names.partition(":")
        same, _, tail = values.partition(":")
        if protocol == same and not head.split()[0].lstrip("-").isdigit():
            found[protocol] = {key: int(value) for key, value in zip(head.split(), tail.split(), strict=False)}
    return found


def by_core(text: list[str]) -> list[dict[str, int]]:
    """A line of names, then a line of hexadecimal numbers for each core, as in /proc/net/stat."""
    names = text[0].split() if text else []
    return [dict(zip(names, (int(word, 16) for word in line.split()), strict=False)) for line in text[1:]]
