"""A panel of time series: which curves, which axis, which legend."""

import math
from collections.abc import Sequence

from facts.board_answers import AnnotationOutcome, PanelOutcome
from facts.boards import Panel
from pages.boards.colours import colour_class, line_class
from pages.boards.curves import Curve, broken, stacked
from pages.boards.graph import Level, Plan, Span, graphs
from pages.boards.reducers import WORDS, reduced
from pages.boards.series import Named, named_series
from pages.boards.units import formatted
from pages.boards.values import Clock, shown
from pages.boards.views import GraphView, LegendRow

CURVES_AT_MOST = 60
LEGEND_AT_MOST = 8
# What a legend says where its board leaves that to Grafana's tooltip: a page on paper has none.
_FIGURES = ("lastNotNull", "max")
# Pixels of the page at its full width, and of Grafana's grid: a row with its gap.
_PAGE, _ROW, _GAP = 1360, 38, 8
_HEAD, _LEGEND_ROW, _LEAST = 46, 23, 120


def graph_view(outcome: PanelOutcome, annotations: Sequence[AnnotationOutcome], clock: Clock) -> GraphView | None:
    """The chart with its legend; None where no value can be drawn."""
    panel = outcome.panel
    series = named_series(outcome)
    drawn = series[:CURVES_AT_MOST]
    curves = [_curve(each, position, panel) for position, each in enumerate(drawn)]
    if panel.stacking in {"normal", "percent"}:
        curves = list(stacked(curves, percent=panel.stacking == "percent"))
    first = drawn[0].style if drawn else panel.style
    unit = "percent" if panel.stacking == "percent" else first.unit
    heads = panel.legend or _FIGURES
    rows = (
        [_row(each, position, heads, clock) for position, each in enumerate(series)] if panel.legend is not None else []
    )
    plan = Plan(
        curves=tuple(curves),
        start=outcome.start,
        end=outcome.end,
        words=lambda value, decimals: formatted(value, unit, decimals, now=clock.now, zone=clock.zone),
        unit_base=lambda high: unit_base(unit, high),
        low=panel.style.low,
        high=panel.style.high,
        levels=tuple(
            Level(step.above, colour_class(step.colour) or "grey")
            for step in panel.style.steps
            if step.above is not None and panel.threshold_lines and not panel.style.percentage
        ),
        spans=tuple(_spans(annotations, outcome)),
        zone=clock.zone,
    )
    legend = min(len(rows), LEGEND_AT_MOST) + bool(rows) + (len(rows) > LEGEND_AT_MOST)
    pictures = graphs(plan, *_size(panel, legend))
    if not pictures:
        return None
    return GraphView(
        graphs=pictures,
        heads=tuple(dict.fromkeys(WORDS.get(each, WORDS["last"]) for each in heads)),
        rows=rows[:LEGEND_AT_MOST],
        more=rows[LEGEND_AT_MOST:],
    )


def unit_base(unit: str, high: float) -> float:
    """What the ticks of an axis are multiples of, so that they are round in the unit that they are told in."""
    if unit in {"bytes", "bits", "binBps", "binbps"}:
        return 1024.0 ** max(math.floor(math.log(high, 1024)), 0) if high > 0 else 1.0
    seconds = {"s": 1.0, "ms": 0.001, "m": 60.0, "h": 3600.0}.get(unit)
    if seconds is None:
        return 1.0
    span = next((each for each in (86_400.0, 3600.0, 60.0) if high * seconds >= each * 2), 1.0)
    return span / seconds if span > 1 else 1.0


def _size(panel: Panel, legend_rows: int) -> tuple[int, int]:
    width = round(_PAGE * panel.place.width / 24) - 34
    height = panel.place.height * _ROW - _GAP - _HEAD - legend_rows * _LEGEND_ROW
    return width, max(height, _LEAST)


def _kind(series: Named, position: int) -> str:
    if series.style.colour:
        return colour_class(series.style.colour) or line_class(position)
    if series.style.by_threshold:
        value = reduced(series.values, "last")
        return shown(value, series.style, Clock()).colour or line_class(position)
    return line_class(position)


def _curve(series: Named, position: int, panel: Panel) -> Curve:
    return Curve(
        kind=_kind(series, position),
        points=broken(series.line.points, series.step, joined=panel.joined),
        filled=round(panel.filled * 0.8, 2),
        drawn_as=panel.drawn_as,
    )


def _row(series: Named, position: int, heads: Sequence[str], clock: Clock) -> LegendRow:
    # Two names of the same reducer are one column.
    wanted = {WORDS.get(each, WORDS["last"]): each for each in heads}
    figures = tuple(shown(reduced(series.values, each), series.style, clock).words for each in wanted.values())
    return LegendRow(_kind(series, position), series.name, figures)


def _spans(annotations: Sequence[AnnotationOutcome], outcome: PanelOutcome) -> list[Span]:
    return [
        Span(
            max(mark.start, outcome.start),
            min(mark.end, outcome.end),
            mark.words,
            colour_class(each.annotation.colour) or "blue",
        )
        for each in annotations
        for mark in each.marks
        if mark.end >= outcome.start and mark.start <= outcome.end
    ]
