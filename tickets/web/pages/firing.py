"""What becomes of a ticket that is resolved while its alerts still fire, as intake will deal with them."""

from collections.abc import Sequence
from datetime import timedelta

from facts.message import Message, msg
from pages.tickets.firing import still_firing
from pages.tickets.times import spoken
from tickets import events
from tickets.desk import Desk
from tickets.events import Entry
from tickets.ticket import Ticket


def warning(desk: Desk, ticket: Ticket, log: Sequence[Entry]) -> tuple[Message, ...]:
    """What whoever resolves an open ticket has to know; nothing when every alert has ended.

    Args:
        desk: How intake deals with alerts that come again (`tickets.intake.taking_in`, `tickets.intake.reconciling`).
        ticket: As it stands.
        log: Of the ticket, the oldest first.
    """
    names = {entry.event.fingerprint: entry.event.name for entry in log if isinstance(entry.event, events.Fired)}
    alerts = still_firing(ticket.firing, names) if ticket.is_open else None
    if alerts is None:
        return ()
    within = desk.routing.reopen_within
    if within > timedelta(0):
        then = msg(
            "One that is told of again within {time} opens this ticket again; later it opens another one.",
            time=spoken(within.total_seconds()),
        )
    else:
        then = msg("One that is told of again opens another ticket.")
    if desk.alertmanager is None:
        return (alerts, then)
    return (
        alerts,
        then,
        msg("Alertmanager is asked each minute: what it still holds for firing comes again by itself."),
    )
