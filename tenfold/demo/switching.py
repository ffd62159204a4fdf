"""Lists the practice mall's faults and switches them in a mall that is open."""

import difflib
from pathlib import Path

from rich.table import Table

from mall import FAULTS, Mall, attach
from tenfold.cli.options import Terminal
from tenfold.exits import CommandError
from tenfold.words import _, say


def list_faults(terminal: Terminal, folder: Path) -> None:
    """Every fault with what must be said about it, and which are on where a mall is open."""
    try:
        on = attach(folder).faults_on()
    except FileNotFoundError:
        on = frozenset()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in (_("Fault"), _("On"), _("Code"), _("What it does")):
        table.add_column(title, overflow="fold")
    for fault in FAULTS:
        table.add_row(fault.name, "●" if fault.name in on else "", fault.code or "–", say(fault.hurts))
    terminal.out.print(table)


def switch(folder: Path, name: str, *, on: bool) -> None:
    """Switches one fault of the open mall.

    Raises:
        CommandError: No mall is open there, or there is no such fault.
    """
    mall = _open_mall(folder)
    try:
        mall.turn(name, on=on)
    except KeyError:
        near = difflib.get_close_matches(name, [fault.name for fault in FAULTS], n=1)
        raise CommandError(
            _("There is no fault {name}.").format(name=repr(name)),
            _("Did you mean {name}?").format(name=near[0]) if near else _("All faults: tenfold demo faults"),
        ) from None


def _open_mall(folder: Path) -> Mall:
    try:
        return attach(folder)
    except FileNotFoundError:
        raise CommandError(
            _("No practice mall is open in {folder}.").format(folder=folder), _("Open one with: tenfold demo --keep")
        ) from None
