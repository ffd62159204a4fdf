"""One read-only connection to one PostgreSQL database, bounded in every direction.

Every statement runs in a transaction of its own that is READ ONLY and sets its own limits with SET LOCAL. So nothing outlives
the statement: a pooler in between (PgBouncer in transaction mode) never hands a setting of ours to the mall's sessions, and the
mall's own settings can be read as they are. On our side every wait has a deadline that holds even when the server
accepts and never answers.
"""

import os
import select
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE

STATEMENT_TIMEOUT_SECONDS = 15
LOCK_TIMEOUT_MS = 100
CONNECT_TIMEOUT_SECONDS = 8
# The client waits a little longer than the server's own limit, so that the server's clear answer comes first.
CLIENT_GRACE_SECONDS = 3

_EVENTS = {POLL_READ: select.POLLIN, POLL_WRITE: select.POLLOUT}
APPLICATION_NAME = "tenfold"
PROLOGUE = (
    "BEGIN READ ONLY",
    f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_SECONDS * 1000}",
    f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}",
    "SET LOCAL idle_in_transaction_session_timeout = 30000",
    "SET LOCAL jit = off",
    "SET LOCAL search_path = pg_catalog",
)
EPILOGUE = "COMMIT"


class NoAnswerError(Exception):
    """The server accepted the connection or the statement and did not answer within its time.

    Attributes:
        seconds: That were waited.
    """

    def __init__(self, seconds: float) -> None:
        """Keeps the time."""
        super().__init__(f"no answer within {seconds:.0f} s")
        self.seconds = seconds


@dataclass(slots=True)
class Usage:
    """What the session cost the server, as seen from here."""

    statements: int = 0
    execution_seconds: float = 0.0
    longest_lock_wait_seconds: float = 0.0
    cpu_seconds: float | None = None  # of our backend; None where it does not run on this machine


@dataclass(slots=True)
class Session:
    """An open connection; every statement goes through `rows`.

    Attributes:
        version_number: The server's version, such as 180006.
        database: The database that it is connected to.
        usage: Running totals.
    """

    connection: psycopg2.extensions.connection
    version_number: int
    database: str
    usage: Usage = field(default_factory=Usage)

    def rows(self, statement: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of one statement.

        Args:
            statement: One SELECT, without a semicolon.
            parameters: Values for its `%s`; with None a `%` stands for itself.

        Raises:
            psycopg2.Error: The server refused it; the session can be used on.
            NoAnswerError: No answer came in time; the connection is closed, because nothing more can be asked on it.
        """
        self.usage.statements += 1
        started = time.monotonic()
        try:
            with self.connection.cursor() as cursor:
                try:
                    cursor.execute("; ".join((*PROLOGUE, statement)), parameters)
                    self._wait()
                    rows = cursor.fetchall()
                except (KeyboardInterrupt, SystemExit):
                    # A statement is under way; nothing more can be said on this connection.
                    self.connection.close()
                    raise
                finally:
                    self._end_transaction()
            return rows
        except psycopg2.errors.LockNotAvailable:
            waited = time.monotonic() - started
            self.usage.longest_lock_wait_seconds = max(self.usage.longest_lock_wait_seconds, waited)
            raise
        finally:
            self.usage.execution_seconds += time.monotonic() - started

    def _end_transaction(self) -> None:
        if self.connection.closed:
            return
        with self.connection.cursor() as cursor:
            cursor.execute(EPILOGUE)
            self._wait()

    def _wait(self) -> None:
        try:
            wait(self.connection, STATEMENT_TIMEOUT_SECONDS + CLIENT_GRACE_SECONDS)
        except NoAnswerError:
            self.connection.close()
            raise

    def close(self) -> None:
        """Ends the session; safe to call twice."""
        if not self.connection.closed:
            spent = _backend_cpu_seconds(self.connection.get_backend_pid())
            self.usage.cpu_seconds = None if spent is None else spent + (self.usage.cpu_seconds or 0.0)
        self.connection.close()


def connect(dsn: str, database: str | None = None) -> Session:
    """Opens the one connection that a database gets.

    Args:
        dsn: A libpq connection string or URL.
        database: Overrides the database that the DSN names.

    Raises:
        psycopg2.Error: The server refused us or was not there.
        NoAnswerError: It accepted and never answered.
    """
    overrides: dict[str, Any] = {"dbname": database} if database else {}
    # Asynchronous, because libpq's connect_timeout does not cover a server that accepts and then says nothing
    # in every phase, and its blocking calls cannot be given a deadline.
    connection = psycopg2.connect(
        dsn,
        async_=1,
        application_name=APPLICATION_NAME,
        client_encoding="UTF8",
        keepalives=1,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=(STATEMENT_TIMEOUT_SECONDS + CLIENT_GRACE_SECONDS) * 1000,
        **overrides,
    )
    try:
        wait(connection, CONNECT_TIMEOUT_SECONDS)
    except BaseException:
        connection.close()
        raise
    name = connection.get_dsn_parameters().get("dbname", "")
    return Session(connection=connection, version_number=connection.server_version, database=name)


def wait(connection: psycopg2.extensions.connection, seconds: float) -> None:
    """Drives the asynchronous connection until it is ready.

    Raises:
        NoAnswerError: The time is over.
    """
    deadline = time.monotonic() + seconds
    while True:
        state = connection.poll()
        if state == POLL_OK:
            return
        left = max(deadline - time.monotonic(), 0)
        # poll, because select knows no descriptor above 1,023, and a service can have more.
        waiting = select.poll()
        waiting.register(connection.fileno(), _EVENTS[state])
        if not waiting.poll(left * 1000):
            raise NoAnswerError(seconds)


def _backend_cpu_seconds(pid: int) -> float | None:
    """User and system time of the process, if it is a PostgreSQL backend of this machine."""
    process = Path(f"/proc/{pid}")
    try:
        if not (process / "cmdline").read_bytes().startswith(b"postgres: "):
            return None
        fields = (process / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return None
