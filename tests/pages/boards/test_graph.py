"""Charts over time: axes, gaps, and the series that nobody expects."""

import math
import re
from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from facts.boards import Style
from pages.boards.curves import Curve, broken, stacked
from pages.boards.graph import Graph, Plan, graphs, tick_words
from pages.boards.times import time_ticks
from pages.boards.timeseries import CURVES_AT_MOST, LEGEND_AT_MOST, graph_view, unit_base
from pages.boards.units import formatted
from pages.boards.values import Clock
from pages.boards.views import GraphView
from tests.pages.boards import samples

NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")


def drawn(values: list[float], **style: object) -> Graph | None:
    outcome = samples.panel("timeseries", samples.target(samples.line(values)), style=Style(**style))  # type: ignore[arg-type]
    view = graph_view(outcome, (), Clock(samples.END))
    return view.graphs[0] if view else None


def view_of(*lines: list[float]) -> GraphView:
    many = [samples.line(each, {"name": f"series {place}"}) for place, each in enumerate(lines)]
    view = graph_view(samples.panel("timeseries", samples.target(*many)), (), Clock(samples.END))
    assert view is not None
    return view


@pytest.mark.parametrize(
    ("values", "unit", "words"),
    [
        ([0.0, 40.0], "reqps", ["0 req/s", "10 req/s", "20 req/s", "30 req/s", "40 req/s"]),
        ([0.0, 3 * 2.0**30], "bytes", ["0 B", "1 GiB", "2 GiB", "3 GiB"]),
        ([0.0, 0.9], "percentunit", ["0%", "20%", "40%", "60%", "80%", "100%"]),
        ([0.0, 0.45], "s", ["0 s", "100 ms", "200 ms", "300 ms", "400 ms", "500 ms"]),
        ([0.0, 7200.0], "s", ["0 s", "30 min", "1 hour", "1.5 hours", "2 hours"]),
        ([-5.0, 5.0], "", ["-6", "-4", "-2", "0", "2", "4", "6"]),
    ],
)
def test_the_value_axis_has_round_numbers_in_its_unit(values: list[float], unit: str, words: list[str]) -> None:
    graph = drawn(values, unit=unit)
    assert graph is not None
    assert [each.words for each in graph.y_ticks] == words


def test_an_axis_far_from_zero_is_zoomed_in_unless_the_area_below_is_filled() -> None:
    high = [7.9e9, 8.0e9] * 20
    graph = drawn(high, unit="decbytes")
    assert graph is not None
    assert graph.y_ticks[0].words != "0 B"
    outcome = samples.panel("timeseries", samples.target(samples.line(high)), filled=0.3)
    view = graph_view(outcome, (), Clock(samples.END))
    assert view is not None
    assert view.graphs[0].y_ticks[0].words == "0"


def test_no_two_labels_of_an_axis_are_alike() -> None:
    assert tick_words([10.05, 10.10, 10.15], lambda value, decimals: formatted(value, "", decimals)) == [
        "10.05",
        "10.1",
        "10.15",
    ]


@pytest.mark.parametrize("values", [[5.0], [0.0], [-3.0], [1e300, 1e300], [5e-324, 1e-300], [1e15, -1e15], [0.0, 0.0]])
def test_any_finite_values_can_be_drawn(values: list[float]) -> None:
    graph = drawn(values)
    assert graph is not None
    (curve,) = graph.curves
    assert curve.line.startswith("M")
    assert all(0 <= float(each) <= max(graph.width, graph.height) for each in NUMBERS.findall(curve.line))
    assert "nan" not in curve.line
    assert "inf" not in curve.line


def test_a_lone_point_is_a_dot() -> None:
    graph = drawn([5.0])
    assert graph is not None
    assert graph.curves[0].line.endswith("h.1")


@pytest.mark.parametrize("values", [[], [math.nan], [math.inf, -math.inf]])
def test_without_a_finite_value_there_is_no_chart(values: list[float]) -> None:
    assert drawn(values) is None


def test_infinite_values_break_the_line_and_are_told_in_the_legend() -> None:
    view = view_of([1.0, 2.0, math.inf, 3.0, 4.0])
    assert view.graphs[0].curves[0].line.count("M") == 2
    assert view.rows[0].figures == ("4", "∞")


