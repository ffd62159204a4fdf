"""Literals in statement texts: their shape stays, their content goes.

Most texts come normalized from the server and hold no literal at all; utility statements, statements of sessions and
server logs do.
"""

import re
import unicodedata

from facts.sqlcommenter import Kind, pieces

# From this many digits on a number can be somebody's phone, card or account.
_LONG_NUMBER = 6
# Without any of these a text holds nothing to mask; most texts of the server's counters do not.
_SUSPECT = re.compile(r"'|--|/\*|\$(?![0-9])|[0-9][0-9_.]{4}|[0-9][eExXoObB]")
_BASED = re.compile(r"0[xXoObB]")
_ESCAPE = re.compile(
    r"\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(?P<sign>[\\'])|.|\Z)", re.DOTALL
)
_UNICODE_ESCAPE = re.compile(r"\\(?:[0-9a-fA-F]{4}|\+[0-9a-fA-F]{6})")
# A point in time or a duration says nothing about a person, and a plan depends on it.
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?([+-]\d{2}(:?\d{2})?|Z)?|[+-]?\d+ "
    "(year|mon|month|week|day|hour|min|minute|sec|second)s?"
)
_WILDCARDS = "%_"


def mask_literals(text: str, *, numbers: bool = False) -> str:
    """The statement without comments, with every string literal and every number of six or more digits replaced by its shape.

    A letter becomes `x`, a digit `0`, a Chinese character `某`; the wildcards `%` and `_` stay, because whether a pattern
    starts with one decides about its index. Dates, times and durations stay.

    Args:
        text: The statement.
        numbers: Replace shorter numbers as well: in a session's text they are somebody's identifier.
    """
    if not numbers and _SUSPECT.search(text) is None:
        return text
    return "".join(masked_piece(kind, piece, numbers=numbers) for kind, piece in pieces(text))


def masked_piece(kind: Kind, piece: str, *, numbers: bool = False) -> str:
    """One piece of a statement's text, masked as `mask_literals` says."""
    if kind is Kind.COMMENT:
        return " "
    if kind is Kind.NUMBER:
        return _masked_number(piece) if numbers or _digits_in(piece) >= _LONG_NUMBER else piece
    if kind is Kind.ESCAPED:
        return f"{piece[0]}'{shape(_ESCAPE.sub(_plain, _body(piece[2:], escapes=True)))}'"
    if kind is Kind.DOLLAR:
        tag = piece[: piece.index("$", 1) + 1]
        return "'" + shape(piece[len(tag) :].removesuffix(tag)).replace("'", "''") + "'"
    if kind is not Kind.STRING:
        return piece
    prefix, _, rest = piece.partition("'")
    body = _body(rest)
    if prefix.endswith("&"):
        return f"'{shape(_UNICODE_ESCAPE.sub('x', body))}'"
    return f"{prefix}'{body if _TIME.fullmatch(body) else shape(body)}'"


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


def _body(rest: str, *, escapes: bool = False) -> str:
    """What follows the opening quote, without the closing one, which a cut text may lack."""
    closed = (_ESCAPE.sub("", rest) if escapes else rest).count("'") % 2 == 1
    return rest[:-1] if closed else rest


def _digits_in(number: str) -> int:
    if _BASED.match(number):
        return sum(character.isalnum() for character in number[2:])
    return sum(character.isdigit() for character in number)


def _masked_number(piece: str) -> str:
    """The number with 1 for its first digit and 0 for all others; sign, point and underscores stay."""
    based = _BASED.match(piece)
    start = based.end() if based else 0
    digits = re.sub(r"[0-9a-fA-F]" if based else r"[0-9]", "0", piece[start:])
    return piece[:start] + digits.replace("0", "1", 1)


def _plain(match: re.Match[str]) -> str:
    """An escape of E'…' without its value; one of a quote or a backslash is still needed to read the literal."""
    return match.group() if match.group("sign") else "x"
