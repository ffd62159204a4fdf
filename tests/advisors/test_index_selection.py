"""The chosen set is the best one there is, and the planner is asked for little: against every set there could be, on made-up costs."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, combinations

import pytest

from advisors.index_search.advice import Thresholds, Weighed
from advisors.index_search.choosing import Limits
from advisors.index_search.partition import Partition
from advisors.index_search.plans import Plans, Set
from advisors.index_search.selecting import Demand, Selection, select
from advisors.index_search.settling import settled, shares
from advisors.index_search.tree import Tree
from advisors.workload import Family, build_workload
from facts.message import Message, verbatim
from facts.planner import Candidate, KeyPart, Plan, UnplannableError
from facts.promotion import Promotion
from tests.advisors import build

INDEXES = tuple(
    Candidate(schema="public", table="orders", keys=(KeyPart(column=f"column_{number}"),)) for number in range(9)
)


@dataclass(slots=True)
class Ways:
    """A planner that knows several ways to run each statement, each with the indexes that it takes; it goes the cheapest one."""

    ways: dict[str, dict[Set, float]]
    asked: list[tuple[str, Set]] = field(default_factory=list)
    unplannable: Set = frozenset()
    gaps: tuple[Message, ...] = ()
    version_number: int = 180006

    def plan(self, statement: str, candidates: Sequence[Candidate] = (), without: frozenset[str] = frozenset()) -> Plan:
        assert not without
        offered = frozenset(candidates)
        self.asked.append((statement, offered))
        if offered & self.unplannable:
            raise UnplannableError(verbatim("it cannot be planned"))
        fit = {used: cost for used, cost in self.ways[statement].items() if used <= offered}
        used = min(fit, key=lambda each: (fit[each], sorted(one.subject for one in each)))
        return Plan(cost=fit[used], worst_cost=fit[used], nodes=(), variant="generic", candidates=used)

    def prepare(self, candidates: Iterable[Candidate]) -> None:
        del candidates

    def size_bytes(self, candidate: Candidate) -> int:
        del candidate
        return 2**20

    def cost(self, statement: str, chosen: Set) -> float:
        return min(cost for used, cost in self.ways[statement].items() if used <= chosen)


def made_up(dice: random.Random, statements: int = 4) -> Ways:
    ways: dict[str, dict[Set, float]] = {}
    for number in range(statements):
        some = dice.sample(INDEXES, dice.randint(2, 6))
        of_this = {Set(): 100.0}
        for _ in range(dice.randint(1, 8)):
            of_this[Set(dice.sample(some, dice.randint(1, min(3, len(some)))))] = float(dice.randint(1, 99))
        ways[f"q{number}"] = of_this
    return ways_of(ways)


def ways_of(ways: dict[str, dict[Set, float]]) -> Ways:
    return Ways({"": {Set(): 100.0}, **ways})


def demands(planner: Ways, sizes: dict[Candidate, int], budget: int | None) -> list[Demand]:
    too_large = frozenset(each for each in sizes if budget is not None and sizes[each] > budget)
    found = []
    for number, (text, ways) in enumerate(planner.ways.items()):
        pool = frozenset(chain.from_iterable(ways))
        plans = Plans(planner, text, pool, planner.plan(text))
        found.append(Demand(1.0 + number, Tree(plans, lambda plan: plan.cost / 100.0, sizes.__getitem__, too_large)))
    return found


def every_set() -> list[Set]:
    return [frozenset(each) for size in range(len(INDEXES) + 1) for each in combinations(INDEXES, size)]


def true_cost(planner: Ways, upkeep: dict[Candidate, float], chosen: Set) -> float:
    paid = sum(upkeep[each] for each in chosen)
    return paid + sum((1.0 + number) * planner.cost(text, chosen) / 100.0 for number, text in enumerate(planner.ways))


@pytest.mark.parametrize("seed", range(30))
def test_no_set_within_the_limits_is_cheaper(seed: int) -> None:
    dice = random.Random(seed)
    planner = made_up(dice)
    sizes = {each: dice.randint(1, 20) * 2**20 for each in INDEXES}
    upkeep = {each: dice.choice((0.0, 0.05, 0.3)) for each in INDEXES}
    budget, most = dice.choice((None, 10 * 2**20, 30 * 2**20)), dice.choice((1, 3, 9))
    found = select(demands(planner, sizes, budget), upkeep, sizes, Limits(bytes=budget, indexes=most), close=0.0)
    allowed = [
        each
        for each in every_set()
        if len(each) <= most and (budget is None or sum(sizes[one] for one in each) <= budget)
    ]
    best = min(true_cost(planner, upkeep, each) for each in allowed)
    assert found.indexes in allowed
    assert found.cost == pytest.approx(true_cost(planner, upkeep, found.indexes))
    assert found.cost == pytest.approx(best, rel=1e-3)
    assert found.bound <= best * (1 + 1e-3)


def test_no_question_is_asked_twice_nor_one_whose_answer_follows_from_another() -> None:
    a, b, c = INDEXES[:3]
    planner = ways_of({"q": {frozenset(): 100.0, frozenset({a}): 10.0, frozenset({b, c}): 50.0}})
    plans = Plans(planner, "q", frozenset({a, b, c}), planner.plan("q"))
    planner.asked.clear()
    assert plans.under({a, b, c}).candidates == {a}
    for offered in ({a}, {a, b}, {a, c}, {a, b, c}):
        assert plans.under(offered).cost == 10.0
    assert plans.under({b, c}).cost == 50.0
    assert plans.under({b, c, INDEXES[8]}).cost == 50.0, "an index that cannot help it is no other question"
    assert plans.under(()).cost == 100.0
    assert [offered for _, offered in planner.asked] == [{a, b, c}, {b, c}]
    assert plans.calls == 2


def test_a_statement_without_a_choice_costs_one_question() -> None:
    a, b = INDEXES[:2]
    planner = ways_of({"q": {frozenset(): 100.0, frozenset({a}): 10.0, frozenset({b}): 11.0}})
    sizes = dict.fromkeys(INDEXES, 2**20)
    ready = demands(planner, sizes, None)
    planner.asked.clear()
    found = select(ready, dict.fromkeys(INDEXES, 0.0), sizes, Limits(bytes=None, indexes=9))
    assert found.indexes == {a}
    assert planner.asked == []


def test_what_nobody_asks_for_is_not_chosen() -> None:
    planner = ways_of({"q": {frozenset(): 100.0, frozenset({INDEXES[0]}): 99.0}})
    sizes = dict.fromkeys(INDEXES, 2**20)
    upkeep = dict.fromkeys(INDEXES, 0.5)
    assert select(demands(planner, sizes, None), upkeep, sizes, Limits(bytes=None, indexes=9)).indexes == frozenset()
    assert select([], upkeep, sizes, Limits(bytes=None, indexes=9)).indexes == frozenset()


def test_a_search_that_is_ended_gives_the_best_set_so_far() -> None:
    dice = random.Random(4)
    planner = made_up(dice, statements=9)
    sizes = {each: dice.randint(1, 20) * 2**20 for each in INDEXES}
    seen: list[Selection] = []

    def goes_on(best: Selection) -> bool:
        seen.append(best)
        return False

    free = dict.fromkeys(INDEXES, 0.0)
    budget = 20 * 2**20
    found = select(
        demands(planner, sizes, budget), free, sizes, Limits(bytes=budget, indexes=9), close=0.0, goes_on=goes_on
    )
    assert [found] == seen
    assert found.rounds == 1
    assert found.bound < found.cost, "there was more to ask"
    assert sum(sizes[each] for each in found.indexes) <= budget
    assert found.cost == pytest.approx(true_cost(planner, free, found.indexes))


def test_an_index_with_which_nothing_can_be_planned_helps_nobody() -> None:
    a, b = INDEXES[:2]
    planner = ways_of({"q": {frozenset(): 100.0, frozenset({a}): 10.0, frozenset({b}): 20.0}})
    planner.unplannable = frozenset({a})
    plans = Plans(planner, "q", frozenset({a, b}), planner.plan("q"))
    assert plans.under({a, b}).cost == 100.0
    assert plans.under({a}).cost == 100.0
    assert plans.under({b}).cost == 20.0, "the failure of a set says nothing of its parts"
    assert str(plans.failure) == "it cannot be planned"


@pytest.mark.parametrize("kept", [10.0, 1.0, 0.1, 0.01])
def test_the_bound_is_as_close_however_much_an_index_saves(kept: float) -> None:
    a, b = INDEXES[:2]
    planner = ways_of({"q": {frozenset(): 100.0, frozenset({a}): kept, frozenset({b}): kept * 2}})
    del planner.ways[""]
    sizes = dict.fromkeys(INDEXES, 2**20)
    free = dict.fromkeys(INDEXES, 0.0)
    found = select(demands(planner, sizes, None), free, sizes, Limits(bytes=None, indexes=9))
    assert found.indexes == {a}
    assert found.cost * 0.99 <= found.bound <= found.cost


def test_a_program_that_got_no_time_proves_nothing() -> None:
    planner = made_up(random.Random(3))
    sizes = dict.fromkeys(INDEXES, 2**20)
    limits = Limits(bytes=None, indexes=9, seconds=1e-9)
    found = select(demands(planner, sizes, None), dict.fromkeys(INDEXES, 0.0), sizes, limits)
    assert found.bound <= found.cost


def test_an_index_that_another_one_has_made_superfluous_is_not_proposed() -> None:
    ab, ba, b = INDEXES[:3]
    planner = ways_of(
        {
            "q1": {Set(): 100.0, Set({ab}): 10.0, Set({ba}): 10.9},
            "q2": {Set(): 100.0, Set({b}): 40.0, Set({ba}): 45.0},
        }
    )
    del planner.ways[""]
    weights = {"q1": 1.0, "q2": 0.1}
    ready = [
        Weighed(
            family(text, weights[text]),
            Plans(planner, text, Set(chain.from_iterable(ways)), planner.plan(text)),
            lambda plan: plan.cost / 100.0,
        )
        for text, ways in planner.ways.items()
    ]
    sizes = {each: (2 if each is ab else 1) * 2**20 for each in INDEXES}
    # The smaller (b, a) takes the place of (a, b), and then serves q2 as well: (b) alone would save 0.005 cores more.
    chosen, _ = settled(Set({ab, b}), ready, dict.fromkeys(INDEXES, 0.0), sizes, None, Thresholds())
    assert chosen == {ba}


def in_time(times: dict[str, dict[Set, float]], cores: dict[str, float]) -> list[Weighed]:
    """Statements that the planner runs with every index of theirs that there is, and whose times are given."""
    planner = ways_of({text: {used: 100.0 - len(used) for used in ways} for text, ways in times.items()})
    return [
        Weighed(
            family(text, cores[text]),
            Plans(planner, text, Set(chain.from_iterable(ways)), planner.plan(text)),
            lambda plan, ways=ways: ways[plan.candidates] / 100.0,  # type: ignore[misc]
        )
        for text, ways in times.items()
    ]


def test_what_a_statement_gains_goes_to_what_helps_it_and_what_it_loses_to_what_harms_it() -> None:
    a, b = INDEXES[:2]
    gaining = {Set(): 100.0, Set({a, b}): 60.0, Set({a}): 95.0, Set({b}): 30.0}
    losing = {Set(): 100.0, Set({a}): 150.0}
    ready = in_time({"q": gaining, "r": losing}, {"q": 1.0, "r": 0.2})
    found = shares(Set({a, b}), ready)
    assert found[b] == pytest.approx(0.4), "without b q takes 95, and without a only 30"
    assert found[a] == pytest.approx(-0.1), "r takes half of a fifth of a core more"
    assert sum(found.values()) == pytest.approx(sum(each.weight - each.cost(Set({a, b})) for each in ready))


def family(text: str, cores: float) -> Family:
    facts = build.database(
        build.statement(f"SELECT {text} FROM orders", seconds=60.0), read=build.schema(build.table("orders"))
    )
    workload = build_workload(facts, promotion=Promotion(), peak_factor=1.0, cores=None, fronts=())
    return replace(workload.families[0], text=text, cores_at_multiplier=cores)


@dataclass(slots=True)
class Priced:
    """Statements whose time is not what the planner chooses by: by text, the time of each way."""

    planner: Ways
    times: dict[str, dict[Set, float]]

    @classmethod
    def of(cls, planner: Ways, dice: random.Random) -> "Priced":
        times = {
            text: {used: cost * (dice.lognormvariate(0, 0.5) if used else 1.0) for used, cost in ways.items()}
            for text, ways in planner.ways.items()
        }
        return cls(planner, times)

    def time(self, text: str, chosen: Set) -> float:
        return self.times[text][self.planner.plan(text, sorted(chosen, key=lambda each: each.subject)).candidates]

    def demands(self, sizes: dict[Candidate, int]) -> list[Demand]:
        found = []
        for number, (text, ways) in enumerate(self.planner.ways.items()):
            plans = Plans(self.planner, text, frozenset(chain.from_iterable(ways)), self.planner.plan(text))
            times = self.times[text]
            tree = Partition(
                plans,
                lambda plan, times=times: times[plan.candidates] / 100.0,  # type: ignore[misc]
                sizes.__getitem__,
                units=lambda plan: plan.cost / 100.0,
            )
            found.append(Demand(1.0 + number, tree))
        return found

    def total(self, upkeep: dict[Candidate, float], chosen: Set) -> float:
        paid = sum(upkeep[each] for each in chosen)
        return paid + sum((1.0 + number) * self.time(text, chosen) / 100.0 for number, text in enumerate(self.times))


@pytest.mark.parametrize("seed", range(30))
def test_where_time_is_not_what_the_planner_chooses_by_the_set_is_the_best_or_close_to_it(seed: int) -> None:
    dice = random.Random(seed)
    priced = Priced.of(made_up(dice), dice)
    sizes = {each: dice.randint(1, 20) * 2**20 for each in INDEXES}
    upkeep = {each: dice.choice((0.0, 0.05, 0.3)) for each in INDEXES}
    limits = Limits(bytes=30 * 2**20, indexes=9)
    found = select(priced.demands(sizes), upkeep, sizes, limits, close=0.0)
    allowed = [each for each in every_set() if sum(sizes[one] for one in each) <= 30 * 2**20]
    best = min(priced.total(upkeep, each) for each in allowed)
    assert found.cost == pytest.approx(priced.total(upkeep, found.indexes))
    assert found.cost <= best * 1.05


def test_an_index_that_makes_a_statement_slower_is_charged_for_it() -> None:
    a = INDEXES[0]
    planner = ways_of(
        {"q": {frozenset(): 100.0, frozenset({a}): 40.0}, "r": {frozenset(): 100.0, frozenset({a}): 60.0}}
    )
    without: dict[Set, float] = {frozenset(): 100.0}
    priced = Priced(planner, {"": without, "q": {**without, Set({a}): 50.0}, "r": {**without, Set({a}): 150.0}})
    sizes = dict.fromkeys(INDEXES, 2**20)
    found = select(priced.demands(sizes), dict.fromkeys(INDEXES, 0.0), sizes, Limits(bytes=None, indexes=9))
    assert found.indexes == frozenset(), "half of q's 2 is saved, and half of r's 3 is lost"
