"""The search finds known capacities, and one noisy or unmeasurable step does not lead it astray."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from facts.rounds import Knee, Recording, Step
from loadtest.backlog import backlog
from loadtest.knee import Search, Try, next_rate, to_step
from loadtest.slo import parse
from tests.loadtest.queueing import Mall, record, simulated_knee
from tests.loadtest.recordings import with_generator

SLOS = (parse("p99<500ms"),)
Drive = Callable[[Try, int], Recording]


def search(drive: Drive, settings: Search) -> tuple[Knee, list[Step]]:
    """Runs a search to its end; `drive` is given what to try and the number of the step."""
    steps: list[Step] = []
    while isinstance(wanted := next_rate(steps, settings), Try):
        recording = drive(wanted, len(steps))
        steps.append(to_step(recording, SLOS, wanted.per_second, hold=wanted.hold))
        assert len(steps) < 60, "the search goes on for ever"
    return wanted, steps


def against(mall: Mall, *, seed: int, arrivals: str = "poisson") -> Drive:
    return lambda wanted, number: record(
        mall, wanted.per_second, wanted.seconds, seed=1000 * seed + number, arrivals=arrivals
    )


WIDE = Search(low=25, high=5000)
MALLS = [
    Mall(slots=4, service_seconds=0.010),
    Mall(slots=1, service_seconds=0.0025),
    Mall(slots=16, service_seconds=0.040),
    Mall(slots=4, service_seconds=0.010, service="log-normal"),
    Mall(slots=16, service_seconds=0.040, service="log-normal"),
]


@pytest.mark.parametrize("mall", MALLS, ids=lambda mall: f"{mall.slots} slots {mall.service}")
def test_a_known_capacity_is_found_within_five_percent_in_nine_of_ten_searches(mall: Mall) -> None:
    truth = mall.capacity if mall.service == "deterministic" else simulated_knee(mall, 500.0, seconds=600.0)
    found = [search(against(mall, seed=seed), WIDE) for seed in range(10)]
    near = [abs(knee.per_second / truth - 1) <= 0.05 for knee, _ in found]
    assert sum(near) >= 9, [round(knee.per_second, 1) for knee, _ in found]
    assert sum(knee.low <= truth <= (knee.high or truth) for knee, _ in found) >= 8, "the range holds the truth"
    loads = sorted(sum(step.seconds for step in steps) for _, steps in found)
    assert loads[5] <= 8 * 60, "a search is done in minutes"


def test_evenly_spaced_arrivals_find_the_same_capacity() -> None:
    knee, steps = search(against(MALLS[0], seed=1, arrivals="constant"), WIDE)
    assert knee.per_second == pytest.approx(400, rel=0.05)
    assert steps[-1].hold
    assert steps[-1].seconds >= 60


def test_a_mall_that_sheds_load_has_its_knee_where_it_begins_to_refuse() -> None:
    knee, _ = search(against(replace(MALLS[0], refuses_above=20), seed=1), WIDE)
    assert knee.per_second == pytest.approx(400, rel=0.1)


@pytest.mark.parametrize("noisy", range(8))
def test_one_noisy_step_does_not_decide(noisy: int) -> None:
    quiet = against(MALLS[0], seed=3)
    stopped = against(replace(MALLS[0], hiccups=((1.0, 3.0),)), seed=3)
    knee, steps = search(lambda wanted, number: (stopped if number == noisy else quiet)(wanted, number), WIDE)
    assert not steps[noisy].held
    assert knee.per_second == pytest.approx(400, rel=0.05)


def test_the_ceiling_is_never_exceeded_and_the_knee_is_then_at_least_that() -> None:
    knee, steps = search(against(MALLS[0], seed=1), Search(low=50, high=150))
    assert max(step.per_second for step in steps) == 150
    assert (knee.per_second, knee.high) == (150, None)
    assert steps[-1].hold


def test_a_generator_at_its_own_limit_ends_the_search_with_at_least() -> None:
    quiet = against(MALLS[0], seed=1)

    def limited(wanted: Try, number: int) -> Recording:
        recording = quiet(wanted, number)
        return with_generator(recording, cpu_ratio=0.95) if wanted.per_second > 250 else recording

    knee, steps = search(limited, WIDE)
    assert knee.per_second == pytest.approx(250, rel=0.04)
    assert knee.high is None
    reasons = [step.reason for step in steps if step.reason]
    assert reasons == ["generator-cpu"] * len(reasons)
    assert all([step.per_second for step in steps].count(step.per_second) == 2 for step in steps if step.reason), (
        "once could have been chance"
    )


def test_a_generator_that_is_drowned_by_overload_still_brackets_the_knee() -> None:
    """At twice the capacity thousands of requests wait, and each costs the generator."""
    quiet = against(MALLS[0], seed=1)
    knee, steps = search(
        lambda wanted, number: with_generator(
            quiet(wanted, number), lag_p99_ms=40.0 if wanted.per_second > 700 else 1.0
        ),
        WIDE,
    )
    assert knee.per_second == pytest.approx(400, rel=0.05)
    assert knee.high is not None
    assert steps[-1].hold


def test_a_rate_that_failed_once_and_then_cannot_be_measured_is_not_tried_for_ever() -> None:
    quiet = against(MALLS[0], seed=1)
    tried: list[float] = []

    def disturbed(wanted: Try, number: int) -> Recording:
        tried.append(wanted.per_second)
        return with_generator(
            quiet(wanted, number),
            lag_p99_ms=40.0 if wanted.per_second == 800 and tried.count(800) > 1 else 1.0,
        )

    knee, _ = search(disturbed, WIDE)
    assert tried.count(800) == 3
    assert knee.per_second == pytest.approx(400, rel=0.05)


def test_a_generator_that_cannot_even_begin_finds_nothing() -> None:
    quiet = against(MALLS[0], seed=1)
    knee, steps = search(lambda wanted, number: with_generator(quiet(wanted, number), cpu_ratio=0.95), WIDE)
    assert (knee.per_second, knee.high) == (0, None)
    assert len(steps) == 2


def test_one_step_in_which_the_generator_was_disturbed_is_run_again() -> None:
    quiet = against(MALLS[0], seed=1)
    knee, _ = search(
        lambda wanted, number: with_generator(quiet(wanted, number), lag_p99_ms=40.0 if number == 3 else 1.0), WIDE
    )
    assert knee.per_second == pytest.approx(400, rel=0.05)


def test_the_search_goes_down_when_the_first_rate_is_too_much() -> None:
    knee, _ = search(against(MALLS[0], seed=1), Search(low=2000, high=5000))
    assert knee.per_second == pytest.approx(400, rel=0.05)


def test_a_mall_that_holds_nothing_has_a_knee_of_zero() -> None:
    knee, _ = search(against(Mall(slots=1, service_seconds=2.0), seed=1), Search(low=4, high=100))
    assert knee.per_second == 0
    assert knee.high == 1


@pytest.mark.parametrize("per_second", [5.0, 40.0, 200.0])
def test_a_mall_at_half_of_its_capacity_has_no_growing_backlog(per_second: float) -> None:
    mall = Mall(slots=16, service_seconds=8 / per_second, service="log-normal")
    states = [backlog(record(mall, per_second, 20.0, seed=seed)) for seed in range(20)]
    assert sum(state.growing or state.short for state in states) <= 1


def test_three_percent_too_much_is_a_growing_backlog_before_latency_tells() -> None:
    states = [backlog(record(MALLS[0], 412.0, 20.0, seed=seed, arrivals="constant")) for seed in range(5)]
    assert all(state.growing for state in states)
    assert [round(state.slope) for state in states] == [12] * 5
