"""Files that belong to a ticket, in the store: their names are text that is shown, never a path."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from tickets.store.tables import ATTACHMENTS


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as it is handed out."""

    name: str
    sha256: str
    body: bytes


def put(connection: Connection, ticket: int, at: datetime, actor: str, name: str, body: bytes) -> tuple[int, str]:
    """Keeps a file; its number and its SHA-256."""
    digest = hashlib.sha256(body).hexdigest()
    kept = connection.execute(
        insert(ATTACHMENTS).values(
            ticket=ticket, at=at, actor=actor, name=name, size=len(body), sha256=digest, body=body
        )
    )
    return int(kept.inserted_primary_key[0]), digest  # type: ignore[index]  # an INSERT of one row has one


def get(connection: Connection, ticket: int, number: int) -> File | None:
    """The file, if it belongs to that ticket."""
    query = select(ATTACHMENTS.c.name, ATTACHMENTS.c.sha256, ATTACHMENTS.c.body).where(
        ATTACHMENTS.c.id == number, ATTACHMENTS.c.ticket == ticket
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else File(row.name, row.sha256, bytes(row.body))


def brought_lately(connection: Connection, actor: str, since: datetime) -> int:
    """How many bytes somebody has brought since then."""
    query = select(func.coalesce(func.sum(ATTACHMENTS.c.size), 0)).where(
        ATTACHMENTS.c.actor == actor, ATTACHMENTS.c.at > since
    )
    return int(connection.execute(query).scalar_one())
