"""All that a statement can cost, opened up only where a choice depends on it.

The root is the plan with every candidate on offer. Its cost holds for every set that contains the indexes that it used; the other sets
lack at least one of those, and are split by the first one that they lack. What has not been asked yet costs no less than its parent, so
at any moment the tree tells for each set a cost that is true or too low, never too high. That is a partition as in Lawler, "A Procedure
for Computing the K Best Solutions to Discrete Optimization Problems", Management Science 18, 1972.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from advisors.index_search.plans import Plans, Set
from facts.planner import Candidate, Plan

# Below this a difference of costs is none.
EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class Option:
    """One way to run the statement.

    Attributes:
        cost: A share of the cost without new indexes.
        needs: Indexes that have to be chosen for it.
        lacks: Indexes that must not be.
        is_open: What such sets cost has not been asked; they cost no less.
    """

    cost: float
    needs: Set = frozenset()
    lacks: Set = frozenset()
    is_open: bool = False

    def fits(self, chosen: Set) -> bool:
        """Whether it can be had with this choice."""
        return self.needs <= chosen and not self.lacks & chosen


@dataclass(slots=True)
class Tree:
    """The options of one statement.

    Attributes:
        plans: Its plans.
        share: A plan's cost as a share of the base's; 1 where it is no real gain.
        size: Of an index; the largest is the likeliest to be missing, so that the split begins with it.
        too_large: Indexes that no choice can hold.
        dreamt_of: What it would use if everything could be had.
        may_harm: Whether an index can make it dearer.
    """

    may_harm: ClassVar[bool] = False

    plans: Plans
    share: Callable[[Plan], float]
    size: Callable[[Candidate], int]
    too_large: Set = frozenset()
    dreamt_of: Set = frozenset()
    _known: dict[Set, float] = field(default_factory=lambda: {frozenset(): 1.0})
    _open: list[Option] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Asks for the root."""
        dream = self.plans.under(self.plans.candidates)
        if self.share(dream) < 1:
            self.dreamt_of = dream.candidates
            self._split(self._root())

    def _root(self) -> Option:
        return Option(0.0, lacks=self.too_large & self.plans.candidates, is_open=True)

    def options(self, *, guesses: bool = True) -> Iterator[Option]:
        """Every way to run it that is known of.

        Args:
            guesses: Those too that are still open.
        """
        yield from (Option(cost, needs) for needs, cost in self._known.items())
        if guesses:
            yield from (each for each in self._open if each.cost < 1)

    def looks_like(self, chosen: Set) -> float:
        """What the choice seems to cost, by what has been asked so far; never more than it does."""
        return min(each.cost for each in self.options() if each.fits(chosen))

    def cost(self, chosen: Set) -> float:
        """The true cost of a choice; the planner is asked where it is not known."""
        plan = self.plans.under(chosen)
        cost = self.share(plan)
        if cost < 1:
            self._known[plan.candidates] = min(cost, self._known.get(plan.candidates, 1.0))
        return min(cost, 1.0)

    def open_up(self, chosen: Set, true: float, slack: float = 0.0) -> bool:
        """Asks for what the choice was judged by, down to where its cost is known; whether there was anything to ask.

        Args:
            chosen: The choice.
            true: Its cost.
            slack: By so much may the cost stay too low.
        """
        asked = False
        while True:
            way = next((each for each in self._open if each.fits(chosen) and each.cost < true - slack - EQUAL), None)
            if way is None:
                return asked
            self._open.remove(way)
            self._split(way)
            asked = True

    def _split(self, way: Option) -> None:
        plan = self.plans.under(self.plans.candidates - way.lacks)
        cost = max(self.share(plan), way.cost)
        if cost >= 1:
            return
        used = plan.candidates
        self._known[used] = min(cost, self._known.get(used, 1.0))
        self._branch(way, used, cost)

    def _branch(self, way: Option, used: Set, cost: float) -> None:
        """Opens a way for each index of the plan that may be the first one missing; none costs less, as far as is known."""
        needs = way.needs
        for index in sorted(used - needs, key=lambda each: (-self.size(each), each.subject)):
            self._open.append(Option(cost, needs, way.lacks | {index}, is_open=True))
            needs |= {index}
