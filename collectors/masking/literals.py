"""Literals in statement texts: their shape stays, their content goes.

Most texts come normalized from the server and hold no literal at all; utility statements, statements of sessions and
server logs do.
"""

import re
import unicodedata

_LITERAL = re.compile(
    r"(?P<prefix>[EeBbXxNn]|[Uu]&)?'(?P<body>(?:[^']|'')*)'?|(?P<dollar>\$[A-Za-z_]*\$)(?P<text>.*?)(?:(?P=dollar)|\Z)",
    re.DOTALL,
)
_LONG_NUMBER = re.compile(r"(?<![\w$.])\d{6,}(?![\w.])")
_NUMBER = re.compile(r"(?<![\w$.])\d+(?![\w.])")
# A point in time or a duration says nothing about a person, and a plan depends on it.
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?([+-]\d{2}(:?\d{2})?|Z)?|[+-]?\d+ "
    "(year|mon|month|week|day|hour|min|minute|sec|second)s?"
)
_WILDCARDS = "%_"


def mask_literals(text: str, *, numbers: bool = False) -> str:
    """The statement with every string literal and every number of six or more digits replaced by its shape.

    A letter becomes `x`, a digit `0`, a Chinese character `某`; the wildcards `%` and `_` stay, because whether a pattern
    starts with one decides about its index. Dates, times and durations stay.

    Args:
        text: The statement.
        numbers: Replace shorter numbers as well: in a session's text they are somebody's identifier.
    """
    pattern = _NUMBER if numbers else _LONG_NUMBER
    pieces: list[str] = []
    position = 0
    for match in _LITERAL.finditer(text):
        pieces.append(pattern.sub(_digits, text[position : match.start()]))
        pieces.append(_masked(match))
        position = match.end()
    pieces.append(pattern.sub(_digits, text[position:]))
    return "".join(pieces)


def shape(value: str) -> str:
    """The value's shape, character by character."""
    return "".join(_shape_of(character) for character in value)


def _shape_of(character: str) -> str:
    if character in _WILDCARDS or character.isspace():
        return character
    category = unicodedata.category(character)
    if category == "Lo":
        return "某"
    if category.startswith("L"):
        return "x"
    return "0" if category.startswith("N") else character if ord(character) < 128 else "·"  # noqa: PLR2004  (ASCII)


def _masked(match: re.Match[str]) -> str:
    if match.group("dollar"):
        return "'" + shape(match.group("text")).replace("'", "''") + "'"
    body = match.group("body")
    prefix = match.group("prefix") or ""
    return f"{prefix}'{body if _TIME.fullmatch(body) else shape(body)}'"


def _digits(match: re.Match[str]) -> str:
    return "1" + "0" * (len(match.group()) - 1)
