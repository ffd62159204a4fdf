"""When it is looked at which actions fit a ticket: when it opens, when its area or the answer to its cause changes."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tickets import events
from tickets.desk import Desk
from tickets.events import Entry
from tickets.store import outbox
from tickets.ticket import Ticket

KIND = "aid"
_LOOKED_AT = (events.Opened, events.AreaChanged, events.CauseGiven, events.Reopened)


def aid_follows(connection: Connection, desk: Desk, ticket: Ticket, new: Sequence[Entry]) -> None:
    """Asks for a look: a follower."""
    newest = next((entry for entry in reversed(new) if isinstance(entry.event, _LOOKED_AT)), None)
    if newest is not None and desk.aid.actions:
        once = f"{KIND}:{ticket.number}:{newest.number}"
        outbox.put(connection, kind=KIND, once=once, at=desk.now(), data={}, ticket=ticket.number)
