"""More of the same traffic: walks through the model, promotion shapes, replayed arrivals, steps of a mall, and how close all of it is."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from facts.rounds import Figures
from facts.traffic import Move, TrafficModel
from loadtest.arrivals import schedule
from loadtest.feeders import uses_of
from loadtest.journey import Shopper
from loadtest.plan import Arrivals, Plan, Segment
from loadtest.traffic import fidelity
from loadtest.traffic.model import TrafficError, model_of
from loadtest.traffic.peak import peak_of
from loadtest.traffic.replay import offsets
from loadtest.traffic.shapes import Scale, countdown, decay, flash_sale, plateau
from loadtest.traffic.steps import Steps
from loadtest.traffic.walking import Walks, generated
from tests.loadtest.traffic_parts import minutes, poisson, session, shop, traffic

SCALE = Scale(everyday=4.0, multiplier=10.0)


@pytest.fixture(scope="module")
def model() -> TrafficModel:
    return model_of(traffic(shop()))


def test_the_same_seed_walks_the_same_way_and_another_does_not(model: TrafficModel) -> None:
    assert generated(model, 50, seed=3) == generated(model, 50, seed=3)
    assert generated(model, 50, seed=3) != generated(model, 50, seed=4)


def test_walks_visit_each_page_as_often_as_the_real_ones(model: TrafficModel) -> None:
    counts = Counter(visit.endpoint for each in generated(model, 5000, seed=1) for visit in each.visits)
    for endpoint, share in model.mix.items():
        assert counts[endpoint] / counts.total() == pytest.approx(share, abs=0.02)


def test_no_walk_passes_a_gate_that_is_closed(model: TrafficModel) -> None:
    for each in generated(model, 2000, seed=2):
        pages = [visit.endpoint for visit in each.visits]
        assert "cart" not in pages or pages.index("login") < pages.index("cart")


def test_a_walk_without_an_end_ends(model: TrafficModel) -> None:
    circle = (Move(source="", target="a", share=1.0), Move(source="a", target="a", share=1.0))
    assert len(list(Walks(replace(model, moves=circle, gates=())).walk(random.Random(1)))) == 1000


def test_popular_subjects_are_asked_for_more(model: TrafficModel) -> None:
    skewed = replace(model, subject_skew={"product": 1.0})
    walks, dice = Walks(skewed, {"product": 100}), random.Random(1)
    drawn = Counter(pace.subject for _ in range(2000) for pace in walks.walk(dice) if pace.endpoint == "product")
    assert drawn[0] > 5 * drawn[20] > 0
    assert all(pace.subject is None for pace in Walks(skewed).walk(dice))


@pytest.mark.parametrize(
    "segments",
    [
        pytest.param(plateau(SCALE, rise=60, hold=120), id="plateau"),
        pytest.param(countdown(SCALE, gather=60, spike=20, settle=100), id="countdown"),
        pytest.param(flash_sale(SCALE, before=30, rush=60, after=90).segments, id="flash sale"),
        pytest.param(decay(SCALE, seconds=180, half_life=20), id="decay"),
    ],
)
def test_every_shape_lasts_as_asked_and_reaches_the_multiplier_exactly(segments: Sequence[Segment]) -> None:
    plan = Plan(target="http://127.0.0.1/", segments=tuple(segments), arrivals=Arrivals.POISSON, seed=1)
    assert max(each.per_second for each in segments) == 40.0
    assert min(each.per_second for each in segments) >= 4.0
    expected = sum(each.seconds * each.per_second for each in segments)
    assert len(list(schedule(plan))) == pytest.approx(expected, rel=0.1)


def test_shapes_rise_and_fall_as_their_names_say() -> None:
    assert sum(each.seconds for each in plateau(SCALE, rise=60, hold=120)) == pytest.approx(180)
    assert [each.per_second for each in plateau(SCALE, rise=0, hold=9)] == [40.0]
    spike = [each.per_second for each in countdown(SCALE, gather=60, spike=20, settle=100)]
    assert spike[:20] == sorted(spike[:20])
    assert spike[19] == pytest.approx(20)
    assert spike[20] == 40
    assert spike[21:] == sorted(spike[21:], reverse=True)
    assert spike[-1] == pytest.approx(8, rel=0.2)
    falling = [each.per_second for each in decay(SCALE, seconds=100, half_life=10)]
    assert falling[2] == pytest.approx(4 + 36 / 2)


@pytest.mark.parametrize(("everyday", "multiplier"), [(0, 10), (4, 0), (float("nan"), 1), (-1, -1)])
def test_a_shape_of_nothing_is_refused(everyday: float, multiplier: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Scale(everyday=everyday, multiplier=multiplier)


def test_replay_at_one_is_the_log_itself() -> None:
    starts = poisson(2, 600, seed=1, began=1000)
    real = traffic([session("home", at=at) for at in starts])
    assert offsets(real, multiplier=1, began=1000, seconds=600, seed=1) == pytest.approx([at - 1000 for at in starts])


def test_replay_scales_by_more_sessions_and_keeps_bursts_as_they_are() -> None:
    starts = [at for at in poisson(2, 1800, seed=1) for _ in range(3)]
    real = traffic([session("home", at=at) for at in starts])
    found = offsets(real, multiplier=10, began=0, seconds=1800, seed=1)
    assert len(found) == 10 * len(starts)
    assert list(found) == sorted(found)
    assert found[0] >= 0
    assert found[-1] < 1800
    assert peak_of(minutes(starts), seconds=1800).burstiness == pytest.approx(3, abs=0.8)
    assert peak_of(minutes(found), seconds=1800).burstiness == pytest.approx(3, abs=0.8)


def test_replay_takes_parts_of_copies_and_makes_up_for_a_sample() -> None:
    starts = poisson(5, 600, seed=2)
    real = [session("home", at=at) for at in starts]
    assert len(offsets(traffic(real), multiplier=2.5, began=0, seconds=600, seed=1)) == pytest.approx(
        2.5 * len(starts), rel=0.05
    )
    sampled = offsets(traffic(real, sampled=0.25), multiplier=1, began=0, seconds=600, seed=1)
    assert len(sampled) == pytest.approx(4 * len(starts), rel=0.01)


def test_a_window_without_arrivals_is_refused() -> None:
    with pytest.raises(TrafficError, match="no session"):
        offsets(traffic(shop()), multiplier=1, began=1e9, seconds=60, seed=1)


def test_fidelity_is_one_for_the_same_and_nothing_for_a_stranger() -> None:
    real = shop()
    assert fidelity.of_sessions(real, real, burstiness=(2.0, 2.0)).score == pytest.approx(1)
    strangers = [session("x", "y", pause=1000)] * 100
    assert fidelity.of_sessions(real, strangers).score == pytest.approx(0, abs=1e-6)


def test_each_part_of_fidelity_sees_its_own_difference() -> None:
    real = shop()
    more_buyers = fidelity.of_sessions(real, shop(buyers=0.7, seed=2))
    assert more_buyers.mix < 0.85
    hasty = fidelity.of_sessions(real, [session(*(v.endpoint for v in each.visits), pause=0.1) for each in real])
    assert (hasty.mix, hasty.transitions) == (1, 1)
    assert hasty.pauses == pytest.approx(0)
    mixed_up = fidelity.of_sessions(real, [session(*reversed([v.endpoint for v in each.visits])) for each in real])
    assert mixed_up.mix == 1
    assert mixed_up.transitions is not None
    assert mixed_up.transitions < 0.6
    assert fidelity.of_sessions(real, real, burstiness=(1.0, 4.0)).burstiness == 0.25


def test_the_distance_is_jensen_and_shannons() -> None:
    """The third figure is what scipy's `jensenshannon` gives to base 2."""
    assert fidelity.distance({"a": 1}, {"b": 5}) == 1
    assert fidelity.distance({"a": 1, "b": 1}, {"a": 50, "b": 50}) == 0
    assert fidelity.distance({"a": 1, "b": 1}, {"a": 1}) == pytest.approx(0.5579230452841438)
    assert fidelity.distance({}, {"a": 1}) == 1


