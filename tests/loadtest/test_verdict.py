"""The rules of the verdict, one by one, on recordings that differ from a healthy one in just that."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from facts.rounds import Loop, Reason, Recording, RoundVerdict
from loadtest.objective_check import requests_needed
from loadtest.slo import parse, parse_table
from loadtest.verdict import judge
from tests.loadtest.queueing import Mall, record
from tests.loadtest.recordings import MALL, healthy, overloaded, with_endpoint, with_generator, with_overall

GO, NO_GO, INVALID = RoundVerdict.GO, RoundVerdict.NO_GO, RoundVerdict.INVALID
SLOS = (parse("p99<500ms"), parse("errors<1%"))


def failed(reasons: tuple[Reason, ...]) -> list[str]:
    return [each.rule for each in reasons if not each.ok]


def test_a_healthy_round_is_go_and_every_rule_shows_its_evidence() -> None:
    verdict, reasons = judge(healthy(), SLOS)
    assert verdict is GO
    assert {"slo p99<500ms", "slo errors<1%", "generator-cpu", "generator-lag", "schedule-sent", "lost-worker"} <= {
        each.rule for each in reasons
    }
    assert all(str(each.evidence) for each in reasons)


def test_an_overloaded_mall_is_no_go_with_the_broken_objective_first() -> None:
    verdict, reasons = judge(overloaded(), SLOS)
    assert verdict is NO_GO
    assert failed(reasons) == ["slo p99<500ms"]
    assert reasons[0].rule == "slo p99<500ms"


def test_without_objectives_there_is_no_no_go() -> None:
    assert judge(overloaded())[0] is GO
    assert judge(with_generator(overloaded(), cpu_ratio=0.9))[0] is INVALID


GENERATORS: list[tuple[str, dict[str, Any]]] = [
    ("generator-cpu", {"cpu_ratio": 0.81}),
    ("generator-lag", {"lag_p99_ms": 10.1}),
    ("generator-starved", {"starved_ratio": 0.11}),
    ("generator-throttled", {"throttled_seconds": 0.21}),
    ("lost-worker", {"lost": True}),
    ("schedule-sent", {"started": 3800}),
    ("generator-cpu", {"cpu_ratio": float("nan")}),
]


@pytest.mark.parametrize(("rule", "changes"), GENERATORS)
@pytest.mark.parametrize("recording", [healthy(), overloaded()], ids=["healthy", "overloaded"])
def test_a_generator_that_cannot_keep_up_yields_neither_go_nor_no_go(
    rule: str, changes: dict[str, Any], recording: Recording
) -> None:
    if "started" in changes:
        changes = {"started": int(recording.journeys_scheduled * 0.97)}
    verdict, reasons = judge(with_generator(recording, **changes), SLOS)
    assert verdict is INVALID
    assert rule in failed(reasons)


@pytest.mark.parametrize(
    "changes",
    [
        {"cpu_ratio": 0.80, "lag_p99_ms": 10.0, "starved_ratio": 0.10, "throttled_seconds": 0.2},
        {"starved_ratio": None, "throttled_seconds": None},
        {"started": 3000, "dropped": 1000, "scheduled": 4000},
    ],
    ids=["at every limit", "a system that does not tell", "dropped for the mall's slowness"],
)
def test_a_generator_at_its_limits_is_still_a_measurement(changes: dict[str, Any]) -> None:
    assert judge(with_generator(healthy(), **changes), SLOS)[0] is GO


def test_a_recording_of_nobody_or_with_wrong_sums_is_invalid() -> None:
    assert judge(replace(healthy(), generators=()), SLOS)[0] is INVALID
    recording = healthy()
    verdict, reasons = judge(with_overall(recording, dropped=1), SLOS)
    assert verdict is INVALID
    assert failed(reasons) == ["accounting"]


TOO_KIND: list[tuple[str, Callable[[Recording], Recording]]] = [
    ("round-finished", lambda each: replace(each, ended="stopped: kill switch")),
    ("closed-loop", lambda each: replace(each, loop=Loop.CLOSED)),
    ("answers-from-the-mall", lambda each: with_overall(each, not_the_malls={"cache hit": each.overall.sent // 20})),
]


@pytest.mark.parametrize(("rule", "change"), TOO_KIND)
def test_a_round_that_was_too_kind_proves_no_go_but_never_go(
    rule: str, change: Callable[[Recording], Recording]
) -> None:
    verdict, reasons = judge(change(healthy()), SLOS)
    assert verdict is INVALID
    assert failed(reasons) == [rule]
    assert judge(change(overloaded()), SLOS)[0] is NO_GO


def test_a_closed_loop_may_be_asked_for_errors_alone() -> None:
    assert judge(replace(healthy(), loop=Loop.CLOSED), (parse("errors<1%"),))[0] is GO


def test_few_answers_of_a_cache_do_not_spoil_a_round() -> None:
    recording = healthy()
    assert judge(with_overall(recording, not_the_malls={"429": recording.overall.sent // 100}), SLOS)[0] is GO


def test_a_percentile_needs_enough_requests_and_says_how_many() -> None:
    assert [requests_needed(each) for each in (95, 99, 99.9)] == [59, 299, 2995]
    verdict, reasons = judge(healthy(), (parse("p99.9<500ms"),))
    assert verdict is GO
    verdict, reasons = judge(record(MALL, 100.0, 20.0, seed=3), (parse("p99.9<500ms"),))
    assert verdict is INVALID
    assert "2,995 are needed" in str(reasons[0].evidence)


def test_few_requests_that_all_break_the_objective_are_enough_for_no_go() -> None:
    recording = record(Mall(slots=1, service_seconds=1.0), 3.0, 20.0, seed=1)
    assert recording.overall.scheduled < requests_needed(99)
    assert judge(recording, SLOS)[0] is NO_GO


def test_refusals_that_come_quickly_hold_no_latency_objective() -> None:
    shedding = record(replace(MALL, refuses_above=4), 800.0, 20.0, seed=1)
    assert shedding.overall.latency_ms is not None
    assert shedding.overall.latency_ms.p99 < 500, "what was answered was answered quickly"
    verdict, reasons = judge(shedding, (parse("p99<500ms"),))
    assert verdict is NO_GO
    assert "failed" in str(reasons[0].evidence)


def test_a_target_that_answers_nothing_well_is_never_go() -> None:
    recording = healthy()
    dead = with_overall(
        recording, failed=recording.overall.scheduled, errors={"connection refused": recording.overall.scheduled}
    )
    assert judge(dead)[0] is INVALID
    assert judge(dead, SLOS)[0] is NO_GO


def test_payment_success_is_counted_where_payments_are_taken() -> None:
    slos = (parse("payment-success>=98%"),)
    recording = healthy()
    pay = next(each for each in recording.endpoints if each.name == "POST /pay/{}")
    assert judge(recording, slos)[0] is GO
    failing = with_endpoint(recording, pay.name, failed=int(pay.scheduled * 0.03) + 1)
    assert judge(failing, slos)[0] is NO_GO
    assert judge(failing, slos, payment=("GET /",))[0] is GO
    assert judge(failing, slos, payment=("POST /elsewhere",))[0] is INVALID


def test_throughput_counts_what_was_answered_well_while_the_schedule_ran() -> None:
    assert judge(overloaded(), (parse("throughput>=380/s"),))[0] is GO
    assert judge(overloaded(), (parse("throughput>=420/s"),))[0] is NO_GO


def test_the_default_spares_a_rare_page_and_finds_a_slow_one() -> None:
    slow = replace(
        MALL, endpoints={"GET /": (0.95, 0.2), "GET /search": (0.045, 20.0), "GET /rare": (0.005, 1.0)}, slots=8
    )
    verdict, reasons = judge(record(slow, 200.0, 40.0, seed=1), parse_table({"default": ["p95<60ms"]}))
    assert verdict is NO_GO
    assert failed(reasons) == ["slo GET /search p95<60ms"]
    rare = next(each for each in reasons if each.rule == "slo GET /rare p95<60ms")
    assert "not judged by itself" in str(rare.evidence)


def test_an_objective_for_a_page_that_nobody_requested_is_not_taken_as_held() -> None:
    assert judge(healthy(), parse_table({"GET /gone": ["p99<1s"]}))[0] is INVALID


def test_a_window_finds_the_ten_seconds_that_the_whole_round_hides() -> None:
    recording = record(replace(MALL, hiccups=((100.0, 1.2),)), 200.0, 300.0, seed=1)
    assert judge(recording, (parse("p99<500ms"),))[0] is GO
    verdict, reasons = judge(recording, (parse("p99<500ms over 10s"),))
    assert verdict is NO_GO
    assert "at second 100" in str(reasons[0].evidence)


def test_a_window_too_short_for_its_percentile_is_not_enough() -> None:
    verdict, reasons = judge(healthy(), (parse("p99<500ms over 1s"),))
    assert verdict is INVALID
    assert "no window of 1 s could be judged" in str(reasons[0].evidence)


def test_an_endpoints_window_is_judged_from_its_seconds() -> None:
    held = parse_table({"GET /search": ["p95<500ms over 10s", "errors<1% over 10s"]})
    assert judge(healthy(), held)[0] is GO
    assert judge(healthy(), parse_table({"GET /search": ["p95<1ms over 10s"]}))[0] is NO_GO


def test_what_only_the_generators_own_pause_broke_is_not_the_malls() -> None:
    lag = np.zeros(60)
    lag[30] = 0.9
    recording = record(MALL, 200.0, 60.0, seed=1, lag=lag)
    assert judge(recording, (parse("p99<500ms"),))[0] is INVALID
    assert "generator-stall" in failed(judge(recording, (parse("p99<500ms"),))[1])
    assert judge(record(MALL, 480.0, 60.0, seed=1, lag=lag), (parse("p99<500ms"),))[0] is NO_GO


def test_twenty_throttled_generators_are_invalid_and_twenty_free_ones_are_not() -> None:
    throttled, free = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        # A quota of half a core for a generator that needs two thirds: it falls behind and catches up.
        lag = np.maximum(rng.normal(0.15, 0.1, 20), 0.0)
        recording = record(MALL, 200.0 + 10 * seed, 20.0, seed=seed, lag=lag)
        p99 = recording.overall.lag_ms.p99 if recording.overall.lag_ms else 0.0
        throttled.append(judge(with_generator(recording, lag_p99_ms=p99, throttled_seconds=6.0), SLOS)[0])
        free.append(judge(record(MALL, 200.0 + 10 * seed, 20.0, seed=seed), SLOS)[0])
    assert throttled == [INVALID] * 20
    assert INVALID not in free
