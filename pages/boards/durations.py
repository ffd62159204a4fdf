"""Durations and moments as Grafana writes them."""

import math
from datetime import datetime, tzinfo

from pages.boards.numbers import LARGEST, fixed

MINUTE, HOUR, DAY, WEEK, MONTH, YEAR = 60.0, 3600.0, 86_400.0, 604_800.0, 2_592_000.0, 31_536_000.0
# Units of time by Grafana's names, in seconds.
TIMES = {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": MINUTE, "h": HOUR, "d": DAY}
DATES = {
    "dateTimeAsIso": "%Y-%m-%d %H:%M:%S",
    "dateTimeAsIsoNoDateIfToday": "%Y-%m-%d %H:%M:%S",
    "dateTimeAsLocal": "%Y-%m-%d %H:%M:%S",
    "dateTimeAsSystem": "%Y-%m-%d %H:%M:%S",
    "dateTimeAsUS": "%m/%d/%Y %I:%M:%S %p",
}
FROM_NOW = "dateTimeFromNow"
_STEPS = (
    ("ns", 1e-9),
    ("µs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("min", MINUTE),
    ("hours", HOUR),
    ("days", DAY),
    ("weeks", WEEK),
    ("years", YEAR),
)
_WORDS = (
    ("year", YEAR),
    ("month", MONTH),
    ("week", WEEK),
    ("day", DAY),
    ("hour", HOUR),
    ("minute", MINUTE),
    ("second", 1.0),
    ("millisecond", 0.001),
)
# moment.js: below so many seconds, these words; with a place in them, one for so many seconds.
_FROM_NOW = (
    (45.0, "a few seconds", 0.0),
    (90.0, "a minute", 0.0),
    (45 * MINUTE, "{} minutes", MINUTE),
    (90 * MINUTE, "an hour", 0.0),
    (22 * HOUR, "{} hours", HOUR),
    (36 * HOUR, "a day", 0.0),
    (26 * DAY, "{} days", DAY),
    (45 * DAY, "a month", 0.0),
    (320 * DAY, "{} months", 30.4 * DAY),
    (548 * DAY, "a year", 0.0),
    (math.inf, "{} years", 365 * DAY),
)


def duration(value: float, unit: str, decimals: int | None) -> str:
    """In the largest unit that leaves a number of at least 1; only seconds are told in smaller ones too."""
    one = TIMES[unit]
    size = abs(value) * one
    least = 0.0 if unit == "s" else one
    steps = [each for each in _STEPS if each[1] >= least]
    reached = [each for each in steps if size >= each[1]]
    words, seconds = reached[-1] if reached else steps[0]
    if size == 0:
        words, seconds = next(each for each in _STEPS if each[1] == one)
    number = fixed(value * one / seconds, decimals)
    return f"{number} {words.removesuffix('s') if number == '1' and seconds >= HOUR else words}"


def in_words(seconds: float, *, least: str, decimals: int | None) -> str:
    """`2 hours, 5 minutes`: the largest unit, and so many smaller ones."""
    if abs(seconds) >= LARGEST:
        return f"{fixed(seconds)} s"
    if seconds < 0:
        return f"{in_words(-seconds, least=least, decimals=decimals)} ago"
    parts: list[str] = []
    left = seconds
    for name, one in _WORDS:
        if left >= one or parts:
            count = math.floor(left / one)
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
            left -= count * one
            if len(parts) > (decimals or 0):
                break
    return ", ".join(parts) or f"0 {least}s"


def clock(seconds: float) -> str:
    """`HH:MM:SS`."""
    if abs(seconds) >= LARGEST:
        return f"{fixed(seconds)} s"
    if seconds < 0:
        return f"{clock(-seconds)} ago"
    return f"{int(seconds // HOUR):02d}:{int(seconds % HOUR // MINUTE):02d}:{int(seconds % MINUTE):02d}"


def moment(seconds: float, unit: str, now: float, zone: tzinfo) -> str:
    """A date of the zone, or how far it is from now."""
    if unit == FROM_NOW:
        return _from_now(seconds - now)
    try:
        found = datetime.fromtimestamp(seconds, zone)
    except (ValueError, OverflowError, OSError):
        return fixed(seconds * 1000)
    return found.strftime(DATES.get(unit, DATES["dateTimeAsIso"]))


def _from_now(seconds: float) -> str:
    size = abs(seconds)
    words, one = next((words, one) for below, words, one in _FROM_NOW if size < below)
    said = words.format(max(round(size / one), 2)) if one else words
    return f"in {said}" if seconds > 0 else f"{said} ago"
