"""A panel's table: heads and cells in words, in the styles of its columns."""

from facts.board_answers import PanelOutcome
from facts.boards import Style
from facts.message import Message, msg
from pages.boards.figures import share_of
from pages.boards.frames import Cell, Frame
from pages.boards.names import shown_name, style_for
from pages.boards.reducers import reduced
from pages.boards.series import named_series
from pages.boards.table import tables
from pages.boards.values import Clock, scale_of, shown
from pages.boards.views import CellView, TableView

ROWS_AT_MOST = 50


def table_view(outcome: PanelOutcome, clock: Clock) -> tuple[TableView | None, list[Message]]:
    """The panel's table as its board transforms it; None where it has no row. And what Grafana would show otherwise."""
    found = tables(outcome, clock.zone)
    notes = [msg("the transformation {name} is not applied here", name=each) for each in found.unknown]
    frames = [each for each in found.frames if each.length and each.columns]
    if not frames:
        return None, notes
    if len(frames) > 1:
        notes.append(msg("{count} more tables, which Grafana offers in a list", count=len(frames) - 1))
    return _view(outcome, frames[0], clock), notes


def _view(outcome: PanelOutcome, frame: Frame, clock: Clock) -> TableView:
    shown_columns = []
    for column in frame.columns:
        number = any(isinstance(each, float | int) for each in column.cells)
        style = style_for(outcome.panel, column.name, frame.ref, number=number)
        if not style.hidden:
            shown_columns.append((column, style, number))
    rows = min(frame.length, ROWS_AT_MOST)
    scales = [scale_of([each for each in column.cells if isinstance(each, float)]) for column, _s, _n in shown_columns]
    return TableView(
        heads=[(shown_name(style, column.name, column.labels), number) for column, style, number in shown_columns],
        rows=[
            [
                _cell(column.cells[place], style, number, scale, clock)
                for (column, style, number), scale in zip(shown_columns, scales, strict=True)
            ]
            for place in range(rows)
        ],
        more=frame.length - rows,
    )


def _cell(value: Cell, style: Style, number: bool, scale: tuple[float, float] | None, clock: Clock) -> CellView:  # noqa: FBT001
    one = shown(value, style, clock, scale)
    share = share_of(value, style, scale) if style.cell == "gauge" and isinstance(value, float) else -1.0
    return CellView(one.words, one.colour, number, style.cell, share)


def last_values(outcome: PanelOutcome, clock: Clock) -> TableView | None:
    """The last value of each series: what a panel of a kind that is not drawn here has to say."""
    series = named_series(outcome)
    if not series:
        return None
    rows = [
        [
            CellView(each.name, "", number=False, style=""),
            CellView(shown(reduced(each.values, "last"), each.style, clock).words, "", number=True, style=""),
        ]
        for each in series[:ROWS_AT_MOST]
    ]
    return TableView([("", False), ("", True)], rows, max(len(series) - ROWS_AT_MOST, 0))
