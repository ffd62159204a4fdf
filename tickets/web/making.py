"""The ways in which a caller opens and changes tickets: permission, change and the log of who did what in one transaction.

The API and the pages both go through here.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from facts.message import msg
from tickets import events, lifecycle
from tickets.changing import change_within, open_within
from tickets.desk import Desk
from tickets.events import Entry, Event
from tickets.names import Role, Urgency
from tickets.people import roles
from tickets.people.refusals import NotAllowed, Refused, TooMany
from tickets.people.roles import Deed
from tickets.store import listing, log
from tickets.store import people as people_store
from tickets.store.tables import OPEN_KEYS
from tickets.ticket import Ticket, replay
from tickets.web.caller import Caller

# More than this no person opens; a program has a machine's token.
OPENED_PER_HOUR = 60
# A log is replayed at every change. What ends a ticket is always possible.
ENTRIES_AT_MOST = 5000
ENDING = frozenset({Deed.RESOLVE, Deed.CLOSE, Deed.RATE, Deed.MERGE})

Move = Callable[[Ticket], Sequence[Event]]


def still_to_come(desk: Desk, at: datetime | None) -> datetime | None:
    """The same moment.

    Raises:
        Refused: It is over.
    """
    if at is not None and at < desk.now():
        raise Refused(msg("The expected time lies in the past; write when it will be solved."))
    return at


def make(desk: Desk, who: Caller, number: int, deed: Deed, move: Move) -> Ticket:
    """The ticket after a move that the caller may make.

    Raises:
        NoSuchTicket: There is none, or none that the caller may see.
        NotAllowed: The caller may not do that.
        IllegalMove: It cannot be done now.
    """
    return desk.store.writing(lambda connection: make_within(connection, desk, who, number, deed, move))


def make_within(connection: Connection, desk: Desk, who: Caller, number: int, deed: Deed, move: Move) -> Ticket:
    """The same within a transaction that somebody else ends."""

    def permitted(ticket: Ticket) -> Sequence[Event]:
        roles.ensure(who.name, who.role, deed, ticket)
        if ticket.version >= ENTRIES_AT_MOST and deed not in ENDING:
            raise lifecycle.IllegalMove(msg("The ticket's log is full; resolve it and open another one."))
        return move(ticket)

    ticket = change_within(connection, desk, number, who.name, permitted)
    record(connection, desk, who, deed, ticket)
    return ticket


def open_ticket(
    desk: Desk, who: Caller, *, title: str, summary: str = "", urgency: Urgency = Urgency.NORMAL, area: str = "",
    owner: str | None = None, reporter: str | None = None, once: str = "",
) -> Ticket:  # fmt: skip
    """A new ticket by a person or a program.

    Args:
        desk: Where.
        who: Opens it.
        title: In one line.
        summary: What is the matter.
        urgency: How soon it has to be dealt with.
        area: The part of the mall.
        owner: Who is responsible from the start; engineers may say so.
        reporter: In whose name; engineers may say so. Else the caller, and nobody where it is a machine.
        once: What it is recognized by if it is sent again while the ticket is open; empty for nothing.

    Raises:
        NotAllowed: The caller may not do that.
        Refused: There is no such owner or reporter.
        TooMany: The caller has opened too many.
    """
    staff = roles.includes(who.role, Role.ENGINEER)
    if not roles.may_ever(who.role, Deed.OPEN) or ((owner or reporter) and not staff):
        raise NotAllowed
    key = f"person:{who.name}:{once}" if once else None

    def opened(connection: Connection) -> Ticket:
        if key is not None:
            before = connection.execute(select(OPEN_KEYS.c.ticket).where(OPEN_KEYS.c.key == key)).scalar_one_or_none()
            if before is not None:
                return log.load(connection, before)
        if owner:
            ensure_engineer(connection, owner)
        if reporter and people_store.find(connection, reporter) is None:
            raise Refused(msg("There is no account of the name {name}.", name=reporter))
        if not staff and who.role is not Role.MACHINE:
            _ensure_not_too_many(connection, who, desk.now() - timedelta(hours=1))
        first = events.Opened(
            title=title, summary=summary, urgency=urgency, area=area, owner=owner or None,
            reporter=reporter or (None if who.role is Role.MACHINE else who.name), source="person", key=key,
        )  # fmt: skip
        ticket = open_within(connection, desk, who.name, first)
        record(connection, desk, who, Deed.OPEN, ticket)
        return ticket

    return desk.store.writing(opened)


def merge(desk: Desk, who: Caller, number: int, into: int) -> Ticket:
    """A ticket ends in another one; the one that ends.

    Raises:
        NoSuchTicket: There is no such ticket, or no other.
        IllegalMove: One of them is not open, or both are the same.
    """

    def merged(connection: Connection) -> Ticket:
        ending, goes_on = log.load(connection, number), log.load(connection, into)
        for each in (ending, goes_on):
            roles.ensure(who.name, who.role, Deed.MERGE, each)
        last, first = lifecycle.merge(ending, goes_on)
        ticket = make_within(connection, desk, who, number, Deed.MERGE, lambda _: last)
        make_within(connection, desk, who, into, Deed.MERGE, lambda _: first)
        return ticket

    return desk.store.writing(merged)


def assign(desk: Desk, who: Caller, number: int, owner: str, note: str = "") -> Ticket:
    """Somebody becomes responsible.

    Raises:
        Refused: Nobody of that name can be.
    """

    def assigned(connection: Connection) -> Ticket:
        ensure_engineer(connection, owner)
        return make_within(connection, desk, who, number, Deed.ASSIGN, lambda each: lifecycle.assign(each, owner, note))

    return desk.store.writing(assigned)


def read(desk: Desk, who: Caller, number: int) -> tuple[Ticket, list[Entry]]:
    """A ticket and its whole log.

    Raises:
        NoSuchTicket: There is none that the caller may see.
    """
    with desk.store.read() as connection:
        entries = log.load_log(connection, number)
    if not entries:
        raise log.NoSuchTicket(number)
    ticket = replay(number, entries)
    roles.ensure(who.name, who.role, Deed.READ, ticket)
    return ticket, entries


def ensure_engineer(connection: Connection, name: str) -> None:
    """Lets a name pass under which somebody can work on tickets.

    Raises:
        Refused: There is nobody of that name, or they only report.
    """
    found = people_store.find(connection, name)
    if found is None or found[0].disabled or not roles.includes(found[0].role, Role.ENGINEER):
        raise Refused(msg("There is no engineer of the name {name}.", name=name))


def record(connection: Connection, desk: Desk, who: Caller, deed: Deed, ticket: Ticket) -> None:
    """Writes down who did what."""
    people_store.record(
        connection,
        at=desk.now(),
        actor=who.name,
        action=f"ticket.{deed.value}",
        subject=ticket.name,
        address=who.address,
    )


def _ensure_not_too_many(connection: Connection, who: Caller, since: datetime) -> None:
    if listing.opened_lately(connection, who.name, since) >= OPENED_PER_HOUR:
        raise TooMany(msg("You have opened {count} tickets within an hour; wait a little.", count=OPENED_PER_HOUR), 600)
