"""Tickets that tests tell the story of."""

from collections.abc import Callable, Mapping
from typing import Any

from tickets import events, lifecycle
from tickets.changing import change, open_within
from tickets.desk import Desk
from tickets.names import Cause, Urgency
from tickets.ticket import Ticket


def opened(desk: Desk, title: str, *, further: tuple[events.Event, ...] = (), **fields: Any) -> Ticket:
    """A new ticket."""
    event = events.Opened(title=title, **{"urgency": Urgency.URGENT, "source": "alertmanager", **fields})

    return desk.store.writing(lambda connection: open_within(connection, desk, "alertmanager", event, further))


def happens(desk: Desk, ticket: Ticket, *happened: events.Event, actor: str = "tenfold") -> Ticket:
    """What no person does."""
    return change(desk, ticket.number, actor, lambda _: happened)


def moves(desk: Desk, ticket: Ticket, *steps: Callable[[Ticket], Any], actor: str = "li") -> Ticket:
    """What people do."""
    for step in steps:
        ticket = change(desk, ticket.number, actor, step)
    return ticket


def solved(
    desk: Desk,
    title: str,
    solution: str,
    steps: str = "none",
    cautions: str = "none",
    cause: Cause | None = None,
    **fields: Any,
) -> Ticket:
    """A ticket that is over."""
    return moves(
        desk,
        opened(desk, title, **fields),
        lambda ticket: lifecycle.take(ticket, "li"),
        lambda ticket: lifecycle.resolve(ticket, solution, steps, cautions, cause),
    )


def labels(**values: str) -> Mapping[str, str]:
    """Labels of an alert."""
    return values
