"""The one connection that a watched database gets, kept between scrapes and never doubled.

A server that stops answering in the middle of a statement keeps the connection: a second one beside it would be a second backend
beside a stuck one, once a scrape, until no slot is left for the mall. So what was asked stays asked; the next scrape waits on for the
answer within its own time, throws it away when it comes, and goes on from there. Only a connection that is truly gone is replaced.

Every statement is one message, and so one transaction: read only, with limits of its own that end with it. A pooler in between
(PgBouncer in transaction mode) never hands a setting of ours to the mall's sessions.
"""

import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.extensions

from collectors.postgres_connection import APPLICATION_NAME, LOCK_TIMEOUT_MS, NoAnswerError, wait

STATEMENT_TIMEOUT_SECONDS = 5
_OPTIONS: dict[str, Any] = {
    "async_": 1,
    "application_name": APPLICATION_NAME,
    "client_encoding": "UTF8",
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,  # milliseconds
}
# The server itself ends a login that takes longer (authentication_timeout, 1 min): then nobody is there to answer any more.
CONNECTING_AT_MOST_SECONDS = 60.0
PROLOGUE = (
    "SET TRANSACTION READ ONLY",
    f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_SECONDS * 1000}",
    f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}",
    "SET LOCAL jit = off",
)
OWN_PATH = "SET LOCAL search_path = pg_catalog"


@dataclass(slots=True)
class Line:
    """A database's connection.

    Attributes:
        dsn: Where the server is.
        database: In the place of the DSN's.
        deadline: Until when, on the monotonic clock, a wait may last; whoever scrapes sets it.
        columns: Names of the newest rows' columns.
    """

    dsn: str
    database: str | None = None
    deadline: float = math.inf
    columns: tuple[str, ...] = ()
    _connection: psycopg2.extensions.connection | None = None
    _waits: bool = False
    _since: float = 0.0

    @property
    def version_number(self) -> int:
        """The server's version, such as 180006; 0 while there is no connection."""
        return self._connection.server_version if self._connection is not None else 0

    @property
    def name(self) -> str:
        """The database's name; libpq's rules for a DSN without one."""
        if self.database:
            return self.database
        named = psycopg2.extensions.parse_dsn(self.dsn)
        return str(named.get("dbname") or os.environ.get("PGDATABASE") or named.get("user") or "")

    @property
    def stands(self) -> bool:
        """Whether a statement can be sent now."""
        return self._connection is not None and not self._connection.closed and not self._waits

    def ready(self) -> None:
        """Connects where there is no connection, and waits out what an earlier scrape asked.

        Raises:
            psycopg2.Error: The server refused us, was not there, or is gone.
            NoAnswerError: It gives no answer; the connection stays as it is.
        """
        if self._connection is None or self._connection.closed:
            options = {**_OPTIONS, "dbname": self.database} if self.database else _OPTIONS
            self._connection = psycopg2.connect(self.dsn, **options)
            self._waits, self._since = True, time.monotonic()
            self._answer(self._connection, fresh=True)
        elif self._waits:
            connecting = not self._connection.server_version
            try:
                self._answer(self._connection, fresh=connecting)
            except NoAnswerError:
                if connecting and time.monotonic() - self._since > CONNECTING_AT_MOST_SECONDS:
                    self.close()
                raise
            except psycopg2.Error:
                # What went wrong then is not what this scrape asks, unless the connection is gone.
                if not self.stands:
                    raise

    def rows(
        self, statement: str, parameters: Sequence[Any] | None = None, *, own: bool = True
    ) -> list[tuple[Any, ...]]:
        """All rows of one statement.

        Args:
            statement: One SELECT, without a semicolon.
            parameters: Values for its `%s`; with None a `%` stands for itself.
            own: A statement of ours, which names everything; another one keeps the role's search path.

        Raises:
            psycopg2.Error: The server refused it; the connection can be used on unless it is closed.
            NoAnswerError: No answer came in time; see `ready`.
        """
        if self._connection is None or not self.stands:
            raise NoAnswerError(0.0)
        prologue = (*PROLOGUE, OWN_PATH) if own else PROLOGUE
        with self._connection.cursor() as cursor:
            cursor.execute("; ".join((*prologue, statement)), parameters)
            self._waits = True
            self._answer(self._connection)
            self.columns = tuple(each.name for each in cursor.description or ())
            return cursor.fetchall()

    def _answer(self, connection: psycopg2.extensions.connection, *, fresh: bool = False) -> None:
        try:
            wait(connection, max(self.deadline - time.monotonic(), 0.0))
        except psycopg2.Error:
            self._waits = False
            if fresh:
                self.close()
            raise
        self._waits = False

    def close(self) -> None:
        """Ends the connection; safe to call twice."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._waits = None, False
