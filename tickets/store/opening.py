"""Opens the store and brings its tables up to date."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.pool import QueuePool

from facts.message import Message, msg, verbatim

APPLICATION_NAME = "tenfold-tickets"
CONNECT_SECONDS = 5
STATEMENT_MS = 15_000
LOCK_MS = 5_000
POOL = 8
BUSY_SECONDS = 10.0
ATTEMPTS = 20
SQLITE, POSTGRESQL = "sqlite", "postgresql"
_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg2", "postgres": "postgresql+psycopg2"}
WRITES = "tenfold_writes"
# What PostgreSQL says when two transactions meet: serialization failure, deadlock, lock not available.
_RACES = frozenset({"40001", "40P01", "55P03"})
T = TypeVar("T")


class StoreUnavailable(Exception):  # noqa: N818  (a state of the world, answered with 503)
    """The store cannot be used now.

    Attributes:
        reason: What happened.
        remedy: What to do about it; None where waiting is all.
    """

    def __init__(self, reason: Message, remedy: Message | None = None) -> None:
        """Keeps both."""
        super().__init__(str(reason))
        self.reason = reason
        self.remedy = remedy


class Raced(Exception):  # noqa: N818  (a turn of events, handled by beginning anew)
    """Somebody else wrote first; the transaction begins anew."""


@dataclass(frozen=True, slots=True)
class Store:
    """An open store.

    Attributes:
        engine: Of SQLAlchemy.
    """

    engine: Engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end of the block; on SQLite there is one at a time.

        Raises:
            Raced: Another process wrote the same first.
            StoreUnavailable: The database does not answer.
        """
        with told(), self._for_writing() as connection, _raced(), connection.begin():
            yield connection

    def _for_writing(self) -> Connection:
        return self.engine.connect().execution_options(**{WRITES: True})

    def writing(self, change: Callable[[Connection], T]) -> T:
        """Makes a change in a transaction of its own; anew when somebody else was faster.

        Args:
            change: Has no effect outside of the connection that it is given.

        Raises:
            StoreUnavailable: The database does not answer, or the race was lost too often.
        """
        for _ in range(ATTEMPTS):
            try:
                with self.write() as connection:
                    return change(connection)
            except Raced:
                continue
        raise StoreUnavailable(msg("The ticket store is too busy: the same ticket is being written all the time."))

    def close(self) -> None:
        """Gives every connection back."""
        self.engine.dispose()


def address(text: str) -> URL:
    """A store's URL with the driver that we use.

    Args:
        text: `sqlite:///FILE`, `postgresql://…`, or a path of a file.

    Raises:
        ValueError: It is none of these.
    """
    if "://" not in text:
        return URL.create(_DRIVERS["sqlite"], database=text)
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise ValueError(str(error)) from None
    if url.drivername not in _DRIVERS:
        raise ValueError(url.drivername)
    return url.set(drivername=_DRIVERS[url.drivername])


def open_store(text: str) -> Store:
    """The store, its tables up to date.

    Args:
        text: See `address`.

    Raises:
        ValueError: It is no address of a store.
        StoreUnavailable: The database cannot be opened, or is newer than this program.
    """
    url = address(text)
    if url.get_backend_name() == SQLITE and url.database:
        _make(Path(url.database).absolute())
    engine = _sqlite(url) if url.get_backend_name() == SQLITE else on_postgresql(url)
    from tickets.store.migrating import upgrade

    try:
        with told():
            upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def _make(file: Path) -> None:
    """An empty file for its owner alone: hashes of passwords and people's words will be in it; SQLite gives its log the same rights."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_CLOEXEC | os.O_RDWR, 0o600))
    except OSError as error:
        raise refused_file(str(error)) from None


def refused_file(error: str) -> StoreUnavailable:
    """What to do about a file that the system does not let us have."""
    return StoreUnavailable(
        msg("The file of the ticket store cannot be opened: {error}.", error=error),
        msg("Choose another place with [tickets] database, or run as the user who owns it."),
    )


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=POOL,
        max_overflow=POOL,
        hide_parameters=True,  # An error's text ends in logs; hashes and people's words do not belong there.
        connect_args={"timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        # We say BEGIN ourselves: sqlite3's own begins too late, and never for reading.
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            # A 2xx is a promise, also when the power fails.
            "synchronous = FULL",
            "foreign_keys = ON",
            f"busy_timeout = {int(BUSY_SECONDS * 1000)}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # IMMEDIATE: two that read first and write later would end in "database is locked", without any waiting.
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def on_postgresql(url: URL) -> Engine:
    """A server, with time limits on whatever it is asked."""
    return create_engine(
        url,
        pool_size=POOL,
        max_overflow=POOL,
        pool_pre_ping=True,
        hide_parameters=True,  # See above.
        pool_timeout=CONNECT_SECONDS,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": APPLICATION_NAME,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            # A 2xx is a promise here too, whatever the server's default is.
            "options": f"-c synchronous_commit=on -c statement_timeout={STATEMENT_MS} -c lock_timeout={LOCK_MS}"
            " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC",
        },
    )


@contextmanager
def told() -> Iterator[None]:
    """Turns what the driver says into what people can do something about."""
    try:
        yield
    except (Raced, StoreUnavailable):
        raise
    except OperationalError as error:
        raise StoreUnavailable(
            msg("The ticket store does not answer: {error}.", error=_first_line(error)),
            msg("Check [tickets] database, and that its server runs and its disk has room."),
        ) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable(msg("The connection to the ticket store was lost.")) from error
        if type(error) is DatabaseError:  # SQLite's word for a file that is damaged, or was never a database.
            raise StoreUnavailable(
                msg("The ticket store cannot be read: {error}.", error=_first_line(error)),
                msg("Restore it from a backup, or name another one with [tickets] database."),
            ) from error
        raise
    except PoolExhausted as error:
        raise StoreUnavailable(msg("The ticket store is too busy to answer.")) from error


@contextmanager
def _raced() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Raced from error
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) in _RACES:
            raise Raced from error
        raise


def _first_line(error: DBAPIError) -> Message:
    lines = str(error.orig).strip().splitlines()
    return verbatim(lines[0].rstrip(".") if lines else type(error.orig).__name__)
