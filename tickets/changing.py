"""The way in which a ticket is opened, and the one way in which it changes from then on."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from tickets.desk import Desk
from tickets.events import Event, Opened
from tickets.followers import follow
from tickets.store import log
from tickets.ticket import Ticket

Move = Callable[[Ticket], Sequence[Event]]


def open_within(
    connection: Connection, desk: Desk, actor: str, opened: Opened, further: Sequence[Event] = ()
) -> Ticket:
    """A new ticket, written with everything that follows from it, within a transaction that somebody else ends.

    Args:
        connection: In a transaction that writes.
        desk: Where.
        actor: Who.
        opened: Its first event.
        further: What happens to it at once.

    Raises:
        IntegrityError: There is an open ticket with its key (`Store.writing` begins anew then).
    """
    ticket, new = log.open_ticket(connection, desk.now(), actor, opened, further)
    return follow(connection, desk, ticket, new)


def change(desk: Desk, number: int, actor: str, move: Move) -> Ticket:
    """The ticket after a move, written with everything that follows from it.

    Args:
        desk: Where.
        number: Of the ticket.
        actor: Who.
        move: Of `tickets.lifecycle`; it is asked again where somebody else was faster, with the ticket as it is then.

    Raises:
        NoSuchTicket: There is none.
        IllegalMove: It cannot be made now.
        StoreUnavailable: The database does not answer.
    """
    return desk.store.writing(lambda connection: change_within(connection, desk, number, actor, move))


def change_within(connection: Connection, desk: Desk, number: int, actor: str, move: Move) -> Ticket:
    """The same within a transaction that somebody else ends."""
    ticket = log.load(connection, number)
    ticket, new = log.append(connection, ticket, desk.now(), actor, move(ticket))
    return follow(connection, desk, ticket, new) if new else ticket
