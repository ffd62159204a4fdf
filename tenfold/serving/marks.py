"""Deployments and changes of the configuration that somebody has told us of, so that a bend in a curve can be held against them.

Source: `marks.jsonl` in the folder `[serve] runs`, which `tenfold mark` writes.
Needed role and versions: read access to the file.
Consumed by: the annotations of every board.
Cost: one file, every scrape.
Caveats: the newest 20 alone are shown. A line that is no mark is passed over.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from collectors.serving.metric import Part, Reader, Sample, gauge

FILE = "marks.jsonl"
SHOWN = 20
BYTES_AT_MOST = 256 * 1024
KINDS = ("deployment", "configuration")
MARK = gauge("tenfold_mark_timestamp_seconds", "When something was deployed or configured.", "kind", "what")
METRICS = (MARK,)


class Mark(NamedTuple):
    """One line of the file."""

    kind: str
    what: str
    at: float


def append(folder: Path, mark: Mark) -> None:
    """Adds a mark.

    Raises:
        OSError: The folder or the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(mark._asdict(), ensure_ascii=False) + "\n")


def read(folder: Path) -> list[Mark]:
    """The newest marks, the newest last; none where there is no file."""
    try:
        with (folder / FILE).open("rb") as file:
            file.seek(max(file.seek(0, 2) - BYTES_AT_MOST, 0))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    return sorted(filter(None, map(_mark, lines)), key=lambda mark: mark.at)[-SHOWN:]


def _mark(line: str) -> Mark | None:
    try:
        found = json.loads(line)
        mark = Mark(str(found["kind"]), str(found["what"]), float(found["at"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return mark if mark.kind in KINDS else None


def samples(marks: Iterable[Mark]) -> Iterable[Sample]:
    """One series each."""
    for mark in marks:
        yield MARK.sample(mark.at, mark.kind, mark.what)


def newest_marks(folder: Path) -> Part:
    """The part for one folder."""

    def begin() -> Reader:
        return lambda _: samples(read(folder))

    return Part(name="marks", metrics=METRICS, begin=begin)
