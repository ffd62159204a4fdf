"""Small facts of the service itself, by name."""

from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from tickets.store.tables import KEPT


def get(connection: Connection, name: str) -> Any:
    """The fact; None when there is none."""
    return connection.execute(select(KEPT.c.value).where(KEPT.c.name == name)).scalar_one_or_none()


def put(connection: Connection, name: str, value: Any) -> None:
    """Keeps a fact in the place of the one before.

    Args:
        connection: In a transaction that writes.
        name: Of the fact.
        value: Anything that JSON can hold.
    """
    into = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(KEPT)
    statement = into.values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=[KEPT.c.name], set_={"value": value}))
