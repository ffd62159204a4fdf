"""The preview page: dashboards with their answers, as one self-contained HTML file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from facts.board_answers import AnnotationOutcome, BoardEvaluation, State, VariableOutcome
from facts.message import Message, msg
from pages.boards.panels import panel_view
from pages.boards.values import Clock
from pages.boards.views import PanelView
from pages.html.frame import FOLDER as SHARED
from pages.html.frame import render
from pages.translation import Language, translator

STYLES = (SHARED / "report.css", Path(__file__).parent / "boards.css")
_CHOSEN_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class Section:
    """Panels below one heading; the first section of a board may have none."""

    title: str
    panels: Sequence[PanelView]


@dataclass(frozen=True, slots=True)
class Choice:
    """A variable with what is chosen."""

    label: str
    chosen: str
    said: Message | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """One board on the page."""

    anchor: str
    title: str
    description: str
    span: str
    choices: Sequence[Choice]
    sections: Sequence[Section]
    dead: Sequence[PanelView]
    alive: int
    empty: int
    failed: int
    annotations: Sequence[tuple[AnnotationOutcome, Message]]


def boards_page(evaluations: Sequence[BoardEvaluation], source: str, language: Language, *, zone: tzinfo = UTC) -> str:
    """The page as HTML. All text from outside is escaped, and its policy allows no request.

    Args:
        evaluations: The boards, in the order in which they are shown.
        source: The Prometheus that was asked, without its password.
        language: Of our own sentences; the boards' words stay as they are.
        zone: Of every time.
    """
    say = translator(language)
    anchors = {each.board.uid: f"board{place}" for place, each in enumerate(evaluations, start=1)}
    views = [_board(each, place, zone, anchors) for place, each in enumerate(evaluations, start=1)]
    latest = max((each.end for each in evaluations), default=0.0)
    return render(
        "boards/boards.html.j2",
        language,
        say,
        styles=STYLES,
        scripts=(SHARED / "page.js",),
        boards=views,
        source=source,
        taken=datetime.fromtimestamp(latest, zone).strftime("%Y-%m-%d %H:%M %Z"),
        alive=sum(each.alive for each in views),
        empty=sum(each.empty for each in views),
        failed=sum(each.failed for each in views),
    )


def _board(evaluation: BoardEvaluation, number: int, zone: tzinfo, anchors: Mapping[str, str]) -> BoardView:
    clock = Clock(evaluation.end, zone)
    board = evaluation.board
    sections = list(_sections(evaluation, number, clock, anchors))
    return BoardView(
        anchor=f"board{number}",
        title=board.title,
        description=board.description,
        span=_span(evaluation, zone),
        choices=[_choice(each) for each in evaluation.variables if not each.variable.hidden],
        sections=sections,
        dead=[panel for each in sections for panel in each.panels if panel.state in {"empty", "failed"}],
        alive=len(evaluation.alive),
        empty=len(evaluation.empty),
        failed=len(evaluation.failed),
        annotations=[(each, _annotation(each)) for each in evaluation.annotations],
    )


def _sections(evaluation: BoardEvaluation, number: int, clock: Clock, anchors: Mapping[str, str]) -> Iterator[Section]:
    """The panels below their row's heading, in the order in which they are read."""
    title = ""
    panels: list[PanelView] = []
    outcomes = sorted(
        enumerate(evaluation.panels), key=lambda pair: (pair[1].panel.place.y, pair[1].panel.place.x, pair[0])
    )
    for position, outcome in outcomes:
        if outcome.panel.kind == "row":
            if panels or title:
                yield Section(title, panels)
            title, panels = outcome.title, []
        else:
            panels.append(panel_view(outcome, f"b{number}p{position}", evaluation.annotations, clock, anchors))
    if panels or title:
        yield Section(title, panels)


def _span(evaluation: BoardEvaluation, zone: tzinfo) -> str:
    start, end = (datetime.fromtimestamp(each, zone) for each in (evaluation.start, evaluation.end))
    ending = "%H:%M:%S" if start.date() == end.date() else "%Y-%m-%d %H:%M:%S"
    return f"{start.strftime('%Y-%m-%d %H:%M:%S')} – {end.strftime(ending)} {end.strftime('%Z')}".strip()


def _choice(outcome: VariableOutcome) -> Choice:
    chosen = list(outcome.chosen[:_CHOSEN_AT_MOST])
    more = len(outcome.chosen) - len(chosen)
    words = ", ".join(chosen) + (f" + {more}" if more else "")
    said = outcome.reason
    if outcome.state is State.EMPTY:
        said = msg("Prometheus has no value for it")
    return Choice(outcome.variable.label or outcome.variable.name, words, said)


def _annotation(outcome: AnnotationOutcome) -> Message:
    if outcome.state is State.ERROR:
        return outcome.reason or msg("the query failed")
    # Where nothing was ever deployed, there is no such metric either.
    return msg("{count} in this time", count=len(outcome.marks)) if outcome.marks else msg("none")
