"""A PostgreSQL server's own log as a list of statements, with what their calls really took.

Source: The log in any of the server's formats: csvlog (`.csv`), jsonlog (`.json`), or text whose `log_line_prefix` holds a time (`.log`).
    Entries of `log_min_duration_statement`, `log_min_duration_sample` or `log_duration` with the statement's text.
Consumed by: IDX001.
Cost: None for the mall; the file stays where it is. Read line by line; the number of different statements and the length of each are
    bounded.
Caveats: What ran shorter than the server's limit is not in its log. Every literal and parameter is replaced, so that nobody's name or
    number gets into a report.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from collectors.workload_file import JUDGED, WorkloadFileError
from facts.listed import Listed
from facts.message import msg
from facts.sqlcommenter import Kind, pieces, split_comments
from facts.system_errors import why

SUFFIXES = frozenset({".csv", ".json", ".log"})
MOST_STATEMENTS = 5_000
LONGEST_STATEMENT = 16 << 10
LONGEST_LINE = 4 << 20
_DURATION = re.compile(
    r"duration: (?P<milliseconds>\d+(?:\.\d+)?) ms  (?:statement|execute [^:\n]*): (?P<text>.*)", re.DOTALL
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?|\b\d{10}\.\d{3}\b")
_CSV_TIME, _CSV_MESSAGE = 0, 13
_LITERALS = frozenset({Kind.STRING, Kind.ESCAPED, Kind.DOLLAR, Kind.NUMBER})
# After these a number is a column's place or a type's length, no value.
_PLACES = re.compile(
    r"\b(?:group|order)\s+by\s+(?:[\w.\"]+\s*(?:asc|desc)?\s*,\s*)*$|\b(?:varchar|char|character|varying|numeric|decimal|bit|time|timestamp|interval)"
    r"\s*\(\s*(?:\d+\s*,\s*)?$",
    re.IGNORECASE,
)
_LOOKED_BACK = 200
_PARAMETER_DIGITS = 6


@dataclass(frozen=True, slots=True)
class _Entry:
    at: str
    message: str


@dataclass(slots=True)
class _Counted:
    tags: dict[str, str]
    calls: int = 0
    seconds: float = 0.0


def read(path: Path) -> tuple[Listed, ...]:
    """The statements of a log, the costliest first.

    Raises:
        WorkloadFileError: It cannot be read, or tells of no statement that ran.
    """
    name = str(path)
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as stream:
            found, first, last = _counted(_entries(path.suffix, stream))
    except OSError as error:
        raise WorkloadFileError(
            msg("{path} cannot be read: {reason}", path=name, reason=why(error)), msg("Name a log of the server.")
        ) from None
    if not found:
        raise WorkloadFileError(
            msg("{path} tells of no statement that ran", path=name),
            msg("Let the server log them for a while: log_min_duration_statement = '100ms'"),
        )
    if first is None or last is None:
        raise WorkloadFileError(
            msg("the lines of {path} tell no time", path=name),
            msg("Let log_line_prefix begin with it, such as '%m [%p] '."),
        )
    span = max((last - first).total_seconds(), 1.0)
    ordered = sorted(found.items(), key=lambda each: -each[1].seconds)
    return tuple(
        Listed(
            text=text,
            tags={**each.tags, "file": path.name},
            per_second=each.calls / span,
            seconds=each.seconds / each.calls,
        )
        for text, each in ordered
    )


def _counted(entries: Iterable[_Entry]) -> tuple[dict[str, _Counted], datetime | None, datetime | None]:
    """Calls and time by statement, with the first and the last moment of the log."""
    found: dict[str, _Counted] = {}
    first: datetime | None = None
    last: datetime | None = None
    for entry in entries:
        at = _moment(entry.at)
        if at is not None:
            first, last = min(first or at, at), max(last or at, at)
        told = _DURATION.search(entry.message)
        if told is None or len(told["text"]) > LONGEST_STATEMENT:
            continue
        bare, tags = split_comments(told["text"])
        if not JUDGED.match(bare):
            continue
        text = normalized(told["text"])
        if text not in found and len(found) >= MOST_STATEMENTS:
            # Of those that came once, the shortest tells least.
            del found[min(found, key=lambda each: found[each].seconds)]
        counted = found.setdefault(text, _Counted(tags))
        counted.calls += 1
        counted.seconds += float(told["milliseconds"]) / 1000
    return found, first, last


def normalized(text: str) -> str:
    """The statement with a parameter in the place of each value, as pg_stat_statements keeps it."""
    parts = list(pieces(text.rstrip().removesuffix(";")))
    given = (piece[1:] for kind, piece in parts if kind is Kind.PARAMETER)
    number = max((int(digits) for digits in given if len(digits) < _PARAMETER_DIGITS), default=0)
    words = ""
    for kind, piece in parts:
        if kind in _LITERALS and not (kind is Kind.NUMBER and _PLACES.search(words[-_LOOKED_BACK:])):
            number += 1
            words += f"${number}"
        else:
            words += " " if kind is Kind.COMMENT else piece
    return " ".join(words.split())


def _entries(suffix: str, stream: TextIO) -> Iterator[_Entry]:
    if suffix == ".csv":
        yield from _of_csv(stream)
    elif suffix == ".json":
        yield from _of_json(stream)
    else:
        yield from _of_text(stream)


def _of_csv(stream: TextIO) -> Iterator[_Entry]:
    rows = csv.reader(line.replace("\0", "") for line in _lines(stream))
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:  # a field without end, in a file that was cut
            continue
        if len(row) > _CSV_MESSAGE:
            yield _Entry(row[_CSV_TIME], row[_CSV_MESSAGE])


def _of_json(stream: TextIO) -> Iterator[_Entry]:
    for line in _lines(stream):
        try:
            told: Any = json.loads(line)
        except (ValueError, RecursionError):  # a line that was cut, or is no entry
            continue
        if isinstance(told, dict):
            yield _Entry(str(told.get("timestamp", "")), str(told.get("message", "")))


def _of_text(stream: TextIO) -> Iterator[_Entry]:
    """Of lines: what belongs to the line before begins with a tab."""
    lines: list[str] = []
    for line in _lines(stream):
        if line.startswith("\t"):
            if sum(map(len, lines)) <= LONGEST_STATEMENT:
                lines.append(line[1:])
            continue
        yield from _whole(lines)
        lines = [line]
    yield from _whole(lines)


def _whole(lines: list[str]) -> Iterator[_Entry]:
    if lines:
        # A moment within the statement is none of the entry's.
        yield _Entry(lines[0].partition("duration:")[0], "".join(lines))


def _lines(stream: TextIO) -> Iterator[str]:
    """The lines; of one that is longer than any entry the rest is dropped."""
    whole = True
    while line := stream.readline(LONGEST_LINE):
        if whole:
            yield line
        whole = line.endswith("\n")


def _moment(text: str) -> datetime | None:
    found = _TIME.search(text)
    if found is None:
        return None
    try:
        if "-" not in found[0]:
            return datetime.fromtimestamp(float(found[0]), UTC)
        return datetime.fromisoformat(found[0]).replace(tzinfo=UTC)  # only differences count
    except ValueError:
        return None
