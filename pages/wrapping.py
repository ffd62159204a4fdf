"""Lines of a terminal: Chinese may break between any two characters, a number stays with its unit."""

import re

from rich.cells import cell_len, chop_cells
from rich.text import Text

from pages.figures import UNIT

_HAN = "\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_OPENING = "（《“「【"
_CLOSING = "，。；：、）？！》”」】…"
_PIECE = re.compile(
    rf"[{_OPENING}]*(?:\d[\d.,]* {UNIT}|[{_HAN}]|[^\s{_HAN}{_OPENING}{_CLOSING}]+)?[^\s{_HAN}{_OPENING}\w]*\s*"
)


def wrap(text: Text, width: int) -> list[Text]:
    """The text in lines of at most `width` cells, without spaces at their ends.

    Args:
        text: With its styles; its own line breaks stay.
        width: At least 2, since a Chinese character takes two cells.
    """
    lines = []
    for paragraph in text.split("\n", allow_blank=True):
        paragraph.expand_tabs(8)
        for line in paragraph.divide(_breaks(paragraph.plain, width)):
            line.rstrip()
            lines.append(line)
    return lines


def _breaks(plain: str, width: int) -> list[int]:
    """Where lines end."""
    breaks = []
    taken = 0
    for match in _PIECE.finditer(plain):
        piece = match.group()
        size = cell_len(piece.rstrip())
        if taken and taken + size > width:
            breaks.append(match.start())
            taken = 0
        if size > width:
            *full, rest = chop_cells(piece.rstrip(), width)
            place = match.start()
            for part in full:
                place += len(part)
                breaks.append(place)
            taken = cell_len(rest) + cell_len(piece) - size
        else:
            taken += cell_len(piece)
    return breaks
