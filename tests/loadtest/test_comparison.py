"""Noise is never sold as progress, and a real slowdown is found: on simulated pairs, the nastier the better."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from facts.round_comparison import DifferenceVerdict, RoundComparison, RoundDifference
from facts.rounds import Loop, Recording
from loadtest.comparison import Noise, compare
from tests.loadtest.queueing import Mall, record

PAIRS = 20
MALL = Mall(
    slots=8, service_seconds=0.020, service="log-normal", sigma=0.8,
    endpoints={"GET /": (0.5, 0.5), "GET /search": (0.3, 2.0), "POST /cart": (0.2, 0.75)},
)  # fmt: skip
RATE, SECONDS = 150.0, 60.0


def runs(mall: Mall, seeds: Sequence[int], *, rate: float = RATE, seconds: float = SECONDS) -> list[Recording]:
    return [record(mall, rate, seconds, seed=seed) for seed in seeds]


def pair(mall: Mall, other: Mall, number: int, *, rate: float = RATE, seconds: float = SECONDS) -> RoundComparison:
    return compare(
        runs(mall, [2 * number], rate=rate, seconds=seconds), runs(other, [2 * number + 1], rate=rate, seconds=seconds)
    )


def told(comparison: RoundComparison, verdict: DifferenceVerdict | None = None) -> list[RoundDifference]:
    found = [each for each in comparison.differences if each.verdict is not DifferenceVerdict.NOT_TOLD_APART]
    return [each for each in found if verdict is None or each.verdict is verdict]


def slower(mall: Mall, factor: float = 1.2) -> Mall:
    return replace(mall, service_seconds=mall.service_seconds * factor)


# Name, mall, rate: what real malls do to whoever compares two runs of them.
EQUAL = [
    pytest.param(replace(MALL, between_runs=0.02), RATE, id="runs differ by 2 %"),
    pytest.param(replace(MALL, sway=0.15, sway_seconds=5.0), RATE, id="slow seconds come together"),
    pytest.param(MALL, 340.0, id="at 85 % of its capacity"),
]


@pytest.mark.parametrize(("mall", "rate"), EQUAL)
def test_equal_malls_are_called_different_in_at_most_one_of_twenty_pairs(mall: Mall, rate: float) -> None:
    called = [told(pair(mall, mall, number, rate=rate)) for number in range(PAIRS)]
    assert sum(bool(each) for each in called) <= 1, [each for each in called if each]


@pytest.mark.parametrize(
    "mall",
    [
        pytest.param(replace(MALL, between_runs=0.02), id="runs differ by 2 %"),
        pytest.param(replace(MALL, drift=0.05), id="slower and slower"),
    ],
)
def test_a_fifth_slower_is_found_in_ninety_five_of_a_hundred_pairs_of_two_minutes(mall: Mall) -> None:
    found = [
        bool(told(pair(mall, slower(mall), number, seconds=120.0), DifferenceVerdict.WORSE)) for number in range(PAIRS)
    ]
    assert sum(found) >= 0.95 * PAIRS


def test_a_mall_that_sways_needs_longer_rounds_and_then_the_slowdown_is_found() -> None:
    mall = replace(MALL, sway=0.15, sway_seconds=5.0)
    short = [bool(told(pair(mall, slower(mall), number), DifferenceVerdict.WORSE)) for number in range(5)]
    long = [bool(told(pair(mall, slower(mall), number, seconds=600.0), DifferenceVerdict.WORSE)) for number in range(5)]
    assert sum(long) >= 4
    assert sum(short) < sum(long)


def test_the_direction_is_named_and_the_interval_holds_the_truth() -> None:
    better = pair(slower(MALL), MALL, 1)
    assert told(better)
    assert not told(better, DifferenceVerdict.WORSE)
    inside = 0
    for number in range(20):
        p50 = next(each for each in pair(MALL, slower(MALL), number).differences if each.figure == "p50")
        assert p50.before is not None
        assert p50.low is not None
        assert p50.high is not None
        # At this rate hardly anybody waits, so the median goes with the service time.
        inside += p50.low <= 0.2 * p50.before <= p50.high
    assert inside >= 19


def test_one_slow_endpoint_is_found_though_the_whole_hardly_shows_it() -> None:
    slow = replace(MALL, endpoints={**MALL.endpoints, "POST /cart": (0.2, 1.5)}, service_seconds=0.0230)
    worse = told(pair(MALL, slow, 5), DifferenceVerdict.WORSE)
    assert {each.subject for each in worse} == {"POST /cart"} | {""} & {each.subject for each in worse}


def test_refusals_are_worse_and_lost_throughput_is_too() -> None:
    shedding = replace(MALL, refuses_above=2)
    worse = {each.figure for each in told(pair(MALL, shedding, 3, rate=420.0)) if each.subject == ""}
    assert "failed" in worse
    lost = compare(runs(MALL, [1]), runs(MALL, [2], rate=RATE * 0.8))
    assert ("", "throughput") in {(each.subject, each.figure) for each in told(lost, DifferenceVerdict.WORSE)}
    assert [each.template.partition(":")[0] for each in lost.cautions] == ["the rates differ"]


def test_repeated_rounds_measure_the_noise_and_widen_the_intervals_of_a_restless_mall() -> None:
    restless = replace(MALL, between_runs=0.10)
    called_single = called_repeated = 0
    for number in range(10):
        seeds = range(100 * number, 100 * number + 10)
        called_single += bool(
            told(compare(runs(restless, seeds[:1], seconds=30), runs(restless, seeds[5:6], seconds=30)))
        )
        repeated = compare(runs(restless, seeds[:5], seconds=30), runs(restless, seeds[5:], seconds=30))
        called_repeated += bool(told(repeated))
        assert repeated.noise_measured
    assert called_repeated <= 1
    assert called_single > called_repeated


def test_repeated_rounds_of_a_calm_mall_find_a_smaller_change() -> None:
    small = slower(MALL, 1.08)
    single = [bool(told(pair(MALL, small, number))) for number in range(10)]
    repeated = [
        bool(told(compare(runs(MALL, range(20 * n, 20 * n + 6)), runs(small, range(20 * n + 10, 20 * n + 16)))))
        for n in range(5)
    ]
    assert sum(repeated) >= 4
    assert sum(single) <= 2


def test_the_assumed_noise_is_stated_and_can_be_another() -> None:
    stated = pair(MALL, MALL, 1)
    assert (stated.noise_measured, stated.confidence) == (False, 0.99)
    assert stated.noise_ratio == pytest.approx(0.025)
    wide = compare(runs(MALL, [1]), runs(slower(MALL), [2]), noise=Noise(ratio=0.2, tail_ratio=0.2))
    assert not told(wide)


def test_an_endpoint_of_one_side_is_shown_and_nothing_concluded() -> None:
    other = replace(MALL, endpoints={"GET /": (0.8, 1.0), "GET /new": (0.2, 1.0)})
    comparison = pair(MALL, other, 1)
    new = next(each for each in comparison.differences if each.subject == "GET /new")
    assert (new.before, new.low, new.verdict) == (None, None, DifferenceVerdict.NOT_TOLD_APART)
    assert new.after is not None


def test_rounds_too_short_or_of_a_closed_loop_are_cautioned() -> None:
    short = compare(runs(MALL, [1], seconds=3), runs(MALL, [2], seconds=3))
    assert not told(short)
    assert "the rounds are too short or empty: nothing can be told apart" in [str(each) for each in short.cautions]
    closed = replace(runs(MALL, [1])[0], loop=Loop.CLOSED)
    assert any("closed loop" in str(each) for each in compare([closed], [closed]).cautions)
    with pytest.raises(ValueError, match="both sides"):
        compare([], [closed])
