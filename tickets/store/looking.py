"""How a store stands, without opening it: nothing is made, upgraded or written, not even beside the file."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, inspect, select
from sqlalchemy import text as sql
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from facts import identifiers
from facts.message import msg, verbatim
from tickets.store.opening import BUSY_SECONDS, SQLITE, StoreUnavailable, address, on_postgresql, refused_file, told
from tickets.store.tables import ACCOUNTS

READ_ONLY = "postgresql_readonly"


class Standing(StrEnum):
    """What opening a store would do."""

    NEW = "new"
    BEHIND = "behind"
    CURRENT = "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen of a store.

    Attributes:
        place: Where it is, without a password.
        standing: What opening it would do: make it, upgrade it, or nothing.
        revision: Of its tables; empty where there are none.
        newest: The revision that this program makes.
        accounts: Each with whether it is disabled.
    """

    place: str
    standing: Standing
    revision: str = ""
    newest: str = ""
    accounts: Mapping[str, bool] = field(default_factory=dict)


def look(text: str) -> Look:
    """How the store stands.

    Args:
        text: See `opening.address`.

    Raises:
        ValueError: It is no address of a store.
        StoreUnavailable: It cannot be read, a file of it could not be made, or it is newer than this program.
    """
    url = address(text)
    place = _place(url)
    if url.get_backend_name() == SQLITE:
        file = Path(url.database or "").absolute()
        if not _is_there(file):
            return Look(place=place, standing=Standing.NEW)
        engine = _file(file)
    else:
        engine = on_postgresql(url)
    try:
        with told(), engine.connect().execution_options(**{READ_ONLY: True}) as connection, connection.begin():
            return _seen(connection, place)
    except DBAPIError as error:
        raise StoreUnavailable(
            msg(
                "The ticket store cannot be read: {error}.", error=verbatim(str(error.orig).strip().partition("\n")[0])
            ),
            msg("Check [tickets] database, and what its user may read there."),
        ) from None
    finally:
        engine.dispose()


def _seen(connection: Connection, place: str) -> Look:
    from tickets.store.migrating import revisions

    at, newest = revisions(connection)
    if at != newest and connection.dialect.name != SQLITE:
        _may_create(connection)
    if at is None:
        return Look(place=place, standing=Standing.NEW, newest=newest)
    accounts = {}
    if inspect(connection).has_table(ACCOUNTS.name):
        accounts = {row.name: row.disabled for row in connection.execute(select(ACCOUNTS.c.name, ACCOUNTS.c.disabled))}
    return Look(
        place=place,
        standing=Standing.CURRENT if at == newest else Standing.BEHIND,
        revision=at,
        newest=newest,
        accounts=accounts,
    )


def _place(url: URL) -> str:
    if url.get_backend_name() == SQLITE:
        return str(Path(url.database or "").absolute())
    named = url.query.get("host") or url.host or "localhost"
    host = named if isinstance(named, str) else ",".join(named)
    return f"{host}:{url.port}/{url.database}" if url.port else f"{host}/{url.database}"


def _is_there(file: Path) -> bool:
    """Whether there is a file, which can be read; where there is none, whether its folder can be made at least."""
    try:
        with file.open("rb"):
            return True
    except FileNotFoundError:
        existing = next(each for each in file.parents if each.exists())
        if not existing.is_dir():
            raise refused_file(f"{existing} is no folder") from None
        return False
    except OSError as error:
        raise refused_file(str(error)) from None


def _file(file: Path) -> Engine:
    """A file that is only read.

    SQLite makes its log and index beside a file even for reading, and whoever made them owns them: a service of another user could
    then not open its store. So the index is used where a service has made one; without one nobody writes, and the file is read as it is.
    """
    way = "readonly_shm=1" if Path(f"{file}-shm").exists() else "immutable=1"
    uri = f"file:{quote(str(file))}?mode=ro&{way}"
    return create_engine(
        "sqlite+pysqlite://",
        creator=lambda: sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS),
        poolclass=NullPool,
        hide_parameters=True,
    )


def _may_create(connection: Connection) -> None:
    """The next start makes tables or changes them: nobody wants to learn that night that it may not."""
    schema, user, may = connection.execute(
        sql("SELECT current_schema(), current_user, has_schema_privilege(current_schema(), 'CREATE')")
    ).one()
    if not may:
        name = schema or "public"
        raise StoreUnavailable(
            msg("{user} may not create tables in the schema {schema} of the ticket store.", user=user, schema=name),
            verbatim(f"GRANT CREATE, USAGE ON SCHEMA {identifiers.quote(name)} TO {identifiers.quote(user)};"),
        )
