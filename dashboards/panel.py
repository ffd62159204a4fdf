"""Panels: how a board's file names them, and how grafanalib draws them. No other file imports grafanalib.

Drawn, a panel is what grafanalib makes of it; `dashboards.finish` makes today's JSON of that.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from grafanalib import core as grafana
from grafanalib._gen import DashboardEncoder

from dashboards.board import Kind, Link, Panel, Query, Step, TypedPanel, Word
from facts.message import Message, msg
from pages.translation import Translate

STAT_WIDTH, STAT_HEIGHT = 4, 4
NO_DATA = msg("no data")
# They show the end of the range alone: an older value in the place of a missing one would be a false all-clear.
_NOW = frozenset({Kind.STAT, Kind.BAR_GAUGE, Kind.TABLE})
_GREY = "#8e8e8e"
# Grafana's unit for durations that are written out.
_IN_WORDS = "dtdurations"
# Columns that every table of Prometheus has.
_ALWAYS_THERE = ("Time", "__name__", "instance", "job", "mall", "target", "Value")


def time_series(title: Message, description: Message, **rest: Unpack[TypedPanel]) -> Panel:
    """Lines over time."""
    return Panel(kind=Kind.TIME_SERIES, title=title, description=description, **rest)


def stat(title: Message, description: Message, **rest: Unpack[TypedPanel]) -> Panel:
    """The last value, large, with its colour."""
    rest.setdefault("width", STAT_WIDTH)
    rest.setdefault("height", STAT_HEIGHT)
    return Panel(kind=Kind.STAT, title=title, description=description, **rest)


def bar_gauge(title: Message, description: Message, **rest: Unpack[TypedPanel]) -> Panel:
    """The last values as bars, one below the other."""
    return Panel(kind=Kind.BAR_GAUGE, title=title, description=description, **rest)


def state_timeline(title: Message, description: Message, **rest: Unpack[TypedPanel]) -> Panel:
    """Which state each series was in, over time."""
    return Panel(kind=Kind.STATE_TIMELINE, title=title, description=description, **rest)


def table(title: Message, description: Message, **rest: Unpack[TypedPanel]) -> Panel:
    """A line for each series, its labels as columns."""
    return Panel(kind=Kind.TABLE, title=title, description=description, **rest)


def text(title: Message, description: Message, content: Message, **rest: Unpack[TypedPanel]) -> Panel:
    """Markdown."""
    return Panel(kind=Kind.TEXT, title=title, description=description, content=content, **rest)


@dataclass(frozen=True, slots=True)
class Pen:
    """What every panel of a board is drawn with.

    Attributes:
        say: The reader's language.
        address: Where a link leads.
    """

    say: Translate
    address: Callable[[Link], str]


def draw(panel: Panel, queries: Sequence[Query], place: tuple[int, int], pen: Pen) -> dict[str, Any]:
    """The panel at (column, line), as grafanalib has it."""
    say = pen.say
    nothing = say(panel.nothing or NO_DATA)
    defaults: dict[str, Any] = {"unit": panel.unit, "noValue": nothing, "mappings": []}
    if panel.words:
        defaults["mappings"].append(_mapping(panel.words, say))
    if panel.kind is Kind.STAT:
        # Without this, what is not there has the colour of what is well.
        defaults["mappings"].append(_absent(nothing, "red" if panel.alarming else _GREY))
    if panel.unit == _IN_WORDS:
        # A second unit: without it twelve days are "1 week".
        defaults["decimals"] = 1
    if panel.limit is not None:
        defaults |= {"min": 0, "max": panel.limit}
    common: dict[str, Any] = {
        "title": say(panel.title),
        "description": say(panel.description),
        "gridPos": grafana.GridPos(h=panel.height, w=panel.width, x=place[0], y=place[1]),
        "targets": [_target(query, number, panel, say) for number, query in enumerate(queries)],
        "interval": "2m" if panel.slow else None,
        "extraJson": {"fieldConfig": {"defaults": defaults}, "links": [_link(each, pen) for each in panel.links]},
    }
    return encoded(_SHAPES[panel.kind](panel, common, say))


def heading(title: str, line: int) -> dict[str, Any]:
    """The heading of a row at that line."""
    return encoded(grafana.RowPanel(title=title, gridPos=grafana.GridPos(h=1, w=24, x=0, y=line)))


def frame(title: str, description: str, *, uid: str, tags: Sequence[str], since: str) -> dict[str, Any]:
    """A board without panels."""
    return encoded(
        grafana.Dashboard(
            title=title,
            description=description,
            uid=uid,
            tags=list(tags),
            editable=False,
            timezone="browser",
            refresh="30s",
            time=grafana.Time(since, "now"),
            sharedCrosshair=True,
        )
    )


def encoded(drawn: Any) -> dict[str, Any]:
    """Plain JSON of what grafanalib made."""
    document: dict[str, Any] = json.loads(json.dumps(drawn.to_json_data(), cls=DashboardEncoder))
    return document


def _steps(panel: Panel) -> list[grafana.Threshold]:
    steps = (Step(0.0, panel.base), *panel.steps)
    return [grafana.Threshold(each.color, index, float(each.value)) for index, each in enumerate(steps)]


def _target(query: Query, number: int, panel: Panel, say: Translate) -> grafana.Target:
    return grafana.Target(
        expr=query.expr,
        legendFormat=say(query.legend) if query.legend else "",
        refId=chr(ord("A") + number),
        instant=panel.kind in _NOW,
        format="table" if panel.kind is Kind.TABLE else "time_series",
    )


def _mapping(words: Sequence[Word], say: Translate) -> dict[str, Any]:
    options = {
        word.value: {"text": say(word.text), "color": word.color, "index": index} for index, word in enumerate(words)
    }
    return {"type": "value", "options": options}


def _absent(nothing: str, color: str) -> dict[str, Any]:
    return {
        "type": "special",
        "options": {"match": "null+nan", "result": {"text": nothing, "color": color, "index": 99}},
    }


def _link(link: Link, pen: Pen) -> dict[str, Any]:
    return {"title": pen.say(link.title), "url": pen.address(link), "targetBlank": bool(link.page)}


def _time_series(panel: Panel, common: Mapping[str, Any], _: Translate) -> grafana.TimeSeries:
    return grafana.TimeSeries(
        **common,
        thresholds=_steps(panel),
        thresholdsStyleMode="dashed" if panel.steps else "off",
        fillOpacity=30 if panel.stacked else 10,
        stacking={"group": "A", "mode": "normal"} if panel.stacked else {"group": "A", "mode": "none"},
        showPoints="never",
        legendDisplayMode="table" if panel.many else "list",
        legendPlacement="right" if panel.many else "bottom",
        legendCalcs=["mean", "max"] if panel.many else [],
        tooltipMode="multi",
        tooltipSort="desc",
        valueMin=0,
    )


def _stat(panel: Panel, common: Mapping[str, Any], _: Translate) -> grafana.Stat:
    return grafana.Stat(
        **common,
        thresholds=_steps(panel),
        reduceCalc="lastNotNull",
        colorMode="value" if panel.steps or panel.words else "none",
        graphMode="none",
        textMode="value_and_name" if len(common["targets"]) > 1 else "auto",
    )


def _bar_gauge(panel: Panel, common: Mapping[str, Any], _: Translate) -> grafana.BarGauge:
    return grafana.BarGauge(
        **common, thresholds=_steps(panel), format=panel.unit, calc="lastNotNull", displayMode="basic", max=panel.limit
    )


def _state_timeline(panel: Panel, common: Mapping[str, Any], _: Translate) -> grafana.StateTimeline:
    return grafana.StateTimeline(**common, thresholds=_steps(panel))


def _table(panel: Panel, common: Mapping[str, Any], say: Translate) -> grafana.Table:
    named = dict(panel.columns)
    organize = {
        "indexByName": {label: index for index, label in enumerate(named)},
        "renameByName": {label: say(heading) for label, heading in named.items()},
        "excludeByName": {label: True for label in _ALWAYS_THERE if label not in named},
    }
    return grafana.Table(**common, thresholds=_steps(panel), transformations=[{"id": "organize", "options": organize}])


def _text(panel: Panel, common: Mapping[str, Any], say: Translate) -> grafana.Text:
    return grafana.Text(**common, content=say(panel.content) if panel.content else "", mode="markdown")


_SHAPES: dict[Kind, Callable[[Panel, Mapping[str, Any], Translate], Any]] = {
    Kind.TIME_SERIES: _time_series,
    Kind.STAT: _stat,
    Kind.BAR_GAUGE: _bar_gauge,
    Kind.STATE_TIMELINE: _state_timeline,
    Kind.TABLE: _table,
    Kind.TEXT: _text,
}
