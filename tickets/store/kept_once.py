"""Small facts of the service that are made once, by whichever process comes first."""

from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from tickets.store import kept
from tickets.store.opening import Store
from tickets.store.tables import KEPT


def kept_once(store: Store, name: str, make: Callable[[], str]) -> str:
    """The fact; made when nobody has made it yet, and then the same for everybody.

    Args:
        store: Where.
        name: Of the fact.
        make: Makes one; what it made is thrown away when somebody else was faster.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    with store.read() as connection:
        known = _known(connection, name)
    if known is not None:
        return known
    made = make()

    def keep(connection: Connection) -> str:
        into = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(KEPT)
        connection.execute(into.values(name=name, value=made).on_conflict_do_nothing(index_elements=["name"]))
        return _known(connection, name) or made

    return store.writing(keep)


def _known(connection: Connection, name: str) -> str | None:
    value = kept.get(connection, name)
    return None if value is None else str(value)
