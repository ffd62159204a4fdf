"""Today's dashboard JSON out of grafanalib's, which is that of 2016: schema version 12, data sources by name, nulls everywhere.

Source: the JSON schemas of Grafana's foundation SDK, schema version 42. A null stands in one place only, as Grafana itself writes it:
the first threshold, which has no lower end.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboards.variables import DATASOURCE

SCHEMA_VERSION = 42
TAG = "tenfold"
_LINK = {
    "type": "link",
    "icon": "external link",
    "tooltip": "",
    "tags": [],
    "asDropdown": False,
    "targetBlank": False,
    "includeVars": False,
    "keepTime": False,
}
_LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
_TOOLTIP = {"mode": "multi", "sort": "desc"}
_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
# Every option of a panel's type that we use, as Grafana writes it for a new panel.
_OPTIONS: dict[str, dict[str, Any]] = {
    "timeseries": {"legend": _LEGEND, "tooltip": _TOOLTIP},
    "stat": {
        "graphMode": "area", "colorMode": "value", "justifyMode": "auto", "textMode": "auto", "wideLayout": True,
        "showPercentChange": False, "reduceOptions": _LAST, "percentChangeColorMode": "standard", "orientation": "auto",
    },
    "bargauge": {
        "displayMode": "basic", "valueMode": "color", "namePlacement": "auto", "showUnfilled": True, "sizing": "auto",
        "minVizWidth": 8, "minVizHeight": 16, "maxVizHeight": 300, "reduceOptions": _LAST, "orientation": "horizontal",
        "legend": {**_LEGEND, "showLegend": False},
    },
    "state-timeline": {
        "showValue": "auto", "rowHeight": 0.9, "mergeValues": True, "alignValue": "left", "legend": _LEGEND,
        "tooltip": {"mode": "single", "sort": "none"},
    },
    "table": {"frameIndex": 0, "showHeader": True, "cellHeight": "sm"},
    "text": {"mode": "markdown", "content": ""},
}  # fmt: skip
_CUSTOM: dict[str, dict[str, Any]] = {
    "timeseries": {
        "drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 1, "fillOpacity": 10, "gradientMode": "none",
        "showPoints": "never", "pointSize": 5, "spanNulls": False, "axisPlacement": "auto", "axisLabel": "",
        "axisColorMode": "text", "scaleDistribution": {"type": "linear"}, "barAlignment": 0,
        "stacking": {"group": "A", "mode": "none"}, "thresholdsStyle": {"mode": "off"},
        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
    },
    "state-timeline": {"lineWidth": 0, "fillOpacity": 70, "hideFrom": {"legend": False, "tooltip": False, "viz": False}},
    "table": {
        "align": "auto",
        "inspect": False,
        "cellOptions": {"type": "color-background", "mode": "basic", "applyToRow": False},
    },
}  # fmt: skip
_COLOR = {"timeseries": "palette-classic"}
_DEFAULTS = ("unit", "decimals", "min", "max", "mappings", "noValue")
_SCALE = "scaleDistribution"


def finished_panel(raw: Mapping[str, Any], number: int) -> dict[str, Any]:
    """One panel, or the heading of a row, with that number."""
    kind = raw["type"]
    common = {"id": number, "type": kind, "title": raw["title"], "gridPos": raw["gridPos"]}
    if kind == "row":
        return {**common, "collapsed": False, "panels": []}
    panel = {
        **common,
        "description": raw["description"],
        "options": _options(kind, raw.get("options", {})),
        "fieldConfig": {"defaults": _defaults(kind, raw["fieldConfig"]["defaults"]), "overrides": []},
        "links": [{**_LINK, **link} for link in raw["links"]],
    }
    if kind != "text":
        panel |= {"datasource": dict(DATASOURCE), "targets": [_target(each) for each in raw["targets"]]}
    if raw["transformations"]:
        panel["transformations"] = raw["transformations"]
    if raw["interval"]:
        panel["interval"] = raw["interval"]
    if kind == "table" and raw["links"]:
        # A table's own links are those of its lines.
        panel["fieldConfig"]["defaults"]["links"] = panel.pop("links")
    return panel


def finished(
    raw: Mapping[str, Any],
    *,
    panels: Sequence[Mapping[str, Any]],
    variables: Sequence[Mapping[str, Any]],
    annotations: Sequence[Mapping[str, Any]],
    boards: str,
    listed: Sequence[str],
) -> dict[str, Any]:
    """A whole board.

    Args:
        raw: Its frame.
        panels: Finished, in their places.
        variables: From the widest to the narrowest.
        annotations: What happened.
        boards: What the list of all boards is called.
        listed: The tags of those in it.
    """
    return {
        "uid": raw["uid"],
        "title": raw["title"],
        "description": raw["description"],
        "tags": raw["tags"],
        "timezone": raw["timezone"],
        "editable": raw["editable"],
        "graphTooltip": 1,
        "time": raw["time"],
        "timepicker": {},
        "refresh": raw["refresh"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "panels": list(panels),
        "templating": {"list": list(variables)},
        "annotations": {"list": list(annotations)},
        "links": [
            {**_LINK, "type": "dashboards", "title": boards, "tags": list(listed), "asDropdown": True, "includeVars": True,
             "keepTime": True, "url": ""},
        ],
    }  # fmt: skip


def nulls(document: Any, place: str = "") -> Iterator[str]:
    """Where a null stands that has no meaning to Grafana."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield from nulls(value, f"{place}.{key}")
    elif isinstance(document, list):
        for index, value in enumerate(document):
            if not (index == 0 and place.endswith(".steps") and value.get("value") is None):
                yield from nulls(value, f"{place}[{index}]")
    elif document is None:
        yield place


def _options(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    known = _OPTIONS[kind]
    return {name: _filled(value, given.get(name)) for name, value in known.items()}


def _filled(ours: Any, theirs: Any) -> Any:
    """What was given, completed by what is missing in it."""
    if theirs is None:
        return ours
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return {**ours, **{name: value for name, value in theirs.items() if value is not None}}
    return theirs


def _defaults(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: given[name] for name in _DEFAULTS if given.get(name) not in (None, [])}
    found["color"] = {"mode": _COLOR.get(kind, "thresholds")}
    found["thresholds"] = {"mode": "absolute", "steps": _steps(given["thresholds"]["steps"])}
    if kind in _CUSTOM:
        custom = given.get("custom", {})
        found["custom"] = {name: _filled(value, custom.get(name)) for name, value in _CUSTOM[kind].items()}
        if _SCALE in found["custom"]:
            found["custom"][_SCALE] = _CUSTOM[kind][_SCALE]  # a base of the logarithm is for a logarithmic axis
    return found


def _steps(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    steps = [{"color": each["color"], "value": each["value"]} for each in given] or [{"color": "green", "value": None}]
    return [{**steps[0], "value": None}, *steps[1:]]


def _target(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "datasource": dict(DATASOURCE),
        "refId": given["refId"],
        "expr": given["expr"],
        "legendFormat": given["legendFormat"] or "__auto",
        "format": given["format"],
        "instant": given["instant"],
        "range": not given["instant"],
        "editorMode": "code",
    }
