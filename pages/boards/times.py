"""The time axis: whole minutes, hours and days of the reader's zone."""

import math
from datetime import datetime, tzinfo

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_STEPS = (
    1, 2, 5, 10, 15, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE,
    _HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY, 91 * _DAY, 365 * _DAY,
)  # fmt: skip


def time_ticks(start: float, end: float, wanted: int, zone: tzinfo) -> list[tuple[float, str]]:
    """Moments within the range, about as many as wanted, each with its words."""
    step = next((each for each in _STEPS if (end - start) / each <= wanted), _STEPS[-1])
    offset = datetime.fromtimestamp(start, zone).utcoffset()
    shift = offset.total_seconds() if offset else 0.0
    first = math.ceil((start + shift) / step) * step - shift
    count = max(int((end - first) // step) + 1, 0)
    return [(first + each * step, moment_words(first + each * step, step, zone)) for each in range(count)]


def moment_words(moment: float, step: float, zone: tzinfo) -> str:
    """A moment as exactly as the step between moments asks for."""
    form = "%m-%d" if step >= _DAY else "%H:%M" if step >= _MINUTE else "%H:%M:%S"
    return datetime.fromtimestamp(moment, zone).strftime(form)


def full_words(moment: float, zone: tzinfo) -> str:
    """Day and time."""
    return datetime.fromtimestamp(moment, zone).strftime("%Y-%m-%d %H:%M:%S")
