"""The ledger: what became of each alert that was received, and whether that adds up."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, literal, select, union_all

from tickets.names import Outcome
from tickets.store.tables import OUTCOMES, POSTS

# Variables of one statement: SQLite's own limit is 32,766.
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Both sides of the ledger, read in one statement.

    Attributes:
        received: Alerts, as the posts were counted when they arrived.
        truncated: Alerts that senders left out, and said so; they are not among the received.
        outcomes: How many of each outcome and reason, as the rows of the ledger say.
    """

    received: int
    truncated: int
    outcomes: Mapping[tuple[Outcome, str], int]

    @property
    def accounted(self) -> int:
        """Alerts of which is known what became of them."""
        return sum(self.outcomes.values())

    @property
    def balanced(self) -> bool:
        """Nothing was lost between arriving and being dealt with."""
        return self.received == self.accounted

    def of(self, outcome: Outcome) -> int:
        """How many had this outcome."""
        return sum(count for (each, _), count in self.outcomes.items() if each is outcome)


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Writes what became of alerts.

    Args:
        connection: In the transaction that keeps their post.
        rows: Every column of `outcomes`.
    """
    if rows:
        connection.execute(insert(OUTCOMES), list(rows))


def balance(connection: Connection) -> Balance:
    """Both sides, from two tables that are written apart, in one statement: so they are of the same moment."""
    statement = union_all(
        select(literal("").label("outcome"), literal("").label("reason"), func.coalesce(func.sum(POSTS.c.alerts), 0)),
        select(literal(""), literal("truncated"), func.coalesce(func.sum(POSTS.c.truncated), 0)),
        select(OUTCOMES.c.outcome, OUTCOMES.c.reason, func.count()).group_by(OUTCOMES.c.outcome, OUTCOMES.c.reason),
    )
    rows = [(row[0], row[1], int(row[2])) for row in connection.execute(statement)]
    totals = {reason: count for outcome, reason, count in rows if not outcome}
    return Balance(
        received=totals[""],
        truncated=totals["truncated"],
        outcomes={(Outcome(outcome), reason): count for outcome, reason, count in rows if outcome},
    )


def unbalanced(connection: Connection, most: int) -> list[int]:
    """Posts whose rows are not as many as their alerts; none unless something is broken."""
    counted = select(OUTCOMES.c.post, func.count().label("rows")).group_by(OUTCOMES.c.post).subquery()
    statement = (
        select(POSTS.c.id)
        .outerjoin(counted, counted.c.post == POSTS.c.id)
        .where(POSTS.c.alerts != func.coalesce(counted.c.rows, 0))
        .order_by(POSTS.c.id)
        .limit(most)
    )
    return list(connection.execute(statement).scalars())


def newest_starts(connection: Connection, ticket: int, fingerprints: Collection[str]) -> dict[str, datetime]:
    """When each alert of a ticket began to fire the last time that it was told of."""
    asked, found = sorted(set(fingerprints)), dict[str, datetime]()
    for start in range(0, len(asked), _AT_ONCE):
        found.update(_newest_starts(connection, ticket, asked[start : start + _AT_ONCE]))
    return found


def _newest_starts(connection: Connection, ticket: int, fingerprints: Collection[str]) -> dict[str, datetime]:
    statement = (
        select(OUTCOMES.c.fingerprint, func.max(OUTCOMES.c.starts_at, type_=OUTCOMES.c.starts_at.type))
        .where(
            OUTCOMES.c.fingerprint.in_(fingerprints),
            OUTCOMES.c.ticket == ticket,
            OUTCOMES.c.status == "firing",
            OUTCOMES.c.starts_at.is_not(None),
        )
        .group_by(OUTCOMES.c.fingerprint)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


@dataclass(frozen=True, slots=True)
class Told:
    """The newest line of the ledger on an alert."""

    key: str
    outcome: Outcome
    status: str
    starts_at: datetime | None
    at: datetime
    ticket: int | None


def newest_of(connection: Connection, fingerprints: Collection[str]) -> dict[str, Told]:
    """What was told last of these alerts, by fingerprint; those that nobody told of are missing."""
    asked, found = sorted(fingerprints), dict[str, Told]()
    for start in range(0, len(asked), _AT_ONCE):
        found.update(_newest_of(connection, asked[start : start + _AT_ONCE]))
    return found


def _newest_of(connection: Connection, fingerprints: Collection[str]) -> dict[str, Told]:
    newest = (
        select(OUTCOMES.c.fingerprint, func.max(OUTCOMES.c.post).label("post"))
        .where(OUTCOMES.c.fingerprint.in_(fingerprints))
        .group_by(OUTCOMES.c.fingerprint)
        .subquery()
    )
    statement = (
        select(OUTCOMES, POSTS.c.at)
        .join(newest, (newest.c.fingerprint == OUTCOMES.c.fingerprint) & (newest.c.post == OUTCOMES.c.post))
        .join(POSTS, POSTS.c.id == OUTCOMES.c.post)
    )
    return {
        row.fingerprint: Told(row.key, Outcome(row.outcome), row.status, row.starts_at, row.at, row.ticket)
        for row in connection.execute(statement)
    }


def of_ticket(connection: Connection, ticket: int, most: int) -> list[dict[str, Any]]:
    """The alerts that went into a ticket, the newest first."""
    statement = (
        select(OUTCOMES, POSTS.c.at, POSTS.c.source)
        .join(POSTS, POSTS.c.id == OUTCOMES.c.post)
        .where(OUTCOMES.c.ticket == ticket)
        .order_by(OUTCOMES.c.post.desc(), OUTCOMES.c.ordinal)
        .limit(most)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]
