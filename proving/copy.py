"""The connection to the copy: indexes are built and dropped on it, everything else is read-only and bounded in time."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2.extensions import quote_ident

from collectors.postgres_connection import CLIENT_GRACE_SECONDS, CONNECT_TIMEOUT_SECONDS, NoAnswerError, wait
from facts.message import Message, msg

APPLICATION_NAME = "tenfold-prove"
STATEMENT_TIMEOUT_SECONDS = 30
BUILD_TIMEOUT_SECONDS = 3600
LOCK_TIMEOUT_SECONDS = 10
# Every index that is built here is named so; what an earlier proof left behind when it was killed is known by it.
PREFIX = "tenfold_proof_"

_SERVER = "SELECT pg_postmaster_start_time(), pg_is_in_recovery(), current_database()"
_LEFT = """
SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('i', 'I') AND starts_with(c.relname, %s)
  AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
"""


class RefusedCopyError(Exception):
    """The database cannot serve as the copy.

    Attributes:
        message: Why, in one sentence.
        remedy: What to do.
    """

    def __init__(self, message: Message, remedy: Message) -> None:
        """Keeps both."""
        super().__init__(str(message))
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Copy:
    """A database that may be changed.

    Attributes:
        database: Its name.
    """

    connection: psycopg2.extensions.connection
    database: str

    def rows(self, statement: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of one statement, in a transaction of its own that changes nothing.

        Raises:
            psycopg2.Error: The server refused it, or it took longer than `STATEMENT_TIMEOUT_SECONDS`.
            NoAnswerError: No answer came at all.
        """
        limit = f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_SECONDS * 1000}"
        with self.connection.cursor() as cursor:
            try:
                self._run(cursor, f"BEGIN READ ONLY; {limit}; {statement}", parameters, STATEMENT_TIMEOUT_SECONDS)
                return cursor.fetchall()
            finally:
                self._run(cursor, "ROLLBACK", None, STATEMENT_TIMEOUT_SECONDS)

    def change(self, statement: str) -> None:
        """Runs a statement that builds or drops an index, or sets something for this connection.

        Raises:
            psycopg2.Error: The server refused it, or a lock was not to be had.
            NoAnswerError: No answer came at all.
        """
        with self.connection.cursor() as cursor:
            # Apart, because an index is built concurrently only outside of a transaction, which several statements at once are.
            self._run(cursor, f"SET statement_timeout = {BUILD_TIMEOUT_SECONDS * 1000}", None, BUILD_TIMEOUT_SECONDS)
            self._run(cursor, f"SET lock_timeout = {LOCK_TIMEOUT_SECONDS * 1000}", None, BUILD_TIMEOUT_SECONDS)
            self._run(cursor, statement, None, BUILD_TIMEOUT_SECONDS)

    def _run(
        self, cursor: psycopg2.extensions.cursor, statement: str, parameters: Sequence[Any] | None, seconds: float
    ) -> None:
        if self.connection.closed:
            return
        try:
            cursor.execute(statement, parameters)
            wait(self.connection, seconds + CLIENT_GRACE_SECONDS)
        except NoAnswerError:
            self.connection.close()
            raise
        except (KeyboardInterrupt, SystemExit):
            # What was built is still to be dropped, so the connection has to be usable afterwards.
            self.connection.cancel()
            with contextlib.suppress(psycopg2.Error, NoAnswerError):
                wait(self.connection, CLIENT_GRACE_SECONDS)
            raise

    def sweep(self) -> tuple[str, ...]:
        """Drops what proofs have built here, this one or an earlier one that was killed.

        Returns:
            Statements for what could not be dropped, for somebody who may.
        """
        left = []
        for schema, name in self.rows(_LEFT, [PREFIX]):
            qualified = f"{quote_ident(schema, self.connection)}.{quote_ident(name, self.connection)}"
            statement = f"DROP INDEX IF EXISTS {qualified}"
            try:
                self.change(statement)
            except psycopg2.Error:
                left.append(statement)
        return tuple(left)


@contextlib.contextmanager
def open_copy(dsn: str, audited: Sequence[datetime]) -> Iterator[Copy]:
    """Connects to the copy.

    Args:
        dsn: A libpq connection string or URL.
        audited: When the servers of the audit were started, which no two servers share to the microsecond; they are refused.

    Raises:
        psycopg2.Error: It refused us or was not there.
        NoAnswerError: It accepted and never answered.
        RefusedCopyError: It is a server of the audit, or one that takes no changes.
    """
    connection = psycopg2.connect(
        dsn,
        # Asynchronous, so that Ctrl-C is heard while an index is being built.
        async_=1,
        application_name=APPLICATION_NAME,
        client_encoding="UTF8",
        keepalives=1,
        keepalives_idle=10,
    )
    try:
        wait(connection, CONNECT_TIMEOUT_SECONDS)
        copy = Copy(connection, "")
        started_at, standby, database = copy.rows(_SERVER)[0]
        if started_at in audited:
            raise RefusedCopyError(
                msg("this is a server that the audit has read; indexes are built for proof only on a copy of it"),
                msg("Name the address of a staging copy after --prove."),
            )
        if standby:
            raise RefusedCopyError(
                msg("the copy is a standby, which takes no index"),
                msg("Promote it, or name a copy that may be changed."),
            )
        yield Copy(connection, database)
    finally:
        connection.close()
