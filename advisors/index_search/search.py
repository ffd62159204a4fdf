"""The best new indexes for a workload: which could help, what each statement would cost with them, and which of them are worth it.

`selecting` finds the cheapest set; here it is fed, and its choice explained: what each index spares, what it costs the writes, and what
the next best one in its place would have spared.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from advisors.index_search.candidates import candidates_for, distinct_values, served
from advisors.index_search.choosing import Limits
from advisors.index_search.plans import Plans, Set
from advisors.index_search.selecting import Demand, Selection, select
from advisors.index_search.tree import Tree
from advisors.index_search.upkeep import table_oid, upkeep
from advisors.references import named_tables, table_uses
from advisors.rule import Searched, go_on
from advisors.workload import Family, Workload
from facts.message import Message, msg
from facts.planner import Candidate, Plan, Planner, UnplannableError
from facts.promotion import Policy
from facts.schema import Schema

RIVALS = 3


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an index is worth proposing.

    Attributes:
        small_pages: Tables of fewer pages are read whole as fast as through an index (64 pages are 512 kB, one read-ahead).
        min_gain_cores: An index that saves less at the multiplier is not worth its upkeep.
        min_cost_ratio: A statement's cost must fall at least this far; smaller differences are within the planner's error
            (median 1 to 3 %, 90th percentile 8 %).
        write_seconds: CPU of maintaining one more btree for one changed row, with its WAL: 10 to 30 microseconds on current machines.
        near_best: A smaller index that saves at least this share of the best one's gain is as good as it.
        worst_case_slack: Of those, one whose worst case costs more than this many times the best worst case is left out.
    """

    small_pages: int = 64
    min_gain_cores: float = 0.01
    min_cost_ratio: float = 0.7
    write_seconds: float = 20e-6
    near_best: float = 0.95
    worst_case_slack: float = 1.1


@dataclass(frozen=True, slots=True)
class Choice:
    """One proposed index and what it is worth.

    Attributes:
        gain: Cores saved at the multiplier, before its write cost; what several indexes save together is shared among them.
        write_cost: Cores that maintaining it takes at the multiplier.
        size_bytes: When built.
        helped: The families whose plans use it, with their cost before and after all choices.
        rejected: Weighed in its place and not chosen, with the gain each would have had.
    """

    candidate: Candidate
    gain: float
    write_cost: float
    size_bytes: int
    helped: tuple[tuple[Family, float, float], ...]
    rejected: tuple[tuple[Candidate, float], ...] = ()


