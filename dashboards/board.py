"""What a board is before it is drawn: rows of panels, each with its queries, in no language yet."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NotRequired, Required, TypedDict

from facts.message import Message


class Source(StrEnum):
    """Whose metrics a board reads."""

    TENFOLD = "tenfold"
    EXPORTERS = "exporters"


class Kind(StrEnum):
    """How a panel shows its figures, by Grafana's names."""

    TIME_SERIES = "timeseries"
    STAT = "stat"
    TABLE = "table"
    BAR_GAUGE = "bargauge"
    STATE_TIMELINE = "state-timeline"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Query:
    """One expression.

    Attributes:
        expr: PromQL without the matchers of the board's variables, which every selector gets when it is drawn.
        legend: What a series is called; `{{label}}` is the label's value.
    """

    expr: str
    legend: Message | str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """From this value on, this colour."""

    value: float
    color: str


@dataclass(frozen=True, slots=True)
class Word:
    """What is shown in the place of a value."""

    value: str
    text: Message | str
    color: str


@dataclass(frozen=True, slots=True)
class Link:
    """From a panel to where its cause is shown, or to a page of the documentation.

    Attributes:
        board: The stem of another board; "" for none.
        page: A page below the documentation; "" for none.
    """

    title: Message
    board: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        unit: By Grafana's identifiers.
        ours: Queries of the metrics that `tenfold serve` gives.
        theirs: Of those that the exporters give that a mall has already; without any, the panel is left out of their boards.
        base: The colour below the first step.
        steps: Thresholds, ascending.
        words: Shown in the place of values.
        nothing: Shown where there is no value.
        alarming: That there is no value is as bad as a bad one.
        content: Of a text.
        columns: Of a table: label and heading; `Value` is the value's own.
        stacked: One series upon the other.
        limit: The upper end of the axis; None lets Grafana choose.
        many: So many series that the legend is a table at the side.
        slow: Its metrics are read once a minute, so that no step may be shorter than two.
    """

    kind: Kind
    title: Message
    description: Message
    unit: str
    ours: tuple[Query, ...] = ()
    theirs: tuple[Query, ...] = ()
    links: tuple[Link, ...] = ()
    base: str = "green"
    steps: tuple[Step, ...] = ()
    words: tuple[Word, ...] = ()
    nothing: Message | None = None
    alarming: bool = False
    content: Message | None = None
    columns: tuple[tuple[str, Message | str], ...] = ()
    stacked: bool = False
    limit: float | None = None
    many: bool = False
    slow: bool = False
    width: int = 8
    height: int = 7

    def queries(self, source: Source) -> tuple[Query, ...]:
        """Those of one source."""
        return self.ours if source is Source.TENFOLD else self.theirs


class TypedPanel(TypedDict):
    """What the functions that make a panel pass on to it."""

    unit: Required[str]
    ours: NotRequired[tuple[Query, ...]]
    theirs: NotRequired[tuple[Query, ...]]
    links: NotRequired[tuple[Link, ...]]
    base: NotRequired[str]
    steps: NotRequired[tuple[Step, ...]]
    words: NotRequired[tuple[Word, ...]]
    nothing: NotRequired[Message]
    alarming: NotRequired[bool]
    columns: NotRequired[tuple[tuple[str, Message | str], ...]]
    stacked: NotRequired[bool]
    limit: NotRequired[float]
    many: NotRequired[bool]
    slow: NotRequired[bool]
    width: NotRequired[int]
    height: NotRequired[int]


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading."""

    title: Message
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the board's variables choose from.

    Attributes:
        seen: Metrics that say which jobs and instances there are.
        target: A metric that says which targets there are; "" for a board without that variable.
    """

    seen: tuple[str, ...]
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One board.

    Attributes:
        stem: Of its file; `tenfold-` before it makes the uid.
        scope: Of its variables.
        since: Where the time begins that it shows first.
        theirs: Stem and scope of the same board for the exporters that a mall has already; None where there is none.
    """

    stem: str
    title: Message
    description: Message
    rows: tuple[Row, ...]
    scope: Scope
    since: str = "now-1h"
    theirs: tuple[str, Scope] | None = None
