"""A ticket's log: opened once, appended to, replayed; and the row of `tickets`, which repeats the ticket for lists and for intake."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from tickets import events
from tickets.events import EVENT, Entry, Event
from tickets.store.opening import Raced
from tickets.store.tables import EVENTS, OPEN_KEYS, TICKETS
from tickets.ticket import Ticket, after_all, replay


class NoSuchTicket(LookupError):  # noqa: N818  (answered with 404)
    """There is no ticket of that number."""


def open_ticket(
    connection: Connection, at: datetime, actor: str, opened: events.Opened, further: Sequence[Event] = ()
) -> tuple[Ticket, list[Entry]]:
    """A new ticket, and its log.

    Args:
        connection: In a transaction that writes.
        at: When.
        actor: Who.
        opened: Its first event.
        further: What happens to it at once.

    Raises:
        IntegrityError: There is an open ticket with its key (`Store.writing` begins anew then).
    """
    log = [Entry(number=1, at=at, actor=actor, event=opened)]
    log += [Entry(number=number, at=at, actor=actor, event=event) for number, event in enumerate(further, 2)]
    ticket = replay(0, log)
    result = connection.execute(insert(TICKETS).values(**_row(ticket, _seen((), log))))
    number = result.inserted_primary_key[0]  # type: ignore[index]  # an INSERT of one row has one
    _write(connection, number, log)
    for key in _open_keys(ticket):  # none where it has ended in the same breath
        connection.execute(insert(OPEN_KEYS).values(key=key, ticket=number))
    return replay(number, log), log


def append(
    connection: Connection, ticket: Ticket, at: datetime, actor: str, happened: Iterable[Event]
) -> tuple[Ticket, list[Entry]]:
    """The ticket with what happened to it, and the new lines of its log.

    Args:
        connection: In a transaction that writes.
        ticket: As it was loaded in the same transaction.
        at: When; never before the newest entry, whatever the clock says.
        actor: Who.
        happened: In order; nothing changes nothing.

    Raises:
        Raced: Somebody else has written to it since it was loaded.
        IntegrityError: The same, or a reopened ticket's key belongs to another open ticket by now.
    """
    at = max(at, ticket.changed_at)
    before = ticket
    log = [
        Entry(number=number, at=at, actor=actor, event=event)
        for number, event in enumerate(happened, ticket.version + 1)
    ]
    if not log:
        return before, []
    ticket = after_all(before, log)
    row = select(TICKETS.c.seen).where(TICKETS.c.number == ticket.number)
    seen = connection.execute(row).scalar_one()
    changed = connection.execute(
        update(TICKETS)
        .where(TICKETS.c.number == ticket.number, TICKETS.c.version == before.version)
        .values(**_row(ticket, _seen(seen, log)))
    )
    if changed.rowcount != 1:
        raise Raced
    _write(connection, ticket.number, log)
    if set(_open_keys(before)) != set(_open_keys(ticket)):
        # A key that moves to another ticket has to be free first: the one that ends is written before the one that goes on.
        connection.execute(OPEN_KEYS.delete().where(OPEN_KEYS.c.ticket == ticket.number))
        for key in _open_keys(ticket):
            connection.execute(insert(OPEN_KEYS).values(key=key, ticket=ticket.number))
    return ticket, log


def load_log(connection: Connection, number: int) -> list[Entry]:
    """Every entry, the oldest first; none when there is no such ticket."""
    rows = connection.execute(select(EVENTS).where(EVENTS.c.ticket == number).order_by(EVENTS.c.number))
    return [_entry(row) for row in rows]


def load_logs(connection: Connection, numbers: Collection[int]) -> dict[int, list[Entry]]:
    """The logs of several tickets by their numbers, with one question to the store."""
    found: dict[int, list[Entry]] = {}
    if numbers:
        several = select(EVENTS).where(EVENTS.c.ticket.in_(numbers)).order_by(EVENTS.c.ticket, EVENTS.c.number)
        for row in connection.execute(several):
            found.setdefault(row.ticket, []).append(_entry(row))
    return found


def _entry(row: Any) -> Entry:
    event = EVENT.validate_python({**row.data, "kind": row.kind})
    return Entry(number=row.number, at=row.at, actor=row.actor, event=event)


def load(connection: Connection, number: int) -> Ticket:
    """The ticket as its log tells it.

    Raises:
        NoSuchTicket: There is none.
    """
    log = load_log(connection, number)
    if not log:
        raise NoSuchTicket(number)
    return replay(number, log)


def set_timer(connection: Connection, number: int, timer: str | None, at: datetime | None) -> None:
    """What is due next for the ticket, as `tickets.sla` has computed it from the log."""
    connection.execute(update(TICKETS).where(TICKETS.c.number == number).values(next_timer=timer, next_at=at))


def check(connection: Connection, number: int) -> list[str]:
    """The columns in which the row and the log disagree; none unless somebody wrote past the log."""
    log = load_log(connection, number)
    expected = _row(replay(number, log), _seen((), log))
    row = connection.execute(select(TICKETS).where(TICKETS.c.number == number)).mappings().one()
    return [name for name, value in expected.items() if row[name] != value]


def _open_keys(ticket: Ticket) -> tuple[str, ...]:
    return ticket.keys if ticket.is_open else ()


def _write(connection: Connection, number: int, log: Sequence[Entry]) -> None:
    connection.execute(
        insert(EVENTS),
        [
            {
                "ticket": number,
                "number": entry.number,
                "at": entry.at,
                "actor": entry.actor,
                "kind": entry.event.kind,
                "data": entry.event.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True),
            }
            for entry in log
        ],
    )


def _seen(before: Iterable[str], log: Iterable[Entry]) -> list[str]:
    """Fingerprints that have fired at any time: one that comes back is flapping."""
    fired = {entry.event.fingerprint for entry in log if isinstance(entry.event, events.Fired)}
    return sorted(fired | set(before))


def _row(ticket: Ticket, seen: Sequence[str]) -> dict[str, Any]:
    return {
        "version": ticket.version,
        "title": ticket.title,
        "urgency": ticket.urgency.value,
        "state": ticket.state.value,
        "area": ticket.area,
        "owner": ticket.owner,
        "reporter": ticket.reporter,
        "source": ticket.source,
        "key": ticket.keys[0] if ticket.keys else None,
        "opened_at": ticket.opened_at,
        "changed_at": ticket.changed_at,
        "expected_at": ticket.expected_at,
        "resolved_at": ticket.resolved_at,
        "closed_at": ticket.closed_at,
        "waiting_for": None if ticket.waiting_for is None else ticket.waiting_for.value,
        "firing": sorted(ticket.firing),
        "seen": list(seen),
        "flaps": ticket.flaps,
        "resolution_proposed": ticket.resolution_proposed,
        "cause": None if ticket.cause is None else ticket.cause.value,
    }
