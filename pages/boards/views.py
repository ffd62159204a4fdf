"""What the page shows of a panel: records for its template, with every figure already in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from facts.message import Message
from pages.boards.graph import Graph


@dataclass(frozen=True, slots=True)
class LegendRow:
    """One series in a legend."""

    kind: str
    name: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GraphView:
    """A chart over time.

    Attributes:
        heads: What the legend's figures are.
        rows, more: Its rows, those at once and those to unfold.
    """

    graphs: tuple[Graph, ...]
    heads: tuple[Message, ...]
    rows: Sequence[LegendRow]
    more: Sequence[LegendRow]


@dataclass(frozen=True, slots=True)
class StatValue:
    """One large value; `spark` is its course as a path in 100 by 30."""

    name: str
    words: str
    colour: str
    spark: str


@dataclass(frozen=True, slots=True)
class StatView:
    """Large values."""

    values: Sequence[StatValue]
    background: bool
    more: int


@dataclass(frozen=True, slots=True)
class BarRow:
    """A value as the length of a bar."""

    name: str
    words: str
    colour: str
    share: float


@dataclass(frozen=True, slots=True)
class BarView:
    """Bars, one below the other."""

    rows: Sequence[BarRow]
    more: int


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell of a table; `share` is the length of its bar, below 0 where it has none."""

    words: str
    colour: str
    number: bool
    style: str
    share: float = -1.0


@dataclass(frozen=True, slots=True)
class TableView:
    """A table; `more` rows were left out."""

    heads: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[CellView]]
    more: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one state, in a strip of 1,000 by 10."""

    x: float
    width: float
    colour: str
    words: str


@dataclass(frozen=True, slots=True)
class Band:
    """The states of one series over time."""

    name: str
    stretches: Sequence[Stretch]
    last: str


@dataclass(frozen=True, slots=True)
class BandView:
    """States over time, with the words of the time axis and of the colours."""

    bands: Sequence[Band]
    times: Sequence[str]
    keys: Sequence[tuple[str, str]]
    more: int


@dataclass(frozen=True, slots=True)
class ProseView:
    """Words: blocks of (kind, text), kind being `h`, `li` or `p`; the text is markup of ours."""

    blocks: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class NothingView:
    """Nothing to show: what the board says to that, in which colour."""

    words: str
    colour: str = ""


Body = GraphView | StatView | BarView | TableView | BandView | ProseView | NothingView


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What a query of the panel has to say for itself.

    Attributes:
        grave: It cannot work; else it only brought nothing, or not all.
    """

    ref: str
    said: Message
    expression: str
    grave: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelView:
    """One panel on the page.

    Attributes:
        anchor: By which it is linked to.
        state: `alive`, `empty`, `failed` or `plain` (a panel that asks nothing).
        troubles: Of its queries.
        notes: What of it is drawn otherwise than Grafana draws it.
        links: Title and address, within the page or in the web.
    """

    anchor: str
    title: str
    description: str
    kind: str
    x: int
    width: int
    height: int
    state: str
    body: Body
    shape: str
    troubles: Sequence[Trouble] = ()
    notes: Sequence[Message] = ()
    links: Sequence[tuple[str, str]] = ()
