"""All that a statement can cost where the planner chooses by something else: by its own units, while the price is time.

Then an index can make a statement slower, and a set can be dearer than a smaller one. So each way to run the statement holds for just
those sets under which the planner really takes it, and what has not been asked yet is a guess: what its parent costs in time, since the
planner goes from its best way to worse ones. Where an index makes the statement slower, to leave it out may save as much as the planner
believes; that is tried near the root alone, since there is no end to it otherwise.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from advisors.index_search.plans import Set
from advisors.index_search.tree import EQUAL, Option, Tree
from facts.planner import Plan

# Indexes that may be missing in a set that is tried because the planner, which was wrong, believes in it.
HOPEFUL = 2


def by_units(_: Plan) -> float:
    """No other measure than the price is known."""
    return 1.0


@dataclass(slots=True)
class Partition(Tree):
    """The options of one statement, of which just one fits each choice.

    Attributes:
        units: A plan's cost in the planner's units, as a share of the base's.
    """

    may_harm: ClassVar[bool] = True
    units: Callable[[Plan], float] = by_units
    _cells: list[Option] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Asks for the root."""
        dream = self.plans.under(self.plans.candidates)
        if self.share(dream) < 1:
            self.dreamt_of = dream.candidates
        if dream.candidates:
            self._split(self._root())
        else:
            self._cells.append(Option(1.0))

    def options(self, *, guesses: bool = True) -> Iterator[Option]:
        """Every way to run it; without the guesses those that were asked for, as if they could be had beside any other index."""
        if guesses:
            yield from (*self._cells, *self._open)
        else:
            yield from (Option(cost, needs) for needs, cost in self._known.items())

    def cost(self, chosen: Set) -> float:
        """The true cost of a choice; the planner is asked where it is not known."""
        plan = self.plans.under(chosen)
        cost = self.share(plan)
        self._known[plan.candidates] = cost
        return cost

    def open_up(self, chosen: Set, true: float, slack: float = 0.0) -> bool:
        """Asks for what the choice was judged by, down to where its cost is known; whether there was anything to ask.

        Args:
            chosen: The choice.
            true: Its cost.
            slack: By so much may the guess be wrong.
        """
        asked = False
        while True:
            way = next((each for each in self._open if each.fits(chosen)), None)
            if way is None or abs(way.cost - true) <= slack + EQUAL:
                return asked
            self._open.remove(way)
            self._split(way)
            asked = True

    def _split(self, way: Option) -> None:
        plan = self.plans.under(self.plans.candidates - way.lacks)
        cost = self.share(plan)
        self._known[plan.candidates] = cost
        self._cells.append(Option(cost, way.needs | plan.candidates, way.lacks))
        hopeful = len(way.lacks - self.too_large) < HOPEFUL
        guess = cost if cost < 1 else self.units(plan) if hopeful else 1.0
        self._branch(way, plan.candidates, guess)
