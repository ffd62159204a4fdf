"""Frozen evidence: written once, never changed; read back with its hash computed again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from tickets.evidence.document import Broken, Sealed, unseal
from tickets.store.tables import EVIDENCE


class NoSuchEvidence(LookupError):  # noqa: N818  (answered with 404)
    """There is none of that number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """One part of a ticket's evidence.

    Attributes:
        part: `first`, `after`, or `by-hand-…`.
        sha256: As it was when it was frozen.
        verified: What is kept still has that hash.
        document: None when what is kept cannot be read any more.
    """

    id: int
    ticket: int
    at: datetime
    part: str
    sha256: str
    verified: bool
    document: Any


def keep(connection: Connection, ticket: int, at: datetime, part: str, sealed: Sealed) -> int | None:
    """Keeps a part; its number, or None when that part is kept already."""
    known = select(EVIDENCE.c.id).where(EVIDENCE.c.ticket == ticket, EVIDENCE.c.part == part)
    if connection.execute(known).first() is not None:
        return None
    row = insert(EVIDENCE).values(ticket=ticket, at=at, part=part, sha256=sealed.sha256, body=sealed.body)
    return int(connection.execute(row).inserted_primary_key[0])  # type: ignore[index]  # an INSERT of one row has one


def parts(connection: Connection, ticket: int) -> Sequence[Frozen]:
    """All parts of a ticket's evidence with their documents, the oldest first."""
    rows = connection.execute(select(EVIDENCE).where(EVIDENCE.c.ticket == ticket).order_by(EVIDENCE.c.id))
    return [_frozen(row) for row in rows]


def part(connection: Connection, ticket: int, number: int) -> Frozen:
    """One part.

    Raises:
        NoSuchEvidence: The ticket has none of that number.
    """
    wanted = select(EVIDENCE).where(EVIDENCE.c.ticket == ticket, EVIDENCE.c.id == number)
    row = connection.execute(wanted).first()
    if row is None:
        raise NoSuchEvidence(number)
    return _frozen(row)


def _frozen(row: Any) -> Frozen:
    try:
        document, now = unseal(row.body)
    except Broken:
        document, now = None, ""
    return Frozen(
        id=row.id, ticket=row.ticket, at=row.at, part=row.part, sha256=row.sha256, verified=now == row.sha256,
        document=document,
    )  # fmt: skip
