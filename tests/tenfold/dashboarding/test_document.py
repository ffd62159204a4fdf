"""A board's JSON: what is read of it, and what is refused."""

from typing import Any

import pytest

from facts.boards import Link, Place, Step, ValueWords
from tenfold.dashboarding.document import DocumentError, read_board
from tests.tenfold.dashboarding import boards


def test_what_decides_what_is_asked_and_how_it_is_shown() -> None:
    panel = boards.panel(
        4,
        "timeseries",
        "Orders",
        "rate(a[1m])",
        "=b",
        description="all channels",
        links=[{"title": "Redis", "url": "/d/redis"}, {"title": "nowhere"}],
        interval="1m",
        maxDataPoints=100,
        timeFrom="24h",
        options={"legend": {"calcs": ["mean", "max"], "displayMode": "table"}, "reduceOptions": {"calcs": ["sum"]}},
        fieldConfig={
            "defaults": {
                "unit": "reqps",
                "decimals": 1,
                "min": 0,
                "noValue": "none",
                "color": {"mode": "thresholds"},
                "thresholds": {
                    "mode": "absolute",
                    "steps": [{"value": 5, "color": "red"}, {"value": None, "color": "green"}],
                },
                "mappings": [
                    {"type": "value", "options": {"1": {"text": "up", "color": "green"}}},
                    {"type": "range", "options": {"from": 2, "to": None, "result": {"text": "many"}}},
                ],
                "custom": {"stacking": {"mode": "normal"}, "fillOpacity": 30, "thresholdsStyle": {"mode": "dashed"}},
            },
            "overrides": [
                {
                    "matcher": {"id": "byName", "options": "b"},
                    "properties": [{"id": "unit", "value": "s"}, {"id": "custom.hideFrom", "value": {"viz": True}}],
                },
                {"matcher": {"id": "byValue", "options": {}}, "properties": []},
            ],
        },
    )
    (read,) = read_board(boards.board(panel)).panels
    assert (read.kind, read.title, read.description, read.place) == (
        "timeseries",
        "Orders",
        "all channels",
        Place(0, 16, 12, 8),
    )
    assert [(each.ref, each.expression, each.instant) for each in read.targets] == [
        ("A", "rate(a[1m])", False),
        ("B", "b", True),
    ]
    assert read.links == (Link("Redis", "/d/redis"),)
    assert (read.min_interval, read.max_points, read.time_from) == ("1m", 100, "24h")
    assert (read.legend, read.reducers, read.stacking, read.filled, read.threshold_lines) == (
        ("mean", "max"),
        ("sum",),
        "normal",
        0.3,
        True,
    )
    style = read.style
    assert (style.unit, style.decimals, style.low, style.high, style.no_value, style.by_threshold) == (
        "reqps",
        1,
        0.0,
        None,
        "none",
        True,
    )
    assert style.steps == (Step(None, "green"), Step(5.0, "red"))
    assert style.words == (
        ValueWords("value", "1", text="up", colour="green"),
        ValueWords("range", low=2.0, text="many"),
    )
    (override,) = read.overrides
    assert (override.kind, override.match, override.changes) == ("byName", "b", {"unit": "s", "hidden": True})


def test_panels_of_a_folded_row_follow_it() -> None:
    row = {"type": "row", "title": "Redis", "collapsed": True, "panels": [boards.panel(2, "stat", "Up", "redis_up")]}
    assert [each.title for each in read_board(boards.board(row)).panels] == ["Redis", "Up"]


def test_variables_of_every_kind() -> None:
    listed = [
        {
            "type": "query",
            "name": "new",
            "query": {"query": "label_values(job)", "refId": "x"},
            "current": {"value": "a"},
        },
        {"type": "custom", "name": "custom", "query": "1,2", "current": {"value": ["1", "2"]}, "multi": True},
        {"type": "constant", "name": "docs", "query": "https://docs.example", "hide": 2},
        {"type": "query", "name": "bad name", "query": "x"},
    ]
    new, custom, constant = read_board(boards.board(templating={"list": listed})).variables
    assert (new.query, new.current) == ("label_values(job)", ("a",))
    assert (custom.current, custom.multi) == (("1", "2"), True)
    assert constant.hidden


def test_only_annotations_of_prometheus_are_asked_for() -> None:
    assert [each.name for each in read_board(boards.board()).annotations] == ["Deployments", "Incidents"]


def test_what_grafanas_api_returns_is_a_board_too() -> None:
    assert read_board({"meta": {}, "dashboard": boards.lively()}).title == "Shop"


@pytest.mark.parametrize(
    "document",
    [None, [], 5, "x", {}, {"panels": []}, {"title": "x"}, {"title": "x", "panels": {}}, {"dashboard": {"title": "x"}}],
)
def test_what_is_no_board_is_refused(document: Any) -> None:
    with pytest.raises(DocumentError, match="it is no Grafana dashboard"):
        read_board(document)


def test_the_new_format_is_told_from_no_board_at_all() -> None:
    documents: tuple[dict[str, Any], ...] = ({"elements": {}}, {"kind": "Dashboard", "spec": {"elements": {}}})
    for document in documents:
        with pytest.raises(DocumentError, match="new format"):
            read_board(document)


WRONG: tuple[Any, ...] = (None, 5, -1.5, True, "x", [], [None], {}, {"a": []}, float("nan"), float("inf"), 10**400)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda each: str(each)[:12])
def test_fields_of_any_kind_break_nothing(wrong: Any) -> None:
    panel = dict.fromkeys(boards.panel(1, "stat", "x", "y"), wrong) | {"options": wrong, "transformations": wrong}
    inner = boards.panel(2, "stat", "x", "y")
    inner["fieldConfig"] = {
        "defaults": dict.fromkeys(("unit", "decimals", "min", "thresholds", "mappings", "color", "custom"), wrong)
    }
    inner["options"] = dict.fromkeys(("legend", "reduceOptions", "graphMode", "colorMode", "content"), wrong)
    inner["gridPos"] = dict.fromkeys("xywh", wrong)
    read = read_board(
        boards.board(
            panel,
            wrong,
            inner,
            templating={"list": [wrong, {"name": "v", "query": wrong, "current": wrong}]},
            annotations={"list": wrong},
        )
    )
    assert read.panels
    for each in read.panels:
        assert 0 <= each.place.x < 24
        assert 1 <= each.place.width <= 24
