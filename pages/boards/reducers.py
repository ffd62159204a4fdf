"""How a series becomes one value, by Grafana's names."""

import math
from collections.abc import Callable, Mapping, Sequence

from facts.message import Message, msg

Values = Sequence[float]

_REDUCERS: Mapping[str, Callable[[Values], float]] = {
    "last": lambda values: values[-1],
    "lastNotNull": lambda values: values[-1],
    "first": lambda values: values[0],
    "firstNotNull": lambda values: values[0],
    "min": min,
    "max": max,
    "mean": lambda values: sum(values) / len(values),
    "sum": sum,
    "count": lambda values: float(len(values)),
    "range": lambda values: max(values) - min(values),
    "delta": lambda values: values[-1] - values[0],
    "diff": lambda values: values[-1] - values[0],
    "distinctCount": lambda values: float(len(set(values))),
    "median": lambda values: sorted(values)[len(values) // 2],
}
# What a legend's column is called.
WORDS: Mapping[str, Message] = {
    "last": msg("last"),
    "lastNotNull": msg("last"),
    "first": msg("first"),
    "firstNotNull": msg("first"),
    "min": msg("least"),
    "max": msg("most"),
    "mean": msg("mean"),
    "sum": msg("sum"),
    "count": msg("count"),
    "range": msg("range"),
    "delta": msg("difference"),
    "diff": msg("difference"),
    "distinctCount": msg("different values"),
    "median": msg("median"),
}


def reduced(values: Values, name: str) -> float | None:
    """One value of many; NaN counts only where there is nothing else. A reducer that is not known here takes the last."""
    numbers = [each for each in values if not math.isnan(each)]
    if not numbers:
        return math.nan if values else None
    return float(_REDUCERS.get(name, _REDUCERS["last"])(numbers))
