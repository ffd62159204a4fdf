"""What follows whenever something happens to a ticket, in the same transaction: timers, messages, evidence, search.

Each is a plain function that may write to the store and must not reach outside of it; what has to be done outside goes to the outbox
(`tickets.store.outbox`). A follower does not write to the ticket's log; what the room itself has to add there is a reaction's answer.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from tickets.afterwards import search
from tickets.desk import Desk
from tickets.events import Entry, Event
from tickets.notify.follower import announce
from tickets.sla.assigning import assign_on_call
from tickets.sla.timers import schedule
from tickets.store import log
from tickets.ticket import Ticket

Follower = Callable[[Connection, Desk, Ticket, Sequence[Entry]], None]
Reaction = Callable[[Desk, Ticket, Sequence[Entry]], Sequence[Event]]
"""What the room adds by itself to what has happened; pure, and its own events must not make it answer again."""

FOLLOWERS: tuple[Follower, ...] = (schedule, search.index, announce)
REACTIONS: tuple[Reaction, ...] = (assign_on_call,)
ACTOR = "tenfold"


def follow(connection: Connection, desk: Desk, ticket: Ticket, new: Sequence[Entry]) -> Ticket:
    """Lets everybody who follows know of the new lines of a ticket's log; the ticket with what the room has added.

    Args:
        connection: In the transaction that writes them.
        desk: The mall's rules.
        ticket: As it is with them.
        new: The lines, the oldest first; never none.
    """
    for each in FOLLOWERS:
        each(connection, desk, ticket, new)
    answers = [event for each in REACTIONS for event in each(desk, ticket, new)]
    ticket, more = log.append(connection, ticket, desk.now(), ACTOR, answers)
    return follow(connection, desk, ticket, more) if more else ticket
