"""What one statement costs under sets of new indexes, asked of the planner as seldom as can be.

A planner that used the indexes S while X was on offer does the same whenever a set between S and X is on offer: it found nothing better
among more. So one answer stands for all the sets between what was used and what was offered, and most questions of a search need no
planner at all. (Known as index usage reuse in what-if optimization: Papadomanolakis, Dash and Ailamaki, "Efficient Use of the Query
Optimizer for Automated Physical Design", VLDB 2007.)
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from facts.message import Message
from facts.planner import Candidate, Plan, Planner, UnplannableError

Set = frozenset[Candidate]


@dataclass(slots=True)
class Plans:
    """The plans of one statement.

    Attributes:
        base: Without any new index.
        candidates: The indexes that could help it.
        calls: How often the planner was asked.
        failure: Why a set could not be planned with, which then counts as no help; None while all could be.
    """

    planner: Planner
    text: str
    candidates: Set
    base: Plan
    calls: int = 0
    failure: Message | None = None
    _failed: set[Set] = field(default_factory=set)
    _answers: list[tuple[Set, Plan]] = field(default_factory=list)

    def widen(self, more: Iterable[Candidate]) -> bool:
        """Lets it be helped, or harmed, by these too; whether there was anything new among them."""
        new = frozenset(more) - self.candidates
        self.candidates |= new
        return bool(new)

    def under(self, offered: Iterable[Candidate]) -> Plan:
        """The plan when these indexes exist beside the real ones; the base's where it cannot be made."""
        relevant = self.candidates & frozenset(offered)
        if not relevant or relevant in self._failed:
            return self.base
        for known, plan in self._answers:
            if plan.candidates <= relevant <= known:
                return plan
        self.calls += 1
        try:
            plan = self.planner.plan(self.text, sorted(relevant, key=lambda each: each.subject))
        except UnplannableError as error:
            self.failure = error.reason
            self._failed.add(relevant)
            return self.base
        self._answers.append((relevant, plan))
        return plan
