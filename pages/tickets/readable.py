"""Any JSON document as blocks that a person can read: a table where rows are alike, pairs where names have values, else text."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from facts.message import Message, from_document, msg_n

ROWS, COLUMNS, CHARACTERS, CELL, DEEPEST = 100, 12, 20_000, 400, 4
# Numbers that are no moments, sizes or shares are shown with so many digits.
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece.

    Attributes:
        kind: `table` (head and rows), `pairs` (rows of a name and a value), `text` or `nothing`.
        title: What it is of, where a document has several.
        numeric: Of a table: which columns hold numbers alone.
        cut: What was left out.
    """

    kind: Literal["table", "pairs", "text", "nothing"]
    title: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str | Message, ...], ...] = ()
    numeric: tuple[bool, ...] = ()
    text: str = ""
    cut: Message | None = None


def readable(value: Any, title: str = "", depth: int = 0) -> tuple[Block, ...]:
    """The blocks of a document.

    Args:
        value: JSON.
        title: Of what it is.
        depth: How deep it stands in a larger one.
    """
    if value is None or value in ({}, [], ""):
        return (Block(kind="nothing", title=title),)
    if isinstance(value, Mapping):
        return _of_mapping(value, title, depth)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _of_list(value, title)
    return (_text(str(_plain(value)), title),)


def _of_mapping(value: Mapping[str, Any], title: str, depth: int) -> tuple[Block, ...]:
    if depth >= DEEPEST:
        return (_text(json.dumps(value, ensure_ascii=False, indent=2, default=str), title),)
    short = [(str(name), _plain(each)) for name, each in value.items() if _is_short(each)]
    blocks: list[Block] = []
    if short:
        cut = _left_out(len(short), ROWS)
        blocks.append(Block(kind="pairs", title=title, rows=tuple(short[:ROWS]), cut=cut))
    further = [(str(name), each) for name, each in value.items() if not _is_short(each)]
    for name, each in further[:ROWS]:
        blocks += readable(each, f"{title} · {name}" if title else name, depth + 1)
    return tuple(blocks)


def _of_list(value: Sequence[Any], title: str) -> tuple[Block, ...]:
    if all(isinstance(each, Mapping) for each in value):
        head = list(dict.fromkeys(str(name) for each in value[:ROWS] for name in each))[:COLUMNS]
        found = [[each.get(name) for name in head] for each in value[:ROWS]]
        return (
            Block(
                kind="table",
                title=title,
                head=tuple(head),
                rows=tuple(tuple(_cell(cell) for cell in row) for row in found),
                numeric=tuple(_numbers([row[column] for row in found]) for column in range(len(head))),
                cut=_left_out(len(value), ROWS),
            ),
        )
    if all(isinstance(each, Sequence) and not isinstance(each, str) for each in value):
        return (
            Block(
                kind="table",
                title=title,
                rows=tuple(tuple(_cell(cell) for cell in row[:COLUMNS]) for row in value[:ROWS]),
                cut=_left_out(len(value), ROWS),
            ),
        )
    return (_text("\n".join(str(_plain(each)) for each in value), title),)


def _numbers(cells: Sequence[Any]) -> bool:
    known = [cell for cell in cells if cell is not None]
    return bool(known) and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in known)


def _is_short(value: Any) -> bool:
    if from_document(value) is not None:
        return True
    return not isinstance(value, Mapping | list | tuple) and not (isinstance(value, str) and "\n" in value)


def _cell(value: Any) -> str | Message:
    text = _plain(value)
    return text if isinstance(text, Message) or len(text) <= CELL else f"{text[:CELL]}…"


def _plain(value: Any) -> str | Message:
    """A value in a word or a line; a sentence of ours as itself, for the reader's language."""
    sentence = from_document(value)
    if sentence is not None:
        return sentence
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}" if abs(value) < 1e6 else f"{value:.0f}"  # noqa: PLR2004  (else a power of ten)
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _text(text: str, title: str) -> Block:
    cut = _more_text(len(text) - CHARACTERS)
    return Block(kind="text", title=title, text=text[:CHARACTERS], cut=cut)


def _left_out(there: int, shown: int) -> Message | None:
    if there <= shown:
        return None
    return msg_n("{count} more is kept.", "{count} more are kept.", there - shown)


def _more_text(count: int) -> Message | None:
    if count <= 0:
        return None
    return msg_n("{count} character more is kept.", "{count} characters more are kept.", count)
