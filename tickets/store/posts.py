"""What arrived, as it was; and what could not be understood yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from facts.message import Message
from tickets.store.tables import OUTCOMES, POSTS


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPost:
    """A post as it is kept.

    Attributes:
        alerts: How many it held when it was counted.
        body: Compressed; empty where it was too large to be kept.
        problem: Why it, or some of it, is quarantined.
        replayed_by: The post that took it in again.
    """

    id: int
    at: datetime
    source: str
    sender: str
    alerts: int
    truncated: int
    body: bytes
    problem: Message | str | None
    replayed_by: int | None


class NoSuchPost(LookupError):  # noqa: N818  (answered with 404)
    """There is no post of that number."""


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Keeps posts; their numbers, in the same order.

    Args:
        connection: In a transaction that writes.
        rows: `at, source, sender, alerts, truncated, body, problem`.
    """
    if len(rows) == 1:
        key = connection.execute(insert(POSTS).values(**rows[0])).inserted_primary_key
        return [key[0]]  # type: ignore[index]  # an INSERT of one row has one
    statement = insert(POSTS).returning(POSTS.c.id, sort_by_parameter_order=True)
    return list(connection.execute(statement, list(rows)).scalars())


def load(connection: Connection, number: int) -> KeptPost:
    """A post.

    Raises:
        NoSuchPost: There is none.
    """
    row = connection.execute(select(POSTS).where(POSTS.c.id == number)).mappings().one_or_none()
    if row is None:
        raise NoSuchPost(number)
    return KeptPost(**row)


def mark_replayed(connection: Connection, number: int, by: int) -> bool:
    """Notes which post took it in again; False when another has done so already."""
    changed = connection.execute(
        update(POSTS).where(POSTS.c.id == number, POSTS.c.replayed_by.is_(None)).values(replayed_by=by)
    )
    return changed.rowcount == 1


def quarantine(connection: Connection, most: int, before: int | None = None) -> list[dict[str, Any]]:
    """Posts with a problem that nobody has replayed, the newest first, without their bodies.

    Args:
        connection: That reads.
        most: Of them.
        before: Only those with a smaller number.
    """
    columns = [POSTS.c[name] for name in ("id", "at", "source", "sender", "alerts", "problem")]
    statement = select(*columns, func.length(POSTS.c.body).label("kept_bytes")).where(
        POSTS.c.problem.is_not(None), POSTS.c.replayed_by.is_(None)
    )
    if before is not None:
        statement = statement.where(POSTS.c.id < before)
    return [dict(row) for row in connection.execute(statement.order_by(POSTS.c.id.desc()).limit(most)).mappings()]


def quarantined_count(connection: Connection) -> int:
    """How many posts wait in quarantine."""
    statement = select(func.count()).where(POSTS.c.problem.is_not(None), POSTS.c.replayed_by.is_(None))
    return int(connection.execute(statement).scalar_one())


def quarantined_places(connection: Connection, number: int) -> list[int]:
    """Which alerts of a post are in quarantine."""
    statement = select(OUTCOMES.c.ordinal).where(OUTCOMES.c.post == number, OUTCOMES.c.outcome == "quarantined")
    return list(connection.execute(statement).scalars())
