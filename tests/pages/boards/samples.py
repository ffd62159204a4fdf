"""Panels with answers of every kind, also of the kinds that nobody wants to see."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from facts.board_answers import (
    AnnotationOutcome,
    BoardEvaluation,
    Line,
    Mark,
    PanelOutcome,
    State,
    TargetOutcome,
    VariableOutcome,
    state_of,
)
from facts.boards import Annotation, Board, Panel, Place, Step, Style, Target, Variable
from facts.message import msg, verbatim
from tests.pages.hostile_sample import HOSTILE, LONG

END = 1_796_000_400.0
START = END - 3600
STEP = 15.0
COUNT = 240
TRAFFIC_LIGHT = (Step(None, "green"), Step(70.0, "#EAB839"), Step(90.0, "dark-red"))


def times(count: int = COUNT, step: float = STEP) -> list[float]:
    return [END - (count - 1 - each) * step for each in range(count)]


def line(values: Sequence[float], labels: Mapping[str, str] | None = None, **rest: Any) -> Line:
    return Line(labels or {}, tuple(zip(times(len(values)), values, strict=True)), **rest)


def wave(high: float, phase: float = 0.0, count: int = COUNT) -> list[float]:
    return [high * (1.2 + math.sin(each / 20 + phase)) / 2.2 for each in range(count)]


def target(*lines: Line, ref: str = "A", legend: str = "{{name}}", step: float = STEP, **rest: Any) -> TargetOutcome:
    named = Target(ref=ref, expression="shop_orders_total", legend=legend, instant=not step, table=not step)
    fields: dict[str, Any] = {"expression": "rate(shop_orders_total[1m])", "state": state_of(lines), **rest}
    return TargetOutcome(target=named, lines=lines, step=step, **fields)


def panel(kind: str, *targets: TargetOutcome, title: str = "Orders", **fields: Any) -> PanelOutcome:
    place = fields.pop("place", Place(0, 0, 12, 8))
    own = Panel(id=1, kind=kind, title=title, place=place, **fields)
    return PanelOutcome(panel=own, title=title, targets=targets, start=START, end=END)


def board(*panels: PanelOutcome, title: str = "Mall", **fields: Any) -> BoardEvaluation:
    placed = [
        replace(
            each,
            panel=replace(each.panel, id=place, place=replace(each.panel.place, y=place // 2 * 8, x=place % 2 * 12)),
        )
        for place, each in enumerate(panels)
    ]
    return BoardEvaluation(
        board=Board(uid="mall", title=title, description=fields.pop("description", "")),
        start=START,
        end=END,
        panels=tuple(placed),
        variables=fields.pop("variables", ()),
        annotations=fields.pop("annotations", ()),
    )


def two_orders() -> TargetOutcome:
    return target(line(wave(40), {"name": "web"}), line(wave(12, 2), {"name": "app"}))


def everything() -> BoardEvaluation:
    """A board with a panel of each kind, alive, empty and failed."""
    with_gap = [value if not 80 < each < 120 else math.nan for each, value in enumerate(wave(0.4))]
    up = [1.0] * 100 + [0.0] * 30 + [1.0] * 110
    instant = target(
        Line({"channel": "wechat", "state": "paid"}, ((END, 1234.0),)),
        Line({"channel": "alipay", "state": "paid"}, ((END, 88.0),)),
        step=0.0,
    )
    words = replace(Style(by_threshold=True, unit="percent", low=0.0, high=100.0), steps=TRAFFIC_LIGHT)
    return board(
        panel("timeseries", two_orders(), title="Orders a second", style=Style(unit="reqps"), filled=0.1),
        panel(
            "timeseries",
            target(line(with_gap, {"name": "p99"})),
            title="Latency with a gap",
            style=replace(words, unit="s", steps=(Step(None, "green"), Step(0.3, "red")), low=None, high=None),
            threshold_lines=True,
        ),
        panel(
            "timeseries",
            target(line(wave(4e9), {"name": "heap"}), line(wave(1e9, 1), {"name": "cache"})),
            title="Memory",
            style=Style(unit="bytes"),
            stacking="normal",
        ),
        panel("stat", target(line(wave(97), {"name": "paid"})), title="Payments", style=words, sparkline=True),
        panel("bargauge", two_orders(), title="By channel", style=words),
        panel("table", instant, title="Payments by channel", style=Style(unit="short")),
        panel(
            "state-timeline",
            target(line(up, {"name": "orders"})),
            title="Up and down",
            style=Style(by_threshold=True, steps=(Step(None, "red"), Step(1.0, "green"))),
        ),
        panel(
            "text",
            title="Read me",
            content="# What this is\n\nOrders of **all** channels.\n\n- see [docs](https://docs.example/mall)",
        ),
        panel("timeseries", target(), title="Refunds", style=Style(no_value="no refund yet")),
        panel(
            "timeseries",
            target(state=State.ERROR, reason=verbatim("bad_data: 1:5: parse error")),
            title="Broken",
        ),
        panel("stat", target(state=State.UNKNOWN_METRIC, unknown_metrics=("shop_renamed_total",)), title="Renamed"),
        panel("timeseries", target(line([math.nan] * 10), state=State.ALL_NAN), title="Only NaN"),
        panel("heatmap", two_orders(), title="Heat"),
        variables=(
            VariableOutcome(
                variable=Variable(name="mall", kind="query", label="Mall"),
                state=State.ALIVE,
                options=("Cloud Lane",),
                chosen=("Cloud Lane",),
                all_chosen=True,
            ),
            VariableOutcome(variable=Variable(name="target", kind="query"), state=State.EMPTY),
        ),
        annotations=(
            AnnotationOutcome(
                annotation=Annotation(name="Deployments", expression="deployed", colour="purple"),
                expression="deployed",
                state=State.ALIVE,
                marks=(Mark(END - 1800, END - 1800, "release 42"), Mark(END - 900, END - 600, "rehearsal")),
            ),
        ),
    )


def hostile() -> BoardEvaluation:
    """A board of which every text comes from an attacker."""
    names = {"name": HOSTILE, HOSTILE: HOSTILE}
    bad = target(
        line(wave(3), names, metric=HOSTILE),
        line(wave(5), {"name": LONG}),
        legend="{{name}}",
        expression=HOSTILE,
        unknown_metrics=(HOSTILE,),
        warnings=(verbatim(HOSTILE),),
    )
    instant = target(Line(names, ((END, 1.0),)), step=0.0)
    style = Style(unit=HOSTILE, no_value=HOSTILE, colour=HOSTILE, name="")
    kinds = ("timeseries", "stat", "bargauge", "table", "state-timeline", HOSTILE)
    return board(
        *(panel(kind, instant if kind == "table" else bad, title=HOSTILE, style=style) for kind in kinds),
        panel(
            "text",
            title=HOSTILE,
            content=f"# {HOSTILE}\n\n[x](javascript:window.hacked=true)\n\n![x](http://attacker.example/x.png)\n\n{HOSTILE}",
        ),
        panel("stat", target(state=State.ERROR, reason=msg("{reason}", reason=HOSTILE)), title=HOSTILE, style=style),
        panel("stat", target(), title=HOSTILE, description=HOSTILE, style=style),
        title=HOSTILE,
        description=HOSTILE,
        variables=(
            VariableOutcome(
                variable=Variable(name="v", kind="query", label=HOSTILE), state=State.ALIVE, chosen=(HOSTILE, LONG)
            ),
        ),
        annotations=(
            AnnotationOutcome(
                annotation=Annotation(name=HOSTILE, expression=HOSTILE, colour=HOSTILE),
                expression=HOSTILE,
                state=State.ALIVE,
                marks=(Mark(END - 600, END - 300, HOSTILE),),
            ),
        ),
    )
