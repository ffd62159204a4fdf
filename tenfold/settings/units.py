"""Durations and sizes as people write them in a configuration file: `90`, `"30s"`, `"30d"`, `"2GB"`."""

import re

from tenfold.words import _

_DURATIONS = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SIZES = {
    "": 1,
    "b": 1,
    "k": 2**10,
    "kb": 2**10,
    "m": 2**20,
    "mb": 2**20,
    "g": 2**30,
    "gb": 2**30,
    "t": 2**40,
    "tb": 2**40,
}
_QUANTITY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*\Z")


def parse_duration(value: object) -> float:
    """Seconds from a number of seconds, or from text with one of the units s, min, h, d, w.

    Raises:
        ValueError: The value is neither.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _QUANTITY.match(value) if isinstance(value, str) else None
    unit = match.group(2).lower() or "s" if match else ""
    if match is None or unit not in _DURATIONS:
        raise ValueError(
            _("{value} is not a duration; write for example 60, '30s', '10min', '12h' or '30d'").format(
                value=repr(value)
            )
        )
    return float(match.group(1)) * _DURATIONS[unit]


def parse_size(value: object) -> int:
    """Bytes from a number of bytes, or from text with one of the binary units kB, MB, GB, TB (as PostgreSQL counts).

    Raises:
        ValueError: The value is neither.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _QUANTITY.match(value) if isinstance(value, str) else None
    unit = match.group(2).lower().replace("ib", "b") if match else "?"
    if match is None or unit not in _SIZES:
        raise ValueError(_("{value} is not a size; write for example '500MB' or '2GB'").format(value=repr(value)))
    return int(float(match.group(1)) * _SIZES[unit])
