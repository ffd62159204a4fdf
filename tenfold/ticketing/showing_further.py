"""Files and first aid of a ticket, on a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from facts.quantities import size
from pages.plain import harmless
from pages.tickets.words import RUNS
from pages.tickets.words import word as word_of
from tenfold.ticketing.showing import Document, moment, records, table
from tenfold.words import _, say


def print_files(files: Sequence[Document], console: Console) -> None:
    """Each with the number by which it can be had."""
    if not files:
        console.print(_("The ticket has no files."))
        return
    rows = [(str(each.get("id", "")), str(each.get("name", "")), _size(each.get("size"))) for each in files]
    console.print(table((_("File"), _("Name"), _("Size")), rows))


def print_aid(found: Document, console: Console, zone: str) -> None:
    """What may be done, why, and what became of what was done."""
    actions, runs = records(found.get("actions")), records(found.get("runs"))
    if not actions:
        console.print(_("No first aid fits this ticket."))
    else:
        rows = [
            (
                str(each.get("name", "")), str(each.get("title", "")),
                str(each.get("because") or "") if each.get("proposed") else _("not proposed"),
                _("can be taken back") if each.get("undoable") else "",
            )
            for each in actions
        ]  # fmt: skip
        console.print(table((_("Action"), _("What it does"), _("Why"), ""), rows))
    if runs:
        told = [
            (
                str(each.get("run", "")), str(each.get("action", "")), moment(each.get("at"), zone),
                str(each.get("actor", "")), _state(each), str(each.get("detail", "")),
            )
            for each in runs
        ]  # fmt: skip
        console.print()
        console.print(table((_("Run"), _("Action"), _("When"), _("Who"), _("State"), _("Answer")), told))


def print_run(run: Document, ticket: int, console: Console) -> None:
    """One time that an action was carried out, or taken back; and what to do where nobody knows."""
    line = f"{run.get('run', '')}  {run.get('action', '')}  {_state(run)}  {run.get('detail', '')}"
    console.print(Text(harmless(line.rstrip())), soft_wrap=True)
    if run.get("state") == "unknown":
        command = f"tenfold tickets aid T-{ticket} --settle {run.get('run', '')} --happened"
        console.print(
            Text(_("Look whether it happened, then say so: {command} (or --not-happened)").format(command=command)),
            soft_wrap=True,
        )


def _state(run: Document) -> str:
    return say(word_of(RUNS, str(run.get("state", ""))))


def _size(found: object) -> str:
    return size(found) if isinstance(found, int) else ""
