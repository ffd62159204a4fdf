"""Values as Grafana writes them."""

import math
from zoneinfo import ZoneInfo

import pytest

from pages.boards.units import formatted

NOW = 1_700_000_000.0
CASES = (
    (1.5, "", "1.50"),
    (123.456, "", "123"),
    (0.0123, "", "0.0123"),
    (1_234_567.0, "", "1234567"),
    (0.1 + 0.2, "none", "0.300"),
    (1_234_567.0, "short", "1.23 Mil"),
    (0.0, "short", "0"),
    (1000.0, "short", "1 K"),
    (1536.0, "bytes", "1.50 KiB"),
    (1024.0**3, "bytes", "1 GiB"),
    (1500.0, "decbytes", "1.50 kB"),
    (3.0, "gbytes", "3 GiB"),
    (1e9, "bps", "1 Gb/s"),
    (1024.0**2, "binBps", "1 MiB/s"),
    (0.00012, "s", "120 µs"),
    (0.0, "s", "0 s"),
    (90.0, "s", "1.50 min"),
    (3600.0, "s", "1 hour"),
    (7200.0, "s", "2 hours"),
    (604_800.0, "s", "1 week"),
    (0.5, "ms", "0.500 ms"),
    (1500.0, "ms", "1.50 s"),
    (3.0, "m", "3 min"),
    (0.973, "percentunit", "97.3%"),
    (97.3, "percent", "97.3%"),
    (12.5, "reqps", "12.5 req/s"),
    (12_000.0, "reqps", "12K req/s"),
    (12.0, "ops", "12 ops/s"),
    (-1234.0, "currencyCNY", "-¥1.23K"),
    (3725.0, "dthms", "01:02:05"),
    (3725.0, "dtdurations", "1 hour"),
    (0.0, "bool_yes_no", "No"),
    (1.0, "bool_on_off", "On"),
    (12_345.678, "locale", "12,345.678"),
    (21.5, "celsius", "21.5 °C"),
    (5.0, "suffix:carts", "5 carts"),
    (5.0, "prefix:#", "#5"),
    (5.0, "carts waiting", "5 carts waiting"),
)


@pytest.mark.parametrize(("value", "unit", "words"), CASES)
def test_a_value_in_its_unit(value: float, unit: str, words: str) -> None:
    assert formatted(value, unit) == words


@pytest.mark.parametrize("unit", sorted({unit for _value, unit, _words in CASES}))
@pytest.mark.parametrize("value", [1e300, -1e300, 1e-300, 5e-324, -0.0, 1e15, 123456789.123])
def test_no_value_is_too_large_or_too_small(value: float, unit: str) -> None:
    words = formatted(value, unit)
    assert words
    assert len(words) < 60


@pytest.mark.parametrize("unit", sorted({unit for _value, unit, _words in CASES}))
def test_what_is_no_number_is_said_so(unit: str) -> None:
    assert [formatted(each, unit) for each in (math.nan, math.inf, -math.inf)] == ["NaN", "∞", "-∞"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-10, "a few seconds ago"),
        (-60, "a minute ago"),
        (-600, "10 minutes ago"),
        (-3600, "an hour ago"),
        (-7200, "2 hours ago"),
        (-90_000, "a day ago"),
        (-864_000, "10 days ago"),
        (-3e9, "95 years ago"),
        (864_000, "in 10 days"),
    ],
)
def test_a_moment_as_seen_from_now(seconds: float, words: str) -> None:
    assert formatted((NOW + seconds) * 1000, "dateTimeFromNow", now=NOW) == words


def test_a_moment_is_told_in_the_readers_zone() -> None:
    assert formatted(NOW * 1000, "dateTimeAsIso") == "2023-11-14 22:13:20"
    assert formatted(NOW * 1000, "dateTimeAsIso", zone=ZoneInfo("Asia/Shanghai")) == "2023-11-15 06:13:20"
    assert formatted(1e300, "dateTimeAsIso") == "1e+300"


def test_decimals_are_those_that_the_board_asks_for() -> None:
    assert formatted(1234.5678, "short", 3) == "1.235 K"
    assert formatted(5.0, "percent", 1) == "5.0%"
    assert formatted(0.0, "s", 2) == "0.00 s"
