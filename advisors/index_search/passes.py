"""Searches one after the other, each with the statements that the one before could have harmed.

By cost a further index never hurts, in time it may: a plan that the planner believes cheaper can run longer. So every statement that could
take a chosen index has to be asked what it would do with it, also where nobody would have proposed that index for it. Two passes are
enough nearly always.
"""

from collections.abc import Callable, Iterator, Mapping, MutableSequence, Sequence

from advisors.index_search.choosing import Limits
from advisors.index_search.plans import Set
from advisors.index_search.selecting import Demand, Selection, select
from facts.planner import Candidate

MOST_PASSES = 6


def in_passes(
    demands: MutableSequence[Demand],
    reaches: Sequence[Callable[[Candidate], bool]],
    rebuilt: Callable[[int], Demand],
    upkeep: Mapping[Candidate, float],
    sizes: Mapping[Candidate, int],
    limits: Limits,
    *,
    taken: Callable[[Selection], Set] = lambda found: found.indexes,
    goes_on: Callable[[Selection], bool] = lambda _: True,
) -> Iterator[Selection]:
    """What each pass finds, until one brings nothing new for any statement.

    Args:
        demands: The statements; those that are widened are replaced.
        reaches: Of each, whether it could take an index that was made for another.
        rebuilt: One of them again, with all that it has been widened by.
        upkeep: As `select` has it.
        sizes: As `select` has it.
        limits: As `select` has it.
        taken: What of a pass the next one has to look at, asked when whoever iterates comes back for it.
        goes_on: As `select` has it.
    """
    for _ in range(MOST_PASSES):
        found = select(demands, upkeep, sizes, limits, goes_on=goes_on)
        yield found
        indexes = taken(found)
        widened = [
            number
            for number, (demand, can_take) in enumerate(zip(demands, reaches, strict=True))
            if demand.tree.plans.widen(filter(can_take, indexes))
        ]
        if not widened:
            return
        for number in widened:
            demands[number] = rebuilt(number)