def test_a_rounds_requests_are_compared_by_method_and_path(model: TrafficModel) -> None:
    named = replace(model, mix={"GET /p/{id}": 0.75, "GET /search?q": 0.25})

    def figures(name: str, count: int) -> Figures:
        return Figures(name=name, scheduled=count, sent=count, dropped=0, failed=0)

    same = fidelity.of_round(named, [figures("GET /p/{}", 750), figures("GET /search", 250)])
    other = fidelity.of_round(named, [figures("GET /p/{}", 250), figures("GET /search", 750)])
    assert same.score == pytest.approx(1)
    assert other.score < 0.65


class Visitor:
    """A shopper that writes down what it did."""

    def __init__(self, number: int, *, hot: bool = False) -> None:
        self.hot = hot
        self.dice = random.Random(number)
        self.did: list[Any] = []

    def get(self, path: str, **_: Any) -> None:
        self.did.append(path)

    def think(self, low: float, _high: float | None = None) -> None:
        self.did.append(low)


def steps_of_the_shop() -> Steps:
    steps = Steps()
    for page in ("home", "login", "pay"):

        @steps.on(page, writes=page == "pay")
        def visit(shopper: Shopper, subject: str, page: str = page) -> None:
            shopper.get(page + subject)

    @steps.on("product", subjects=["hot", "warm", "cold"])
    def product(shopper: Shopper, subject: str) -> None:
        shopper.get(f"product/{subject}")

    return steps


