"""What intake has to know of the ticket of a key, from the rows of `open_keys` and `tickets`."""

import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from tickets.names import OPEN, State, Urgency
from tickets.store.opening import POSTGRESQL
from tickets.store.tables import OPEN_KEYS, TICKETS

# Variables of one statement: SQLite's own limit is 32,766.
_AT_ONCE = 5_000
# Advisory locks are held by drawer, not by key: PostgreSQL has room for some thousand locks in all.
_LOCK, _DRAWERS = 0x7E4F, 512
_COLUMNS = [
    TICKETS.c[name]
    for name in ("number", "urgency", "state", "firing", "seen", "waiting_for", "resolved_at", "closed_at")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A ticket that alerts can go to.

    Attributes:
        firing: Alerts that have not ended.
        seen: Alerts that have fired at any time.
        paused: It waits for somebody.
        ended_at: When it was resolved or closed.
    """

    number: int
    urgency: Urgency
    state: State
    firing: frozenset[str]
    seen: frozenset[str]
    paused: bool
    ended_at: datetime | None


def open_by_key(connection: Connection, keys: Collection[str]) -> dict[str, Standing]:
    """The open tickets of these keys."""
    found: dict[str, Standing] = {}
    for some in _portions(keys):
        statement = (
            select(OPEN_KEYS.c.key, *_COLUMNS)
            .join(TICKETS, TICKETS.c.number == OPEN_KEYS.c.ticket)
            .where(OPEN_KEYS.c.key.in_(some))
        )
        for row in connection.execute(statement):
            found[row.key] = _standing(row)
    return found


def seen(connection: Connection, number: int) -> frozenset[str]:
    """Every alert that a ticket has ever held for firing."""
    return frozenset(connection.execute(select(TICKETS.c.seen).where(TICKETS.c.number == number)).scalar_one())


def newest_ended(connection: Connection, key: str) -> Standing | None:
    """The newest ticket of a key that is resolved or closed, and was not merged into another."""
    statement = (
        select(*_COLUMNS)
        .where(TICKETS.c.key == key, TICKETS.c.state.not_in([state.value for state in OPEN]))
        .order_by(TICKETS.c.number.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _standing(row)


def firing(connection: Connection) -> dict[str, tuple[int, str]]:
    """The alerts that open tickets hold for firing: number and key of the ticket by fingerprint."""
    statement = select(TICKETS.c.number, TICKETS.c.key, TICKETS.c.firing).where(
        TICKETS.c.state.in_([state.value for state in OPEN])
    )
    return {
        fingerprint: (row.number, row.key or "") for row in connection.execute(statement) for fingerprint in row.firing
    }


def lock(connection: Connection, keys: Collection[str]) -> None:
    """Makes everybody else who takes in alerts of these keys wait until this transaction ends.

    On SQLite there is one writer at a time anyway. On PostgreSQL this spares races and deadlocks; what keeps one open ticket a key is the
    primary key of `open_keys` alone.
    """
    if not _is_postgresql(connection):
        return
    drawers = sorted({_drawer(key) for key in keys})
    statement = text(f"SELECT pg_advisory_xact_lock({_LOCK}, drawer) FROM unnest(CAST(:drawers AS int[])) AS drawer")  # noqa: S608  (a constant)
    connection.execute(statement.bindparams(bindparam("drawers", type_=ARRAY(Integer))), {"drawers": drawers})


def _drawer(key: str) -> int:
    return zlib.crc32(key.encode()) % _DRAWERS


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == POSTGRESQL


def _portions(keys: Iterable[str]) -> Iterable[list[str]]:
    rest = sorted(set(keys))
    for start in range(0, len(rest), _AT_ONCE):
        yield rest[start : start + _AT_ONCE]


def _standing(row: Row[Any]) -> Standing:
    ended = [each for each in (row.resolved_at, row.closed_at) if each is not None]
    return Standing(
        number=row.number,
        urgency=Urgency(row.urgency),
        state=State(row.state),
        firing=frozenset(row.firing),
        seen=frozenset(row.seen),
        paused=row.waiting_for is not None,
        ended_at=max(ended, default=None),
    )
