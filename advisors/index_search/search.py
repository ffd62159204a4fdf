"""The best new indexes for a workload: which could help, what each statement would cost with them, and which of them are worth it.

`weighing` gathers what goes in, `selecting` finds the cheapest set, `settling` looks at it index by index; here they meet.
"""

from collections.abc import Callable, Mapping, Sequence

from advisors.index_search.advice import Advice, Choice, Helped, Thresholds, Weighed
from advisors.index_search.choosing import Limits
from advisors.index_search.partition import Partition
from advisors.index_search.passes import in_passes
from advisors.index_search.plans import Set
from advisors.index_search.selecting import Demand, Selection
from advisors.index_search.settling import Rejected, settled, shares, users
from advisors.index_search.tree import Tree
from advisors.index_search.upkeep import WritePrices, Writes, checkpoint_seconds, upkeep, writes_of, written_tables
from advisors.index_search.weighing import weighed
from advisors.rule import Searched, go_on
from advisors.workload import Workload
from facts.planner import Candidate, Planner
from facts.promotion import Policy


def search(
    workload: Workload,
    planner: Planner,
    policy: Policy,
    thresholds: Thresholds,
    searching: Callable[[Searched], bool] = go_on,
) -> Advice:
    """The best new indexes for the workload.

    Args:
        workload: One database's families.
        planner: Answers what-if questions about that database.
        policy: Budget and number of indexes.
        thresholds: When an index is worth proposing.
        searching: Told how far it has come; when it says no, the search ends with the best set so far.
    """
    schema = workload.facts.schema
    advice = Advice()
    if schema is None or policy.max_indexes < 1:
        return advice
    sizes: dict[Candidate, int] = {}
    ready = list(weighed(workload, planner, schema, advice, sizes, thresholds, searching))
    writes = writes_of(workload)
    oids = {(table.schema, table.name): table.oid for table in schema.tables}
    pays = _upkeep(sizes, writes, oids, workload, thresholds)
    # Every index has to bring the least that is worth proposing, beside its upkeep.
    price = {each: pays[each] + thresholds.min_gain_cores for each in sizes}
    limits = Limits(bytes=policy.index_budget_bytes, indexes=policy.max_indexes)
    too_large = frozenset(each for each in sizes if limits.bytes is not None and sizes[each] > limits.bytes)
    whole = sum(each.weight for each in ready)

    def goes_on(best: Selection) -> bool:
        said = searching(Searched(planned=len(ready), statements=len(ready), kept_ratio=best.cost / whole))
        advice.ended = advice.ended or not said
        return not advice.ended

    passes: list[tuple[Set, Rejected, float]] = []

    def demand(number: int) -> Demand:
        return Demand(ready[number].weight, _options(ready[number], advice, sizes, too_large))

    demands = list(map(demand, range(len(ready))))
    searches = in_passes(
        demands, [each.reaches for each in ready], demand, price, sizes, limits,
        taken=lambda found: found.indexes | passes[-1][0], goes_on=goes_on,
    )  # fmt: skip
    for found in searches:
        passes.append((*settled(found.indexes, ready, pays, sizes, limits.bytes, thresholds), found.bound))
        if advice.ended and advice.prices is not None:
            # Whom the indexes slow has to be told of, however early the search is ended.
            for each in ready:
                each.plans.widen(filter(each.reaches, found.indexes | passes[-1][0]))
        if advice.ended or advice.prices is None:
            break

    def total(chosen: Set) -> float:
        return sum(price[each] for each in chosen) + sum(each.cost(chosen) for each in ready)

    # Not always the last one: whoever ends the search early has cut that short.
    chosen, rejected, bound = min(passes, key=lambda each: total(each[0]))
    cost = total(chosen)
    advice.distance = max(cost - bound, 0.0) / cost if cost > 0 else 0.0
    advice.unplannable += [(each.family, each.plans.failure) for each in ready if each.plans.failure is not None]
    gains, using = shares(chosen, ready), users(chosen, ready)
    for index in sorted(chosen, key=lambda each: (-gains[each], each.subject)):
        users_of_it = [_helped(each, chosen) for each in using[index]]
        # One that only takes back what another index costs a statement makes none faster than it is today.
        helped = [each for each in users_of_it if each.kept < 1] or users_of_it
        if not helped:
            continue
        advice.choices.append(
            Choice(
                candidate=index,
                gain=gains[index],
                write_cost=pays[index],
                size_bytes=sizes[index],
                helped=tuple(helped),
                slowed=tuple(each for each in users_of_it if each.kept > 1),
                writes=tuple(writes.get(oids[index.schema, index.table], ())),
                rejected=rejected[index],
            )
        )
    if limits.bytes is not None:
        room = limits.bytes - sum(sizes[each] for each in chosen)
        _explain_what_was_too_large(demands, chosen, price, sizes, room, oids, advice)
    return advice


def _upkeep(
    sizes: Mapping[Candidate, int], writes: Writes, oids: Mapping[tuple[str, str], int], workload: Workload,
    thresholds: Thresholds,
) -> dict[Candidate, float]:  # fmt: skip
    """Cores that each candidate takes at the multiplier to be kept up."""
    schema = workload.facts.schema
    prices = WritePrices(thresholds.entry_seconds, thresholds.page_seconds, checkpoint_seconds(workload))
    tables = written_tables(schema, writes) if schema else {}
    found = {}
    for each, size in sizes.items():
        oid = oids[each.schema, each.table]
        found[each] = upkeep(writes[oid], each, size, tables[oid], prices) if oid in tables else 0.0
    return found


def _options(each: Weighed, advice: Advice, sizes: Mapping[Candidate, int], too_large: Set) -> Tree:
    if advice.prices is None:
        return Tree(each.plans, each.share, sizes.__getitem__, too_large)
    base = each.plans.base
    return Partition(each.plans, each.share, sizes.__getitem__, too_large, units=lambda plan: plan.cost / base.cost)


def _helped(each: Weighed, chosen: Set) -> Helped:
    after = each.plans.under(chosen)
    return Helped(each.family, each.plans.base, after, each.share(after))


def _explain_what_was_too_large(
    demands: Sequence[Demand],
    chosen: Set,
    price: Mapping[Candidate, float],
    sizes: Mapping[Candidate, int],
    room: int,
    oids: Mapping[tuple[str, str], int],
    advice: Advice,
) -> None:
    """Tables on which an index would have paid, had there been room for it."""
    for each in demands:
        missed = each.tree.dreamt_of - chosen
        plans = each.tree.plans
        more = each.tree.share(plans.under(chosen)) - each.tree.share(plans.under(plans.candidates))
        pays = each.weight * more > sum(price[one] for one in missed)
        if missed and pays and sum(sizes[one] for one in missed) > room:
            for index in missed:
                advice.quiet[oids[index.schema, index.table]] = "over-budget"
