"""Gives a new ticket without an owner to whoever is on call for its area."""

from collections.abc import Sequence

from tickets import events
from tickets.desk import Desk
from tickets.events import Entry, Event
from tickets.sla.rotation import of_area, on_call
from tickets.ticket import Ticket


def assign_on_call(desk: Desk, ticket: Ticket, new: Sequence[Entry]) -> Sequence[Event]:
    """The assignment that follows from an opening; none where there is an owner already, or no rotation.

    Args:
        desk: The mall's rules.
        ticket: As it is.
        new: What has happened to it; only an opening is answered, so that the answer is none to itself.
    """
    opened = any(isinstance(entry.event, events.Opened) for entry in new)
    if not opened or not ticket.is_open or ticket.owner is not None:
        return ()
    rotation = of_area(desk.rotations, ticket.area)
    return () if rotation is None else (events.Assigned(owner=on_call(rotation, desk.now())),)
