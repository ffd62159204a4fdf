"""The search itself: choose under what is known, ask what the choice hangs on, choose again, until nothing is left to ask.

What is known makes every set look as cheap as it is, or cheaper. So when the chosen one costs what it looked like, no set is better;
until then the distance between the two says how much better the best could be, and the search can be ended at any time with the best
set so far.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from advisors.index_search.choosing import Limits, choose
from advisors.index_search.plans import Set
from advisors.index_search.tree import Tree
from facts.planner import Candidate

# Of the chosen set's cost: so close to the best possible that further questions are not worth their time.
CLOSE = 0.01
# Of all that a chosen set looks too cheap by, so much is asked for before the next one is chosen; another set makes the rest vain.
ASKED = 0.5
# Where an index may harm, guesses are no bounds, and there is no proof to wait for.
MOST_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Demand:
    """A statement that candidates could help.

    Attributes:
        weight: What it costs without new indexes, in the unit of the upkeep.
        tree: What it costs with them, as a share.
    """

    weight: float
    tree: Tree


@dataclass(frozen=True, slots=True)
class Selection:
    """The best set that was found.

    Attributes:
        cost: Of all demands together with the upkeep of the indexes.
        bound: No set costs less.
        rounds: How often a set was chosen.
    """

    indexes: Set
    cost: float
    bound: float
    rounds: int = 0


def select(
    demands: Sequence[Demand],
    upkeep: Mapping[Candidate, float],
    sizes: Mapping[Candidate, int],
    limits: Limits,
    *,
    close: float = CLOSE,
    goes_on: Callable[[Selection], bool] = lambda _: True,
) -> Selection:
    """The cheapest set of indexes, up to `close`.

    Args:
        demands: The statements.
        upkeep: Of each candidate, in the unit of the weights.
        sizes: Of each candidate when built, in bytes.
        limits: What the indexes may be together.
        close: How far from the best possible the result may be, as a share of its cost.
        goes_on: Asked after each round with the best so far; the search ends when it says no.
    """
    whole = sum(each.weight for each in demands)
    best = Selection(frozenset(), whole, 0.0)
    for turn in count():
        # The first round keeps to what is known, so that there is something to have from the beginning.
        guesses = turn > 0
        options = [list(each.tree.options(guesses=guesses)) for each in demands]
        chosen = choose(
            [(each.weight, of_it) for each, of_it in zip(demands, options, strict=True)], upkeep, sizes, limits
        )
        true = [each.tree.cost(chosen.indexes) for each in demands]
        used = chosen.indexes & frozenset().union(
            *(each.tree.plans.under(chosen.indexes).candidates for each in demands)
        )
        cost = _cost(used, demands, upkeep)
        found = Selection(used, cost, 0.0) if cost < best.cost else best
        bound = max(best.bound, chosen.bound if guesses else 0.0)
        best = replace(found, bound=bound, rounds=best.rounds + 1)
        if best.cost - best.bound <= close * best.cost or not goes_on(best):
            break
        if guesses and not _ask(demands, chosen.indexes, true, close / 2 * best.cost):
            break
        if turn >= MOST_ROUNDS and any(each.tree.may_harm for each in demands):
            break
    return _without_the_useless(best, demands, upkeep) if any(each.tree.may_harm for each in demands) else best


def _without_the_useless(found: Selection, demands: Sequence[Demand], upkeep: Mapping[Candidate, float]) -> Selection:
    """The set without what costs more than it brings, as an index does that was chosen by a guess and makes a statement slower."""
    while found.indexes:
        more = _more_without_each(found.indexes, demands, upkeep)
        least = min(sorted(found.indexes, key=lambda each: each.subject), key=lambda each: more[each])
        if more[least] >= 0:
            break
        found = replace(found, indexes=found.indexes - {least}, cost=found.cost + more[least])
    return found


def _more_without_each(
    indexes: Set, demands: Sequence[Demand], upkeep: Mapping[Candidate, float]
) -> dict[Candidate, float]:
    """By how much the set would cost more without each of its indexes; a statement whose plan does not use it keeps its plan."""
    found = {each: -upkeep[each] for each in indexes}
    for each in demands:
        used = each.tree.plans.under(indexes).candidates & indexes
        cost = each.tree.cost(indexes) if used else 0.0
        for index in used:
            found[index] += each.weight * (each.tree.cost(indexes - {index}) - cost)
    return found


def _cost(indexes: Set, demands: Sequence[Demand], upkeep: Mapping[Candidate, float]) -> float:
    return sum(upkeep[each] for each in indexes) + sum(each.weight * each.tree.cost(indexes) for each in demands)


def _ask(demands: Sequence[Demand], chosen: Set, true: Sequence[float], slack: float) -> bool:
    """Asks what the choice was judged by where that was furthest from the truth; whether there was anything to ask.

    Args:
        demands: The statements.
        chosen: The set that was chosen.
        true: Each statement's cost with it, as a share.
        slack: By so much may all of them together look too cheap, so that nothing is asked that cannot matter.
    """
    whole = sum(each.weight for each in demands)
    gaps = [each.weight * abs(share - each.tree.looks_like(chosen)) for each, share in zip(demands, true, strict=True)]
    wanted, closed, asked = ASKED * sum(gaps), 0.0, False
    for number in sorted(range(len(demands)), key=lambda each: -gaps[each]):
        if closed >= wanted:
            break
        closed += gaps[number]
        asked |= demands[number].tree.open_up(chosen, true[number], slack / whole)
    return asked
