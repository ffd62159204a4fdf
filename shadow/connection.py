"""The shadow's own role at work in one database, where nothing that a snapshot brings along runs for ever.

`statement_timeout` ends what is merely long. A forged function outlives it: it can catch the cancellation (`EXCEPTION WHEN
query_canceled`), which comes once in a statement; it can set the limit to 0 for the statements that follow; and loops of the server
itself, such as `path ?# path`, look for no cancellation at all. So the time is also taken here, where no SQL reaches: past it the
administrator ends the backend, and a backend that does not heed that either ends with the whole server.
"""

import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.extensions

from facts import quantities
from facts.message import Message, msg, verbatim
from shadow.administrator import Administrator
from shadow.server import Server


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one database's shadow may be busy, in seconds.

    Rebuilding a mall takes tenths of a second and planning a statement milliseconds, so all of these are far from what an
    honest snapshot needs.

    Attributes:
        command: For one round trip; longer than the role's statement_timeout, which what is merely long heeds.
        ending: For a backend to end when it is told to.
        database: For all round trips together.
    """

    command: float = 15.0
    ending: float = 5.0
    database: float = 600.0


LIMITS = Limits()
# Another database's command may have cost all of them their server.
SERVER_LOST = msg("the shadow's server had to be ended, because a command of another database could not be")


class EndedError(psycopg2.OperationalError):
    """A command went on past its limit, and its backend was ended; the next command has a new one.

    Attributes:
        reason: The sentence that says so.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the sentence."""
        super().__init__(str(reason))
        self.reason = reason


class SpentError(Exception):
    """Nothing more is run in this database's shadow.

    Attributes:
        reason: Why.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the sentence."""
        super().__init__(str(reason))
        self.reason = reason


def reason_of(error: Exception) -> Message:
    """Why a command failed, in one sentence: ours, or the first line of what the server says."""
    if isinstance(error, EndedError | SpentError):
        return error.reason
    lines = str(error).strip().splitlines()
    return verbatim(lines[0]) if lines else msg("no reason given")


class Cursor(psycopg2.extensions.cursor):
    """A cursor whose `execute` returns when the answer is there."""

    await_answer: Callable[[], None]
    explain_loss: Callable[[], None]

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002  (psycopg2's own name for it)
        """Runs the query.

        Args:
            query: The statement's text.
            vars: Its parameters.

        Raises:
            psycopg2.Error: The server refused it.
            EndedError: It did not end within its limit.
            SpentError: The database's shadow has been given up.
        """
        try:
            super().execute(query, vars)
            self.await_answer()
        except psycopg2.OperationalError:
            self.explain_loss()
            raise


class Connection:
    """A connection as the shadow's role, in autocommit mode; opened again when its backend was ended."""

    def __init__(self, running: Server, administrator: Administrator, role: str, limits: Limits = LIMITS) -> None:
        """Connects to the role's database, which has the role's name.

        Args:
            running: The server.
            administrator: Of the same database; it ends backends.
            role: Its name.
            limits: How long the database's shadow may be busy.
        """
        self._server = running
        self._administrator = administrator
        self._role = role
        self._limits = limits
        self._left = limits.database
        self._spent: Message | None = None
        self._kept: list[tuple[str, tuple[object, ...]]] = []
        self._connection = self._connect()

    @property
    def notices(self) -> list[str]:
        """The server's notices and warnings, the oldest first."""
        return self._connection.notices

    @property
    def server_version(self) -> int:
        """Such as 180006."""
        return self._connection.server_version

    def cursor(self) -> Cursor:
        """A cursor for one or more commands.

        Raises:
            SpentError: The database's shadow has been given up.
        """
        self._open_again()
        return self._new_cursor()

    def keep(self, statement: str, *values: object) -> None:
        """Runs a SET of ours now, and again on every new backend.

        Raises:
            psycopg2.Error: The server refused it; it is not kept.
        """
        self._open_again()
        self._run(statement, values)
        self._kept.append((statement, values))

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def _connect(self) -> psycopg2.extensions.connection:
        connection = self._server.connect_as(self._role, self._role)
        if not _answered(connection, time.monotonic() + self._limits.command):
            connection.close()
            raise psycopg2.OperationalError("the shadow's server takes no connection")
        return connection

    def _open_again(self) -> None:
        if self._spent:
            raise SpentError(self._spent)
        if self._connection.closed:
            try:
                self._connection = self._connect()
            except psycopg2.OperationalError:
                self._explain_loss()
                raise
            for statement, values in self._kept:
                self._run(statement, values)

    def _new_cursor(self) -> Cursor:
        cursor = self._connection.cursor(cursor_factory=Cursor)
        cursor.await_answer, cursor.explain_loss = self._await_answer, self._explain_loss
        return cursor

    def _run(self, statement: str, values: tuple[object, ...]) -> None:
        with self._new_cursor() as cursor:
            cursor.execute(statement, values or None)

    def _await_answer(self) -> None:
        begun = time.monotonic()
        allowed = min(self._limits.command, self._left)
        try:
            answered = _answered(self._connection, begun + allowed)
        finally:
            self._left -= time.monotonic() - begun
        if not answered:
            self._end()
            if self._left > 0:
                raise EndedError(
                    msg("it went on for more than {limit}, so it was ended", limit=quantities.seconds(allowed))
                )
        if self._left <= 0:
            raise self._given_up(
                msg(
                    "the shadow was given up: its commands took more than {limit} in all",
                    limit=quantities.seconds(self._limits.database),
                )
            )

    def _end(self) -> None:
        """Ends the backend; when it does not heed that, the server."""
        self._administrator.end_backend(self._connection.info.backend_pid)
        try:
            ended = _answered(self._connection, time.monotonic() + self._limits.ending)
        except psycopg2.Error:
            ended = True
        self._connection.close()
        if not ended:
            self._server.end()
            raise self._given_up(
                msg(
                    "the shadow was given up: a command that went on for more than {limit} could only be ended with its server",
                    limit=quantities.seconds(self._limits.command),
                )
            )

    def _explain_loss(self) -> None:
        """Gives the shadow up when it is the server that is lost."""
        if self._server.has_ended:
            raise self._given_up(SERVER_LOST) from None

    def _given_up(self, reason: Message) -> SpentError:
        self._spent = reason
        self._connection.close()
        return SpentError(reason)


def _answered(connection: psycopg2.extensions.connection, deadline: float) -> bool:
    """Waits for what was asked of the connection; False when the deadline passes before.

    Args:
        connection: An asynchronous one.
        deadline: By the monotonic clock.
    """
    waiting = select.poll()
    while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
        waiting.register(connection, select.POLLIN if state == psycopg2.extensions.POLL_READ else select.POLLOUT)
        left = deadline - time.monotonic()
        if left <= 0 or not waiting.poll(left * 1000):
            return False
    return True
