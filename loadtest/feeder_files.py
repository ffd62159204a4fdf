"""Reads rows for feeders from CSV and JSON Lines files; what is broken is named by line and column."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from facts.message import Message, msg
from facts.system_errors import why
from loadtest.journey import Row
from loadtest.plan import PlanError

# A row is an account or a product, and all rows are held in memory.
BYTES_AT_MOST = 512 * 2**20


class FeederError(PlanError):
    """A feeder's file cannot be used, or has too few rows; `said` names file, line and column."""


def rows_of(path: Path) -> tuple[Row, ...]:
    """The rows of a file: `.csv` with names in its first line, or `.jsonl` with one object a line.

    Raises:
        FeederError: It cannot be read, is broken, or holds no row.
    """
    kind = path.suffix.lower()
    if kind not in {".csv", ".jsonl", ".ndjson"}:
        raise FeederError(msg("{path}: rows come from a file that ends in .csv or .jsonl", path=str(path)))
    text = _text(path)
    rows = tuple(_csv_rows(path, text) if kind == ".csv" else _json_rows(path, text))
    if not rows:
        raise FeederError(msg("{path} has no row", path=str(path)))
    return rows


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > BYTES_AT_MOST:
            raise FeederError(msg("{path} is larger than 512 MB: give the generator a part of it", path=str(path)))
        content = path.read_bytes()
    except OSError as error:
        said = msg("{path} cannot be read: {why}", path=str(path), why=why(error))
        raise FeederError(said) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = error.start - before.rfind(b"\n")
        said = msg("this is not UTF-8; save the file as UTF-8")
        raise _broken(path, before.count(b"\n") + 1, column, said) from error


def _csv_rows(path: Path, text: str) -> Iterator[Row]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    names: list[str] = []
    try:
        for fields in reader:
            if not fields:
                continue
            if not names:
                names = [field.strip() for field in fields]
                _check_names(path, reader.line_num, names)
                continue
            if len(fields) != len(names):
                why = msg("{found} fields where the first line names {named}", found=len(fields), named=len(names))
                raise _broken(path, reader.line_num, min(len(fields), len(names)) + 1, why)
            yield dict(zip(names, fields, strict=True))
    except csv.Error as error:
        raise _broken(path, reader.line_num, 1, msg("{why}", why=str(error))) from error


def _check_names(path: Path, line: int, names: list[str]) -> None:
    for column, name in enumerate(names, 1):
        if not name:
            raise _broken(path, line, column, msg("this column has no name"))
        if name in names[: column - 1]:
            raise _broken(path, line, column, msg("there are two columns {name}", name=name))
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise _broken(path, line, 1, msg("fields are parted by commas; save the file with commas"))


def _json_rows(path: Path, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise _broken(path, number, error.colno, msg("{why}", why=error.msg)) from error
        except RecursionError as error:
            raise _broken(path, number, 1, msg("nested too deeply")) from error
        if not isinstance(row, dict):
            raise _broken(path, number, 1, msg("each line is an object like {example}", example='{"account": "a"}'))
        for column, (name, value) in enumerate(row.items(), 1):
            if isinstance(value, dict | list):
                raise _broken(path, number, column, msg("{name} is no plain value", name=name))
        yield {name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> str:
    """The value as a journey puts it into a form."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _broken(path: Path, line: int, column: int, why: Message) -> FeederError:
    return FeederError(
        msg("{path}, line {line}, column {column}: {why}", path=str(path), line=line, column=column, why=why)
    )
