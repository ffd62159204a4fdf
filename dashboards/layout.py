"""Where each panel stands: from left to right, a new line where one is full."""

from collections.abc import Iterator, Sequence

from dashboards.board import Panel

COLUMNS = 24


def places(panels: Sequence[Panel], line: int) -> Iterator[tuple[Panel, int, int]]:
    """Each panel with its column and line, from `line` on."""
    column = height = 0
    for panel in panels:
        if column + panel.width > COLUMNS:
            line, column, height = line + height, 0, 0
        yield panel, column, line
        column += panel.width
        height = max(height, panel.height)


def below(panels: Sequence[Panel], line: int) -> int:
    """The first line that they leave free."""
    return max((top + panel.height for panel, _, top in places(panels, line)), default=line)
