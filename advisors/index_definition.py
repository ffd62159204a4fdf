"""Reads CREATE INDEX statements, ours and the server's own, far enough to say whether one index does another's work."""

import re
from dataclasses import dataclass

from advisors.expressions import outline_of

_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_HEAD = re.compile(
    rf"CREATE (?P<unique>UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?{_NAME} ON (?:ONLY )?"
    rf"(?P<table>(?:{_NAME}\.)?{_NAME}) (?:USING (?P<method>\w+) )?\(",
    re.IGNORECASE,
)
_DROPPED = re.compile(
    rf"DROP INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?(?P<index>(?:{_NAME}\.)?{_NAME})\s*\Z", re.IGNORECASE
)
_CLASS = re.compile(rf" (?:{_NAME}\.)({_NAME})")
_ORDER = re.compile(r"(?: (?:ASC|DESC))?(?: NULLS (?:FIRST|LAST))?\Z", re.IGNORECASE)
_INCLUDE = re.compile(r"\s*INCLUDE \(", re.IGNORECASE)
# What changes nothing about what the index can do.
_BESIDE = re.compile(r"\A\s*(?:NULLS (?:NOT )?DISTINCT\s*)?(?:WITH \([^)]*\)\s*)?(?:TABLESPACE \S+\s*)?", re.IGNORECASE)
_WHERE = re.compile(r"\s*WHERE (?P<predicate>.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class IndexShape:
    """What an index is, whatever it is called.

    Attributes:
        keys: Each key's text, with its order.
        predicate: Of a partial index, without blanks and brackets, which the server sets in its own way.
    """

    table: str
    method: str
    keys: tuple[str, ...]
    included: frozenset[str]
    predicate: str

    def serves(self, other: "IndexShape") -> bool:
        """Whether it can do what the other was to do: its keys start with the other's, and it holds the same rows and columns."""
        held = {*self.keys, *self.included}
        return (
            (self.table, self.method, self.predicate) == (other.table, other.method, other.predicate)
            and self.keys[: len(other.keys)] == other.keys
            and other.included <= held
        )


def shape_of(statement: str) -> IndexShape | None:
    """The shape of the index that the statement creates; None for any other statement."""
    head = _HEAD.match(statement.strip())
    if head is None:
        return None
    rest = statement.strip()[head.end() :]
    keys, rest = _bracketed(rest)
    included: list[str] = []
    include = _INCLUDE.match(rest)
    if include is not None:
        included, rest = _bracketed(rest[include.end() :])
    where = _WHERE.match(_BESIDE.sub("", rest))
    return IndexShape(
        table=head["table"],
        method=(head["method"] or "btree").lower(),
        keys=tuple(map(_canonical, keys)),
        included=frozenset(included),
        predicate=re.sub(r"[\s()]+", "", where["predicate"]).lower() if where else "",
    )


def dropped_index(statement: str) -> str:
    """The index that the statement drops, as it names it; empty for any other statement."""
    found = _DROPPED.match(statement.strip())
    return found["index"] if found else ""


def _canonical(key: str) -> str:
    """The key in one way of writing: names as they are, operator classes without their schema, expressions by what they do."""
    if "(" not in key and ":" not in key:
        return _CLASS.sub(r" \1", key)
    order = _ORDER.search(key)
    expression = key[: order.start()] if order else key
    return f"{outline_of(expression) or expression}{order[0].upper() if order else ''}"


def _bracketed(text: str) -> tuple[list[str], str]:
    """The parts between commas up to the bracket that closes, and what follows it; the opening one was read already."""
    parts, depth, quoted, start = [], 0, "", 0
    for position, character in enumerate(text):
        if quoted:
            quoted = "" if character == quoted else quoted
        elif character in "\"'":
            quoted = character
        elif character == "(":
            depth += 1
        elif character == "," and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
        elif character == ")":
            if depth == 0:
                return [*parts, text[start:position].strip()], text[position + 1 :]
            depth -= 1
    return [*parts, text[start:].strip()], ""
