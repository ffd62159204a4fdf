"""What the writes pay for an index: cores that keep it up at the multiplier."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from advisors.references import folded, table_name
from advisors.workload import Workload
from facts.identifiers import quote
from facts.planner import Candidate
from facts.schema import Table, tables_by_name


@dataclass(frozen=True, slots=True)
class Write:
    """Rows of one table that one statement writes.

    Attributes:
        rows_per_second: At the multiplier.
        columns: Those that an UPDATE sets; None where every index has to be written.
    """

    rows_per_second: float
    columns: frozenset[str] | None


Writes = Mapping[int, Sequence[Write]]
# Entries that one row makes beside a btree's one: a document has several paths, and BRIN writes only where a range grows.
_ENTRIES = {"gin": 5.0, "brin": 0.1}


def writes_of(workload: Workload) -> Writes:
    """What is written to each table, by its oid, and to the partitioned tables above it."""
    schema = workload.facts.schema
    found: dict[int, list[Write]] = {}
    if schema is None:
        return found
    names = tables_by_name(schema)
    parents = {table.oid: table.parent for table in schema.tables}
    indexed: dict[int, frozenset[str]] = {}
    for index in schema.indexes:
        if index.method != "brin":
            held = frozenset((*index.keys, *index.included))
            indexed[index.table_oid] = indexed.get(index.table_oid, frozenset()) | held
    for family in workload.families:
        if family.tree is None or family.kind not in {"insert", "update", "delete"}:
            continue
        rate = family.rows / workload.window_seconds * workload.growth(family)
        for table, columns in _changed(family.tree, names):
            oid: int | None = table.oid
            # An update of an indexed column is no HOT update: the row's new version is written to every index of the table.
            cold = columns is not None and columns & indexed.get(table.oid, frozenset())
            while oid is not None:
                found.setdefault(oid, []).append(Write(rate, None if cold else columns))
                oid = parents.get(oid)
    return found


def upkeep(writes: Sequence[Write], candidate: Candidate, write_seconds: float) -> float:
    """Cores: every inserted and deleted row pays, and every update of one of its columns, which is no HOT update any more.

    Args:
        writes: To the candidate's table.
        candidate: The index.
        write_seconds: CPU for one row.
    """
    rows = sum(write.rows_per_second for write in writes if touches(write, candidate))
    return rows * write_seconds * _ENTRIES.get(candidate.method, 1.0)


def touches(write: Write, candidate: Candidate) -> bool:
    """Whether the statement has to write to the index."""
    if write.columns is None:
        return True
    columns = {part.column for part in candidate.keys} | set(candidate.included)
    computed = " ".join(part.expression for part in candidate.keys)
    if computed and any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", computed) for each in write.columns):
        return True
    # A predicate of ours is a condition on one column.
    return bool(write.columns & columns) or any(
        candidate.predicate.startswith(f"{quote(each)} ") for each in write.columns
    )


def _changed(tree: exp.Expr, names: Mapping[str, Table]) -> Iterator[tuple[Table, frozenset[str] | None]]:
    """Each table that the statement changes, below WITH too, with the columns that are set; what is only read pays nothing."""
    for node in tree.find_all(exp.Insert, exp.Update, exp.Delete, exp.Merge):
        target = node.this.this if isinstance(node.this, exp.Schema) else node.this
        table = names.get(table_name(target)) if isinstance(target, exp.Table) else None
        if table is None:
            continue
        if isinstance(node, exp.Update):
            yield table, _set(node)
        elif isinstance(node, exp.Merge):
            whens = list(node.find_all(exp.When))
            changes = [each.args.get("then") for each in whens]
            only_updates = all(isinstance(each, exp.Update) for each in changes)
            sets = [_set(each) for each in changes if isinstance(each, exp.Update)]
            yield table, frozenset[str]().union(*sets) if only_updates else None
        elif isinstance(node, exp.Insert | exp.Delete):
            yield table, None


def _set(update: exp.Update) -> frozenset[str]:
    sides = (each.this for each in update.expressions)
    columns = (one for side in sides for one in (side.expressions if isinstance(side, exp.Tuple) else [side]))
    return frozenset(folded(each.this) for each in columns if isinstance(each, exp.Column))
