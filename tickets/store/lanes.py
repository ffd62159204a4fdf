"""Lanes of the outbox: what goes one after another, by one process at a time, and no faster than the receiver allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tickets.store.outbox import PENDING, Task
from tickets.store.tables import LANES, OUTBOX

# A little more than a minute: their clock and ours do not count the same sixty seconds.
WINDOW_SECONDS = 61.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What may be sent now.

    Attributes:
        tasks: The oldest first; either what was tried before, as it was, or what has come since. Their attempts are those before.
        failures: How often the lane has failed since it last worked.
    """

    lane: str
    tasks: tuple[Task, ...]
    failures: int


def due(connection: Connection, at: datetime, most: int) -> list[str]:
    """Lanes in which something is due and that may be used now."""
    held = select(LANES.c.name).where((LANES.c.held_until > at) | (LANES.c.blocked_until > at))
    rows = connection.execute(
        select(OUTBOX.c.lane)
        .where(OUTBOX.c.state == PENDING, OUTBOX.c.lane.is_not(None), OUTBOX.c.due_at <= at, OUTBOX.c.lane.not_in(held))
        .group_by(OUTBOX.c.lane)
        .limit(most)
    )
    return [str(row.lane) for row in rows]


def begin(
    connection: Connection, lane: str, at: datetime, *, hold: float, most: int, per_minute: int
) -> Turn | None:  # fmt: skip
    """The next turn of a lane; None while somebody else has it, it must not be used yet, or nothing is due.

    Args:
        connection: In a transaction that writes.
        lane: Which.
        at: Now.
        hold: Seconds until somebody else may begin, because we died.
        most: Tasks.
        per_minute: Turns.
    """
    into = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(LANES)
    connection.execute(into.values(name=lane, failures=0, sends=[]).on_conflict_do_nothing(index_elements=["name"]))
    row = connection.execute(select(LANES).where(LANES.c.name == lane).with_for_update()).one()
    if any(until is not None and until > at for until in (row.held_until, row.blocked_until)):
        return None
    since = at.timestamp() - WINDOW_SECONDS
    sends = [moment for moment in row.sends if moment > since]
    if len(sends) >= per_minute:
        return None
    pending = (
        select(OUTBOX)
        .where(OUTBOX.c.lane == lane, OUTBOX.c.state == PENDING, OUTBOX.c.due_at <= at)
        .order_by(OUTBOX.c.rank, OUTBOX.c.due_at, OUTBOX.c.id)
        .limit(most)
    )
    # What was tried may have arrived without our knowing: it goes again with nothing else in it, so that it can be recognized.
    tasks = _tasks(connection, pending.where(OUTBOX.c.attempts > 0)) or _tasks(connection, pending)
    if not tasks:
        return None
    # Counted before it is tried: who dies while sending leaves a task that was tried.
    connection.execute(
        update(OUTBOX).where(OUTBOX.c.id.in_([each.id for each in tasks])).values(attempts=OUTBOX.c.attempts + 1)
    )
    connection.execute(
        update(LANES)
        .where(LANES.c.name == lane)
        .values(held_until=at + timedelta(seconds=hold), sends=[*sends, at.timestamp()])
    )
    return Turn(lane=lane, tasks=tuple(tasks), failures=row.failures)


def end(connection: Connection, lane: str, *, failures: int = 0, blocked_until: datetime | None = None) -> None:
    """The turn is over.

    Args:
        connection: In the transaction that says what became of the tasks.
        lane: Which.
        failures: In a row, up to now.
        blocked_until: Nothing is sent before.
    """
    connection.execute(
        update(LANES)
        .where(LANES.c.name == lane)
        .values(held_until=None, failures=failures, blocked_until=blocked_until)
    )


def state_of(connection: Connection, once: str) -> tuple[str, str]:
    """How a task stands, and how its last attempt went; empty words for one that there is not."""
    row = connection.execute(select(OUTBOX.c.state, OUTBOX.c.detail).where(OUTBOX.c.once == once)).one_or_none()
    return ("", "") if row is None else (str(row.state), str(row.detail))


def _tasks(connection: Connection, query: Select[Any]) -> Sequence[Task]:
    return [
        Task(
            id=row.id, kind=row.kind, once=row.once, ticket=row.ticket, data=row.data, created_at=row.created_at,
            due_at=row.due_at, attempts=row.attempts,
        )
        for row in connection.execute(query)
    ]  # fmt: skip
