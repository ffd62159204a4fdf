"""The rehearsal's promises are held against figures, and a figure that is missing holds nothing."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from facts.rounds import Figures, Knee, Loop, Percentiles, Recording, Round, RoundKind, RoundVerdict
from tenfold.demo.promises import ORDER, PAY, Rounds, promises

GO, NO_GO, INVALID = RoundVerdict
KINDS = (RoundKind.BASELINE, RoundKind.CAPACITY, RoundKind.CONFIRM)
SAID = ("as delivered", "three rounds", "search p95", "capacity", "payments", "an order")


def endpoint(name: str, milliseconds: float, *, failed: int = 0) -> Figures:
    times = Percentiles(
        count=1000, mean=milliseconds, p50=milliseconds, p95=milliseconds, p99=milliseconds, p99_9=milliseconds, max=milliseconds
    )  # fmt: skip
    return Figures(name=name, scheduled=1000, sent=1000, dropped=0, failed=failed, latency_ms=times)


def rounds(
    verdict: RoundVerdict, *, search: float, order: float, knee: float, failed: int = 0
) -> dict[RoundKind, Round]:
    recording = Recording(
        loop=Loop.OPEN, started_at=datetime(2026, 10, 28, tzinfo=UTC), seconds=60, ended="finished", seed=1, arrivals="poisson",
        arrivals_per_second=4, offered_per_second=16, achieved_per_second=16, journeys_scheduled=240, journeys_started=240,
        journeys_dropped=0, overall=endpoint("", order), journeys=(), moments=(), generators=(),
        endpoints=(
            endpoint("GET /search", search), *(endpoint(page, order, failed=failed if page == PAY else 0) for page in ORDER),
        ),
    )  # fmt: skip
    found = {kind: Round(kind=kind, verdict=verdict, reasons=(), recording=recording) for kind in KINDS}
    found[RoundKind.CAPACITY] = replace(found[RoundKind.CAPACITY], knee=Knee(per_second=knee, low=knee, high=None))
    return found


BEFORE = rounds(NO_GO, search=100, order=90, knee=14)
AFTER = rounds(GO, search=20, order=60, knee=42, failed=20)


def held(before: Rounds, after: Rounds) -> list[str]:
    return [sign for sign, each in zip(SAID, promises(before, after), strict=True) if each.held]


def test_the_story_holds_when_every_figure_is_just_good_enough() -> None:
    assert held(BEFORE, AFTER) == list(SAID)
    texts = [str(each.what) for each in promises(BEFORE, AFTER)]
    assert all(sign in text for sign, text in zip(SAID, texts, strict=True))


@pytest.mark.parametrize(
    ("after", "broken"),
    [
        (rounds(GO, search=20.1, order=60, knee=42), "search p95"),
        (rounds(GO, search=20, order=60.1, knee=42), "an order"),
        (rounds(GO, search=20, order=60, knee=41.9), "capacity"),
        (rounds(GO, search=20, order=60, knee=42, failed=21), "payments"),
        (rounds(INVALID, search=20, order=60, knee=42), "three rounds"),
    ],
)
def test_a_figure_that_is_not_good_enough_breaks_its_promise_alone(after: Rounds, broken: str) -> None:
    assert set(SAID) - set(held(BEFORE, after)) == {broken}


@pytest.mark.parametrize("verdict", [GO, INVALID])
def test_a_mall_that_is_fine_as_delivered_or_was_not_measured_tells_no_story(verdict: RoundVerdict) -> None:
    assert "as delivered" not in held(rounds(verdict, search=100, order=90, knee=14), AFTER)


def test_rounds_that_are_missing_hold_nothing() -> None:
    assert held({}, {}) == []
    assert held(BEFORE, {}) == ["as delivered"]
    assert "three rounds" not in held(BEFORE, {kind: AFTER[kind] for kind in KINDS[:2]})
    assert [each.after for each in promises(BEFORE, {})] == [""] * len(SAID)


def test_a_mall_that_carries_nothing_afterwards_has_not_three_times_the_capacity() -> None:
    nothing = rounds(GO, search=20, order=60, knee=0)
    assert "capacity" not in held(rounds(NO_GO, search=100, order=90, knee=0), nothing)
