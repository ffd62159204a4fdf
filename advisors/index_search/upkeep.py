"""What the writes pay for an index: cores that keep it up at the multiplier."""

from collections.abc import Sequence

from sqlglot import exp

from advisors.workload import Family, Workload
from facts.identifiers import quote
from facts.planner import Candidate
from facts.schema import Table


def upkeep(workload: Workload, candidate: Candidate, write_seconds: float) -> float:
    """Cores: every inserted and deleted row pays, and every update of one of its columns, which is no HOT update any more.

    Args:
        workload: Whose writes pay.
        candidate: The index.
        write_seconds: CPU for one row.
    """
    schema = workload.facts.schema
    if schema is None:
        return 0.0
    oid = table_oid(schema.tables, candidate)
    rows = 0.0
    for family in workload.families:
        if oid not in family.tables or family.kind not in {"insert", "update", "delete"}:
            continue
        if family.kind == "update" and not _changes(family, candidate):
            continue
        factor = workload.peak_factor * workload.multiplier if family.follows_storefront else 1.0
        rows += family.rows / workload.window_seconds * factor
    return rows * write_seconds


def table_oid(tables: Sequence[Table], candidate: Candidate) -> int:
    """Of the candidate's table."""
    return next(table.oid for table in tables if (table.schema, table.name) == (candidate.schema, candidate.table))


def _changes(family: Family, candidate: Candidate) -> bool:
    if family.tree is None:
        return True
    assignments = (each for update in family.tree.find_all(exp.Update) for each in update.expressions)
    targets = {str(each.this.name) for each in assignments if isinstance(each.this, exp.Expr)}
    columns = {part.column for part in candidate.keys} | set(candidate.included)
    # A predicate of ours is a condition on one column.
    return bool(targets & columns) or any(candidate.predicate.startswith(f"{quote(each)} ") for each in targets)
