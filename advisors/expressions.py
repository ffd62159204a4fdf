"""Expressions on columns that statements compare, and indexes on expressions: which does the other's work."""

from sqlglot import exp

from advisors.references import Wrapped
from facts.schema import Index
from facts.syntax import UnparsableError, parse

# What an outline of an expression leaves out.
_SILENT = (exp.Cast, exp.Paren, exp.DataType, exp.DataTypeParam, exp.Identifier, exp.Literal, exp.Placeholder, exp.Var)


def bare(wrapped: Wrapped) -> str:
    """The expression with its columns' bare names, as an index would be created on it."""
    plain = wrapped.expression.copy()
    for column in plain.find_all(exp.Column):
        column.set("table", None)
        column.set("db", None)
    # sqlglot calls the type DECIMAL; PostgreSQL's own name is numeric.
    return plain.sql(dialect="postgres", normalize_functions="lower").replace(" AS DECIMAL)", " AS numeric)")


def is_complete(wrapped: Wrapped) -> bool:
    """Whether the whole expression is known: where the statement was normalized, a constant in it is not."""
    return wrapped.expression.find(exp.Placeholder) is None


def serves(index: Index, wrapped: Wrapped) -> bool:
    """Whether the index's first key is the same expression, as far as a text without its values tells."""
    if index.key_attributes[0] != 0 or index.method != "btree":
        return False
    key = _parsed(index.keys[0])
    if key is None or _outline(key) != _outline(wrapped.expression):
        return False
    return not is_complete(wrapped) or _literals(key) == _literals(wrapped.expression)


def _literals(expression: exp.Expr) -> list[str]:
    """Its constants; types of varchar(20) and the like are none of them."""
    inside_types = {id(each) for kind in expression.find_all(exp.DataType) for each in kind.find_all(exp.Literal)}
    return [str(each.this) for each in expression.find_all(exp.Literal) if id(each) not in inside_types]


def outline_of(key: str) -> str | None:
    """An index key's text, whatever way it is written; None where it is not understood."""
    parsed = _parsed(key)
    return None if parsed is None else " ".join(_outline(parsed))


def _parsed(key: str) -> exp.Expr | None:
    try:
        select = parse(f"SELECT {key}").find(exp.Select)
    except UnparsableError:
        return None
    return select.expressions[0] if select is not None and select.expressions else None


def _outline(expression: exp.Expr) -> list[str]:
    """What the expression does to which columns.

    Values are left out, since the statement's are not known, and so are casts inside: pg_get_indexdef writes lower((email)::text)
    for lower(email).
    """
    inside = expression.unnest()
    return [_word(node) for node in inside.walk() if node is inside or not isinstance(node, _SILENT)]


def _word(node: exp.Expr) -> str:
    if isinstance(node, exp.Cast):
        return f"cast to {node.to.sql(dialect='postgres')}"
    if isinstance(node, exp.Column | exp.Anonymous):
        return str(node.name).lower()
    return type(node).__name__


def is_defeated(index: Index, column: str) -> bool:
    """Whether the index would serve the bare column, so that the statement should rather be written for it."""
    return index.method == "btree" and index.keys[0] == column and not index.predicate and index.valid
