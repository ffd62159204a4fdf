"""What gave no receipt in time: it is shown on the ticket, and the second channel is used."""

from sqlalchemy import Connection

from tickets import events
from tickets.changing import change_within
from tickets.desk import Desk
from tickets.events import Event
from tickets.notify.channels import Channel
from tickets.notify.follower import ask
from tickets.notify.occasions import Occasion
from tickets.store import lanes, log, outbox
from tickets.store.outbox import Task
from tickets.ticket import Ticket

ACTOR = "tenfold"
DETAIL_AT_MOST = 600


def overdue(desk: Desk, task: Task) -> str:
    """Looks after one message; a handler of the outbox."""
    return desk.store.writing(lambda connection: _look(connection, desk, task))


def _look(connection: Connection, desk: Desk, task: Task) -> str:
    state, detail = lanes.state_of(connection, task.data["message"])
    if state != outbox.PENDING:
        return state
    seconds = int(desk.notifying.overdue_seconds)
    return undelivered(connection, desk, task, f"no receipt within {seconds} s; {detail or 'not sent yet'}")


def undelivered(connection: Connection, desk: Desk, task: Task, reason: str) -> str:
    """Says on the ticket that a message did not arrive, and asks the second channel for it.

    Args:
        connection: In a transaction that writes.
        desk: The mall's rules.
        task: The message, or what looks after it.
        reason: What happened, without a secret.
    """
    assert task.ticket is not None  # noqa: S101  (every message is about a ticket)
    told = note(connection, desk, task, delivered=False, detail=reason)
    channel = desk.notifying.channel(task.data["channel"])
    second = None if channel is None else desk.notifying.channel(channel.fallback)
    if second is None:
        return told
    ticket = log.load(connection, task.ticket)
    for person in _readers(second, ticket, task.data["person"]):
        ask(connection, desk, second, ticket, task.data["about"], Occasion(task.data["occasion"]), person)
    return f"{told}; goes by {second.name}"


def note(connection: Connection, desk: Desk, task: Task, *, delivered: bool, detail: str) -> str:
    """Writes onto the ticket what became of a message; once for each way in which it can end."""
    channel, person, about = task.data["channel"], task.data["person"], task.data["about"]
    happened = events.Notified(
        channel=channel, to=person, delivered=delivered, detail=detail[:DETAIL_AT_MOST], about=about
    )
    assert task.ticket is not None  # noqa: S101  (every message is about a ticket)
    if not delivered and any(
        isinstance(entry.event, events.Notified)
        and (entry.event.channel, entry.event.to, entry.event.about) == (channel, person, about)
        and not entry.event.delivered
        for entry in log.load_log(connection, task.ticket)
    ):
        return "said already"

    def move(_ticket: Ticket) -> tuple[Event, ...]:
        return (happened,)

    change_within(connection, desk, task.ticket, ACTOR, move)
    return detail


def _readers(second: Channel, ticket: Ticket, person: str) -> list[str]:
    """The same person where the second channel is personal; who owns the ticket and who reads it where the first one was for many."""
    if not second.is_personal:
        return [""]
    if person:
        return [person]
    return list(dict.fromkeys([*([ticket.owner] if ticket.owner else []), *second.people]))
