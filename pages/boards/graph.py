"""Time series as geometry: curves in, coordinates of an SVG out, at the size of its panel and once more for a phone."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from pages.axes import CHARACTER, Axis, round_numbers
from pages.boards.curves import Curve, Drawn, drawn
from pages.boards.times import time_ticks

NARROW = (340, 210)
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 14.0, 10.0, 24.0
# Where the lowest value is more than this share of the highest, the axis need not begin at 0.
_ZOOM_FROM = 0.6
_Y_TICK_HEIGHT = 40
_X_TICK_WIDTH = 76
_ZEROS = re.compile(r"(?<=\d)\.(\d*?)0+(?=\D|\Z)")

Words = Callable[[float, int | None], str]


@dataclass(frozen=True, slots=True)
class Level:
    """A threshold as a line."""

    value: float
    kind: str


@dataclass(frozen=True, slots=True)
class Span:
    """A moment, or a stretch of time, with its words."""

    start: float
    end: float
    words: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be drawn.

    Attributes:
        low, high: Fixed ends of the value axis.
        unit_base: What ticks are multiples of: 1,024 to some power for bytes, 60 for minutes.
        words: A value for its axis, with so many decimals.
    """

    curves: tuple[Curve, ...]
    start: float
    end: float
    words: Words
    unit_base: Callable[[float], float] = lambda _high: 1.0
    low: float | None = None
    high: float | None = None
    levels: tuple[Level, ...] = ()
    spans: tuple[Span, ...] = ()
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis."""

    place: float
    words: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A span in pixels."""

    x: float
    width: float
    words: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A chart at one size, in pixels."""

    size: str
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    curves: tuple[Drawn, ...]
    levels: tuple[tuple[float, str], ...]
    spans: tuple[Marked, ...]


def graphs(plan: Plan, width: int, height: int) -> tuple[Graph, ...]:
    """The plan at both sizes; nothing where no value can be drawn."""
    values = [value for curve in plan.curves for value in _values(curve)]
    if not values:
        return ()
    whole = any(curve.filled or curve.base or curve.drawn_as == "bars" for curve in plan.curves)
    low, high = _ends(plan, values, from_zero=whole)
    return (_graph(plan, "wide", (width, height), low, high), _graph(plan, "narrow", NARROW, low, high))


def _values(curve: Curve) -> Iterator[float]:
    for _at, value in curve.points:
        if value is not None:
            yield value


def _ends(plan: Plan, values: Sequence[float], *, from_zero: bool) -> tuple[float, float]:
    """What the value axis has to reach."""
    low, high = min(values), max(values)
    if from_zero or low <= high * _ZOOM_FROM or low == high:
        low, high = min(low, 0.0), max(high, 0.0)
    if plan.low is not None:
        low = plan.low
    if plan.high is not None:
        high = max(plan.high, low)
    return low, high if high > low else low + (abs(low) or 1.0)


def _numbers(plan: Plan, low: float, high: float, height: int) -> tuple[float, float, list[float]]:
    """The ends of the value axis, which are round unless the board has fixed them, and the numbers on it."""
    base = plan.unit_base(max(abs(low), abs(high)))
    numbers = [each * base for each in round_numbers(low / base, high / base, max(2, height // _Y_TICK_HEIGHT))]
    bottom = low if plan.low is not None else numbers[0]
    top = high if plan.high is not None else numbers[-1]
    margin = (top - bottom) * 1e-9
    return bottom, top, [each for each in numbers if bottom - margin <= each <= top + margin]


def tick_words(numbers: Sequence[float], words: Words) -> list[str]:
    """The numbers in words, without superfluous zeros, and no two alike."""
    for decimals in (None, 1, 2, 3, 4, 6, 8):
        found = [_ZEROS.sub(_shorter, words(each, decimals)) for each in numbers]
        if len(set(found)) == len(found):
            return found
    return found


def _shorter(match: "re.Match[str]") -> str:
    return f".{match.group(1)}" if match.group(1) else ""


def _graph(plan: Plan, name: str, size: tuple[int, int], least: float, most: float) -> Graph:
    width, height = size
    low, high, numbers = _numbers(plan, least, most, height)
    words = tick_words(numbers, plan.words)
    left = max(_LEFT, max((_width(each) for each in words), default=0.0) + 12)
    x_axis = Axis(plan.start, plan.end, left, width - _RIGHT)
    y_axis = Axis(low, high, height - _BOTTOM, _TOP)
    wanted = max(2, int((width - left) // _X_TICK_WIDTH))
    return Graph(
        size=name,
        width=width,
        height=height,
        left=left,
        right=width - _RIGHT,
        top=_TOP,
        bottom=height - _BOTTOM,
        x_ticks=tuple(Tick(x_axis.place(at), text) for at, text in time_ticks(plan.start, plan.end, wanted, plan.zone)),
        y_ticks=tuple(Tick(y_axis.place(each), text) for each, text in zip(numbers, words, strict=True)),
        curves=tuple(drawn(each, x_axis, y_axis) for each in plan.curves),
        levels=tuple((y_axis.place(each.value), each.kind) for each in plan.levels if low <= each.value <= high),
        spans=tuple(_marked(each, x_axis) for each in plan.spans),
    )


def _width(text: str) -> float:
    """In pixels; a Chinese character is as wide as two others."""
    return sum(2 if ord(each) > 0x2E80 else 1 for each in text) * CHARACTER  # noqa: PLR2004  (where those begin)


def _marked(span: Span, x_axis: Axis) -> Marked:
    start, end = x_axis.place(span.start), x_axis.place(span.end)
    return Marked(start, round(max(end - start, 0.0), 1), span.words, span.kind)
