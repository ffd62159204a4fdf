"""Makes the server's normalized statement texts plannable again.

pg_stat_statements replaces every constant by `$n`, also where PostgreSQL's grammar wants a literal (`interval $1`,
`EXTRACT($1 FROM x)`), and a `LIMIT $1` planned generically is taken for a tenth of the rows.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from facts.identifiers import literal
from facts.sqlcommenter import Kind, pieces
from facts.syntax import literal_places
from shadow.scanner import statements_in

TYPICAL_LIMIT = 20

_LIMIT = re.compile(r"\blimit\s+\$\d+(?:\s*::\s*\w+)?", re.IGNORECASE)
_OFFSET = re.compile(r"\boffset\s+\$\d+(?:\s*::\s*\w+)?(?:\s+rows?)?", re.IGNORECASE)
_FETCH = re.compile(r"\bfetch\s+(first|next)\s+\$\d+\s+rows?\s+(only|with ties)", re.IGNORECASE)
_PARAMETER = re.compile(r"(?<![\w$])\$(\d+)")
# Only with one of these can a parameter's sign stand for something else.
_QUOTED = re.compile(r"""['"]|\$(?![0-9])|--|/\*""")
_PLANNABLE = re.compile(r"\s*[(]*\s*(select|insert|update|delete|with|values|merge|table)\b", re.IGNORECASE)


def is_plannable(text: str) -> bool:
    """Whether it is a statement that the planner plans: a query or a change of rows, no utility statement."""
    return _PLANNABLE.match(text) is not None


def is_several(text: str) -> bool:
    """Whether the text holds more than one statement; the server would run all but the first instead of planning them."""
    return statements_in(text) > 1


def repaired(text: str) -> str:
    """The text with everything that normalization made unparsable, or misleading, put right."""
    text = _FETCH.sub(f"FETCH FIRST {TYPICAL_LIMIT} ROWS ONLY", literal_places(text))
    text = _LIMIT.sub(f"LIMIT {TYPICAL_LIMIT}", text)
    return _OFFSET.sub("OFFSET 0", text)


@lru_cache(maxsize=16_384)
def parameters(text: str) -> frozenset[int]:
    """The numbers of the parameters that the text still has."""
    return frozenset(int(piece[1:]) for kind, piece in _pieces(text) if kind is Kind.PARAMETER)


def with_type(text: str, number: int, type_name: str) -> str:
    """The text with a type for one parameter that PostgreSQL could not find one for."""
    return re.sub(rf"\${number}(?!\d)", f"CAST(${number} AS {type_name})", text)


def with_values(text: str, values: dict[int, str]) -> str:
    """The text with literals in the parameters' places.

    Args:
        text: The repaired text.
        values: A value's text form by parameter number.
    """
    return "".join(
        literal(values[int(piece[1:])]) if kind is Kind.PARAMETER and int(piece[1:]) in values else piece
        for kind, piece in _pieces(text)
    )


def _pieces(text: str) -> Iterator[tuple[Kind, str]]:
    """The text with its parameters apart: what looks like one inside of quotes, or at the end of a name, is none."""
    if _QUOTED.search(text):
        yield from pieces(text)
        return
    position = 0
    for found in _PARAMETER.finditer(text):
        yield Kind.OTHER, text[position : found.start()]
        yield Kind.PARAMETER, found.group()
        position = found.end()
    yield Kind.OTHER, text[position:]
