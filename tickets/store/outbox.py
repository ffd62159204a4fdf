"""What has yet to be done outside of the store: written with what asks for it, done at least once, by one process at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tickets.store.tables import OUTBOX

PENDING, DONE, GIVEN_UP = "pending", "done", "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do.

    Attributes:
        kind: Says who does it.
        once: What it is known by; a second one of the same is not written.
        attempts: Made before.
    """

    id: int
    kind: str
    once: str
    ticket: int | None
    data: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    attempts: int


def put(
    connection: Connection, *, kind: str, once: str, at: datetime, data: Mapping[str, Any], ticket: int | None = None,
    due_at: datetime | None = None, lane: str | None = None, rank: int = 0,
) -> None:  # fmt: skip
    """Asks for something to be done; asking twice by the same `once` asks for it once.

    What has a lane is not leased here but in turns (`tickets.store.lanes`), the lowest rank first.
    """
    into = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(OUTBOX)
    connection.execute(
        into.values(
            kind=kind, once=once, ticket=ticket, data=dict(data), created_at=at, due_at=due_at or at, attempts=0,
            state=PENDING, detail="", lane=lane, rank=rank,
        ).on_conflict_do_nothing(index_elements=[OUTBOX.c.once])
    )  # fmt: skip


def lease(connection: Connection, by: str, at: datetime, seconds: float, most: int) -> list[Task]:
    """The tasks that are due, nobody else's for so long.

    Args:
        connection: In a transaction that writes.
        by: The process.
        at: Now.
        seconds: Until somebody else may take them, because we died.
        most: Of them.
    """
    due = (
        select(OUTBOX)
        .where(
            OUTBOX.c.state == PENDING,
            OUTBOX.c.lane.is_(None),
            OUTBOX.c.due_at <= at,
            or_(OUTBOX.c.leased_until.is_(None), OUTBOX.c.leased_until <= at),
        )
        .order_by(OUTBOX.c.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(due).all()
    if rows:
        connection.execute(
            update(OUTBOX)
            .where(OUTBOX.c.id.in_([row.id for row in rows]))
            .values(leased_by=by, leased_until=at + timedelta(seconds=seconds))
        )
    return [
        Task(
            id=row.id, kind=row.kind, once=row.once, ticket=row.ticket, data=row.data, created_at=row.created_at,
            due_at=row.due_at, attempts=row.attempts,
        )
        for row in rows
    ]  # fmt: skip


def finish(connection: Connection, task: Task, at: datetime, *, state: str = DONE, detail: str = "") -> None:
    """The task is done, or given up."""
    connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.id == task.id)
        .values(state=state, detail=detail, done_at=at, attempts=task.attempts + 1, leased_by=None, leased_until=None)
    )


def postpone(connection: Connection, task: Task, due_at: datetime, detail: str) -> None:
    """The task is tried again then."""
    connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.id == task.id)
        .values(due_at=due_at, detail=detail, attempts=task.attempts + 1, leased_by=None, leased_until=None)
    )


def waiting(connection: Connection) -> int:
    """How many tasks are not done yet."""
    return int(connection.execute(select(func.count()).where(OUTBOX.c.state == PENDING)).scalar_one())
