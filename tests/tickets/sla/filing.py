"""Opens tickets as intake does, and reads what became of them."""

from dataclasses import replace

from sqlalchemy import Connection, select

from tests.tickets.sla.logs import opened
from tickets import events
from tickets.changing import open_within
from tickets.desk import Desk
from tickets.names import Urgency
from tickets.sla.calendar import Calendar
from tickets.store.tables import TICKETS
from tickets.ticket import Ticket


def file_ticket(desk: Desk, opening: events.Opened | None = None, *, urgency: Urgency = Urgency.URGENT) -> Ticket:
    def write(connection: Connection) -> Ticket:
        return open_within(connection, desk, "buyer", opening or opened(urgency))

    return desk.store.writing(write)


def timer(desk: Desk, number: int) -> tuple[str | None, float | None]:
    """What is due next, and in how many minutes."""
    with desk.store.read() as connection:
        row = connection.execute(
            select(TICKETS.c.next_timer, TICKETS.c.next_at).where(TICKETS.c.number == number)
        ).one()
    return row.next_timer, None if row.next_at is None else (row.next_at - desk.now()).total_seconds() / 60


def in_shanghai(desk: Desk, **further: object) -> Desk:
    return replace(desk, calendar=Calendar(timezone="Asia/Shanghai"), **further)  # type: ignore[arg-type]  # fields
