"""Pieces of Markdown that every page in it needs."""

import re
from collections.abc import Iterable, Iterator, Sequence

from pages.plain import harmless

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def escaped(text: str) -> str:
    """Text from outside in one line, with nothing in it that Markdown or HTML would understand."""
    return _SPECIAL.sub(r"\\\1", " ".join(harmless(text).split()))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; cells are escaped already."""
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
