"""A Grafana dashboard as it was read from its JSON: what it asks, and how it wants the answers shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

COLUMNS = 24


@dataclass(frozen=True, slots=True)
class Step:
    """A threshold.

    Attributes:
        above: From this value on; None for the lowest.
        colour: As Grafana calls it, or `#rrggbb`.
    """

    above: float | None
    colour: str


@dataclass(frozen=True, slots=True)
class ValueWords:
    """What is shown instead of a value.

    Attributes:
        kind: `value`, `range`, `regex` or `special`.
        match: The value's text, the expression, or the special kind: `null`, `nan`, `null+nan`, `true`, `false`, `empty`.
        low, high: Ends of a range; None where it is open.
        text: Shown instead; empty leaves the value.
        colour: Shown in this colour; empty leaves it.
    """

    kind: str
    match: str = ""
    low: float | None = None
    high: float | None = None
    text: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the values of a series or a column are shown.

    Attributes:
        unit: Grafana's name of the unit.
        decimals: Fixed number of them; None chooses by the value.
        low, high: The ends of the scale.
        steps: Thresholds from the lowest up.
        percentage: The thresholds are per cent of the scale.
        words: Values that have words.
        name: Instead of the series' own name.
        colour: Fixed; empty: by the palette or the thresholds.
        by_threshold: Coloured by the thresholds.
        no_value: What is shown when nothing came.
        hidden: Not shown at all.
        cell: How a table shows it: `color-background`, `color-text`, `gauge`, or empty.
    """

    unit: str = ""
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    steps: tuple[Step, ...] = ()
    percentage: bool = False
    words: tuple[ValueWords, ...] = ()
    name: str = ""
    colour: str = ""
    by_threshold: bool = False
    no_value: str = ""
    hidden: bool = False
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """A change of style for some series or columns.

    Attributes:
        kind: `byName`, `byRegexp`, `byFrameRefID` or `byType`.
        match: What the kind compares with.
        changes: Fields of `Style`.
    """

    kind: str
    match: str
    changes: Mapping[str, Any]

    def applied(self, style: Style) -> Style:
        """The style with the changes."""
        return replace(style, **self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One query of a panel.

    Attributes:
        ref: Its letter.
        legend: `{{label}}` template of the series' names; `__auto` or empty: by labels.
        instant: One value at the end of the range instead of a series.
        table: Its labels become columns.
        min_step: Grafana's own least step; may be a variable.
        hidden: Switched off in the board.
        source: The kind of its data source; empty is the board's.
    """

    ref: str
    expression: str
    legend: str = ""
    instant: bool = False
    table: bool = False
    min_step: str = ""
    hidden: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a panel stands: columns of 24, rows of Grafana's grid."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Transformation:
    """A step between the answers and a table."""

    kind: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """Where a panel leads to."""

    title: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        kind: Grafana's type: `timeseries`, `stat`, `row`, …
        reducers: How a series becomes one value, as Grafana calls it.
        each_row: Every row of an instant answer is a value of its own.
        legend: What the legend says of each series; None: there is no legend.
        stacking: `none`, `normal` or `percent`.
        filled: Share of the area's opacity.
        drawn_as: `line`, `bars` or `points`.
        threshold_lines: Thresholds are drawn into the chart.
        joined: Gaps are bridged.
        sparkline: A stat shows its course.
        background: A stat is coloured as a whole.
        content: Of a text panel.
        max_points: None: by the panel's width.
        min_interval: Grafana's own least interval.
        time_from: A range of its own.
        repeat: The variable for each of whose values the panel stands there.
    """

    id: int
    kind: str
    title: str = ""
    description: str = ""
    place: Place
    targets: tuple[Target, ...] = ()
    style: Style = field(default_factory=Style)
    overrides: tuple[Override, ...] = ()
    transformations: tuple[Transformation, ...] = ()
    reducers: tuple[str, ...] = ("lastNotNull",)
    each_row: bool = False
    legend: tuple[str, ...] | None = ()
    stacking: str = "none"
    filled: float = 0.0
    drawn_as: str = "line"
    threshold_lines: bool = False
    joined: bool = False
    sparkline: bool = False
    background: bool = False
    content: str = ""
    links: tuple[Link, ...] = ()
    max_points: int | None = None
    min_interval: str = ""
    time_from: str = ""
    repeat: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A choice at the top of the board.

    Attributes:
        kind: `query`, `datasource`, `custom`, `constant`, `interval` or `textbox`.
        query: What it asks, or its values.
        filter: Regular expression over the values that came.
        all_value: What "All" means in a query; empty: every value.
        current: The values that the board was saved with; `$__all` is "All".
    """

    name: str
    kind: str
    label: str = ""
    query: str = ""
    filter: str = ""
    sort: int = 0
    multi: bool = False
    include_all: bool = False
    all_value: str = ""
    current: tuple[str, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """Moments that are marked in every chart."""

    name: str
    expression: str
    colour: str = ""
    step: str = ""
    title: str = ""
    text: str = ""
    tags: tuple[str, ...] = ()
    value_is_time: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard."""

    uid: str
    title: str
    description: str = ""
    tags: tuple[str, ...] = ()
    time_from: str = ""
    panels: tuple[Panel, ...] = ()
    variables: tuple[Variable, ...] = ()
    annotations: tuple[Annotation, ...] = ()
