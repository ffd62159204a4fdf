"""Steps and windows as Grafana computes them."""

import pytest

from tenfold.dashboarding.intervals import duration, relative_seconds, rounded_interval, seconds_of, windows

HOUR = 3600.0


@pytest.mark.parametrize(
    ("seconds", "rounded"),
    [
        (0.001, 0.001),
        (0.012, 0.01),
        (4.0, 5.0),
        (7.49, 5.0),
        (7.5, 10.0),
        (59.0, 60.0),
        (90.0, 120.0),
        (5400.0, 7200.0),
        (86_399.0, 43_200.0),
        (1e9, 31_536_000.0),
    ],
)
def test_intervals_are_those_that_people_count_in(seconds: float, rounded: float) -> None:
    assert rounded_interval(seconds) == rounded


def test_an_hour_in_a_panel_of_half_the_width() -> None:
    """700 points would be 5 s apart, which is less than a scrape."""
    found = windows(HOUR, 700)
    assert (found.step, found.rate, found.span) == (15.0, 60.0, 3600.0)


def test_a_day_is_limited_by_the_points_and_the_rate_reaches_one_scrape_further() -> None:
    found = windows(24 * HOUR, 700)
    assert (found.step, found.rate) == (120.0, 135.0)


def test_the_scrape_interval_of_the_data_source_counts() -> None:
    assert windows(HOUR, 700, scrape=60.0).rate == 240.0
    assert windows(HOUR, 3600, scrape=1.0).step == 1.0


def test_a_panels_least_interval_and_a_querys_least_step() -> None:
    assert windows(HOUR, 700, least="2m").step == 120.0
    assert windows(HOUR, 700, least="2m").rate == 135.0
    own = windows(HOUR, 700, min_step="30s")
    assert (own.step, own.rate) == (30.0, 120.0)
    assert windows(HOUR, 700, min_step="$__rate_interval").step == 60.0
    assert windows(HOUR, 700, min_step="$__interval").rate == 60.0


def test_no_query_has_more_points_than_prometheus_gives() -> None:
    assert windows(365 * 86_400.0, 100_000, min_step="1s").step >= 365 * 86_400 / 11_000


def test_the_words_of_time() -> None:
    assert windows(HOUR, 700).words() == {
        "__interval": "15s",
        "__interval_ms": "15000",
        "__rate_interval": "60s",
        "__rate_interval_ms": "60000",
        "__range": "3600s",
        "__range_s": "3600",
        "__range_ms": "3600000",
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15s", 15.0),
        ("1h30m", 5400.0),
        ("500ms", 0.5),
        (">10s", 10.0),
        ("1.5m", 90.0),
        ("", None),
        ("x", None),
        ("$x", None),
        ("0s", None),
        ("1h x", None),
    ],
)
def test_durations_as_boards_write_them(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


def test_ranges_that_boards_are_saved_with() -> None:
    assert [relative_seconds(each) for each in ("now-6h", "now/d", "2026-01-01", "now-7d/d", "")] == [
        21_600.0,
        None,
        None,
        None,
        None,
    ]


def test_durations_as_prometheus_reads_them() -> None:
    assert [duration(each) for each in (15.0, 0.5, 86_400.0, 1e-9)] == ["15s", "500ms", "86400s", "1ms"]
