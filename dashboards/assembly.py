"""A whole board from its rows: which panels there are, where they stand, where they lead."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dashboards.annotations import annotations
from dashboards.board import Board, Kind, Link, Panel, Query, Row, Scope, Source
from dashboards.finish import TAG, finished, finished_panel
from dashboards.layout import below, places
from dashboards.panel import Pen, draw, frame, heading
from dashboards.promql import narrowed
from dashboards.variables import matchers, variables
from facts.message import msg
from pages.translation import Translate


def uid(stem: str) -> str:
    """The address of a board, the same in every Grafana."""
    return f"{TAG}-{stem}"


def document(board: Board, source: Source, stems: Mapping[str, str], say: Translate, docs: str) -> dict[str, Any]:
    """The board's JSON.

    Args:
        board: What it shows.
        source: Whose metrics.
        stems: Of the boards that there are from this source, by the stem of the same board from ours.
        say: The reader's language.
        docs: Where the documentation is read.
    """
    scope = board.theirs[1] if board.theirs is not None and source is Source.EXPORTERS else board.scope

    def address(link: Link) -> str:
        if link.page:
            return f"${{docs}}/{link.page}"
        return f"/d/{uid(stems[link.board])}?${{__url_time_range}}&${{__all_variables}}"

    pen = Pen(say=say, address=address)
    raw = []
    line = 0
    for row in rows(board, source, stems):
        raw.append(heading(say(row.title), line))
        for panel, column, top in places(row.panels, line + 1):
            raw.append(draw(panel, queries(panel, scope, source), (column, top), pen))
        line = below(row.panels, line + 1)
    title, tags = say(msg("Tenfold: {board}", board=board.title)), [TAG]
    if source is Source.EXPORTERS:
        title = say(msg("Tenfold: {board}, from the mall's own exporters", board=board.title))
        tags.append(source)
    return finished(
        frame(title, say(board.description), uid=uid(stems[board.stem]), tags=tags, since=board.since),
        panels=[finished_panel(each, number) for number, each in enumerate(raw, 1)],
        variables=variables(scope, source, say, docs),
        annotations=annotations(scope, source, say),
        boards=say(msg("All boards")),
        listed=tags,
    )


def rows(board: Board, source: Source, stems: Mapping[str, str]) -> Iterator[Row]:
    """The rows with the panels that this source has figures for, and with the links that lead somewhere."""
    for row in board.rows:
        panels = [
            replace(panel, links=tuple(link for link in panel.links if link.page or link.board in stems))
            for panel in row.panels
            if panel.queries(source) or (panel.kind is Kind.TEXT and source is Source.TENFOLD)
        ]
        if panels:
            yield Row(row.title, tuple(panels))


def queries(panel: Panel, scope: Scope, source: Source) -> list[Query]:
    """The panel's queries with the matchers of the board's variables."""
    return [
        replace(query, expr=narrowed(query.expr, lambda metric: matchers(metric, scope, source)))
        for query in panel.queries(source)
    ]
