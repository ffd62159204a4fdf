"""What a Prometheus answered to a dashboard: each query, variable and annotation with its outcome."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from facts.boards import Annotation, Board, Panel, Target, Variable
from facts.message import Message


class State(StrEnum):
    """How a query ended."""

    ALIVE = "alive"
    EMPTY = "empty"
    ALL_NAN = "all NaN"
    UNKNOWN_METRIC = "unknown metric"
    ERROR = "error"
    NOT_ASKED = "not asked"  # switched off, or for another data source

    @property
    def failed(self) -> bool:
        """Whether the query itself is wrong, whatever the mall does."""
        return self in {State.ERROR, State.UNKNOWN_METRIC}

    @property
    def dead(self) -> bool:
        """Whether nothing can be shown."""
        return self not in {State.ALIVE, State.NOT_ASKED}


@dataclass(frozen=True, slots=True)
class Line:
    """One series of an answer; an instant answer has one point.

    Attributes:
        labels: Without the metric's name.
        metric: Its name; empty where the expression dropped it.
        points: (seconds since 1970, value), in order.
    """

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]
    metric: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOutcome:
    """What came of one query.

    Attributes:
        expression: As it was sent.
        reason: Why it did not answer.
        unknown_metrics: Names in the expression that this Prometheus has no series of; also of an alive one.
        warnings: What the server says is missing.
        step: Seconds between points; 0 for an instant answer.
        left_out: Series beyond the limit.
    """

    target: Target
    expression: str
    state: State
    reason: Message | None = None
    unknown_metrics: tuple[str, ...] = ()
    warnings: tuple[Message, ...] = ()
    lines: tuple[Line, ...] = ()
    step: float = 0.0
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelOutcome:
    """What came of one panel.

    Attributes:
        title: With the values of the variables in it.
        start, end: The range that it shows, in seconds since 1970.
    """

    panel: Panel
    title: str
    targets: tuple[TargetOutcome, ...]
    start: float
    end: float

    @property
    def asked(self) -> tuple[TargetOutcome, ...]:
        """The queries that were sent, or should have been."""
        return tuple(each for each in self.targets if each.state is not State.NOT_ASKED)

    @property
    def state(self) -> State:
        """A panel is as bad as a failed query of it, and alive as soon as one of the others brings something."""
        states = [each.state for each in self.asked]
        if not states:
            return State.NOT_ASKED
        for worst in (State.ERROR, State.UNKNOWN_METRIC):
            if worst in states:
                return worst
        return State.ALIVE if State.ALIVE in states else max(states, key=lambda each: each is State.ALL_NAN)

    @property
    def dead(self) -> bool:
        """Whether a reader of the board would see nothing, or nothing true."""
        return self.state.dead


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableOutcome:
    """What a variable offers, and what was chosen.

    Attributes:
        options: What came, as it is shown.
        chosen: The values that the queries are asked with.
        all_chosen: Whether that is "All".
        absent: Values that were asked for and are not on offer.
    """

    variable: Variable
    state: State
    expression: str = ""
    reason: Message | None = None
    options: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    all_chosen: bool = False
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment or a span."""

    start: float
    end: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationOutcome:
    """What an annotation marks; nothing at all is no fault."""

    annotation: Annotation
    expression: str
    state: State
    reason: Message | None = None
    unknown_metrics: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardEvaluation:
    """Everything that a board asked, and what it got."""

    board: Board
    start: float
    end: float
    panels: tuple[PanelOutcome, ...]
    variables: tuple[VariableOutcome, ...]
    annotations: tuple[AnnotationOutcome, ...]

    @property
    def alive(self) -> tuple[PanelOutcome, ...]:
        """Panels that show something."""
        return tuple(each for each in self.panels if each.state is State.ALIVE)

    @property
    def empty(self) -> tuple[PanelOutcome, ...]:
        """Panels whose queries are right and bring nothing."""
        return tuple(each for each in self.panels if each.dead and not each.state.failed)

    @property
    def failed(self) -> tuple[PanelOutcome, ...]:
        """Panels with a query that cannot work."""
        return tuple(each for each in self.panels if each.state.failed)

    @property
    def dead(self) -> tuple[PanelOutcome, ...]:
        """Panels that a reader would see nothing in."""
        return tuple(each for each in self.panels if each.dead)

    @property
    def foreign(self) -> bool:
        """Whether this Prometheus has none of what the board asks for: it is made for a mall with other exporters."""
        asked = [target for panel in self.panels for target in panel.asked]
        return bool(asked) and all(each.state is State.UNKNOWN_METRIC for each in asked)

    def problems(self, absent: Collection[str] = ()) -> Iterator[str]:
        """Everything that is not alive, down to the single query: what a test of "no dead panel" wants to be nothing.

        A query that is alive although it names a metric without any series is among them: `renamed or other` would hide a mistake.

        Args:
            absent: Metrics that may be missing here, such as those of standbys where there is none.
        """
        for panel in self.panels:
            for target in panel.asked:
                unknown = tuple(each for each in target.unknown_metrics if each not in absent)
                if target.state.dead or unknown:
                    where = f"panel {panel.panel.id} {panel.title!r} {target.target.ref}"
                    yield _problem(where, target.state, target.reason, unknown, target.expression)
        for variable in self.variables:
            if variable.state.dead:
                where = f"variable {variable.variable.name}"
                yield _problem(where, variable.state, variable.reason, (), variable.expression)
        for annotation in self.annotations:
            unknown = tuple(each for each in annotation.unknown_metrics if each not in absent)
            if annotation.state is State.ERROR or unknown:
                where = f"annotation {annotation.annotation.name!r}"
                yield _problem(where, annotation.state, annotation.reason, unknown, annotation.expression)


def _problem(where: str, state: State, reason: Message | None, unknown: tuple[str, ...], expression: str) -> str:
    parts = [f"{where}: {state}"]
    if unknown:
        parts.append(f"no series of {', '.join(unknown)}")
    elif reason is not None:
        parts.append(str(reason))
    return "; ".join(parts) + f": {expression}"


def state_of(lines: tuple[Line, ...]) -> State:
    """Alive as soon as one value is a number."""
    if not any(line.points for line in lines):
        return State.EMPTY
    if all(math.isnan(value) for line in lines for _time, value in line.points):
        return State.ALL_NAN
    return State.ALIVE
