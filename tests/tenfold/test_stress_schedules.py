"""Every shape reaches the multiplier exactly, keeps it for the whole part, and scales by more sessions."""

import pytest

from loadtest.arrivals import schedule
from loadtest.plan import Arrivals, Plan, Segment
from tenfold.stressing.schedules import busiest, highest_rate, replayed, shaped
from tests.loadtest.traffic_parts import poisson, session, traffic

PLAN = Plan(target="http://127.0.0.1/", segments=(Segment(seconds=1, per_second=1),), arrivals=Arrivals.POISSON)
SHAPES = ("step", "plateau", "countdown", "flash-sale")


@pytest.mark.parametrize("shape", SHAPES)
def test_the_highest_rate_is_the_multipliers_and_is_sustained(shape: str) -> None:
    plan = shaped(shape, everyday=4, multiplier=10).promotion(PLAN, 60)
    assert highest_rate(plan) == 40
    assert sum(each.seconds for each in plan.segments if each.per_second == 40) >= 60
    assert plan.segments[0].per_second == 4


@pytest.mark.parametrize("shape", SHAPES)
def test_the_everyday_round_is_even_whatever_the_promotion_does(shape: str) -> None:
    plan = shaped(shape, everyday=4, multiplier=10).everyday(PLAN, 60)
    assert plan.segments == (Segment(seconds=60, per_second=4),)
    assert plan.hot_share == 0


def test_a_countdown_jumps_from_one_second_to_the_next() -> None:
    rates = [each.per_second for each in shaped("countdown", 4, 10).promotion(PLAN, 60).segments]
    assert rates[rates.index(40) - 1] <= 20


def test_in_a_flash_sale_most_come_for_one_product() -> None:
    assert shaped("flash-sale", 4, 10).promotion(PLAN, 60).hot_share == 0.8


def test_the_busiest_stretch_of_the_log_is_replayed() -> None:
    starts = [*poisson(1, 120, seed=1), *poisson(5, 120, seed=2, began=145.0), *poisson(1, 120, seed=3, began=265.0)]
    log = traffic([session("home", at=at) for at in starts])
    began = busiest(log, 120)
    assert began == pytest.approx(145, abs=2)
    again = replayed(log, 3)
    everyday, promotion = again.everyday(PLAN, 120), again.promotion(PLAN, 120)
    assert list(schedule(everyday)) == [at - began for at in starts if began <= at < began + 120]
    assert len(promotion.offsets) == 3 * len(everyday.offsets)
    assert everyday.seconds == promotion.seconds == 120
    assert highest_rate(promotion) > highest_rate(everyday)


def test_a_log_that_is_shorter_than_the_round_is_replayed_from_its_beginning() -> None:
    starts = poisson(5, 10, seed=4, began=57.0)  # across the end of a minute
    everyday = replayed(traffic([session("home", at=at) for at in starts]), 3).everyday(PLAN, 60)
    assert list(everyday.offsets) == pytest.approx([at - starts[0] for at in starts])
