"""Small facts of the service itself, by name."""

from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from tickets.store.tables import KEPT


def get(connection: Connection, name: str) -> Any:
    """What is kept under a name; None for nothing."""
    return connection.execute(select(KEPT.c.value).where(KEPT.c.name == name)).scalar_one_or_none()


def put(connection: Connection, name: str, value: Any) -> None:
    """Keeps something under a name, in the place of what was there."""
    into = (
        (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(KEPT).values(name=name, value=value)
    )
    connection.execute(into.on_conflict_do_update(index_elements=[KEPT.c.name], set_={"value": into.excluded.value}))
