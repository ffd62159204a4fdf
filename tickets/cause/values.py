"""Values of a document that may have been kept by an older program: each is what was hoped for, or nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping; an empty one otherwise."""
    return value if isinstance(value, Mapping) else {}


def records(value: Any) -> list[Mapping[str, Any]]:
    """The mappings of a list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def number(value: Any) -> float | None:
    """The value where it is a number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def moment(value: Any) -> datetime | None:
    """The moment that a text tells; None where it tells none, or no time zone."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