@dataclass(slots=True)
class Advice:
    """The outcome of a search.

    Attributes:
        choices: In the order of their gain.
        unplannable: Families that could not be planned, with the reason.
        quiet: Tables for which nothing is proposed, with the reason word.
        served: Candidates that an existing index serves already, by their subject, with that index's.
        ended: Whether it was ended early.
        distance: By what share of its cost the chosen set could be worse than the best one, at most.
    """

    choices: list[Choice] = field(default_factory=list)
    unplannable: list[tuple[Family, Message]] = field(default_factory=list)
    quiet: dict[int, str] = field(default_factory=dict)
    served: dict[str, str] = field(default_factory=dict)
    ended: bool = False
    distance: float = 0.0


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A family with its plans, in the search."""

    family: Family
    plans: Plans
    share: Callable[[Plan], float]

    @property
    def weight(self) -> float:
        return self.family.cores_at_multiplier

    def cost(self, chosen: Set) -> float:
        """Cores at the multiplier."""
        return self.weight * self.share(self.plans.under(chosen))


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
    weighed = list(_weighed(workload, planner, schema, advice, sizes, thresholds, searching))
    pays = {each: upkeep(workload, each, thresholds.write_seconds) for each in sizes}
    budget = policy.index_budget_bytes
    too_large = frozenset(each for each in sizes if budget is not None and sizes[each] > budget)
    demands = [
        Demand(each.weight, Tree(each.plans, each.share, sizes.__getitem__, too_large))
        for each in weighed
        if each.weight > 0
    ]
    # Every index has to bring the least that is worth proposing, beside its upkeep.
    price = {each: pays[each] + thresholds.min_gain_cores for each in sizes}
    limits = Limits(bytes=budget, indexes=policy.max_indexes)
    whole = sum(each.weight for each in demands)

    def goes_on(best: Selection) -> bool:
        advice.ended = not searching(
            Searched(planned=len(weighed), statements=len(weighed), kept_ratio=best.cost / whole)
        )
        return not advice.ended

    found = select(demands, price, sizes, limits, goes_on=goes_on)
    advice.distance = (found.cost - found.bound) / found.cost if found.cost > 0 else 0.0
    chosen, rejected = _settled(found.indexes, weighed, pays, sizes, limits, thresholds)
    shares = _shares(chosen, weighed)
    for index in sorted(chosen, key=lambda each: (-shares[each], each.subject)):
        if shares[index] <= 0:
            continue
        helped = [
            each for each in weighed if index in each.plans.under(chosen).candidates and each.cost(chosen) < each.weight
        ]
        advice.choices.append(
            Choice(
                candidate=index,
                gain=shares[index],
                write_cost=pays[index],
                size_bytes=sizes[index],
                helped=tuple((each.family, each.plans.base.cost, each.plans.under(chosen).cost) for each in helped),
                rejected=rejected[index],
            )
        )
    _explain_what_was_too_large(demands, chosen, price, schema, advice)
    return advice


def _weighed(
    workload: Workload,
    planner: Planner,
    schema: Schema,
    advice: Advice,
    sizes: dict[Candidate, int],
    thresholds: Thresholds,
    searching: Callable[[Searched], bool],
) -> Iterator[_Weighed]:
    """Every family that could be helped, with its candidates; what could not be looked at goes to the advice."""
    readable = [each for each in workload.families if each.tree is not None and each.tables]
    advice.unplannable += [
        (each, reason)
        for each in workload.families
        if not each.tables and (reason := _elsewhere(each, schema)) is not None
    ]
    pools = [tuple(dict.fromkeys(_pool(each, schema, advice, thresholds))) for each in readable]
    by_table: dict[tuple[str, str], dict[Candidate, None]] = {}
    for each in chain.from_iterable(pools):
        by_table.setdefault((each.schema, each.table), {})[each] = None
    for together in by_table.values():
        if not advice.ended:
            planner.prepare(together)
            advice.ended = not searching(Searched(planned=0, statements=len(readable)))
    for number, (family, wanted) in enumerate(zip(readable, pools, strict=True)):
        advice.ended = advice.ended or not searching(Searched(planned=number, statements=len(readable)))
        if advice.ended:
            advice.unplannable.append((family, msg("the search was ended before its turn")))
            continue
        try:
            base = planner.plan(family.text)
        except UnplannableError as error:
            advice.unplannable.append((family, error.reason))
            continue
        pool = frozenset(each for each in wanted if _is_sized(each, planner, sizes))
        if pool and base.cost > 0:
            yield _Weighed(family, Plans(planner, family.text, pool, base), _sharing(base, thresholds.min_cost_ratio))


def _elsewhere(family: Family, schema: Schema) -> Message | None:
    """Why a statement on no table of ours is not looked at; None where there is nothing that an index could help."""
    if family.tree is None:
        return None
    views = {
        name for each in schema.definitions if each.kind == "view" for name in (each.name, f"{each.schema}.{each.name}")
    }
    for name in named_tables(family.tree):
        if name in views:
            return msg("it reads the view {view}, into which the search does not look", view=name)
        if not name.startswith(("pg_", "information_schema.")):
            return msg("its table {table} is not among those that were read", table=name)
    return None


def _pool(family: Family, schema: Schema, advice: Advice, thresholds: Thresholds) -> Iterator[Candidate]:
    """Every candidate for the family; tables without one get their reason."""
    if family.tree is None:
        return
    for use in table_uses(family.tree, schema):
        table = use.table
        if (table.pages or 0) < thresholds.small_pages and table.kind != "p":
            advice.quiet[table.oid] = "small-table"
            continue
        advice.quiet.setdefault(table.oid, "no-gain")
        for candidate in candidates_for(use, distinct_values(table, schema.statistics)):
            serving = None if candidate.included or candidate.predicate else served(candidate, schema.indexes, table)
            if serving is None:
                yield candidate
                continue
            advice.served[candidate.subject] = serving.subject
            if advice.quiet[table.oid] == "no-gain":
                advice.quiet[table.oid] = "served-by-existing-index"


def _is_sized(candidate: Candidate, planner: Planner, sizes: dict[Candidate, int]) -> bool:
    """Whether it can be built; its size is kept."""
    if candidate not in sizes:
        try:
            sizes[candidate] = planner.size_bytes(candidate)
        except UnplannableError:
            return False
    return True


def _sharing(base: Plan, ratio: float) -> Callable[[Plan], float]:
    """A plan's cost as a share of the base's; what the planner's error could explain is no gain."""

    def share(plan: Plan) -> float:
        kept = plan.cost / base.cost
        return kept if kept <= ratio else 1.0

    return share


