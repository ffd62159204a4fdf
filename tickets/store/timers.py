"""What is due next for each ticket: which to look at, and which nobody would look at."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from tickets.names import OPEN, Urgency
from tickets.store.tables import ACCOUNTS, OPEN_KEYS, TICKETS

_IS_OPEN = TICKETS.c.state.in_([state.value for state in OPEN])


def due(connection: Connection, at: datetime, most: int) -> list[int]:
    """The numbers of tickets whose timer is over, the longest overdue first."""
    rows = select(TICKETS.c.number).where(TICKETS.c.next_at <= at).order_by(TICKETS.c.next_at).limit(most)
    return list(connection.execute(rows).scalars())


def hold_if_due(connection: Connection, number: int, at: datetime) -> bool:
    """Holds the ticket's row until the end of the transaction, unless somebody else does or its timer is not over any more."""
    row = select(TICKETS.c.number).where(TICKETS.c.number == number, TICKETS.c.next_at <= at)
    return connection.execute(row.with_for_update(skip_locked=True)).first() is not None


def hold(connection: Connection, number: int) -> bool:
    """Holds the ticket's row until the end of the transaction; whether there is one, and nobody else holds it."""
    row = select(TICKETS.c.number).where(TICKETS.c.number == number)
    return connection.execute(row.with_for_update(skip_locked=True)).first() is not None


def postpone(connection: Connection, number: int, at: datetime) -> None:
    """Looks at a ticket again later."""
    connection.execute(update(TICKETS).where(TICKETS.c.number == number).values(next_at=at))


def all_due(connection: Connection, at: datetime) -> None:
    """Has every open ticket looked at again."""
    connection.execute(update(TICKETS).where(_IS_OPEN).values(next_at=at))


def oldest_due(connection: Connection) -> datetime | None:
    """The earliest timer of all."""
    return connection.execute(
        select(TICKETS.c.next_at).where(TICKETS.c.next_at.is_not(None)).order_by(TICKETS.c.next_at).limit(1)
    ).scalar()


def count_open(connection: Connection) -> int:
    """How many tickets are open."""
    return int(connection.execute(select(func.count()).select_from(TICKETS).where(_IS_OPEN)).scalar_one())


def unattended(connection: Connection, before: datetime, most: int) -> list[tuple[int, datetime | None]]:
    """Open tickets without a timer, or whose timer should have rung before a moment: number and timer."""
    rows = (
        select(TICKETS.c.number, TICKETS.c.next_at)
        .where(_IS_OPEN, or_(TICKETS.c.next_at.is_(None), TICKETS.c.next_at < before))
        .order_by(TICKETS.c.number)
        .limit(most)
    )
    return [(row.number, row.next_at) for row in connection.execute(rows)]


def ownerless(connection: Connection, urgencies: Collection[Urgency], most: int) -> list[int]:
    """Open tickets of these urgencies without an owner."""
    rows = (
        select(TICKETS.c.number)
        .where(_IS_OPEN, TICKETS.c.owner.is_(None), TICKETS.c.urgency.in_([each.value for each in urgencies]))
        .order_by(TICKETS.c.number)
        .limit(most)
    )
    return list(connection.execute(rows).scalars())


def owned_by_disabled(connection: Connection, most: int) -> list[int]:
    """Open tickets whose owner may not log in any more."""
    rows = (
        select(TICKETS.c.number)
        .join(ACCOUNTS, ACCOUNTS.c.name == TICKETS.c.owner)
        .where(_IS_OPEN, ACCOUNTS.c.disabled)
        .order_by(TICKETS.c.number)
        .limit(most)
    )
    return list(connection.execute(rows).scalars())


def some_open(connection: Connection, skip: int, most: int) -> Sequence[int]:
    """Some of the open tickets, by number."""
    rows = select(TICKETS.c.number).where(_IS_OPEN).order_by(TICKETS.c.number).offset(skip).limit(most)
    return connection.execute(rows).scalars().all()


def next_at(connection: Connection, number: int) -> datetime | None:
    """The timer as it stands."""
    at: datetime | None = connection.execute(select(TICKETS.c.next_at).where(TICKETS.c.number == number)).scalar_one()
    return at


def told_of(connection: Connection, key: str, since: datetime) -> bool:
    """Whether there is an open ticket of a key, or one that was seen to since a moment."""
    now_open = select(OPEN_KEYS.c.key).where(OPEN_KEYS.c.key == key)
    lately = select(TICKETS.c.number).where(TICKETS.c.key == key, TICKETS.c.changed_at >= since).limit(1)
    return any(connection.execute(each).first() is not None for each in (now_open, lately))