def walked(walk: Any, number: int, *, hot: bool = False) -> list[Any]:
    visitor = Visitor(number, hot=hot)
    walk(visitor)
    return visitor.did


def test_a_malls_steps_are_walked_as_a_journey(model: TrafficModel) -> None:
    steps = steps_of_the_shop()

    @steps.on("cart", writes=True)
    def cart(shopper: Shopper, _subject: str) -> None:
        shopper.get("cart")

    journey = steps.walking("shoppers", model)
    assert (journey.name, journey.writes) == ("shoppers", True)
    walk = journey.walk
    did = [walked(walk, number) for number in range(200)]
    assert did == [walked(walk, number) for number in range(200)]
    assert {each[0] for each in did} == {"home", "login"}
    pages = Counter(page for each in did for page in each if isinstance(page, str))
    assert set(pages) == {"home", "login", "cart", "pay", "product/hot", "product/warm", "product/cold"}
    assert all(isinstance(each[number], float) for each in did for number in range(1, len(each), 2))


def test_in_a_flash_sale_most_want_the_one_product(model: TrafficModel) -> None:
    steps = steps_of_the_shop()
    steps.on("cart")(lambda _shopper, _subject: None)
    walk = steps.walking("sale", model).walk
    pages = Counter(
        page
        for number in range(500)
        for page in walked(walk, number, hot=number % 10 > 0)
        if str(page).startswith("product")
    )
    assert pages["product/hot"] / pages.total() > 0.85


def test_steps_that_leave_much_of_the_mall_out_are_refused_by_name(model: TrafficModel) -> None:
    steps = steps_of_the_shop()
    assert list(steps.missing(model)) == ["cart"]
    with pytest.raises(TrafficError, match="cart"):
        steps.walking("shoppers", model)


def test_without_the_right_to_write_such_steps_are_passed_over(model: TrafficModel) -> None:
    steps = steps_of_the_shop()

    @steps.on("cart", writes=True)
    def cart(shopper: Shopper, _subject: str) -> None:
        shopper.get("cart")

    journey = steps.walking("shoppers", model, writes=False)
    did = {page for number in range(200) for page in walked(journey.walk, number)}
    assert not journey.writes
    assert "login" in did
    assert not {"cart", "pay"} & did


def test_a_page_that_is_always_the_same_needs_no_step() -> None:
    plain = model_of(traffic([session("GET /", "GET /about", at=number) for number in range(20)]))
    steps = Steps()
    assert steps.missing(plain) == {}
    assert [page for page in walked(steps.walking("shoppers", plain).walk, 1) if isinstance(page, str)] == [
        "/",
        "/about",
    ]


def test_feeders_are_counted_that_a_step_takes_from(model: TrafficModel) -> None:
    steps = steps_of_the_shop()

    @steps.on("cart")
    def cart(shopper: Shopper, _subject: str) -> None:
        shopper.get(shopper.feed("variants")["id"])

    assert uses_of(steps.walking("shoppers", model), ["variants", "accounts"]) == {"variants": 1}


def test_an_endpoint_has_one_step() -> None:
    with pytest.raises(ValueError, match="two steps"):
        steps_of_the_shop().on("home")
