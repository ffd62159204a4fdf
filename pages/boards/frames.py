"""Tables before they are shown: columns of one length, as Grafana calls them a frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Cell = float | str | None
TIME = "Time"
VALUE = "Value"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a frame.

    Attributes:
        name: By which transformations and overrides know it.
        shown: What its head says instead; empty for the name.
        labels: Of the series that it comes from.
    """

    name: str
    cells: tuple[Cell, ...]
    shown: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """A table; all columns are equally long."""

    columns: tuple[Column, ...]
    ref: str = ""

    @property
    def length(self) -> int:
        """How many rows it has."""
        return max((len(each.cells) for each in self.columns), default=0)

    def row(self, place: int) -> dict[str, Cell]:
        """One row by the names of its columns."""
        return {each.name: each.cells[place] for each in self.columns}
