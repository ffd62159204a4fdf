"""The connection to the copy: indexes are built and dropped on it, everything else is read-only and bounded in time."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2
import psycopg2.errorcodes
import psycopg2.extensions
from psycopg2.extensions import quote_ident

from collectors.postgres_connection import CLIENT_GRACE_SECONDS, CONNECT_TIMEOUT_SECONDS, NoAnswerError, wait
from facts.message import Message, msg, verbatim

APPLICATION_NAME = "tenfold-prove"
STATEMENT_TIMEOUT_SECONDS = 30
BUILD_TIMEOUT_SECONDS = 3600
LOCK_TIMEOUT_SECONDS = 10
# Every index that is built here is named so; what an earlier proof left behind when it was killed is known by it.
PREFIX = "tenfold_proof_"
# Two proofs on one copy would drop each other's indexes.
_LOCK = 7_363_115_020_260
_SERVER = """
SELECT pg_postmaster_start_time(), pg_is_in_recovery(), current_database(), pg_try_advisory_lock(%s),
       (SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid())
"""
_LEFT = """
SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'i' AND starts_with(c.relname, %s)
"""
# Whatever else is wrong concerns one statement or one index; these concern the connection (PostgreSQL's manual, appendix A).
_LOST = ("08", "57P01", "57P02", "57P03", "57P05")
# In the messages of these classes the server quotes values: of rows, which nobody may read in a report.
_TELLING = ("22", "23", "P0")


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


@dataclass(slots=True)
class Copy:
    """A database that may be changed.

    Attributes:
        connect: Opens a further connection, for tidying up after one that was lost.
        database: Its name.
    """

    connection: psycopg2.extensions.connection
    connect: Callable[[], psycopg2.extensions.connection]
    database: str = ""

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
                if not self.connection.closed:
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
        try:
            cursor.execute(statement, parameters)
            wait(self.connection, seconds + CLIENT_GRACE_SECONDS)
        except NoAnswerError:
            self.connection.close()
            raise
        except (KeyboardInterrupt, SystemExit):
            # The server has to stop, too; what was built is dropped over a connection of its own.
            with contextlib.suppress(psycopg2.Error, NoAnswerError):
                self.connection.cancel()
                wait(self.connection, CLIENT_GRACE_SECONDS)
            self.connection.close()
            raise

    def sweep(self) -> tuple[str, ...]:
        """Drops what proofs have built here, this one or an earlier one that was killed.

        Returns:
            Statements for what could not be dropped, for somebody who may.

        Raises:
            psycopg2.Error: No connection is to be had any more.
            NoAnswerError: No answer came at all.
        """
        if self.connection.closed:
            self.connection = self.connect()
        left = []
        for schema, name in self.rows(_LEFT, [PREFIX]):
            qualified = f"{quote_ident(schema, self.connection)}.{quote_ident(name, self.connection)}"
            statement = f"DROP INDEX IF EXISTS {qualified}"
            try:
                self.change(statement)
            except psycopg2.Error as error:
                if is_lost(self, error):
                    raise
                left.append(statement)
        return tuple(left)


@contextlib.contextmanager
def open_copy(dsn: str, audited: Sequence[datetime], *, alone: bool = True) -> Iterator[Copy]:
    """Connects to the copy.

    Args:
        dsn: A libpq connection string or URL.
        audited: When the servers of the audit were started, which no two servers share to the microsecond; they are refused.
        alone: Nobody else may be connected to the database: production never is without sessions, a copy for a proof should be.

    Raises:
        psycopg2.Error: It refused us or was not there.
        NoAnswerError: It accepted and never answered.
        RefusedCopyError: It is a server of the audit, one that takes no changes, or one on which somebody works.
    """
    copy = Copy(_connect(dsn), lambda: _connect(dsn))
    try:
        started_at, standby, copy.database, free, others = copy.rows(_SERVER, [_LOCK])[0]
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
        if not free:
            raise RefusedCopyError(
                msg("another proof is running on this copy"), msg("Wait for its end, or name another copy.")
            )
        if others and alone:
            raise RefusedCopyError(
                msg("{count} other sessions are connected to this database, as on a server in use", count=others),
                msg("Name a copy that nobody works with, or end what is connected to it."),
            )
        yield copy
    finally:
        copy.connection.close()


def is_lost(copy: Copy, error: psycopg2.Error) -> bool:
    """Whether the connection is gone, so that nothing more can be asked on it."""
    return bool(copy.connection.closed) or error.pgcode is None or error.pgcode.startswith(_LOST)


def words_of(error: psycopg2.Error) -> Message:
    """Why the server refused something, without the values that its message may quote."""
    code = error.pgcode or ""
    lines = str(error).strip().splitlines()
    if code.startswith(_TELLING) or not lines:
        name = psycopg2.errorcodes.lookup(code) if code in vars(psycopg2.errorcodes).values() else code or "?"
        return msg("the server refused it: {condition}", condition=name)
    return verbatim(lines[0])


def _connect(dsn: str) -> psycopg2.extensions.connection:
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
        # Values are written into statements as constants: a backslash in one has to be nothing but a backslash.
        with connection.cursor() as cursor:
            cursor.execute("SET standard_conforming_strings = on")
            wait(connection, CONNECT_TIMEOUT_SECONDS)
    except BaseException:
        connection.close()
        raise
    return connection
