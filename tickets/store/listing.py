"""Lists of tickets, their numbers by state, and what has changed lately; from the rows that repeat the log."""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from tickets.names import OPEN, State, Urgency, number_of
from tickets.store.tables import TICKETS

CHANGES_AT_MOST = 500
# A transaction writes its time before it commits; one that took this long at most is not overlooked.
OVERLAP = timedelta(seconds=20)
_COLUMNS = [column for column in TICKETS.c if column.name not in {"seen", "key"}]


class Order(StrEnum):
    """Which tickets come first."""

    NEWEST = "newest"
    URGENT = "urgent"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which tickets; an empty field asks for nothing.

    Attributes:
        text: Words of the ticket, or its number.
        nobodys: Only those without an owner.
    """

    states: Collection[State] = ()
    urgencies: Collection[Urgency] = ()
    area: str = ""
    owner: str = ""
    nobodys: bool = False
    reporter: str = ""
    source: str = ""
    text: str = ""
    order: Order = Order.NEWEST


def page(
    connection: Connection, wanted: Wanted, *, number: int, size: int, found: Sequence[int] | None = None
) -> tuple[Sequence[Row[Any]], int]:
    """One page of the tickets that are wanted, and how many there are in all.

    Args:
        connection: To read from.
        wanted: Which.
        number: Of the page, from 1.
        size: Tickets a page.
        found: The numbers of the tickets that have the words of `wanted.text`; None where it asks for none.
    """
    which = conditions(wanted)
    if found is not None:
        called = number_of(wanted.text)
        which.append(TICKETS.c.number.in_(found if called is None else [*found, called]))
    total = connection.execute(select(func.count()).select_from(TICKETS).where(*which)).scalar_one()
    if total <= (number - 1) * size:
        return (), int(total)
    query = _ordered(select(*_COLUMNS).where(*which), wanted.order).limit(size).offset((number - 1) * size)
    return connection.execute(query).all(), int(total)


def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What the columns of a ticket's row have to be; the words are another matter."""
    which: list[ColumnElement[bool]] = []
    if wanted.states:
        which.append(TICKETS.c.state.in_([each.value for each in wanted.states]))
    if wanted.urgencies:
        which.append(TICKETS.c.urgency.in_([each.value for each in wanted.urgencies]))
    if wanted.nobodys:
        which.append(TICKETS.c.owner.is_(None))
    for column in ("area", "owner", "reporter", "source"):
        value = getattr(wanted, column)
        if value:
            which.append(TICKETS.c[column] == value)
    return which


def counts(connection: Connection, reporter: str = "") -> dict[tuple[State, Urgency], int]:
    """How many tickets there are by state and urgency."""
    query = select(TICKETS.c.state, TICKETS.c.urgency, func.count()).group_by(TICKETS.c.state, TICKETS.c.urgency)
    if reporter:
        query = query.where(TICKETS.c.reporter == reporter)
    return {(State(state), Urgency(urgency)): count for state, urgency, count in connection.execute(query)}


def oldest_waiting(connection: Connection, urgency: Urgency) -> datetime | None:
    """Since when the oldest ticket that nobody has taken waits."""
    query = select(func.min(TICKETS.c.opened_at)).where(
        TICKETS.c.state == State.WAITING.value, TICKETS.c.urgency == urgency.value
    )
    moment: datetime | None = connection.execute(query).scalar_one()
    return moment


def opened_lately(connection: Connection, reporter: str, since: datetime) -> int:
    """How many tickets somebody has opened since then."""
    query = select(func.count()).where(TICKETS.c.reporter == reporter, TICKETS.c.opened_at > since)
    return int(connection.execute(query).scalar_one())


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed since a mark.

    Attributes:
        rows: The newest first, those of the last seconds before the mark again.
        mark: To ask with the next time.
        more: There were more than are told: the whole list wants to be read anew.
    """

    rows: Sequence[Row[Any]]
    mark: str
    more: bool


def changes(connection: Connection, mark: str, reporter: str = "") -> Changes:
    """What has changed since a mark; without one, only a mark.

    Times of changes do not come in the order of their commits. So the last seconds before the mark are looked at again, and the mark
    says what was seen in them: a change that commits late is told, and nothing is told where nothing is new.

    Raises:
        ValueError: That is no mark.
    """
    query = select(*_COLUMNS).order_by(TICKETS.c.changed_at.desc(), TICKETS.c.number.desc()).limit(CHANGES_AT_MOST + 1)
    if reporter:
        query = query.where(TICKETS.c.reporter == reporter)
    since = _moment(mark)
    newest = last_change(connection, reporter)
    if newest is None:
        return Changes((), "0.0", more=False)
    start = newest if since is None else min(since, newest)
    rows = connection.execute(query.where(TICKETS.c.changed_at > start - OVERLAP)).all()
    now = _mark(newest, rows)
    if since is None or now == mark:
        return Changes((), now, more=False)
    return Changes(rows[:CHANGES_AT_MOST], now, more=len(rows) > CHANGES_AT_MOST)


def last_change(connection: Connection, reporter: str = "") -> datetime | None:
    """When a ticket changed last."""
    query = select(func.max(TICKETS.c.changed_at))
    if reporter:
        query = query.where(TICKETS.c.reporter == reporter)
    moment: datetime | None = connection.execute(query).scalar_one()
    return moment


def _mark(newest: datetime, rows: Sequence[Row[Any]]) -> str:
    lately = ",".join(f"{row.number}:{row.version}" for row in rows if row.changed_at > newest - OVERLAP)
    return f"{round(newest.timestamp() * 1000)}.{hashlib.sha256(lately.encode()).hexdigest()[:16]}"


def _moment(mark: str) -> datetime | None:
    if not mark:
        return None
    if not re.fullmatch(r"[0-9]{1,13}\.[0-9a-f]{1,16}", mark):
        raise ValueError(mark)
    return datetime.fromtimestamp(int(mark.partition(".")[0]) / 1000, UTC)


def _ordered(query: Select[Any], order: Order) -> Select[Any]:
    if order is Order.CHANGED:
        return query.order_by(TICKETS.c.changed_at.desc(), TICKETS.c.number.desc())
    if order is Order.URGENT:
        rank = {urgency.value: place for place, urgency in enumerate(Urgency)}
        still = case((TICKETS.c.state.in_([each.value for each in OPEN]), 0), else_=1)
        return query.order_by(still, case(rank, value=TICKETS.c.urgency), TICKETS.c.opened_at, TICKETS.c.number)
    return query.order_by(TICKETS.c.number.desc())
