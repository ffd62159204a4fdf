import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from facts.rounds import Figures, Loop, Recording
from loadtest.accounts import Account
from loadtest.journey import Journey
from loadtest.plan import Arrivals, Plan, Segment
from loadtest.recording import (
    FINISHED,
    Ledger,
    moment_from_json,
    moment_to_json,
    recording_from_json,
    recording_to_json,
)
from loadtest.tally import UNBEGUN, Tally, from_wire, to_wire

PLAN = Plan(target="http://127.0.0.1:1/", segments=(Segment(seconds=4, per_second=5),))
PAGE = "GET /"


def visit(tally: Tally, at: float, latency: float, error: str | None = None, between: str | None = None) -> None:
    """A journey of one request that begins on time."""
    tally.arrived("look", at)
    tally.began("look", 0)
    tally.sending(PAGE, at, 0.001, 0.001, first=True)
    tally.answer(PAGE, at, (at + latency, latency, latency), (error, between, 100))
    tally.finished("look", (latency, latency), (error, between, 100))


def closed(*tallies: Tally, plan: Plan = PLAN, horizon: int = 30) -> Recording:
    ledger = Ledger(horizon=horizon)
    for number, each in enumerate(tallies):
        ledger.add(each)
        ledger.seal(number)
    return ledger.recording(
        plan, loop=Loop.OPEN, started_at=datetime.now(UTC), ended=FINISHED, seconds=plan.seconds, generators=()
    )


def balanced(figures: Figures) -> None:
    assert figures.scheduled == figures.sent + figures.dropped
    assert figures.failed <= figures.scheduled
    assert figures.failed == sum(figures.errors.values())
    counted = figures.latency_ms.count if figures.latency_ms else 0
    assert figures.scheduled == counted + sum(figures.not_the_malls.values())


def test_a_request_counts_in_the_second_of_its_intended_start() -> None:
    tally = Tally()
    visit(tally, 0.2, 0.1)
    visit(tally, 0.9, 2.5)
    visit(tally, 3.5, 0.1, error="HTTP 503")

    recording = closed(tally)

    assert [(each.offered, each.completed, each.failed, each.waiting) for each in recording.moments] == [
        (2, 1, 0, 1),
        (0, 0, 0, 1),
        (0, 0, 0, 1),
        (1, 2, 1, 0),
    ]
    assert recording.moments[0].p99_ms == pytest.approx(2500, rel=0.001)
    assert recording.overall.errors == {"HTTP 503": 1}
    balanced(recording.overall)


def test_what_a_cdn_answered_is_neither_success_nor_latency() -> None:
    tally = Tally()
    visit(tally, 0.0, 0.2)
    visit(tally, 0.1, 0.001, between="cache of a CDN")

    recording = closed(tally)

    assert recording.overall.not_the_malls == {"cache of a CDN": 1}
    assert recording.overall.latency_ms is not None
    assert recording.overall.latency_ms.count == 1
    assert recording.overall.failed == 0
    assert recording.journeys[0].not_the_malls == {"cache of a CDN": 1}
    balanced(recording.overall)


def test_a_dropped_arrival_counts_with_its_deadline_under_the_page_that_it_would_have_asked_for() -> None:
    tally = Tally(entries={"look": PAGE})
    visit(tally, 0.0, 0.2)
    tally.arrived("look", 1.0)
    tally.drop("look", 1.0, 3.0, 2.0)
    tally.arrived("buy", 1.0)
    tally.drop("buy", 1.0, 3.0, 2.0)

    recording = closed(tally)

    assert (recording.journeys_scheduled, recording.journeys_started, recording.journeys_dropped) == (3, 1, 2)
    assert {each.name: each.dropped for each in recording.endpoints} == {PAGE: 1, UNBEGUN: 1}
    assert recording.overall.latency_ms is not None
    assert recording.overall.latency_ms.max == pytest.approx(2000, rel=0.001)
    assert [each.waiting for each in recording.moments] == [0, 2, 2, 0]
    for figures in (recording.overall, *recording.endpoints, *recording.journeys):
        balanced(figures)


def test_a_long_run_forgets_single_seconds_and_no_count() -> None:
    def seconds(at: int) -> Tally:
        tally = Tally()
        visit(tally, at, 0.1 * (at % 7 + 1))
        return tally

    plan = replace(PLAN, segments=(Segment(seconds=60, per_second=1),))
    late = Tally()
    visit(late, 3.0, 50.0)

    short = closed(*map(seconds, range(60)), late, plan=plan, horizon=10)
    whole = closed(*map(seconds, range(60)), late, plan=plan, horizon=100)

    assert short.overall == whole.overall
    assert short.endpoints == whole.endpoints
    assert short.moments[10:] == whole.moments[10:]


def test_tallies_cross_a_wire() -> None:
    tally = Tally(entries={"look": PAGE})
    visit(tally, 0.0, 0.2, error="timeout")
    visit(tally, 1.0, 0.2, between="challenge")

    assert from_wire(json.loads(json.dumps(to_wire(tally)), object_hook=_whole_numbers)) == tally


def _whole_numbers(found: dict[str, object]) -> dict[object, object]:
    """JSON makes words of the buckets; the wire that is used does not."""
    return {int(key) if key.isdecimal() else key: value for key, value in found.items()}


def test_recordings_and_moments_travel_as_json() -> None:
    tally = Tally()
    visit(tally, 0.0, 0.2)
    recording = closed(tally)

    assert recording_from_json(recording_to_json(recording)) == recording
    assert moment_from_json(moment_to_json(recording.moments[0])) == recording.moments[0]


def test_the_books_of_a_worker_that_vanished_close_to_one_arrival() -> None:
    """It reported up to 1.0 s: five arrivals, of which one waits and one is unanswered."""
    plan = replace(PLAN, segments=(Segment(seconds=4, per_second=10),), arrivals=Arrivals.CONSTANT)
    journeys = (Journey("look", lambda _shopper: None),)
    account, reported = Account(), Tally(entries={"look": PAGE})
    for at in (0.0, 0.2, 0.4):
        visit(reported, at, 0.1)
    reported.arrived("look", 0.6)
    reported.began("look", 0)
    reported.sending(PAGE, 0.6, 0, 0, first=True)
    reported.arrived("look", 0.8)
    account.add(reported)

    recording = closed(reported, account.lost(plan, journeys, index=0, count=2, until=plan.seconds), plan=plan)

    assert (recording.journeys_scheduled, recording.journeys_started, recording.journeys_dropped) == (20, 4, 16)
    assert recording.overall.scheduled == 20
    assert recording.overall.dropped == 16
    assert recording.overall.errors == {"lost": 17}
    assert sum(each.offered for each in recording.moments) == 20
    assert recording.moments[-1].waiting == 0
    balanced(recording.overall)
    balanced(recording.journeys[0])


def test_a_worker_that_never_spoke_has_lost_its_whole_share() -> None:
    gone = Account().lost(PLAN, (Journey("look", lambda _shopper: None, entry=PAGE),), index=1, count=3, until=2.0)

    recording = closed(gone)

    assert recording.journeys_scheduled == recording.journeys_dropped == 3  # arrivals 1, 4 and 7 of those up to 2 s
    balanced(recording.overall)