def test_where_points_are_missing_the_line_is_broken() -> None:
    points = [(0.0, 1.0), (15.0, 2.0), (60.0, 3.0)]
    assert broken(points, 15.0) == ((0.0, 1.0), (15.0, 2.0), (30.0, None), (60.0, 3.0))
    assert broken(points, 15.0, joined=True) == tuple(points)


def test_a_peak_is_never_thinned_away() -> None:
    values = [1.0] * 5000
    values[2501] = 100.0
    graph = drawn(values)
    assert graph is not None
    line = graph.curves[0].line
    assert len(line) < 8000
    ys = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", line)]
    assert min(ys) == graph.y_ticks[-1].place


def test_stacked_curves_stand_on_each_other() -> None:
    one, two = Curve("line0", ((0.0, 1.0), (15.0, 2.0))), Curve("line1", ((0.0, 10.0), (15.0, None)))
    low, high = stacked([one, two], percent=False)
    assert low.points == one.points
    assert high.points == ((0.0, 11.0), (15.0, None))
    assert high.base == (1.0, 2.0)
    shares = stacked([one, two], percent=True)
    assert shares[1].points[0][1] == pytest.approx(100.0)


def test_a_panel_without_values_at_all_in_one_of_its_moments_can_be_stacked_by_per_cent() -> None:
    (zero,) = stacked([Curve("line0", ((0.0, 0.0),))], percent=True)
    assert zero.points == ((0.0, 0.0),)


def test_of_many_series_some_are_drawn_and_all_are_named() -> None:
    view = view_of(*([float(each)] * 3 for each in range(200)))
    assert len(view.graphs[0].curves) == CURVES_AT_MOST
    assert (len(view.rows), len(view.more)) == (LEGEND_AT_MOST, 200 - LEGEND_AT_MOST)


def test_thresholds_are_lines_within_the_axis_alone() -> None:
    everything = samples.everything()
    latency = next(each for each in everything.panels if each.title == "Latency with a gap")
    view = graph_view(latency, (), Clock(samples.END))
    assert view is not None
    assert [kind for _place, kind in view.graphs[0].levels] == ["red"]
    far = replace(latency, panel=replace(latency.panel, style=replace(latency.panel.style, high=0.2)))
    cut = graph_view(far, (), Clock(samples.END))
    assert cut is not None
    assert cut.graphs[0].levels == ()


def test_annotations_are_marks_within_the_charts_time() -> None:
    everything = samples.everything()
    view = graph_view(everything.panels[0], everything.annotations, Clock(samples.END))
    assert view is not None
    moment, stretch = view.graphs[0].spans
    assert (moment.words, moment.width) == ("release 42", 0.0)
    assert stretch.width > 10
    early = replace(everything.panels[0], start=samples.END - 60)
    later = graph_view(early, everything.annotations, Clock(samples.END))
    assert later is not None
    assert later.graphs[0].spans == ()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (60, ["00:59:00", "00:59:15", "00:59:30", "00:59:45", "01:00:00"]),
        (3600, ["00:00", "00:15", "00:30", "00:45", "01:00"]),
        (6 * 86_400, ["11-25", "11-27", "11-29"]),
    ],
)
def test_the_time_axis_has_whole_minutes_hours_and_days(seconds: float, words: list[str]) -> None:
    assert [text for _at, text in time_ticks(samples.END - seconds, samples.END, 5, UTC)] == words


def test_days_begin_at_the_readers_midnight() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    ticks = time_ticks(samples.END - 3 * 86_400, samples.END, 4, zone)
    assert {(at + 8 * 3600) % 86_400 for at, _text in ticks} == {0.0}


def test_nothing_is_drawn_of_no_curve() -> None:
    assert graphs(Plan(curves=(), start=0, end=1, words=lambda value, _decimals: str(value)), 600, 200) == ()


@pytest.mark.parametrize(
    ("unit", "high", "base"),
    [("bytes", 3e9, 2.0**30), ("s", 300, 60), ("s", 90, 1), ("reqps", 1e9, 1), ("bytes", 0, 1)],
)
def test_the_ticks_of_an_axis_are_multiples_of_what_its_unit_counts_in(unit: str, high: float, base: float) -> None:
    assert unit_base(unit, high) == base
