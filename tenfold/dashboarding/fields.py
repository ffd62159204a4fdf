"""Fields of a JSON document that may hold anything: what is not of the right kind counts as absent."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

# Beyond it a number of JSON is no exact one.
_EXACT = 2.0**53


def record(value: Any) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> Sequence[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def text(holder: Mapping[str, Any], name: str) -> str:
    """A field as text; absent and null are empty."""
    value = holder.get(name)
    return value if isinstance(value, str) else "" if value is None or isinstance(value, dict | list) else str(value)


def whole(value: Any, default: int) -> int:
    """The value as a whole number."""
    found = number(value)
    return int(found) if found is not None and abs(found) < _EXACT else default


def number(value: Any) -> float | None:
    """The value where it is a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None
