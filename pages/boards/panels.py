"""A panel's view: its body by its kind, and what its queries have to say for themselves."""

import re
from collections.abc import Iterator, Mapping, Sequence

from facts.board_answers import AnnotationOutcome, PanelOutcome, State, TargetOutcome
from facts.boards import Link
from facts.message import Message, msg
from pages.boards.figures import band_view, bar_view, stat_view
from pages.boards.grids import last_values, table_view
from pages.boards.prose import blocks
from pages.boards.timeseries import CURVES_AT_MOST, graph_view
from pages.boards.values import NOTHING, Clock, shown
from pages.boards.views import Body, NothingView, PanelView, ProseView, Trouble

_BOARD = re.compile(r"/d/([\w-]+)")
# Names that end so are examples: nobody answers there.
_WEB = re.compile(r"https?://(?![^/\s]*\.example(?:[:/]|\Z))[^\s\"'<>${}]+\Z")
_GRAPHS = frozenset({"timeseries", "graph", "trend"})
_BARS = frozenset({"bargauge", "gauge"})
_BANDS = frozenset({"state-timeline", "status-history"})
_SHAPES = {
    "GraphView": "graph",
    "StatView": "stat",
    "BarView": "bars",
    "TableView": "table",
    "BandView": "bands",
    "ProseView": "prose",
    "NothingView": "nothing",
}
# Others are shown by their last values.
DRAWN = _GRAPHS | _BARS | _BANDS | {"stat", "table", "text", "row"}


def panel_view(
    outcome: PanelOutcome,
    anchor: str,
    annotations: Sequence[AnnotationOutcome],
    clock: Clock,
    boards: Mapping[str, str],
) -> PanelView:
    """Everything that the page shows of a panel.

    Args:
        outcome: The panel and its answers.
        anchor: Its name within the page.
        annotations: Marked in charts over time.
        clock: For dates.
        boards: Anchors of the boards on this page by their uid.
    """
    panel = outcome.panel
    body, notes = _body(outcome, annotations, clock)
    nothing = shown(None, panel.style, clock)
    shown_body = body or NothingView("" if nothing.words == NOTHING else nothing.words, nothing.colour)
    return PanelView(
        anchor=anchor,
        title=outcome.title,
        description=panel.description,
        kind=panel.kind,
        x=panel.place.x + 1,
        width=panel.place.width,
        height=panel.place.height,
        state=state_word(outcome),
        body=shown_body,
        shape=_SHAPES[type(shown_body).__name__],
        troubles=tuple(_troubles(outcome)),
        notes=notes,
        links=[(each.title, there) for each in panel.links if (there := _there(each, boards))],
    )


def _there(link: Link, boards: Mapping[str, str]) -> str:
    """Where a link leads from this page; empty where it leads nowhere."""
    if match := _BOARD.match(link.address):
        anchor = boards.get(match.group(1))
        return f"#{anchor}" if anchor else ""
    return link.address if _WEB.match(link.address) else ""


def state_word(outcome: PanelOutcome) -> str:
    """`failed`, `empty`, `alive`, or `plain` for a panel that asks nothing."""
    state = outcome.state
    if state is State.NOT_ASKED:
        return "plain"
    return "failed" if state.failed else "empty" if state.dead else "alive"


def _body(
    outcome: PanelOutcome, annotations: Sequence[AnnotationOutcome], clock: Clock
) -> tuple[Body | None, list[Message]]:
    panel = outcome.panel
    body: Body | None
    notes: list[Message] = []
    if panel.kind == "text":
        return ProseView(blocks(panel.content)), []
    if panel.kind in _GRAPHS:
        body = graph_view(outcome, annotations, clock)
        count = sum(len(each.lines) for each in outcome.targets)
        if body and count > CURVES_AT_MOST:
            notes.append(msg("the first {drawn} of {count} series are drawn", drawn=CURVES_AT_MOST, count=count))
    elif panel.kind == "stat":
        body = stat_view(outcome, clock)
    elif panel.kind in _BARS:
        body = bar_view(outcome, clock)
    elif panel.kind in _BANDS:
        body = band_view(outcome, clock)
    elif panel.kind == "table":
        body, notes = table_view(outcome, clock)
    else:
        body = last_values(outcome, clock)
        notes.append(msg("a panel of the kind {kind} is shown by its last values here", kind=panel.kind or "?"))
    return body, notes


def _troubles(outcome: PanelOutcome) -> Iterator[Trouble]:
    """What each query that did not bring everything says: those that cannot work, then those that brought nothing."""
    found = [trouble for each in outcome.targets if (trouble := _trouble(each)) is not None]
    yield from sorted(found, key=lambda each: not each.grave)


def _trouble(outcome: TargetOutcome) -> Trouble | None:
    said: Message | None
    if outcome.state is State.ERROR:
        said = outcome.reason or msg("the query failed")
    elif outcome.unknown_metrics:
        said = msg("this Prometheus has no series of {names}", names=", ".join(outcome.unknown_metrics))
    elif outcome.state is State.EMPTY:
        said = msg("the query is right and brings nothing")
    elif outcome.state is State.ALL_NAN:
        said = msg("the query brings nothing but NaN")
    elif outcome.state is State.NOT_ASKED:
        said = outcome.reason
    elif outcome.left_out:
        said = msg("{count} more series were left out", count=outcome.left_out)
    else:
        said = next(iter(outcome.warnings), None)
    if said is None:
        return None
    return Trouble(ref=outcome.target.ref, said=said, expression=outcome.expression, grave=outcome.state.failed)
