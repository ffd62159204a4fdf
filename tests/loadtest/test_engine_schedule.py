"""Arrivals that the mall keeps waiting, shoppers who pause: what is counted when."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtest.driving import drive
from loadtest.plan import Arrivals, Plan
from tests.loadtest.engine_parts import at, balanced, journeys, named
from tests.loadtest.targets import server


@pytest.fixture(scope="module")
def instant() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.mark.parametrize("limit", [10_000, 50])
def test_shoppers_who_came_while_the_mall_stood_still_are_in_the_percentiles(limit: int) -> None:
    """200 a second for 4 s, frozen for 1 s: a quarter of all waited, the unluckiest fiftieth for more than 0.9 s."""
    with server("stall", at=1.5, seconds=1.0) as url:
        recording = drive(Plan(target=f"{url}/", segments=at(200, 4), max_concurrency=limit))

    balanced(recording)
    assert recording.overall.sent == 800
    assert recording.overall.latency_ms is not None
    assert recording.overall.latency_ms.p95 >= 700
    assert recording.overall.latency_ms.p99 >= 900
    assert recording.overall.service_ms is not None
    if limit == 50:
        # Under the limit the wait is outside of the request; its service time alone would have hidden the stall.
        assert recording.overall.service_ms.p50 < recording.overall.latency_ms.p95
        assert recording.overall.lag_ms is not None
        assert recording.overall.lag_ms.p95 >= 500


def test_an_arrival_that_waited_for_too_long_is_dropped_and_counts_with_its_deadline(instant: str) -> None:
    plan = Plan(
        target=f"{instant}/slow",
        segments=at(20, 2),
        max_concurrency=4,
        drop_after_seconds=1.0,
        timeout_seconds=2.0,
        drain_seconds=6.0,
    )
    recording = drive(plan)

    balanced(recording)
    assert recording.journeys_scheduled == 40
    assert recording.overall.dropped == recording.overall.errors["dropped"] == recording.journeys_dropped > 20
    assert recording.overall.errors["timeout"] == recording.overall.sent
    assert recording.endpoints[0].name == "GET /slow"
    assert recording.overall.latency_ms is not None
    # The deadline of most is their latency.
    assert recording.overall.latency_ms.p50 == pytest.approx(1000, rel=0.001)


def test_think_times_are_scheduled_and_the_same_seed_gives_the_same_shoppers(instant: str, tmp_path: Path) -> None:
    text = """
@journey("one", weight=3)
def one(shopper: Shopper) -> None:
    shopper.get("/a")
    shopper.think(0.2, 0.4)
    shopper.get(f"/b{shopper.dice.randrange(3)}")

@journey("two")
def two(shopper: Shopper) -> None:
    shopper.think(0.1)
    shopper.get("/c")

@journey("none", weight=0.5)
def none(shopper: Shopper) -> None:
    shopper.leave()
"""
    plan = Plan(
        target=instant, segments=at(40, 1), arrivals=Arrivals.POISSON, seed=3, journeys=journeys(tmp_path, text)
    )
    ones, others = drive(plan), drive(plan)

    balanced(ones)
    balanced(others)
    counts = [[(each.name, each.scheduled) for each in (*run.endpoints, *run.journeys)] for run in (ones, others)]
    assert counts[0] == counts[1]
    assert named(ones, "one").service_ms is not None
    assert named(ones, "one").service_ms.p50 >= 200  # type: ignore[union-attr]
    # Time to think is no latency.
    assert named(ones, "GET /c").latency_ms.p50 < 100  # type: ignore[union-attr]
