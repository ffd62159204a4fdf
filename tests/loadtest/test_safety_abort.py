"""A running round is ended for a stated reason, when it must be, and not for a hiccup."""

from dataclasses import replace

import pytest

from facts.rounds import Moment
from loadtest.safety.abort import AbortLimits, RealUsers, decide
from loadtest.safety.real_users import Served, by_second, probe
from mall.servers.processes import free_port
from tests.loadtest.safety_parts import approved, site

HEALTHY = Moment(
    second=0,
    offered=100,
    sent=100,
    completed=100,
    failed=0,
    waiting=3,
    p50_ms=20.0,
    p95_ms=40.0,
    p99_ms=60.0,
    lag_p99_ms=1.0,
)
LIMITS = AbortLimits(slo_p99_ms=500.0, real_p95_ms=800.0, real_error_ratio=0.05)


def seconds(count: int, start: int = 0, **changed: object) -> list[Moment]:
    return [replace(HEALTHY, second=start + number, **changed) for number in range(count)]  # type: ignore[arg-type]


def shoppers(count: int, **changed: object) -> list[RealUsers]:
    usual = RealUsers(second=0, requests=10, failed=0, p95_ms=200.0)
    return [replace(usual, second=number, **changed) for number in range(count)]  # type: ignore[arg-type]


def rule(moments: list[Moment], real: list[RealUsers] | None = None, limits: AbortLimits = LIMITS) -> str:
    found = decide(moments, limits, real or [])
    return found.rule if found else ""


def test_a_healthy_round_goes_on() -> None:
    assert rule([]) == ""
    assert rule(seconds(60), shoppers(60)) == ""


@pytest.mark.parametrize(("failed", "ended"), [(50, ""), (51, "error-rate")])
def test_more_than_half_failing_for_ten_seconds_ends_it(failed: int, ended: str) -> None:
    assert rule(seconds(30) + seconds(10, 30, failed=failed)) == ended
    assert rule(seconds(9, 0, failed=failed)) == ""


def test_a_failover_of_some_seconds_is_lived_through() -> None:
    assert rule(seconds(30) + seconds(4, 30, failed=100) + seconds(6, 34)) == ""


def test_a_handful_of_requests_proves_no_error_rate() -> None:
    assert rule(seconds(10, offered=1, failed=1, completed=1, waiting=0)) == ""
    assert rule(seconds(10, offered=2, failed=2, completed=2, waiting=0)) == "error-rate"


def test_silence_while_requests_wait_ends_it_though_nothing_has_failed_yet() -> None:
    dead = {"completed": 0, "waiting": 900, "p50_ms": None, "p95_ms": None, "p99_ms": None}
    assert rule(seconds(30) + seconds(9, 30, **dead)) == ""
    found = decide(seconds(30) + seconds(10, 30, **dead), LIMITS)
    assert found is not None
    assert (found.rule, found.second) == ("no-answers", 39)
    assert "900 requests wait" in str(found.reason)


def test_a_pause_in_the_schedule_is_no_silence() -> None:
    assert rule(seconds(60, offered=0, completed=0, waiting=0, p99_ms=None)) == ""


def test_ten_times_the_slo_for_ten_seconds_is_a_collapse() -> None:
    assert rule(seconds(10, p99_ms=5000.0)) == ""
    assert rule(seconds(10, p99_ms=5001.0)) == "slo-collapse"
    assert rule(seconds(9, p99_ms=9000.0) + seconds(1, 9)) == ""
    assert rule(seconds(10, p99_ms=9000.0), limits=AbortLimits()) == ""


def test_a_queue_shows_the_collapse_that_unfinished_answers_hide() -> None:
    # 600 wait and 100 are answered a second: by Little's law 6 s each, while the finished ones of each second are fast.
    assert rule(seconds(10, waiting=600)) == "slo-collapse"
    assert rule(seconds(10, waiting=499)) == ""


def test_real_shoppers_end_it_first() -> None:
    broken = seconds(10, failed=100)
    assert rule(broken, shoppers(5, p95_ms=900.0)) == "real-users"
    assert rule(seconds(10), shoppers(4, p95_ms=900.0)) == ""
    assert rule(seconds(10), shoppers(5, failed=1)) == "real-users"
    found = decide(seconds(10), LIMITS, shoppers(5, failed=1))
    assert found is not None
    assert "5 of 50" in str(found.reason)


def test_nobody_in_the_mall_is_no_complaint() -> None:
    nobody = shoppers(60, requests=0, p95_ms=None)
    assert rule(seconds(60), nobody) == ""
    assert rule(seconds(60), [*shoppers(5, p95_ms=900.0), *nobody]) == "real-users"


def test_a_second_that_is_told_again_counts_once_and_as_it_was_told_last() -> None:
    first = seconds(10)
    again = seconds(10, failed=90)
    assert rule(first + again) == "error-rate"
    assert rule(again + first) == ""


def test_answers_of_an_access_log_become_seconds_of_the_round() -> None:
    log = [Served(1000.5 + number / 100, 0.01 * number, 200) for number in range(20)]
    log += [Served(1002.0, 3.0, 503), Served(1002.9, 0.1, 404), Served(999.9, 9.0, 500)]
    assert by_second(reversed(log), began=1000.0) == (
        RealUsers(second=0, requests=20, failed=0, p95_ms=180.0),
        RealUsers(second=2, requests=2, failed=1, p95_ms=3000.0),
    )


def test_the_probe_is_no_marked_request_and_a_dead_mall_is_a_failure() -> None:
    with site(front=(500, {}, "")) as shop:
        broken = probe(approved(shop.url()), "/", version="0.1.0")
    assert (broken.status, broken.failed, shop.marks) == (500, True, [""])
    gone = probe(approved(f"http://127.0.0.1:{free_port()}/"), "/", version="0.1.0")
    assert (gone.status, gone.failed) == (0, True)
    found = by_second([Served(100.0 + second, gone.seconds, gone.status) for second in range(5)], began=100.0)
    assert rule(seconds(10), list(found)) == "real-users"
