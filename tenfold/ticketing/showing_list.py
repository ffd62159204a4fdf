"""A page of tickets, one line each, in whatever width the terminal has: the title gives way, and nothing is wrapped."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from pages.plain import harmless
from tenfold.ticketing.showing import moment, records, styled
from tenfold.words import _

# From so many columns on there is room for years and wider gaps.
WIDE = 100
# Owners and areas are cut before the title has fewer columns than these; however narrow it is, both keep something.
TITLE_WANTS, TITLE_AT_LEAST, NAME_AT_LEAST = 24, 16, 6
_OWNER, _AREA = 3, 4
_MOMENT = len("2026-11-11 00:03")


def print_list(found: Mapping[str, Any], console: Console, zone: str) -> None:
    """A page of tickets; where no terminal reads it, titles are whole."""
    items = records(found.get("items"))
    if not items:
        console.print(_("There is no such ticket."))
        return
    width = console.width if console.is_terminal or "COLUMNS" in os.environ else None
    for line in _lines(items, width, zone):
        console.print(line, soft_wrap=True)
    total = found.get("total")
    if isinstance(total, int) and total > len(items):
        console.print(_("{shown} of {total}; more with --page.").format(shown=len(items), total=total), style="dim")


def _lines(items: Sequence[Mapping[str, Any]], width: int | None, zone: str) -> list[Text]:
    is_wide = width is None or width >= WIDE
    gap = "  " if is_wide else " "
    year = datetime.now(ZoneInfo(zone)).year
    titles = [_("Ticket"), _("Urgency"), _("State"), _("Owner"), _("Area"), _("Opened"), _("Title")]
    rows = [[Text(each, "bold") for each in titles]]
    for each in items:
        opened = moment(each.get("opened_at"), zone)
        rows.append(
            [
                _text(each.get("name")), styled(each.get("urgency")), styled(each.get("state")),
                _text(each.get("owner") or "–"), _text(each.get("area") or "–"),
                Text(opened if is_wide else _short(opened, year)), _text(each.get("title")),
            ]
        )  # fmt: skip
    widths = [max(row[at].cell_len for row in rows) for at in range(len(titles) - 1)]
    rest = None
    if width is not None:
        room = width - len(gap) * len(widths)
        while room - sum(widths) < TITLE_WANTS and max(widths[_OWNER], widths[_AREA]) > NAME_AT_LEAST:
            widths[_OWNER if widths[_OWNER] > widths[_AREA] else _AREA] -= 1
        rest = max(room - sum(widths), TITLE_AT_LEAST)
    for row in rows:
        for cell, room in zip(row, widths, strict=False):
            cell.truncate(room, overflow="ellipsis", pad=True)
        if rest is not None:
            row[-1].truncate(rest, overflow="ellipsis")
    return [Text(gap).join(row) for row in rows]


def _text(stored: object) -> Text:
    """One line of what came from outside."""
    return Text(" ".join(harmless("" if stored is None else str(stored)).split()))


def _short(opened: str, year: int) -> str:
    """Without its year while that goes on, else without its time."""
    if len(opened) != _MOMENT:
        return opened
    return opened.removeprefix(f"{year}-") if opened.startswith(f"{year}-") else opened.partition(" ")[0]
