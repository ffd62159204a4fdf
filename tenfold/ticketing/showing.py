"""Tickets on a terminal: one ticket with its log, the ledger. Everything that came from outside is made harmless."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from facts.message import from_document
from pages.plain import harmless
from pages.tickets.firing import still_firing
from pages.tickets.times import local
from pages.tickets.words import reason
from tenfold.ticketing.words import EVENTS, UNDONE, word
from tenfold.words import _, say

_STYLES = {"urgent": "bold red", "important": "yellow", "breached": "bold red", "met": "green"}
_MINUTE, _HOUR = 60, 3600
Document = Mapping[str, Any]


def moment(text: object, zone: str) -> str:
    """A moment of the API on the mall's clock; empty for none."""
    if not isinstance(text, str) or not text:
        return ""
    try:
        return local(datetime.fromisoformat(text), zone)
    except ValueError:
        return harmless(text)


def duration(seconds: object) -> str:
    """`1:30 h` or `12 min`."""
    if not isinstance(seconds, int | float):
        return ""
    whole = round(seconds)
    if whole >= _HOUR:
        return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02} h"
    return f"{whole // _MINUTE} min" if whole >= _MINUTE else f"{whole} s"


def table(titles: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A plain table of cells that were made harmless."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in titles:
        made.add_column(title, overflow="fold")
    for row in rows:
        made.add_row(*(each if isinstance(each, Text) else Text(harmless(each), overflow="fold") for each in row))
    return made


def styled(stored: object) -> Text:
    """A stored word in its colour."""
    return Text(harmless(word(stored)), style=_STYLES.get(str(stored), ""))


def print_short(ticket: Document, console: Console) -> None:
    """One line: how it stands now."""
    parts = [str(ticket.get("name", "")), word(ticket.get("state")), word(ticket.get("urgency"))]
    parts += [str(ticket["owner"])] if ticket.get("owner") else []
    console.print(Text(harmless("  ".join([*parts, str(ticket.get("title", ""))]))), soft_wrap=True)


def unfinished(ticket: Document) -> str:
    """Which alerts of a resolved ticket have not ended, and what becomes of it then; empty where all have."""
    told_of = [each["event"] for each in records(ticket.get("events")) if isinstance(each.get("event"), Mapping)]
    fired = [each for each in told_of if each.get("kind") == "fired"]
    names = {str(each.get("fingerprint")): str(each.get("name", "")) for each in fired}
    firing = ticket.get("firing")
    warning = still_firing(map(str, firing), names) if isinstance(firing, list) else None
    if warning is None:
        return ""
    then = _("One that is told of again opens this ticket again; after the time `reopen_within` it opens another one.")
    return f"{say(warning)} {then}"


def print_ticket(ticket: Document, console: Console, zone: str) -> None:
    """Everything that the API tells of a ticket."""
    console.print(Text(harmless(f"{ticket.get('name', '')}  {ticket.get('title', '')}"), style="bold"), soft_wrap=True)
    for label, value in _fields(ticket, zone):
        if value:
            console.print(Text(harmless(_("{subject}: {reason}").format(subject=label, reason=value))), soft_wrap=True)
    clocks = records(ticket.get("clocks"))
    if clocks:
        rows = [
            (
                word(each.get("name")), _state(each, zone), duration(each.get("spent_seconds")),
                duration(each.get("target_seconds")), moment(each.get("deadline"), zone),
            )
            for each in clocks
        ]  # fmt: skip
        console.print()
        console.print(table((_("Promise"), _("State"), _("Spent"), _("Promised"), _("Due")), rows))
    entries = records(ticket.get("events"))
    if entries:
        console.print()
        rows_of_log = [(moment(each.get("at"), zone), str(each.get("actor", "")), told(each, zone)) for each in entries]
        console.print(table((_("When"), _("Who"), _("What")), rows_of_log))


def _state(clock: Document, zone: str) -> Text:
    """How a promise stands; outside of working hours, when its clock goes on."""
    goes_on = moment(clock.get("goes_on_at"), zone)
    if goes_on and clock.get("state") == "running":
        return Text(_("stands until {time}").format(time=goes_on))
    return styled(clock.get("state"))


def _fields(ticket: Document, zone: str) -> list[tuple[str, str]]:
    return [
        (_("State"), word(ticket.get("state"))),
        (_("Urgency"), word(ticket.get("urgency"))),
        (_("Waits for"), word(ticket.get("waiting_for"))),
        (_("Owner"), str(ticket.get("owner") or "")),
        (_("Reporter"), str(ticket.get("reporter") or "")),
        (_("Area"), str(ticket.get("area") or "")),
        (_("Opened"), moment(ticket.get("opened_at"), zone)),
        (_("Expected to be solved"), moment(ticket.get("expected_at"), zone)),
        (_("Cause"), word(ticket.get("cause"))),
        (_("Summary"), str(ticket.get("summary") or "")),
        (_("Plan"), str(ticket.get("plan") or "")),
        (_("Solution"), str(ticket.get("solution") or "")),
        (_("Steps"), str(ticket.get("steps") or "")),
        (_("Cautions"), str(ticket.get("cautions") or "")),
        (_("Runbook"), str(ticket.get("runbook") or "")),
    ]


def told(entry: Document, zone: str) -> str:
    """A line of a ticket's log."""
    event = entry.get("event")
    event = event if isinstance(event, Mapping) else {}
    kind = str(event.get("kind", ""))
    sentence, fields = EVENTS.get(kind, (None, ()))
    values = [_value(name, event.get(name), zone) for name in fields]
    field, failed = UNDONE.get(kind, ("", None))
    if failed is not None and event.get(field) is False:
        sentence = failed
    what = kind if sentence is None else say(sentence)
    more = "  ".join(each for each in values if each)
    return _("{subject}: {reason}").format(subject=what, reason=more) if more else what


def _value(name: str, value: object, zone: str) -> str:
    if value is None or value in ("", [], ()):
        return ""
    sentence = from_document(value)
    if sentence is not None:
        return say(sentence)
    if name.endswith("_at"):
        return moment(value, zone)
    if name == "ticket":
        return f"T-{value}"
    if isinstance(value, float):
        return f"{value:.0%}"
    return ", ".join(map(str, value)) if isinstance(value, list) else word(value)


def print_ledger(ledger: Document, console: Console) -> None:
    """What became of every alert."""
    outcomes = ("ticketed", "merged", "suppressed", "quarantined")
    rows = [(_("received"), str(ledger.get("received", 0)))]
    rows += [(word(name), str(ledger.get(name, 0))) for name in outcomes]
    console.print(table((_("Alerts"), _("Count")), rows))
    if ledger.get("balanced") is True:
        console.print(_("The ledger balances."), style="green")
    else:
        console.print(_("The ledger does not balance: please report it."), style="bold red")
    reasons = records(ledger.get("reasons"))
    if reasons:
        console.print()
        told_of = [
            (word(each.get("outcome")), say(reason(str(each.get("reason", "")))), str(each.get("count", "")))
            for each in reasons
        ]
        console.print(table((_("Outcome"), _("Reason"), _("Count")), told_of))


def print_quarantine(found: Document, console: Console, zone: str) -> None:
    """What could not be understood."""
    items = records(found.get("items"))
    if not items:
        console.print(_("Nothing is in quarantine."))
        return
    rows = [
        (
            str(each.get("id", "")), moment(each.get("at"), zone), str(each.get("source", "")), str(each.get("sender", "")),
            str(each.get("problem", "")),
        )
        for each in items
    ]  # fmt: skip
    console.print(table((_("Post"), _("When"), _("Source"), _("Sender"), _("Problem")), rows))


def print_windows(items: Iterable[Document], console: Console, zone: str) -> None:
    """Rehearsals and maintenance."""
    rows = [
        (
            str(each.get("id", "")), word(each.get("kind")), moment(each.get("starts_at"), zone), moment(each.get("ends_at"), zone),
            _("now") if each.get("active") else "", _matchers(each.get("match")), str(each.get("reason", "")),
        )
        for each in items
    ]  # fmt: skip
    if not rows:
        console.print(_("There is no window."))
        return
    console.print(table((_("Window"), _("Kind"), _("From"), _("Until"), "", _("Labels"), _("Reason")), rows))


def _matchers(match: object) -> str:
    return ", ".join(f"{name}={value}" for name, value in match.items()) if isinstance(match, Mapping) else ""


def records(value: object) -> list[Document]:
    """The objects of a list of the API; nothing where it is none."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