def _settled(
    found: Set,
    weighed: Sequence[_Weighed],
    pays: Mapping[Candidate, float],
    sizes: Mapping[Candidate, int],
    limits: Limits,
    thresholds: Thresholds,
) -> tuple[Set, dict[Candidate, tuple[tuple[Candidate, float], ...]]]:
    """The set in which each index has stood against the next best ones in its place, and what those would have gained.

    The mean call hides the heaviest buyer: whoever has thousands of orders is sorted for every visit unless the index does it. So of
    indexes that are nearly as good, the one with the best worst case is taken, then the smallest.
    """
    chosen = found
    rejected: dict[Candidate, tuple[tuple[Candidate, float], ...]] = {}
    for index in sorted(found, key=lambda each: each.subject):
        rest = chosen - {index}
        concerned = [each for each in weighed if index in each.plans.candidates]
        without = sum(each.cost(rest) for each in concerned)
        gains: dict[Candidate, float] = {}
        worst: dict[Candidate, float] = {}
        for rival in (index, *_rivals(index, concerned, chosen)):
            withit = rest | {rival}
            affected = (
                concerned if rival is index else [each for each in weighed if {index, rival} & each.plans.candidates]
            )
            before = without if affected is concerned else sum(each.cost(rest) for each in affected)
            gains[rival] = before - sum(each.cost(withit) for each in affected)
            worst[rival] = sum(
                each.weight * each.plans.under(withit).worst_cost / each.plans.base.cost for each in concerned
            )
        room = None if limits.bytes is None else limits.bytes - sum(sizes[each] for each in rest)
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
        chosen = rest | {taken}
        others = sorted((each for each in gains if each != taken and gains[each] > 0), key=lambda each: -gains[each])
        rejected[taken] = tuple((each, gains[each]) for each in others)
    return chosen, rejected


def _rivals(index: Candidate, concerned: Sequence[_Weighed], chosen: Set) -> list[Candidate]:
    """The indexes that could stand in its place: those of its table that help most of the same statements, the likest first."""
    common: Counter[Candidate] = Counter()
    for each in concerned:
        common.update(
            other for other in each.plans.candidates if other.table == index.table and other.schema == index.schema
        )
    others = [each for each in common if each != index and each not in chosen]
    return sorted(
        others, key=lambda each: (-common[each], each.keys[0] != index.keys[0], len(each.included), each.subject)
    )[:RIVALS]


def _shares(chosen: Set, weighed: Sequence[_Weighed]) -> dict[Candidate, float]:
    """Cores that each index saves: what a statement gains goes to the indexes of its plan, by what it would lose without each."""
    shares = dict.fromkeys(chosen, 0.0)
    for each in weighed:
        gain = each.weight - each.cost(chosen)
        used = sorted(each.plans.under(chosen).candidates & chosen, key=lambda one: one.subject)
        if gain <= 0 or not used:
            continue
        lost = [each.cost(chosen - {one}) - each.cost(chosen) for one in used] if len(used) > 1 else [1.0]
        whole = sum(lost)
        for one, amount in zip(used, lost, strict=True):
            shares[one] += gain * (amount / whole if whole > 0 else 1 / len(used))
    return shares


def _explain_what_was_too_large(
    demands: Sequence[Demand], chosen: Set, price: Mapping[Candidate, float], schema: Schema, advice: Advice
) -> None:
    """Tables on which an index would have paid, had there been room for it."""
    for each in demands:
        gain = each.weight * (1 - each.tree.share(each.tree.plans.under(each.tree.plans.candidates)))
        missed = each.tree.dreamt_of - chosen
        for index in missed if gain > sum(price[one] for one in missed) else ():
            advice.quiet[table_oid(schema.tables, index)] = "over-budget"
