"""The curves of a chart: gaps, stacking, and the paths of an SVG."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pages.axes import Axis

# More points than the chart has pixels make the page larger and nothing clearer.
POINTS_AT_MOST = 320

Point = tuple[float, float]
Broken = tuple[float, float | None]
# x, y, and the y that it stands on.
Placed = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One series.

    Attributes:
        kind: The class that colours it.
        points: (seconds, value); a value of None breaks the line.
        base: What it stands on, where it is stacked: one value for each point.
        filled: Opacity of the area below it, of 1; 0 draws none.
        drawn_as: `line`, `bars` or `points`.
    """

    kind: str
    points: tuple[Broken, ...]
    base: tuple[float, ...] = ()
    filled: float = 0.0
    drawn_as: str = "line"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A curve's paths; an empty one is not drawn."""

    kind: str
    line: str
    area: str
    opacity: float
    dots: bool


def broken(points: Iterable[Point], step: float, *, joined: bool = False) -> tuple[Broken, ...]:
    """The points with a break where one or more are missing, or are no finite number."""
    found: list[Broken] = []
    last: float | None = None
    for at, value in points:
        if not math.isfinite(value):
            continue
        if last is not None and not joined and step and at - last > step * 1.5:
            found.append((last + step, None))
        found.append((at, value))
        last = at
    return tuple(found)


def stacked(curves: Sequence[Curve], *, percent: bool) -> tuple[Curve, ...]:
    """Each curve on top of those before it; with `percent`, of all of them together."""
    totals: dict[float, float] = {}
    for curve in curves:
        for at, value in curve.points:
            totals[at] = totals.get(at, 0.0) + (value or 0.0)
    grown: dict[float, float] = {}
    found = []
    for curve in curves:
        points: list[Broken] = []
        base = []
        for at, value in curve.points:
            below = grown.get(at, 0.0)
            share = (totals[at] or 1.0) / 100 if percent else 1.0
            base.append(below / share)
            points.append((at, None if value is None else (below + value) / share))
            grown[at] = below + (value or 0.0)
        found.append(replace(curve, points=tuple(points), base=tuple(base), filled=curve.filled or 0.25))
    return tuple(found)


def drawn(curve: Curve, x_axis: Axis, y_axis: Axis) -> Drawn:
    """The curve in pixels."""
    zero = y_axis.place(max(y_axis.low, min(0.0, y_axis.high)))
    bases = curve.base or (0.0,) * len(curve.points)
    placed = [
        (x_axis.place(at), y_axis.place(value), y_axis.place(base) if curve.base else zero)
        if value is not None
        else None
        for (at, value), base in zip(curve.points, bases, strict=True)
    ]
    runs = [_thinned(run) for run in _runs(placed)]
    if curve.drawn_as == "bars":
        most = max(len(curve.points), 1)
        wide = round(max((x_axis.end - x_axis.start) / most * 0.7, 1.0), 1)
        bars = "".join(f"M{x - wide / 2:g} {low:g}V{y:g}h{wide:g}V{low:g}z" for run in runs for x, y, low in run)
        return Drawn(curve.kind, "", bars, max(curve.filled, 0.6), dots=False)
    if curve.drawn_as == "points":
        dots = "".join(f"M{x:g} {y:g}h.1" for run in runs for x, y, _low in run)
        return Drawn(curve.kind, dots, "", 0.0, dots=True)
    area = "".join(_area(run) for run in runs if len(run) > 1) if curve.filled else ""
    return Drawn(curve.kind, "".join(_path(run) for run in runs), area, curve.filled, dots=False)


def _runs(placed: Iterable[Placed | None]) -> Iterator[list[Placed]]:
    """The stretches without a break."""
    run: list[Placed] = []
    for each in placed:
        if each is not None:
            run.append(each)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _thinned(run: list[Placed]) -> list[Placed]:
    """The highest and the lowest point of each stretch, so that no peak is lost."""
    stretch = math.ceil(len(run) * 2 / POINTS_AT_MOST)
    if len(run) <= POINTS_AT_MOST:
        return run
    kept: list[Placed] = []
    for start in range(0, len(run), stretch):
        part = run[start : start + stretch]
        ends = {part.index(min(part, key=lambda each: each[1])), part.index(max(part, key=lambda each: each[1]))}
        kept += [part[each] for each in sorted(ends)]
    return kept


def _path(run: list[Placed]) -> str:
    """A line; a lone point is a dot, by the round ends of a line without length."""
    (x, y, _low), rest = run[0], run[1:]
    return f"M{x:g} {y:g}" + ("".join(f"L{x:g} {y:g}" for x, y, _low in rest) or "h.1")


def _area(run: list[Placed]) -> str:
    there = "".join(f"L{x:g} {y:g}" for x, y, _low in run[1:])
    back = "".join(f"L{x:g} {low:g}" for x, _y, low in reversed(run))
    return f"M{run[0][0]:g} {run[0][1]:g}{there}{back}z"
