"""Figures as every page shows them."""

import re

from facts import quantities

# How many findings every page tells before all others, with what to run: more tell nobody what to do first.
WORST = 3
# The units that `facts.quantities` writes, as a regular expression.
UNIT = r"(?:%|ms|s|min|h|d|B|[KMGT]iB)(?![A-Za-z0-9_])"


def glued(text: str) -> str:
    """The text with spaces between numbers and their units at which no browser breaks the line."""
    return re.sub(rf"(?<=\d) (?={UNIT})", "\u00a0", text)


def figure(name: str, value: float) -> str:
    """A figure in the unit that its name ends with."""
    if name.endswith("_bytes"):
        return quantities.size(value)
    if name.endswith("_seconds"):
        return quantities.seconds(value)
    if name.endswith("_ratio"):
        return quantities.percent(value)
    return quantities.count(value) if value == int(value) else f"{value:,.4g}"
