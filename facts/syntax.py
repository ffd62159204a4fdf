"""Statement texts as syntax trees, the same for every room.

sqlglot's tokenizer takes `$1, $` for the start of a dollar-quoted string, so parameters are written as named placeholders
before they are parsed. Needs the `audit` extra; nothing that a bastion runs imports this module.
"""

import re
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from facts.message import Message, msg, verbatim

# Inside of quotes a `$1` is a part of a name or a text.
_PARAMETER = re.compile(r"(\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*')|\$(\d+)")
# Normalization writes $n also where the grammar wants a literal: timestamptz $1, EXTRACT($1 FROM x).
_TYPED_LITERAL = re.compile(
    r"\b(interval|date|timestamptz|timestamp with time zone|timestamp without time zone|timestamp|timetz|time|numeric|inet|uuid|jsonb?)"
    r"\s+(\$\d+)",
    re.IGNORECASE,
)
_EXTRACT = re.compile(r"\bextract\s*\(\s*\$\d+\s+from\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"p(\d+)\Z")


class UnparsableError(Exception):
    """The text could not be parsed.

    Attributes:
        reason: Where, or why.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the sentence."""
        super().__init__(reason)
        self.reason = reason


@lru_cache(maxsize=4096)
def parse(text: str) -> exp.Expr:
    """The syntax tree of one PostgreSQL statement; treat it as read-only, it is shared.

    Raises:
        UnparsableError: The text is not understood.
    """
    try:
        return sqlglot.parse_one(_PARAMETER.sub(_placeholder, literal_places(text)), dialect="postgres")
    except SqlglotError as error:
        raise UnparsableError(verbatim(str(error).splitlines()[0][:200])) from None
    except RecursionError:
        raise UnparsableError(msg("the statement is nested too deeply")) from None


def _placeholder(match: re.Match[str]) -> str:
    return match.group(1) or f":p{match.group(2)}"


def literal_places(text: str) -> str:
    """The text with parameters where PostgreSQL's grammar allows them: casts for typed literals, a field for EXTRACT."""
    return _EXTRACT.sub("extract(epoch from", _TYPED_LITERAL.sub(r"CAST(\2 AS \1)", text))


def parameter_number(node: exp.Expr) -> int | None:
    """The `n` of a `$n`, also below casts and parentheses; None for anything else."""
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    match = _PLACEHOLDER.match(str(node.this)) if isinstance(node, exp.Placeholder) else None
    return int(match.group(1)) if match else None
