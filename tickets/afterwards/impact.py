"""What an incident has cost: minutes by the log, orders and money by whoever has counted them; what nobody knows is not known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from facts.message import Message, msg, verbatim
from pages.tickets.incident import Figure
from pages.tickets.times import spoken
from tickets import events
from tickets.events import Entry
from tickets.ticket import Ticket

ORDERS_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What the evidence says about customers; None where it does not say.

    Attributes:
        orders: How many orders were affected.
        order_numbers: Of those that are known by their number.
        money: What they were worth, as it is shown: `¥ 1,280.00`.
        users: How many customers.
        rests_on: Where the figures come from, such as `E-3`.
    """

    orders: int | None = None
    order_numbers: tuple[str, ...] = ()
    money: str | None = None
    users: int | None = None
    rests_on: str = ""


def trouble(ticket: Ticket, log: Sequence[Entry], until: datetime) -> timedelta:
    """How long it lasted: while an alert fired, or from the opening to the solution where none did; each reopening counts on.

    Args:
        ticket: The ticket.
        log: Its log.
        until: Now, for what is not over.
    """
    alerts = any(isinstance(each.event, events.Fired) for each in log)
    over = timedelta()
    since: datetime | None = None if alerts else ticket.opened_at
    firing: set[str] = set()
    for entry in log:
        match entry.event:
            case events.Fired(fingerprint=fingerprint):
                since = entry.at if since is None else since
                firing.add(fingerprint)
            case events.Subsided(fingerprint=fingerprint):
                firing.discard(fingerprint)
            case events.Reopened() if not alerts:
                since = entry.at
        ended = not firing if alerts else isinstance(entry.event, events.Resolved | events.MergedInto)
        if since is not None and ended:
            over, since = over + (entry.at - since), None
    if since is not None:
        # An alert that nobody ended is over with the ticket.
        over += max((until if ticket.is_open else ticket.resolved_at or ticket.changed_at) - since, timedelta())
    return over


def figures(ticket: Ticket, log: Sequence[Entry], stake: Stake, until: datetime) -> tuple[Figure, ...]:
    """The impact as the report shows it."""
    rests_on = verbatim(stake.rests_on) if stake.rests_on else None
    alerts = any(isinstance(each.event, events.Fired) for each in log)
    return (
        Figure(
            name=msg("how long it lasted"),
            value=verbatim(spoken(trouble(ticket, log, until).total_seconds())),
            rests_on=msg("while an alert fired") if alerts else msg("from the report to the solution"),
        ),
        Figure(name=msg("orders affected"), value=_number(stake.orders), rests_on=rests_on),
        Figure(
            name=msg("money at stake"),
            value=None if stake.money is None else verbatim(stake.money),
            rests_on=None if stake.money is None else rests_on,
        ),
        Figure(name=msg("customers affected"), value=_number(stake.users)),
    )


def _number(value: int | None) -> Message | None:
    return None if value is None else verbatim(f"{value:,}")
