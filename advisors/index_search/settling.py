"""The chosen set looked at index by index: against what could stand in its place, and whether it is worth its price."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from advisors.index_search.advice import Thresholds, Weighed
from advisors.index_search.plans import Set
from facts.planner import Candidate

RIVALS = 3
Rejected = dict[Candidate, tuple[tuple[Candidate, float], ...]]


def settled(
    found: Set,
    weighed: Sequence[Weighed],
    pays: Mapping[Candidate, float],
    sizes: Mapping[Candidate, int],
    budget_bytes: int | None,
    thresholds: Thresholds,
) -> tuple[Set, Rejected]:
    """The set in which each index has stood against the next best ones in its place, and what those would have gained.

    The mean call hides the heaviest buyer: whoever has thousands of orders is sorted for every visit unless the index does it. So of
    indexes that are nearly as good, the one with the best worst case is taken, then the smallest.

    Args:
        found: The cheapest set.
        weighed: The statements.
        pays: What the writes pay for each candidate, in cores.
        sizes: Of each candidate when built, in bytes.
        budget_bytes: For all of them; None for no limit.
        thresholds: What is nearly as good, and what each index has to bring beside its upkeep.
    """
    chosen, using = found, users(found, weighed)
    rejected: Rejected = {}
    for index in sorted(found, key=lambda each: each.subject):
        rest = chosen - {index}
        # Whoever does not use it loses nothing without it; what a rival would do for others is left out of the comparison.
        concerned = using[index]
        without = sum(each.cost(rest) for each in concerned)
        gains: dict[Candidate, float] = {}
        worst: dict[Candidate, float] = {}
        for rival in (index, *_rivals(index, concerned, chosen)):
            with_it = rest | {rival}
            gains[rival] = without - sum(each.cost(with_it) for each in concerned)
            worst[rival] = sum(
                each.weight * each.plans.under(with_it).worst_cost / each.plans.base.cost for each in concerned
            )
        room = None if budget_bytes is None else budget_bytes - sum(sizes[each] for each in rest)
        net = {each: gain - pays[each] for each, gain in gains.items()}
        near = [
            each
            for each in gains
            if net[each] >= net[index] * thresholds.near_best and (room is None or sizes[each] <= room)
        ] or [index]
        limit = min(worst[each] for each in near) * thresholds.worst_case_slack
        taken = min(
            (each for each in near if worst[each] <= limit),
            key=lambda each: (sizes[each], each is not index, each.subject),
        )
        plain = replace(taken, included=())
        if (
            plain in net
            and net[taken] - net[plain] < thresholds.min_gain_cores
            and (room is None or sizes[plain] <= room)
        ):
            # What it includes would be written with every row, to spare next to nothing.
            bearable = worst[plain] * thresholds.worst_case_slack
            same = (
                each
                for each in net
                if not each.included
                and net[each] >= net[plain]
                and worst[each] <= bearable
                and sizes[each] <= sizes[plain]
            )
            taken = min(same, key=lambda each: (sizes[each], each.subject))
        if taken != index:
            chosen = rest | {taken}
            using = users(chosen, weighed)
        others = sorted((each for each in gains if each != taken and gains[each] > 0), key=lambda each: -gains[each])
        rejected[taken] = tuple((each, gains[each]) for each in others)
    price = {each: pays[each] + thresholds.min_gain_cores for each in chosen}
    return _worth_their_price(chosen, weighed, price), rejected


def users(chosen: Set, weighed: Sequence[Weighed]) -> dict[Candidate, list[Weighed]]:
    """The statements whose plans use each index of the set, by the index's subject."""
    found: dict[Candidate, list[Weighed]] = {each: [] for each in sorted(chosen, key=lambda each: each.subject)}
    for each in weighed:
        for index in each.plans.under(chosen).candidates & chosen:
            found[index].append(each)
    return found


def shares(chosen: Set, weighed: Sequence[Weighed]) -> dict[Candidate, float]:
    """Cores that each index saves: what a statement gains goes to the indexes of its plan, by what it would lose without each.

    What a statement loses goes to them likewise, by what it would gain.
    """
    found = dict.fromkeys(chosen, 0.0)
    for each in weighed:
        gain = each.weight - each.cost(chosen)
        used = sorted(each.plans.under(chosen).candidates & chosen, key=lambda one: one.subject)
        if gain == 0 or not used:
            continue
        sign = 1.0 if gain > 0 else -1.0
        lost = [max(sign * (each.cost(chosen - {one}) - each.cost(chosen)), 0.0) for one in used]
        whole = sum(lost)
        for one, amount in zip(used, lost, strict=True):
            found[one] += gain * (amount / whole if whole > 0 else 1 / len(used))
    return found


def _worth_their_price(chosen: Set, weighed: Sequence[Weighed], price: Mapping[Candidate, float]) -> Set:
    """Without those that another one has made superfluous, the least useful first."""
    while chosen:
        left = {
            index: sum(each.cost(chosen - {index}) - each.cost(chosen) for each in using) - price[index]
            for index, using in users(chosen, weighed).items()
        }
        least = min(left, key=lambda each: left[each])
        if left[least] >= 0:
            break
        chosen -= {least}
    return chosen


def _rivals(index: Candidate, concerned: Sequence[Weighed], chosen: Set) -> list[Candidate]:
    """The indexes that could stand in its place: those of its table that help most of the same statements, the likest first."""
    common: Counter[Candidate] = Counter()
    for each in concerned:
        common.update(
            other for other in each.plans.candidates if other.table == index.table and other.schema == index.schema
        )
    others = [each for each in common if each != index and each not in chosen]
    plain = replace(index, included=())
    return sorted(
        others,
        key=lambda each: (
            each != plain,
            -common[each],
            each.keys[0] != index.keys[0],
            len(each.included),
            each.subject,
        ),
    )[:RIVALS]
