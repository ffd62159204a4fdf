"""A number with as many decimals as Grafana gives it."""

import math

# Beyond these, nobody counts digits any more.
LARGEST, SMALLEST = 1e15, 1e-10


def fixed(value: float, decimals: int | None = None) -> str:
    """A number with so many decimals, or with as many as its size calls for."""
    if value == 0:
        return f"{0.0:.{decimals or 0}f}"
    size = abs(value)
    if size >= LARGEST or (size < SMALLEST and decimals is None):
        return f"{value:.3g}"
    if decimals is None:
        if value == int(value):
            return f"{value:.0f}"
        power = math.floor(math.log10(size))
        decimals = max(0, 1 - power + (size / 10.0 ** (power - 1) > 2.25))  # noqa: PLR2004  (Grafana's own exception)
    return f"{value:.{decimals}f}"


def scaled(value: float, factor: float, suffixes: tuple[str, ...], one: int, decimals: int | None) -> str:
    """In the largest unit that leaves a number of at least 1.

    Args:
        value: In the unit `suffixes[one]`.
        factor: From one unit to the next.
        suffixes: The units from the smallest to the largest.
        one: The place of the value's own unit.
        decimals: How many; None chooses by the number.
    """
    power = math.floor(math.log(abs(value), factor) + 1e-12) if value else 0
    power = min(max(power, -one), len(suffixes) - one - 1)
    return f"{fixed(value / factor**power, decimals)}{suffixes[one + power]}"
