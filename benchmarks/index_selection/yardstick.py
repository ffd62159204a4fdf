"""Extend, the best selection of the literature, as a yardstick: only this benchmark uses it.

Source: Schlosser, Kossmann and Boissier, "Efficient Scalable Multi-attribute Index Selection Using Recursive Strategies", ICDE 2019, in the
form in which Kossmann et al., "Magic mirror in my hand, which is the best in the land?" (PVLDB 13, 2020) measured it: single columns of the
workload to begin with; each step either adds one or appends a column to a chosen index, whichever saves most per byte; a step that
saves less than 0.3 % is none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from facts.planner import Candidate, KeyPart, Planner

LEAST_IMPROVEMENT = 1.003
WIDEST = 3


@dataclass(slots=True)
class Costs:
    """What-if costs with the cache that the literature has: a statement is asked again only for another set of indexes on its columns.

    Attributes:
        calls: Questions to the planner.
    """

    planner: Planner
    statements: Mapping[str, str]
    columns: Mapping[str, frozenset[tuple[str, str]]]
    calls: int = 0
    _known: dict[tuple[str, frozenset[Candidate]], float] = field(default_factory=dict)

    def total(self, indexes: Sequence[Candidate]) -> float:
        """Of the whole workload."""
        return sum(self._of(name, indexes) for name in self.statements)

    def _of(self, name: str, indexes: Sequence[Candidate]) -> float:
        columns = self.columns[name]
        relevant = frozenset(each for each in indexes if any((each.table, key.column) in columns for key in each.keys))
        if (name, relevant) not in self._known:
            self.calls += 1
            self._known[name, relevant] = self.planner.plan(self.statements[name], list(relevant)).cost
        return self._known[name, relevant]


@dataclass(frozen=True, slots=True)
class _Step:
    indexes: tuple[Candidate, ...]
    cost: float
    ratio: float


def select(costs: Costs, budget_bytes: int, schema: str = "public", widest: int = WIDEST) -> tuple[Candidate, ...]:
    """The chosen indexes.

    Args:
        costs: Of the workload.
        budget_bytes: What they may take together.
        schema: Of every table.
        widest: Columns of an index.
    """
    columns = sorted(set().union(*costs.columns.values()))
    chosen: tuple[Candidate, ...] = ()
    cost = costs.total(chosen)
    weighed: set[Candidate] = set()
    while True:
        best: _Step | None = None
        for indexes, grown in _steps(chosen, columns, schema, widest):
            size = sum(costs.planner.size_bytes(each) for each in indexes)
            # As there, a single column's size is known only once it has been weighed, and that of a longer index always too late.
            if size > budget_bytes and grown is None and indexes[-1] in weighed:
                continue
            weighed.add(indexes[-1])
            then = costs.total(indexes)
            if size > budget_bytes or then * LEAST_IMPROVEMENT >= cost:
                continue
            before = 0 if grown is None else costs.planner.size_bytes(grown)
            ratio = (cost - then) / max(costs.planner.size_bytes(indexes[-1]) - before, 1)
            if best is None or ratio > best.ratio:
                best = _Step(indexes, then, ratio)
        if best is None:
            return chosen
        chosen, cost = best.indexes, best.cost


def _steps(
    chosen: tuple[Candidate, ...], columns: Sequence[tuple[str, str]], schema: str, widest: int
) -> Iterator[tuple[tuple[Candidate, ...], Candidate | None]]:
    """Every next set, its new index last, with the index that grew into it."""
    for table, column in columns:
        new = Candidate(schema=schema, table=table, keys=(KeyPart(column=column),))
        if new not in chosen:
            yield (*chosen, new), None
    for index in chosen:
        if len(index.keys) >= widest:
            continue
        rest = tuple(each for each in chosen if each is not index)
        for table, column in columns:
            if table == index.table and all(key.column != column for key in index.keys):
                keys = (*index.keys, KeyPart(column=column))
                yield (*rest, Candidate(schema=schema, table=table, keys=keys)), index
