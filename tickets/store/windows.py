"""Windows: times of a rehearsal or of maintenance, in which what happens is expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from tickets.store.tables import WINDOWS

Kind = Literal["rehearsal", "maintenance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One of them.

    Attributes:
        match: Labels of the alerts that are expected; `*` in a value stands for anything.
        reason: For people.
        actor: Who began it.
        ended_by: Who ended it before its time.
    """

    id: int
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    match: Mapping[str, str]
    reason: str
    actor: str
    ended_by: str | None = None


class NoSuchWindow(LookupError):  # noqa: N818  (answered with 404)
    """There is no window of that number that could be ended."""


def begin(
    connection: Connection, *, kind: Kind, starts_at: datetime, ends_at: datetime, match: Mapping[str, str],
    reason: str, actor: str,
) -> Window:  # fmt: skip
    """A new window."""
    values = {"kind": kind, "starts_at": starts_at, "ends_at": ends_at, "match": dict(match), "reason": reason}
    key = connection.execute(insert(WINDOWS).values(**values, actor=actor)).inserted_primary_key
    assert key is not None  # noqa: S101  (an INSERT of one row has one)
    return load(connection, key[0])


def end(connection: Connection, number: int, at: datetime, actor: str) -> Window:
    """Ends a window now.

    Raises:
        NoSuchWindow: There is none, or it is over.
    """
    changed = connection.execute(
        update(WINDOWS).where(WINDOWS.c.id == number, WINDOWS.c.ends_at > at).values(ends_at=at, ended_by=actor)
    )
    if changed.rowcount != 1:
        raise NoSuchWindow(number)
    return load(connection, number)


def load(connection: Connection, number: int) -> Window:
    """A window.

    Raises:
        NoSuchWindow: There is none.
    """
    row = connection.execute(select(WINDOWS).where(WINDOWS.c.id == number)).mappings().one_or_none()
    if row is None:
        raise NoSuchWindow(number)
    return Window(**row)


def active(connection: Connection, at: datetime) -> list[Window]:
    """Those that last at a moment, the oldest first."""
    statement = select(WINDOWS).where(WINDOWS.c.starts_at <= at, WINDOWS.c.ends_at > at).order_by(WINDOWS.c.id)
    return [Window(**row) for row in connection.execute(statement).mappings()]


def newest(connection: Connection, most: int) -> list[Window]:
    """The newest, over or not."""
    rows = connection.execute(select(WINDOWS).order_by(WINDOWS.c.id.desc()).limit(most)).mappings()
    return [Window(**row) for row in rows]
