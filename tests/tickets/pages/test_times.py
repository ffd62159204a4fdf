"""Times are written in the mall's time zone, durations as people count them."""

from datetime import UTC, datetime

import pytest

from pages.tickets.records import Clock
from pages.tickets.times import brief, counted, for_input, from_input, local, spoken

AT = datetime(2026, 11, 10, 16, 3, 9, tzinfo=UTC)


def test_a_moment_is_written_in_the_malls_time_zone() -> None:
    assert local(AT, "Asia/Shanghai") == "2026-11-11 00:03"
    assert local(AT, "Asia/Shanghai", exact=True) == "2026-11-11 00:03:09"
    assert local(AT, "no such zone") == "2026-11-10 16:03"


def test_where_there_is_little_room_only_what_differs_from_now_is_written() -> None:
    assert brief(AT, AT, "Asia/Shanghai") == "00:03"
    assert brief(AT, datetime(2026, 11, 12, 1, tzinfo=UTC), "Asia/Shanghai") == "11-11 00:03"
    assert brief(AT, datetime(2027, 1, 1, tzinfo=UTC), "Asia/Shanghai") == "2026-11-11 00:03"


def test_what_an_input_field_shows_is_what_it_gives_back() -> None:
    assert from_input(for_input(AT, "Asia/Shanghai"), "Asia/Shanghai") == AT.replace(second=0)
    assert from_input("2026-11-11 00:03:09", "Asia/Shanghai") == AT
    assert from_input("2026-11-10T16:03:09+00:00", "Asia/Shanghai") == AT


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01T00:00", "2026-11-11"])
def test_what_is_no_moment_is_refused_or_is_midnight(text: str) -> None:
    if text == "2026-11-11":
        assert from_input(text, "UTC") == datetime(2026, 11, 11, tzinfo=UTC)
    else:
        with pytest.raises(ValueError, match=r"\w"):
            from_input(text, "UTC")


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00:00"), (1693, "0:28:13"), (-61, "0:01:01"), (93_600, "26:00:00"), (172_800, "2 d 0 h"), (280_000, "3 d 5 h")],
)  # fmt: skip
def test_a_duration_that_is_counted_down(seconds: float, written: str) -> None:
    assert counted(seconds) == written


@pytest.mark.parametrize(("seconds", "written"), [(45, "45 s"), (1800, "30 min"), (7200, "2 h"), (5400, "1 h 30 min")])
def test_a_duration_that_is_promised(seconds: float, written: str) -> None:
    assert spoken(seconds) == written


@pytest.mark.parametrize(
    ("state", "spent", "met", "tone"),
    [
        ("running", 10, False, "running"),
        ("running", 74.9, False, "running"),
        ("running", 75, False, "near"),
        ("breached", 100, False, "over"),
        ("breached", 120, True, "over"),
        ("met", 99, True, "well"),
        ("paused", 80, False, "still"),
        ("stopped", 10, False, "still"),
    ],
)
def test_a_clock_is_coloured_by_how_it_stands(state: str, spent: float, met: bool, tone: str) -> None:  # noqa: FBT001
    clock = Clock(name="fix", state=state, spent=spent, target=100, met_at=AT if met else None)
    assert clock.tone == tone
