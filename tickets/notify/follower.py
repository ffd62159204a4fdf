"""Writes the messages that an event is worth into the outbox, in the transaction of the event itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from tickets import events
from tickets.desk import Desk
from tickets.events import Entry
from tickets.names import Urgency
from tickets.notify.chain import addressed
from tickets.notify.channels import Channel, Kind
from tickets.notify.occasions import AUDIENCES, BEGINNING, Audience, Occasion, occasion_of
from tickets.store import outbox
from tickets.store.contacts import people
from tickets.ticket import Ticket

MESSAGE, OVERDUE = "message", "message_overdue"
_RANKS = tuple(Urgency)


def announce(connection: Connection, desk: Desk, ticket: Ticket, new: Sequence[Entry]) -> None:
    """Asks for every message that the new lines of a log are worth; a follower."""
    if not desk.notifying.channels or ticket.merged_into is not None:
        return
    for entry in new:
        occasion = occasion_of(entry.event)
        if occasion is None or _by_oneself(entry):
            continue
        for channel in desk.notifying.channels:
            if channel.kind is Kind.VOICE or not channel.tells_of(ticket.urgency, ticket.area):
                continue
            for person in _readers(connection, channel, ticket, entry, AUDIENCES[occasion]):
                ask(connection, desk, channel, ticket, entry.number, occasion, person)
        if occasion in BEGINNING and ticket.urgency is Urgency.URGENT:
            _call_out(connection, desk, ticket, entry)


def _by_oneself(entry: Entry) -> bool:
    return isinstance(entry.event, events.Assigned) and entry.event.owner == entry.actor


def ask(
    connection: Connection, desk: Desk, channel: Channel, ticket: Ticket, about: int, occasion: Occasion,
    person: str, at: datetime | None = None, call: int = 0,
) -> None:  # fmt: skip
    """Asks for a message; the same one by the same channel is asked for once, whoever asks.

    Args:
        connection: In a transaction that writes.
        desk: The mall's rules.
        channel: By which it goes.
        ticket: Which; the more urgent goes first where many wait.
        about: The number of the entry that it tells of.
        occasion: Why.
        person: The account that it goes to; empty for a channel of many.
        at: When it is due; None for now.
        call: Which one of several calls.
    """
    now = desk.now()
    due_at = at or now
    once = f"{MESSAGE}:{ticket.number}:{about}:{channel.name}:{person}" + (f":{call}" if call else "")
    data = {"channel": channel.name, "about": about, "occasion": occasion.value, "person": person}
    lane = channel.name if not person else f"{channel.name}/{person}"
    outbox.put(
        connection, kind=MESSAGE, once=once, at=now, data=data, ticket=ticket.number, due_at=due_at,
        lane=f"{MESSAGE}:{lane}", rank=_RANKS.index(ticket.urgency),
    )  # fmt: skip
    outbox.put(
        connection, kind=OVERDUE, once=f"{OVERDUE}:{once}", at=now, data={**data, "message": once}, ticket=ticket.number,
        due_at=due_at + timedelta(seconds=desk.notifying.overdue_seconds),
    )  # fmt: skip


def _readers(
    connection: Connection, channel: Channel, ticket: Ticket, entry: Entry, told: frozenset[Audience]
) -> list[str]:
    """To whom a message goes: the empty word for a channel of many, else accounts, without the one who did it."""
    if not channel.is_personal:
        return [""] if Audience.TEAM in told else []
    names: list[str] = []
    if Audience.OWNER in told and ticket.owner is not None:
        names.append(ticket.owner)
    if Audience.TEAM in told and ticket.owner is None:
        names += channel.people
    if Audience.CHAIN in told:
        names += addressed(connection, entry.event)
    if Audience.REPORTER in told and ticket.reporter is not None:
        # A reporter without an address looks at the ticket; that is nobody's failure.
        known = people(connection, [ticket.reporter])
        names += [name for name, person in known.items() if channel.contact in person.contacts]
    return [name for name in dict.fromkeys(names) if name != entry.actor]


def _call_out(connection: Connection, desk: Desk, ticket: Ticket, entry: Entry) -> None:
    notifying = desk.notifying
    if notifying.voice_after <= 0:
        return
    for channel in notifying.of_kind(Kind.VOICE):
        if channel.tells_of(ticket.urgency, ticket.area):
            for call in range(1, notifying.voice_calls + 1):
                at = entry.at + timedelta(seconds=notifying.voice_after * call)
                ask(connection, desk, channel, ticket, entry.number, Occasion.UNCLAIMED, "", at, call)
