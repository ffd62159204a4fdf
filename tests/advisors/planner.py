"""A planner with the simplest cost model there is: a statement has one cost, and a candidate on a column of its WHERE takes a share of it.

It stands in for the shadow planner where a rule's own arithmetic is the subject; what real plans cost is tested in `tests/shadow`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from facts.message import Message, verbatim
from facts.planner import Candidate, KeyPart, Plan, PlanNode, UnplannableError, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class SimplePlanner:
    """Plans by table lookup.

    Attributes:
        kept: By a candidate's subject, the share of the cost that is left with it; the best of several counts.
        worst: By a candidate's subject, the worst case's cost with it; the mean cost unless given.
        sizes: By a candidate's subject, its size when built.
        slows: By a part of a statement's text, how many times its cost any candidate makes it, which is used all the same.
        bereft: By an existing index's subject, how many times its cost a statement takes without it.
        cost: Of every statement without candidates.
        nodes: Of every plan.
        worked: Whether a plan's work is told apart: all of its cost is rows looked at.
        unplannable: Parts of statement texts and of candidates' subjects that cannot be planned, with the reason.
    """

    kept: Mapping[str, float] = field(default_factory=dict)
    worst: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    slows: Mapping[str, float] = field(default_factory=dict)
    bereft: Mapping[str, float] = field(default_factory=dict)
    cost: float = 1000.0
    nodes: tuple[PlanNode, ...] = ()
    worked: bool = False
    unplannable: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[Message, ...] = ()
    version_number: int = 180006

    def plan(self, statement: str, candidates: Sequence[Candidate] = (), without: frozenset[str] = frozenset()) -> Plan:
        for part, reason in self.unplannable.items():
            if part in statement:
                raise UnplannableError(verbatim(reason))
        times = max((self.bereft.get(each, 1.0) for each in without), default=1.0)
        if times > 1:
            return self._plan(self.cost * times, self.cost * times, frozenset())
        condition = statement.partition("WHERE")[2]
        shares = {
            each: self.kept.get(each.subject, 1.0)
            for each in candidates
            if re.search(rf"\b{re.escape(each.keys[0].column)}\b", condition)
        }
        best = min(shares, key=lambda each: shares[each], default=None)
        cost = self.cost * (shares[best] if best is not None else 1.0)
        slowed = next((times for part, times in self.slows.items() if best is not None and part in statement), None)
        if slowed is not None and best is not None:
            return self._plan(self.cost * slowed, self.cost * slowed, frozenset({best}))
        worst = self.worst.get(best.subject, cost) if best is not None else cost
        used = frozenset({best}) if best is not None and shares[best] < 1 else frozenset[Candidate]()
        return self._plan(cost, worst, used)

    def _plan(self, cost: float, worst: float, used: frozenset[Candidate]) -> Plan:
        work = Work(scanning=cost) if self.worked else None
        return Plan(cost=cost, worst_cost=worst, nodes=self.nodes, variant="generic", candidates=used, work=work)

    def prepare(self, candidates: Iterable[Candidate]) -> None:
        del candidates

    def size_bytes(self, candidate: Candidate) -> int:
        for part, reason in self.unplannable.items():
            if part in candidate.subject:
                raise UnplannableError(verbatim(reason))
        return self.sizes.get(candidate.subject, 8 * 2**20)


def filtering(relation: str, condition: str) -> PlanNode:
    """A sequential scan that filters by a condition, as EXPLAIN prints it."""
    return PlanNode(
        kind="Seq Scan",
        depth=0,
        startup_cost=0.0,
        total_cost=1000.0,
        rows=1.0,
        width=8,
        relation=relation,
        filter=condition,
    )


def candidate(table: str, *columns: str, descending: bool = False) -> Candidate:
    """An index on columns that does not exist yet."""
    keys = tuple(KeyPart(column=each, descending=descending) for each in columns)
    return Candidate(schema="public", table=table, keys=keys)
