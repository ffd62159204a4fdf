"""A board against a Prometheus: every query, variable and annotation with its outcome."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboards.promql import PromqlError, selectors
from facts.board_answers import (
    AnnotationOutcome,
    BoardEvaluation,
    Mark,
    PanelOutcome,
    State,
    TargetOutcome,
    state_of,
)
from facts.boards import COLUMNS, Annotation, Board, Panel, Place, Target
from facts.message import msg
from pages.boards.names import filled
from tenfold.dashboarding.document import read_board
from tenfold.dashboarding.interpolation import Values
from tenfold.dashboarding.intervals import SCRAPE_SECONDS, Windows, relative_seconds, seconds_of, windows
from tenfold.dashboarding.prometheus import Answer, Prometheus, QueryError
from tenfold.dashboarding.variables import resolve

HOUR = 3600.0
# A board as wide as a desk's screen.
WIDTH = 1400
MARKS_AT_MOST = 200
REPEATS_AT_MOST = 12
# What stands for an answer of its own, without a query.
_SILENT = frozenset({"row", "text", "dashlist", "news", "welcome"})
_ANNOTATION_STEP = 60.0

Noted = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Asking:
    """Everything that a query of the board needs."""

    prometheus: Prometheus
    values: Values
    names: frozenset[str] | None
    start: float
    end: float
    scrape: float

    def windows(self, panel: Panel, target: Target) -> Windows:
        """What its time words stand for."""
        span = seconds_of(panel.time_from) or self.end - self.start
        points = panel.max_points or WIDTH * panel.place.width // COLUMNS
        least = self.values.fill(panel.min_interval)
        return windows(span, points, least=least, min_step=self.values.fill(target.min_step), scrape=self.scrape)

    def unknown(self, expression: str) -> tuple[str, ...]:
        """The metrics in it that the server has no series of."""
        if self.names is None:
            return ()
        try:
            named = dict.fromkeys(each.metric for each in selectors(expression))
        except PromqlError:
            # Prometheus says it better.
            return ()
        return tuple(each for each in named if each not in self.names)


def evaluate(
    document: Mapping[str, Any] | Board,
    prometheus: Prometheus,
    *,
    span: float | None = None,
    end: float | None = None,
    chosen: Mapping[str, Sequence[str]] | None = None,
    scrape_seconds: float = SCRAPE_SECONDS,
    noted: Noted = lambda _title: None,
) -> BoardEvaluation:
    """Asks everything that Grafana would ask for this board.

    Args:
        document: Grafana's classic JSON, or the board read from it.
        prometheus: Who is asked.
        span: Seconds shown; None takes the board's own range, else an hour.
        end: The last moment, in seconds since 1970; None is now.
        chosen: Values of variables by their name, instead of those that the board was saved with.
        scrape_seconds: What Grafana's data source has as its scrape interval.
        noted: Told the title of each panel before it is asked.

    Raises:
        DocumentError: The document is no dashboard.
    """
    board = document if isinstance(document, Board) else read_board(document)
    until = time.time() if end is None else end
    since = until - (span or relative_seconds(board.time_from) or HOUR)
    words = windows(until - since, WIDTH, scrape=scrape_seconds).words()
    names = _names(prometheus, since, until)
    outcomes, values = resolve(board.variables, prometheus, span=(since, until), words=words, wanted=chosen or {})
    asking = _Asking(prometheus, values, names, since, until, scrape_seconds)
    panels = []
    for panel, own in _repeated(board.panels, values):
        noted(values.fill(panel.title, shown=True))
        panels.append(_panel(panel, replace(asking, values=own)))
    annotations = tuple(_annotation(each, asking, words) for each in board.annotations if each.enabled)
    return BoardEvaluation(
        board=board,
        start=since,
        end=until,
        panels=tuple(panels),
        variables=tuple(outcomes),
        annotations=annotations,
    )


def _names(prometheus: Prometheus, start: float, end: float) -> frozenset[str] | None:
    """Every metric that the server has; None where it would not say."""
    try:
        return prometheus.metric_names(start, end)
    except QueryError:
        return None


def _repeated(panels: Sequence[Panel], values: Values) -> list[tuple[Panel, Values]]:
    """The panels, and one for each value where a panel is to be repeated; those share its line."""
    found: list[tuple[Panel, Values]] = []
    for panel in panels:
        value = values.known.get(panel.repeat)
        if value is None or not value.texts or panel.kind == "row":
            found.append((panel, values))
            continue
        texts = value.texts[:REPEATS_AT_MOST]
        width = max(COLUMNS // len(texts), COLUMNS // 4)
        for position, text in enumerate(texts):
            own = Values({**values.known, panel.repeat: replace(value, texts=(text,), verbatim="")})
            place = Place(position * width % COLUMNS, panel.place.y, width, panel.place.height)
            found.append((replace(panel, place=place), own))
    return found


def _panel(panel: Panel, asking: _Asking) -> PanelOutcome:
    span = seconds_of(panel.time_from) or asking.end - asking.start
    shown = replace(
        panel,
        description=asking.values.fill(panel.description, shown=True),
        content=asking.values.fill(panel.content, shown=True),
        links=tuple(replace(each, address=asking.values.fill(each.address)) for each in panel.links),
    )
    targets = () if panel.kind in _SILENT else panel.targets
    return PanelOutcome(
        panel=shown,
        title=asking.values.fill(panel.title, shown=True),
        targets=tuple(_target(panel, each, asking) for each in targets),
        start=asking.end - span,
        end=asking.end,
    )


def _target(panel: Panel, target: Target, asking: _Asking) -> TargetOutcome:
    found = asking.windows(panel, target)
    expression = asking.values.fill(target.expression, found.words())
    filled = replace(target, legend=asking.values.fill(target.legend, shown=True))
    if target.hidden or target.source:
        reason = (
            msg("its data source is {source}, not Prometheus", source=target.source)
            if target.source
            else msg("it is switched off in the board")
        )
        return TargetOutcome(target=filled, expression=expression, state=State.NOT_ASKED, reason=reason)
    if not expression.strip():
        return TargetOutcome(target=filled, expression="", state=State.ERROR, reason=msg("the query has no expression"))
    step = 0.0 if target.instant else found.step
    try:
        answer = _asked(asking, expression, found.span, step)
    except QueryError as error:
        return TargetOutcome(target=filled, expression=expression, state=State.ERROR, reason=error.said, step=step)
    unknown = asking.unknown(expression)
    state = state_of(answer.lines)
    return TargetOutcome(
        target=filled,
        expression=expression,
        state=State.UNKNOWN_METRIC if state is State.EMPTY and unknown else state,
        unknown_metrics=unknown,
        warnings=answer.warnings,
        lines=answer.lines,
        step=step,
        left_out=answer.left_out,
    )


def _asked(asking: _Asking, expression: str, span: float, step: float) -> Answer:
    if not step:
        return asking.prometheus.instant(expression, asking.end)
    # As Grafana does, so that the same points come whenever one asks.
    start, end = (math.floor(each / step) * step for each in (asking.end - span, asking.end))
    return asking.prometheus.range(expression, start, end, step)


def _annotation(annotation: Annotation, asking: _Asking, words: Mapping[str, str]) -> AnnotationOutcome:
    step = seconds_of(annotation.step) or _ANNOTATION_STEP
    expression = asking.values.fill(annotation.expression, words)
    try:
        answer = _asked(asking, expression, asking.end - asking.start, step)
    except QueryError as error:
        return AnnotationOutcome(annotation=annotation, expression=expression, state=State.ERROR, reason=error.said)
    marks = sorted(_marks(annotation, answer, asking, step), key=lambda each: each.start)
    unknown = asking.unknown(expression)
    return AnnotationOutcome(
        annotation=annotation,
        expression=expression,
        state=State.ALIVE if marks else State.UNKNOWN_METRIC if unknown else State.EMPTY,
        unknown_metrics=unknown,
        marks=tuple(marks[-MARKS_AT_MOST:]),
    )


def _marks(annotation: Annotation, answer: Answer, asking: _Asking, step: float) -> list[Mark]:
    """A mark for each stretch of points that are not 0, or at each time that a value is."""
    found: list[Mark] = []
    for line in answer.lines:
        words = _mark_words(annotation, line.labels, asking.values)
        moments = [at for at, value in line.points if value and not math.isnan(value)]
        if annotation.value_is_time:
            times = {value / 1000 for _at, value in line.points if math.isfinite(value)}
            found += [Mark(at, at, words) for at in times if asking.start <= at <= asking.end]
            continue
        begun = last = None
        for at in moments:
            if begun is None or last is None or at - last > step * 1.5:
                if begun is not None and last is not None:
                    found.append(Mark(begun, last, words))
                begun = at
            last = at
        if begun is not None and last is not None:
            found.append(Mark(begun, last, words))
    return found


def _mark_words(annotation: Annotation, labels: Mapping[str, str], values: Values) -> str:
    parts = [filled(values.fill(text, shown=True), labels) for text in (annotation.title, annotation.text)]
    tags = [labels[each] for each in annotation.tags if each in labels]
    return " · ".join(each for each in (*parts, *tags) if each) or annotation.name
