"""Panels of single values: large figures, bars, and states over time."""

import math
from collections.abc import Iterator, Sequence

from facts.board_answers import PanelOutcome
from facts.boards import Style
from pages.axes import Axis
from pages.boards.colours import line_class
from pages.boards.reducers import reduced
from pages.boards.series import Named, named_series
from pages.boards.times import moment_words
from pages.boards.values import NOTHING, Clock, ends, scale_of, shown
from pages.boards.views import Band, BandView, BarRow, BarView, StatValue, StatView, Stretch

STATS_AT_MOST, BARS_AT_MOST, BANDS_AT_MOST = 12, 30, 40
_SPARK_POINTS = 100


def stat_view(outcome: PanelOutcome, clock: Clock) -> StatView | None:
    """The large values of a panel; None where there is none."""
    panel = outcome.panel
    series = named_series(outcome)
    scale = scale_of([value for each in series for value in each.values])
    reducer = panel.reducers[0]
    values = []
    for each in series[:STATS_AT_MOST]:
        one = shown(reduced(each.values, reducer), each.style, clock, scale)
        spark = _spark(each.line.points) if panel.sparkline else ""
        values.append(StatValue(each.name if len(series) > 1 else "", one.words, one.colour, spark))
    return StatView(values, panel.background, max(len(series) - STATS_AT_MOST, 0)) if values else None


def bar_view(outcome: PanelOutcome, clock: Clock) -> BarView | None:
    """Values as bars on one scale; None where there is none."""
    panel = outcome.panel
    series = named_series(outcome)
    found = [(each, reduced(each.values, panel.reducers[0])) for each in series]
    numbers = [value for _each, value in found if value is not None]
    scale = scale_of([0.0, *numbers])
    rows = [_bar(each, value, scale, clock) for each, value in found[:BARS_AT_MOST]]
    return BarView(rows, max(len(found) - BARS_AT_MOST, 0)) if rows else None


def _bar(series: Named, value: float | None, scale: tuple[float, float] | None, clock: Clock) -> BarRow:
    one = shown(value, series.style, clock, scale)
    return BarRow(series.name, one.words, one.colour, share_of(value, series.style, scale))


def share_of(value: float | None, style: Style, scale: tuple[float, float] | None) -> float:
    """How long the bar of a value is, of 1."""
    low, high = ends(style, scale)
    if value is None or math.isnan(value) or high <= low:
        return 0.0
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _spark(points: Sequence[tuple[float, float]]) -> str:
    finite = [each for each in points if math.isfinite(each[1])]
    finite = finite[:: max(math.ceil(len(finite) / _SPARK_POINTS), 1)]
    if len(finite) < 2:  # noqa: PLR2004  (one point is no course)
        return ""
    low, high = min(value for _at, value in finite), max(value for _at, value in finite)
    x_axis = Axis(finite[0][0], finite[-1][0], 0, 100)
    # A value that never changes is a line in the middle.
    y_axis = Axis(low, high, 28, 2) if high > low else Axis(low - 1, high + 1, 28, 2)
    return "M" + "L".join(f"{x_axis.place(at):g} {y_axis.place(value):g}" for at, value in finite)


def band_view(outcome: PanelOutcome, clock: Clock) -> BandView | None:
    """The states of each series over time; None where there is none."""
    series = [each for each in named_series(outcome) if each.line.points]
    axis = Axis(outcome.start, outcome.end, 0, 1000)
    keys: dict[str, str] = {}
    bands = []
    for each in series[:BANDS_AT_MOST]:
        stretches = list(_stretches(each, axis, keys, outcome.end, clock))
        bands.append(Band(each.name, stretches, stretches[-1].words if stretches else NOTHING))
    times = [moment_words(each, 60, clock.zone) for each in (outcome.start, outcome.end)]
    return BandView(bands, times, list(keys.items()), max(len(series) - BANDS_AT_MOST, 0)) if bands else None


def _stretches(series: Named, axis: Axis, keys: dict[str, str], end: float, clock: Clock) -> Iterator[Stretch]:
    """Neighbouring points of the same state as one; where points are missing, nothing is drawn."""
    step = series.step or (end - series.line.points[0][0])
    begun = series.line.points[0][0]
    state = last = None
    for at, value in series.line.points:
        one = shown(value, series.style, clock)
        colour = one.colour or keys.get(one.words) or line_class(len(keys))
        keys.setdefault(one.words, colour)
        if state is not None and last is not None and ((one.words, colour) != state or at - last > step * 1.5):
            yield _stretch(begun, last + step, state, axis)
            begun = at
        state, last = (one.words, colour), at
    if state is not None and last is not None:
        yield _stretch(begun, min(last + step, end), state, axis)


def _stretch(start: float, end: float, state: tuple[str, str], axis: Axis) -> Stretch:
    left, right = axis.place(start), axis.place(end)
    return Stretch(left, round(max(right - left, 1.0), 1), state[1], state[0])
