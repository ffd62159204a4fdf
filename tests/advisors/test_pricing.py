"""A server's prices are found from what its statements took, and leave their usual places no farther than that demands."""

import math
import random

import pytest

from advisors.index_search.pricing import LEAST_STATEMENTS, Observed, Prices, calibrate
from facts.planner import Plan, Work

KINDS = tuple(Work().amounts)


def work(**amounts: float) -> Work:
    return Work(**amounts)


def plan(cost: float, made_of: Work | None) -> Plan:
    return Plan(cost=cost, worst_cost=cost, nodes=(), variant="generic", work=made_of)


def observed(prices: dict[str, float], count: int, *, noise: float = 0.0, seed: int = 1) -> list[Observed]:
    dice = random.Random(seed)
    found = []
    for _ in range(count):
        amounts = {kind: 10 ** dice.uniform(0, 4) * dice.randint(0, 1) for kind in prices}
        amounts["scanning"] = 10 ** dice.uniform(0, 4)
        seconds = sum(prices[kind] * amount for kind, amount in amounts.items())
        found.append(Observed(work(**amounts), seconds * dice.lognormvariate(0, noise)))
    return found


def price(prices: Prices, kind: str) -> float:
    return prices.seconds[KINDS.index(kind)]


TRUE = {"sequential_pages": 2e-6, "visits": 3e-6, "scanning": 8e-6, "sorting": 20e-6, "grouping": 5e-6}


@pytest.mark.parametrize("seed", range(5))
def test_many_statements_tell_each_price(seed: int) -> None:
    found = calibrate(observed(TRUE, 300, noise=0.2, seed=seed), cached_ratio=1.0)
    assert found is not None
    for kind, true in TRUE.items():
        assert price(found, kind) == pytest.approx(true, rel=0.35), kind
    assert found.statements == 300
    assert found.error < 1.3


def test_few_statements_move_the_level_and_leave_the_shares_where_they_usually_are() -> None:
    seen = [Observed(work(scanning=float(size)), size * 5e-6) for size in (10, 100, 1000, 2000, 5000)]
    found = calibrate(seen, cached_ratio=1.0)
    assert found is not None
    assert price(found, "scanning") == pytest.approx(5e-6, rel=0.01)
    assert price(found, "sorting") == pytest.approx(5e-6, rel=0.3), "nothing was seen of it"
    assert price(found, "visits") < 0.5 * price(found, "scanning"), "a page that is in memory is cheap"


def test_pages_from_a_disk_are_dear() -> None:
    seen = [Observed(work(scanning=float(size)), size * 5e-6) for size in (10, 100, 1000, 2000, 5000)]
    cold = calibrate(seen, cached_ratio=0.0)
    assert cold is not None
    assert price(cold, "visits") == pytest.approx(4 * price(cold, "scanning"), rel=0.3)


def test_one_statement_that_the_planner_misjudges_does_not_bend_the_rest() -> None:
    seen = observed(TRUE, 40)
    honest = calibrate(seen, cached_ratio=1.0)
    bent = calibrate([*seen, Observed(work(scanning=10.0), 100.0)], cached_ratio=1.0)
    assert honest is not None
    assert bent is not None
    for kind in TRUE:
        assert price(bent, kind) == pytest.approx(price(honest, kind), rel=0.5), kind


def test_what_several_processes_do_takes_the_time_of_all_of_them() -> None:
    alone = [Observed(work(scanning=float(size)), size * 5e-6) for size in (10, 100, 1000, 2000, 5000)]
    shared = [Observed(work(scanning=each.work.scanning, processes=2.0), each.seconds / 2) for each in alone]
    first, second = calibrate(alone, 1.0), calibrate(shared, 1.0)
    assert first is not None
    assert second is not None
    assert price(second, "scanning") == pytest.approx(price(first, "scanning"), rel=0.01)


def test_too_little_is_no_calibration() -> None:
    seen = observed(TRUE, LEAST_STATEMENTS - 1)
    assert calibrate(seen, 1.0) is None
    assert calibrate([*seen, Observed(work(), 1.0), Observed(work(scanning=1.0), 0.0)], 1.0) is None


def test_a_plan_costs_the_sum_of_its_work() -> None:
    prices = Prices(seconds=(1.0, 2.0, 8.0, 3.0, 4.0, 5.0, 6.0, 7.0), statements=9, error=1.0)
    assert prices.of(plan(50.0, work(visits=10.0, scanning=1.0, other=1.0))) == 30.0
    assert math.isclose(prices.of(plan(50.0, None)), 150.0)


def test_what_is_lost_is_added_to_what_was_observed() -> None:
    prices = Prices(seconds=(0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0), statements=9, error=1.0)
    base, dear, cheap = (plan(1.0, work(scanning=float(size))) for size in (2, 6, 1))
    assert prices.kept(dear, base, 0.0) == 3.0
    assert prices.kept(dear, base, 8.0) == 1.5, "of 8 s the planner expected 2, and 4 more come"
    assert prices.kept(cheap, base, 8.0) == 0.5
    assert prices.kept(cheap, plan(1.0, work()), 8.0) == 1.0
