"""The series of a panel in the order of its queries, each with its name and its style."""

from collections.abc import Iterator
from dataclasses import dataclass

from facts.board_answers import Line, PanelOutcome, TargetOutcome
from facts.boards import Style
from pages.boards.names import series_name, shown_name, style_for


@dataclass(frozen=True, slots=True)
class Named:
    """One series.

    Attributes:
        step: Seconds between its points; 0 where there is one.
    """

    name: str
    style: Style
    line: Line
    step: float

    @property
    def values(self) -> tuple[float, ...]:
        """Its values in order."""
        return tuple(value for _at, value in self.line.points)


def named_series(outcome: PanelOutcome) -> list[Named]:
    """All series that the board does not hide."""
    return [each for each in _all(outcome) if not each.style.hidden]


def _all(outcome: PanelOutcome) -> Iterator[Named]:
    for target in outcome.targets:
        for line in target.lines:
            yield _named(outcome, target, line)


def _named(outcome: PanelOutcome, target: TargetOutcome, line: Line) -> Named:
    name = series_name(target, line)
    style = style_for(outcome.panel, name, target.target.ref)
    return Named(shown_name(style, name, line.labels), style, line, target.step)
