"""A board as Grafana saves it, about the mall of the tests; each panel is there for a reason of its own."""

from typing import Any

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
LIVELY = 'sum by (channel) (rate(shop_orders_total{mall=~"$mall"}[$__rate_interval]))'


def panel(number: int, kind: str, title: str, *expressions: str, **fields: Any) -> dict[str, Any]:
    """A panel with a target for each expression; those that begin with `=` are asked for the end alone."""
    targets = [
        {
            "refId": chr(65 + place),
            "expr": each.removeprefix("="),
            "instant": each.startswith("="),
            "range": not each.startswith("="),
            "format": "table" if kind == "table" else "time_series",
            "legendFormat": fields.get("legend", "__auto"),
        }
        for place, each in enumerate(expressions)
    ]
    own = {name: value for name, value in fields.items() if name != "legend"}
    return {
        "id": number,
        "type": kind,
        "title": title,
        "gridPos": {"x": number % 2 * 12, "y": number // 2 * 8, "w": 12, "h": 8},
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": {"unit": "short"}, "overrides": []},
        "targets": targets,
        **own,
    }


def variable(name: str, query: str, **fields: Any) -> dict[str, Any]:
    """A variable that is asked for; All of them unless the board says otherwise."""
    common = {"multi": True, "includeAll": True, "allValue": ".+", "sort": 1}
    current = {"text": "All", "value": ["$__all"]}
    return {
        "type": "query",
        "name": name,
        "query": query,
        "current": current,
        "datasource": DATASOURCE,
        **common,
        **fields,
    }


MALL = variable("mall", "label_values(shop_up, mall)")
TARGET = variable("target", 'label_values(shop_up{mall=~"$mall"}, target)')


def board(*panels: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A board of schema 42."""
    return {
        "uid": "shop",
        "title": "Shop",
        "schemaVersion": 42,
        "time": {"from": "now-5m", "to": "now"},
        "panels": list(panels),
        "templating": {
            "list": [{"type": "datasource", "name": "datasource", "query": "prometheus"}, dict(TARGET), dict(MALL)]
        },
        "annotations": {
            "list": [
                {
                    "builtIn": 1,
                    "name": "Annotations & Alerts",
                    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
                },
                {
                    "name": "Deployments",
                    "datasource": DATASOURCE,
                    "enable": True,
                    "iconColor": "purple",
                    "expr": 'shop_deployed_timestamp_seconds{mall=~"$mall"} * 1000',
                    "useValueForTime": True,
                    "step": "1s",
                    "titleFormat": "version {{version}}",
                },
                {
                    "name": "Incidents",
                    "datasource": DATASOURCE,
                    "enable": True,
                    "target": {"expr": "shop_incident > 0"},
                    "step": "1s",
                    "textFormat": "{{what}}",
                },
            ]
        },
        **fields,
    }


def lively() -> dict[str, Any]:
    """A board of which everything is alive."""
    return board(
        {
            "id": 90,
            "type": "row",
            "title": "Orders of $mall",
            "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1},
            "panels": [],
        },
        panel(1, "timeseries", "Orders", LIVELY, legend="{{channel}}"),
        panel(2, "stat", "Up", '=min(shop_up{mall=~"$mall",target=~"$target"})'),
        panel(3, "table", "By channel", '=shop_orders_total{mall=~"$mall"}'),
        panel(4, "bargauge", "Heap", 'shop_heap_bytes{mall=~"$mall"}'),
        panel(5, "state-timeline", "States", 'shop_up{mall=~"$mall"}', legend="{{target}}"),
        panel(
            6,
            "timeseries",
            "Latency",
            "histogram_quantile(0.9, sum by (le) (rate(shop_latency_seconds_bucket[$__range])))",
        ),
        {
            "id": 7,
            "type": "text",
            "title": "",
            "options": {"content": "Hello"},
            "gridPos": {"x": 0, "y": 50, "w": 24, "h": 2},
        },
    )


def troubled() -> dict[str, Any]:
    """A board with every way in which a panel can be dead, beside one that is alive."""
    return board(
        panel(1, "timeseries", "Alive", LIVELY),
        panel(2, "timeseries", "Renamed", "rate(shop_orders_renamed_total[1m])"),
        panel(3, "stat", "Broken", "sum by (channel shop_up"),
        panel(4, "timeseries", "Nothing", "shop_up > 5", fieldConfig={"defaults": {"noValue": "never above 5"}}),
        panel(5, "timeseries", "No number", "shop_ratio"),
        panel(6, "stat", "Half", "shop_up", "shop_gone_total"),
        panel(7, "stat", "No expression", ""),
        {**panel(8, "logs", "Logs", '{job="shop"}'), "datasource": {"type": "loki", "uid": "x"}},
        panel(9, "stat", "Fallback", "shop_gone_total or shop_up"),
    )
