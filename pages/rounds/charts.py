"""Line charts as geometry: values in, coordinates of an SVG out. Nothing here knows what the values mean.

A chart is drawn at a size of its own rather than scaled, because scaling makes its words as small as its lines: a page holds a wide
one and a narrow one, and shows the one that fits.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pages.axes import CHARACTER, Axis, powers, round_numbers

# From this ratio of the largest to the smallest value on, small values would lie on the floor of a linear axis.
LOGARITHMIC_FROM = 20.0
# More points than the chart has pixels make the page larger and nothing clearer.
MOST_POINTS = 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 54.0, 12.0, 12.0, 40.0

Point = tuple[float, float]
Words = Callable[[float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A line, or loose dots.

    Attributes:
        kind: The class that colours it.
        points: (x, y); a y of None breaks the line.
        dots: Draws dots and no line.
        titles: What each dot says under the pointer.
    """

    kind: str
    points: tuple[tuple[float, float | None], ...]
    dots: bool = False
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be drawn.

    Attributes:
        x_words, y_words: A value as the axis shows it.
        x_title, y_title: What the axes measure.
        level: A horizontal line (an objective) with its words.
        mark: A vertical line (a knee, a cause) with its words.
        band: A range of x around the mark.
        from_zero: The x axis begins at 0.
    """

    series: tuple[Series, ...]
    x_words: Words
    y_words: Words
    x_title: str
    y_title: str
    level: tuple[float, str] | None = None
    mark: tuple[float, str] | None = None
    band: tuple[float, float] | None = None
    from_zero: bool = True


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis."""

    place: float
    words: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A single value."""

    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn series: a path, dots, or both."""

    kind: str
    path: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a line; `anchor` is SVG's `start`, `middle` or `end`."""

    x: float
    y: float
    words: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A chart at one size, in pixels."""

    size: str  # the class: wide or narrow
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    x_title: str
    y_title: str
    lines: tuple[Line, ...]
    level: Label | None
    level_y: float
    mark: Label | None
    mark_x: float
    band: tuple[float, float] | None  # x and width


@dataclass(frozen=True, slots=True)
class Chart:
    """One plan at both sizes."""

    logarithmic: bool
    drawings: tuple[Drawing, ...]


def chart(plan: Plan) -> Chart | None:
    """Draws the plan, or None where there is nothing to draw."""
    series = tuple(_thinned(_finite(each)) for each in plan.series)
    values = [y for each in series for _x, y in each.points if y is not None]
    places = [x for each in series for x, _y in each.points]
    if not values or len(set(places)) < 2:  # noqa: PLR2004  (one place is no axis)
        return None
    if plan.level:
        values.append(plan.level[0])
    above_zero = [value for value in values if value > 0]
    logarithmic = bool(above_zero) and min(values) > 0 and max(values) / min(above_zero) >= LOGARITHMIC_FROM
    sizes = (("wide", 860.0, 300.0), ("narrow", 350.0, 260.0))
    return Chart(
        logarithmic,
        tuple(_drawing(plan, series, places, values, size, logarithmic=logarithmic) for size in sizes),
    )


def _finite(series: Series) -> Series:
    points = tuple((x, y if y is not None and math.isfinite(y) else None) for x, y in series.points if math.isfinite(x))
    return Series(kind=series.kind, points=points, dots=series.dots, titles=series.titles)


def _thinned(series: Series) -> Series:
    """The highest value of each stretch, so that a peak is never lost."""
    step = math.ceil(len(series.points) / MOST_POINTS)
    if series.dots or step < 2:  # noqa: PLR2004  (few enough)
        return series
    kept = []
    for start in range(0, len(series.points), step):
        stretch = series.points[start : start + step]
        known = [y for _x, y in stretch if y is not None]
        kept.append((stretch[0][0], max(known) if known else None))
    return Series(kind=series.kind, points=tuple(kept))


def _drawing(
    plan: Plan,
    series: Iterable[Series],
    places: list[float],
    values: list[float],
    size: tuple[str, float, float],
    *,
    logarithmic: bool,
) -> Drawing:
    name, width, height = size
    x_high = max([*places, plan.mark[0] if plan.mark else 0.0, *(plan.band or ())])
    x_low = 0.0 if plan.from_zero else min(places)
    if logarithmic:
        y_low, y_high, y_numbers = powers(min(values), max(values))
    else:
        y_numbers = round_numbers(0.0, max(values) or 1.0, 5)
        y_low, y_high = y_numbers[0], y_numbers[-1]
    left = max(_LEFT, max(len(plan.y_words(each)) for each in y_numbers) * CHARACTER + 10)
    x_axis = Axis(x_low, x_high, left, width - _RIGHT)
    y_axis = Axis(y_low, y_high, height - _BOTTOM, _TOP, logarithmic)
    x_numbers = [each for each in round_numbers(x_low, x_high, 8 if name == "wide" else 4) if x_low <= each <= x_high]
    return Drawing(
        size=name,
        width=width,
        height=height,
        left=left,
        right=width - _RIGHT,
        top=_TOP,
        bottom=height - _BOTTOM,
        x_ticks=tuple(Tick(x_axis.place(each), plan.x_words(each)) for each in x_numbers),
        y_ticks=tuple(Tick(y_axis.place(each), plan.y_words(each)) for each in y_numbers),
        x_title=plan.x_title,
        y_title=plan.y_title,
        lines=tuple(_line(each, x_axis, y_axis) for each in series),
        level=_level_label(plan, y_axis, left) if plan.level else None,
        level_y=y_axis.place(plan.level[0]) if plan.level else 0.0,
        mark=_mark_label(plan, x_axis) if plan.mark else None,
        mark_x=x_axis.place(plan.mark[0]) if plan.mark else 0.0,
        band=_band(plan.band, x_axis) if plan.band else None,
    )


def _line(series: Series, x_axis: Axis, y_axis: Axis) -> Line:
    titles = series.titles or ("",) * len(series.points)
    if series.dots:
        dots = tuple(
            Dot(x_axis.place(x), y_axis.place(y), title)
            for (x, y), title in zip(series.points, titles, strict=False)
            if y is not None
        )
        return Line(series.kind, "", dots)
    path = []
    pen = "M"
    for x, y in series.points:
        if y is None:
            pen = "M"
        else:
            path.append(f"{pen}{x_axis.place(x):g} {y_axis.place(y):g}")
            pen = "L"
    return Line(series.kind, "".join(path), ())


def _level_label(plan: Plan, y_axis: Axis, left: float) -> Label:
    level, words = plan.level or (0.0, "")
    y = y_axis.place(level)
    return Label(left + 6, y - 5 if y > _TOP + 16 else y + 14, words, "start")


def _mark_label(plan: Plan, x_axis: Axis) -> Label:
    place, words = plan.mark or (0.0, "")
    x = x_axis.place(place)
    # Beside the line where there is more room.
    before = x - x_axis.start > x_axis.end - x
    edge = x_axis.place(plan.band[0 if before else 1]) if plan.band else x
    return Label(edge - 6 if before else edge + 6, _TOP + 12, words, "end" if before else "start")


def _band(band: Point, x_axis: Axis) -> Point:
    low, high = x_axis.place(band[0]), x_axis.place(band[1])
    return low, max(round(high - low, 1), 1.0)
