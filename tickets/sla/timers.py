"""Keeps with each ticket what is due next, so that finding it costs one look at an index."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from tickets.desk import Desk
from tickets.events import Entry
from tickets.sla.due import NO_MOVE, Outlook, Rules, Timer, outlook
from tickets.store import log
from tickets.ticket import Ticket

DUE = "due"


def rules_of(desk: Desk) -> Rules:
    """The rules of a desk's mall."""
    return Rules(promises=desk.promises, calendar=desk.calendar, escalation=desk.escalation, rotations=desk.rotations)


def schedule(connection: Connection, desk: Desk, ticket: Ticket, new: Sequence[Entry]) -> None:
    """Computes what is due next for a ticket to which something has happened.

    Args:
        connection: In the transaction that writes it.
        desk: The mall's rules.
        ticket: As it is now.
        new: What has happened; what moves no clock costs nothing here, since storms consist of it.
    """
    if all(isinstance(entry.event, NO_MOVE) for entry in new):
        return
    whole = new if new[0].number == 1 else log.load_log(connection, ticket.number)
    set_next(connection, ticket.number, outlook(ticket, whole, rules_of(desk), desk.now()), desk.now())


def set_next(connection: Connection, number: int, found: Outlook, now: datetime) -> None:
    """Writes down when to look at a ticket again: at once where something is due.

    Args:
        connection: In a transaction that writes; the ticket's row is locked by it.
        number: The ticket's.
        found: What there is to say.
        now: The moment.
    """
    timer = next_of(found, now)
    log.set_timer(connection, number, None if timer is None else timer.name, None if timer is None else timer.at)


def next_of(found: Outlook, now: datetime) -> Timer | None:
    """When to look at a ticket again."""
    return Timer(DUE, now) if found.now else found.next
