"""Axes of charts: where a value lies, and the numbers that people count in."""

import math
from dataclasses import dataclass

# Width of a character of the axes at their size of 11.5 px, rounded up.
CHARACTER = 6.4


@dataclass(frozen=True, slots=True)
class Axis:
    """From values to pixels.

    Attributes:
        low, high: The values at its ends.
        start, end: The pixels of its ends; `end` may be the smaller one.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """The pixel of a value; of one beyond an end, that end."""
        low, high = (math.log(self.low), math.log(self.high)) if self.logarithmic else (self.low, self.high)
        value = math.log(max(value, self.low)) if self.logarithmic else value
        share = (value - low) / (high - low) if high > low else 0.0
        return round(self.start + min(max(share, 0.0), 1.0) * (self.end - self.start), 1)


def round_numbers(low: float, high: float, wanted: int) -> list[float]:
    """Numbers that people count in (1, 2, 5 and their tens), from at most `low` to at least `high`."""
    span = (high - low) or 1.0
    rough = span / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step - 1e-9)
    # Of very small steps no decimal may be lost.
    decimals = max(10, 2 - math.floor(math.log10(step)))
    return [round(each * step, decimals) for each in range(first, max(last, first + 1) + 1)]


def powers(low: float, high: float) -> tuple[float, float, list[float]]:
    """The ends of a logarithmic axis, at 1, 2 or 5 times a power of ten, and its labels: the powers, or all where those are few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    numbers = [round(10.0**each * factor, 10) for each in range(first, last + 1) for factor in (1, 2, 5)]
    start = max(each for each in numbers if each <= low * (1 + 1e-9))
    end = min(each for each in numbers if each >= high * (1 - 1e-9))
    within = [each for each in numbers if start <= each <= end]
    whole = [each for each in within if math.isclose(math.log10(each), round(math.log10(each)), abs_tol=1e-9)]
    return start, end, within if len(within) <= 8 else whole  # noqa: PLR2004  (labels that fit)
