"""A dashboard from Grafana's classic JSON: what of it decides what is asked and how it is shown.

What Grafana ignores is ignored; what is no dashboard is refused with the place of the mistake.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from facts.boards import COLUMNS, Annotation, Board, Link, Panel, Place, Target, Transformation, Variable
from facts.message import Message, msg
from tenfold.dashboarding.fields import listed, record, text, whole
from tenfold.dashboarding.styles import overrides_of, style_of

_PROMETHEUS = ("", "prometheus")
# A panel that was never placed.
_SIZE = (12, 8)
_TALLEST = 100
_NAME = re.compile(r"\w+\Z")


class DocumentError(Exception):
    """A file is no dashboard.

    Attributes:
        said: What is wrong with it.
    """

    def __init__(self, said: Message) -> None:
        """Keeps the sentence."""
        super().__init__(str(said))
        self.said = said


def read_board(document: Any) -> Board:
    """The dashboard behind a JSON document; a document of Grafana's API, with the board under `dashboard`, is one too.

    Raises:
        DocumentError: It is none, or of the new format (v2) that only Grafana itself reads.
    """
    board = record(document)
    if "dashboard" in board and "panels" not in board:
        board = record(board["dashboard"])
    if "elements" in board or "elements" in record(board.get("spec")):
        raise DocumentError(msg("it is a dashboard of the new format; export it from Grafana as classic JSON"))
    if not isinstance(board.get("panels"), list) or not text(board, "title"):
        raise DocumentError(msg("it is no Grafana dashboard: it has no title or no list of panels"))
    return Board(
        uid=text(board, "uid"),
        title=text(board, "title"),
        description=text(board, "description"),
        tags=tuple(str(each) for each in listed(board.get("tags"))),
        time_from=text(record(board.get("time")), "from"),
        panels=tuple(_panels(board["panels"])),
        variables=tuple(_variables(record(board.get("templating")).get("list"))),
        annotations=tuple(_annotations(record(board.get("annotations")).get("list"))),
    )


def _panels(panels: Any) -> Iterator[Panel]:
    """All of them, those of folded rows after their row."""
    for position, each in enumerate(listed(panels)):
        found = record(each)
        if found:
            yield _panel(found, position)
            yield from _panels(found.get("panels"))


def _panel(panel: Mapping[str, Any], position: int) -> Panel:
    fields, options = record(panel.get("fieldConfig")), record(panel.get("options"))
    defaults = record(fields.get("defaults"))
    custom = record(defaults.get("custom"))
    reduce, legend = record(options.get("reduceOptions")), record(options.get("legend"))
    source = _source(panel)
    return Panel(
        id=whole(panel.get("id"), position + 1),
        kind=text(panel, "type"),
        title=text(panel, "title"),
        description=text(panel, "description"),
        place=_place(record(panel.get("gridPos")), row=panel.get("type") == "row"),
        targets=tuple(_targets(panel.get("targets"), source)),
        style=style_of(defaults),
        overrides=tuple(overrides_of(fields.get("overrides"))),
        transformations=tuple(
            Transformation(text(record(each), "id"), record(record(each).get("options")))
            for each in listed(panel.get("transformations"))
            if not record(each).get("disabled")
        ),
        reducers=tuple(str(each) for each in listed(reduce.get("calcs"))) or ("lastNotNull",),
        each_row=bool(reduce.get("values")),
        legend=None
        if legend.get("showLegend") is False or legend.get("displayMode") == "hidden"
        else tuple(str(each) for each in listed(legend.get("calcs"))),
        stacking=text(record(custom.get("stacking")), "mode") or "none",
        filled=min(max(whole(custom.get("fillOpacity"), 0), 0), 100) / 100,
        drawn_as=text(custom, "drawStyle") or "line",
        threshold_lines=text(record(custom.get("thresholdsStyle")), "mode") not in {"", "off"},
        joined=custom.get("spanNulls") is True,
        sparkline=options.get("graphMode") == "area",
        background=text(options, "colorMode").startswith("background"),
        content=text(options, "content"),
        links=tuple(
            Link(text(record(each), "title"), text(record(each), "url"))
            for each in listed(panel.get("links"))
            if text(record(each), "url")
        ),
        max_points=whole(panel.get("maxDataPoints"), 0) or None,
        min_interval=text(panel, "interval"),
        time_from=text(panel, "timeFrom"),
        repeat=text(panel, "repeat"),
    )


def _place(place: Mapping[str, Any], *, row: bool) -> Place:
    width = COLUMNS if row else min(max(whole(place.get("w"), _SIZE[0]), 1), COLUMNS)
    return Place(
        x=min(max(whole(place.get("x"), 0), 0), COLUMNS - width),
        y=max(whole(place.get("y"), 0), 0),
        width=width,
        height=min(max(whole(place.get("h"), _SIZE[1]), 1), _TALLEST),
    )


def _source(holder: Mapping[str, Any]) -> str:
    """The kind of a data source; a name or a variable says nothing about it."""
    source = holder.get("datasource")
    if isinstance(source, str):
        return source if source.startswith("--") else ""
    return text(record(source), "type")


def _targets(targets: Any, source: str) -> Iterator[Target]:
    for position, each in enumerate(listed(targets)):
        target = record(each)
        instant = bool(target.get("instant")) and not target.get("range")
        # A panel may mix sources; then each query names its own.
        own = _source(target) or source
        yield Target(
            ref=text(target, "refId") or chr(ord("A") + position % 26),
            expression=text(target, "expr"),
            legend=text(target, "legendFormat"),
            instant=instant,
            table=target.get("format") == "table",
            min_step=text(target, "interval"),
            hidden=bool(target.get("hide")),
            source="" if own in _PROMETHEUS else own,
        )


def _variables(variables: Any) -> Iterator[Variable]:
    for each in listed(variables):
        found = record(each)
        if not _NAME.match(text(found, "name")):
            continue
        query = found.get("query")
        current = record(found.get("current")).get("value")
        yield Variable(
            name=text(found, "name"),
            kind=text(found, "type"),
            label=text(found, "label"),
            query=text(record(query), "query") if isinstance(query, dict) else text(found, "query"),
            filter=text(found, "regex"),
            sort=whole(found.get("sort"), 0),
            multi=bool(found.get("multi")),
            include_all=bool(found.get("includeAll")),
            all_value=text(found, "allValue"),
            current=tuple(str(one) for one in (current if isinstance(current, list) else [current]) if one is not None),
            # 2: neither its name nor its values are shown.
            hidden=found.get("hide") in {2, "hideVariable"},
        )


def _annotations(annotations: Any) -> Iterator[Annotation]:
    for each in listed(annotations):
        found = record(each)
        expression = text(found, "expr") or text(record(found.get("target")), "expr")
        if found.get("builtIn") or _source(found) not in _PROMETHEUS or not expression:
            continue
        yield Annotation(
            name=text(found, "name"),
            expression=expression,
            colour=text(found, "iconColor"),
            step=text(found, "step"),
            title=text(found, "titleFormat"),
            text=text(found, "textFormat"),
            tags=tuple(one.strip() for one in text(found, "tagKeys").split(",") if one.strip()),
            value_is_time=found.get("useValueForTime") in {True, "on", "true"},
            enabled=found.get("enable") is not False,
        )
