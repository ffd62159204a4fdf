"""Whether rewriting its statements would do in an index's place, as far as their text tells.

Sources: PostgreSQL's manual, "Indexes on Expressions" and the note on NOT IN under "Subquery Expressions"; Winand, *SQL Performance
Explained*, on fetching the next page ("keyset" pagination).
"""

from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp

from facts.message import Message, msg
from facts.planner import Candidate


def instead_of(candidate: Candidate, statements: Sequence[exp.Expr]) -> Message:
    """What a rewriting would bring, or that none was recognized.

    Args:
        candidate: The proposed index.
        statements: Those that it helps.
    """
    if any(part.expression for part in candidate.keys):
        return msg(
            "It is an index on an expression. If the program stored or compared the value in that form, a plain index on the column "
            "would do; that changes data or code, the index changes neither."
        )
    for recognized, says in _REWRITINGS:
        if any(_concerns(node, candidate.table) for each in statements for node in recognized(each)):
            return says
    return msg("No other wording of its statements was recognized that would spare the rows that are read today.")


def _concerns(node: exp.Expr, table: str) -> bool:
    """Whether the query around it reads the table."""
    around = node.find_ancestor(exp.Select)
    return around is not None and any(each.name == table for each in around.find_all(exp.Table))


def _skips_rows(statement: exp.Expr) -> Iterator[exp.Expr]:
    """OFFSET by a parameter, or by more than a few pages."""
    for each in statement.find_all(exp.Offset):
        by = each.expression
        if not isinstance(by, exp.Literal) or not by.is_int or int(by.this) > _FEW_ROWS:
            yield each


def _excludes_by_list(statement: exp.Expr) -> Iterator[exp.Expr]:
    """NOT IN (SELECT …)."""
    return (
        each for each in statement.find_all(exp.Not) if isinstance(each.this, exp.In) and each.this.args.get("query")
    )


_FEW_ROWS = 200
_REWRITINGS: tuple[tuple[Callable[[exp.Expr], Iterator[exp.Expr]], Message], ...] = (
    (
        _skips_rows,
        msg(
            "It does not spare what OFFSET skips: rows of all pages before are read and thrown away. To ask for the rows after the last "
            "one that was shown (WHERE (a, b) < ($1, $2)) spares them, and needs an index like this one."
        ),
    ),
    (
        _excludes_by_list,
        msg(
            "A statement among them asks NOT IN (SELECT …), which PostgreSQL cannot turn into a join. NOT EXISTS says the same where the "
            "column holds no NULL, and may need no index; try that first."
        ),
    ),
)
