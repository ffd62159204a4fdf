"""Which tickets are given evidence: those of an alert, at once and half an hour later, and again when one comes back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from tickets import events
from tickets.desk import Desk
from tickets.events import Entry
from tickets.store import outbox
from tickets.ticket import Ticket

KIND = "evidence"
FIRST, AFTER = "first", "after"
AFTER_SECONDS = 30 * 60
# A person's own words are their evidence; whoever works on it can have more frozen by hand.
_WITHOUT = frozenset({"person", "follow-up"})


def part_name(name: str, time: int) -> str:
    """`first`, and `first-2` when the ticket was opened for the second time."""
    return name if time == 1 else f"{name}-{time}"


def evidence_follows(connection: Connection, desk: Desk, ticket: Ticket, new: Sequence[Entry]) -> None:
    """Asks for evidence: a follower."""
    begun = next((entry for entry in new if _begins(entry)), None)
    if begun is None:
        return
    labels = {**ticket.labels}
    for entry in new:
        if isinstance(entry.event, events.Fired):
            labels = {**labels, **entry.event.labels}
    now = desk.now()
    time = ticket.reopenings + 1
    ask(connection, ticket.number, part_name(FIRST, time), labels, begun.at, now=now, due_at=now)
    later = now + timedelta(seconds=AFTER_SECONDS)
    ask(connection, ticket.number, part_name(AFTER, time), labels, begun.at, now=now, due_at=later)


def ask(
    connection: Connection, number: int, part: str, labels: dict[str, str], fired_at: datetime, *, now: datetime,
    due_at: datetime,
) -> None:  # fmt: skip
    """Puts one part of the evidence on the list of what has to be done; asking twice asks once."""
    data = {"part": part, "labels": labels, "fired_at": fired_at.isoformat()}
    outbox.put(connection, kind=KIND, once=f"{KIND}:{number}:{part}", at=now, due_at=due_at, data=data, ticket=number)


def _begins(entry: Entry) -> bool:
    return isinstance(entry.event, events.Fired) or (
        isinstance(entry.event, events.Opened) and entry.event.source not in _WITHOUT
    )
