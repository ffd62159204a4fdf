"""The clocks of a ticket as pages, reports and the API show them."""

from collections.abc import Sequence

from pages.tickets.records import Clock
from tickets.desk import Desk
from tickets.events import Entry
from tickets.sla.clocks import clocks


def clocks_shown(desk: Desk, log: Sequence[Entry]) -> tuple[Clock, ...]:
    """The clocks as they stand now; only those that the ticket's urgency has.

    Args:
        desk: The mall's promises, its calendar, and the moment.
        log: Of the ticket, the oldest first.
    """
    return tuple(
        Clock(
            name=each.name.value,
            state=each.state.value,
            spent=each.spent,
            target=each.target,
            deadline=each.deadline,
            met_at=each.met_at,
            warned=each.warned,
            running=each.running,
            working_hours=each.working_hours,
            goes_on_at=each.goes_on_at,
        )
        for each in clocks(log, desk.promises, desk.calendar, desk.now())
    )
