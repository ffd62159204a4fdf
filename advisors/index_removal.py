"""What a workload would lose without one of its indexes, and what the writes would be spared: asked of the planner, which hides it."""

from collections.abc import Iterator
from dataclasses import dataclass

from advisors.index_search.advice import Thresholds
from advisors.index_search.upkeep import WritePrices, Written, checkpoint_seconds, upkeep, writes_of, written_tables
from advisors.workload import Family, Workload
from facts.planner import Candidate, KeyPart, Plan, Planner, UnplannableError
from facts.schema import Index, Schema, Table


@dataclass(frozen=True, slots=True)
class Bereft:
    """A statement whose plan uses the index, with its plan without it."""

    family: Family
    before: Plan
    after: Plan

    @property
    def ratio(self) -> float:
        """How many times as much it would cost, usually or with the worst values."""
        usual, worst = (
            (self.after.cost, self.before.cost),
            (self.after.worst_cost, self.before.worst_cost),
        )
        return max(after / before if before > 0 else 1.0 for after, before in (usual, worst))


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes with an index.

    Attributes:
        users: Statements that use it, the worst off first.
        lost: Cores at the multiplier that they would take more; what the planner's errors could explain is none.
        spared: Cores at the multiplier that the writes take for it.
        unseen: Statements on its table that could not be planned.
    """

    users: tuple[Bereft, ...]
    lost: float
    spared: float
    unseen: int

    @property
    def is_net_loss(self) -> bool:
        """Whether it is worth more than it costs."""
        return self.lost > self.spared


def without(
    index: Index, workload: Workload, planner: Planner, thresholds: Thresholds, gone: frozenset[str] = frozenset()
) -> Removal | None:
    """What would be without it; None where that cannot be asked: its schema was not read, or its table is partitioned or a partition.

    Args:
        index: One that stands.
        workload: Of its database.
        planner: Of the same database.
        thresholds: What an entry takes, and from when on a statement counts as slower.
        gone: Subjects of indexes that go before it.
    """
    schema = workload.facts.schema
    table = next((each for each in schema.tables if each.oid == index.table_oid), None) if schema else None
    if schema is None or table is None or table.kind == "p" or table.parent is not None:
        return None
    unseen = 0
    users: list[Bereft] = []
    for family in _on_table(workload, table):
        try:
            before = planner.plan(family.text, without=gone)
            after = planner.plan(family.text, without=gone | {index.subject})
        except UnplannableError:
            unseen += 1
            continue
        # Plans of sampled values count too, of which one is shown at most.
        if (before.cost, before.worst_cost) != (after.cost, after.worst_cost):
            users.append(Bereft(family, before, after))
    users.sort(key=lambda each: -each.ratio)
    lost = sum(each.family.cores_at_multiplier * (each.ratio - 1) for each in users if each.ratio >= thresholds.slower)
    return Removal(tuple(users), lost, _spared(index, table, schema, workload, thresholds), unseen)


def _on_table(workload: Workload, table: Table) -> Iterator[Family]:
    return (each for each in workload.families if each.tree is not None and table.oid in each.behind)


def _spared(index: Index, table: Table, schema: Schema, workload: Workload, thresholds: Thresholds) -> float:
    prices = WritePrices(thresholds.entry_seconds, thresholds.page_seconds, checkpoint_seconds(workload))
    keys = tuple(
        KeyPart(column=key) if number else KeyPart(expression=key)
        for key, number in zip(index.keys, index.key_attributes, strict=True)
    )
    shape = Candidate(
        schema=table.schema, table=table.name, keys=keys, included=index.included, predicate=index.predicate or "",
        method=index.method,
    )  # fmt: skip
    # The other indexes stay, and what is HOT today is HOT with this one in place.
    written = Written((), 0.0, written_tables(schema, {table.oid})[table.oid].ordered)
    return upkeep(writes_of(workload).get(table.oid, ()), shape, index.size_bytes or 0, written, prices)
