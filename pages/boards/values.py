"""A value as a board shows it: in its unit, or in the words that the board has for it, in the colour of its threshold."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from facts.boards import Style, ValueWords
from pages.boards.colours import colour_class
from pages.boards.patterns import finds
from pages.boards.units import formatted

NOTHING = "–"
WORDS_AT_MOST = 40


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment and the zone that dates are told in."""

    now: float = 0.0
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Shown:
    """A value for people.

    Attributes:
        words: What is read.
        colour: A class of the page's style sheet; empty for the ordinary.
    """

    words: str
    colour: str = ""


def shown(value: float | str | None, style: Style, clock: Clock, scale: tuple[float, float] | None = None) -> Shown:
    """A value in the board's style.

    Args:
        value: A number, words, or nothing.
        style: Of its series or column.
        clock: For dates.
        scale: The lowest and highest value at hand, for thresholds in per cent of a scale without ends of its own.
    """
    words = next((each for each in style.words if _fits(each, value)), None)
    colour = colour_class(style.colour) or colour_class(_step_colour(value, style, scale))
    if words is not None:
        colour = colour_class(words.colour) or colour
        if words.text:
            return Shown(_short(words.text), colour)
    if value is None:
        return Shown(style.no_value or NOTHING, colour)
    if isinstance(value, str):
        return Shown(value, colour)
    return Shown(formatted(value, style.unit, style.decimals, now=clock.now, zone=clock.zone), colour)


def _short(text: str) -> str:
    """A board's own words, no longer than a figure's place."""
    return text if len(text) <= WORDS_AT_MOST else f"{text[: WORDS_AT_MOST - 1]}…"


def _fits(words: ValueWords, value: float | str | None) -> bool:
    match words.kind:
        case "value":
            return _same(words.match, value)
        case "range":
            return (
                isinstance(value, float | int)
                and (words.low is None or value >= words.low)
                and (words.high is None or value <= words.high)
            )
        case "regex":
            return value is not None and finds(words.match, value if isinstance(value, str) else f"{value:g}")
        case "special":
            return _special(words.match, value)
        case _:
            return False


def _same(text: str, value: float | str | None) -> bool:
    if value is None or isinstance(value, str):
        return text == (value if value is not None else "null")
    try:
        return float(text) == value
    except ValueError:
        return False


def _special(kind: str, value: float | str | None) -> bool:
    is_nan = isinstance(value, float) and math.isnan(value)
    return {
        "null": value is None,
        "nan": is_nan,
        "null+nan": value is None or is_nan,
        "empty": value == "",
        "true": value is True,
        "false": value is False,
    }.get(kind, False)


def _step_colour(value: float | str | None, style: Style, scale: tuple[float, float] | None) -> str:
    if not style.by_threshold or not isinstance(value, float | int) or math.isnan(value):
        return ""
    compared = float(value)
    if style.percentage:
        low, high = ends(style, scale)
        compared = (compared - low) / (high - low) * 100 if high > low else 0.0
    reached = [each.colour for each in style.steps if each.above is None or compared >= each.above]
    return reached[-1] if reached else ""


def ends(style: Style, scale: tuple[float, float] | None) -> tuple[float, float]:
    """The ends of the scale: the style's, else those of the values, else 0 and 100 as Grafana has it."""
    low, high = scale or (0.0, 100.0)
    return (low if style.low is None else style.low, high if style.high is None else style.high)


def scale_of(values: Sequence[float]) -> tuple[float, float] | None:
    """The lowest and highest number among the values; None when there is none."""
    finite = [each for each in values if math.isfinite(each)]
    return (min(finite), max(finite)) if finite else None
