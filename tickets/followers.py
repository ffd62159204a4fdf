"""What follows whenever something happens to a ticket, in the same transaction: timers, messages, evidence, search.

Each is a plain function that may write to the store and must not reach outside of it; what has to be done outside goes to the outbox
(`tickets.store.outbox`).
"""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from tickets.aid.following import aid_follows
from tickets.desk import Desk
from tickets.events import Entry
from tickets.evidence.following import evidence_follows
from tickets.ticket import Ticket

Follower = Callable[[Connection, Desk, Ticket, Sequence[Entry]], None]

FOLLOWERS: tuple[Follower, ...] = (evidence_follows, aid_follows)


def follow(connection: Connection, desk: Desk, ticket: Ticket, new: Sequence[Entry]) -> None:
    """Lets everybody who follows know of the new lines of a ticket's log.

    Args:
        connection: In the transaction that writes them.
        desk: The mall's rules.
        ticket: As it is with them.
        new: The lines, the oldest first; never none.
    """
    for each in FOLLOWERS:
        each(connection, desk, ticket, new)
