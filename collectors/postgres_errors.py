"""What PostgreSQL's and libpq's errors mean, and the command that mends each."""

import re

import psycopg2

from collectors.postgres_connection import NoAnswerError
from collectors.runner import CollectorError
from facts import quantities
from facts.identifiers import quote
from facts.message import msg, verbatim
from facts.readings import Status

_ESCAPED = msg(
    "write it as postgresql://user@host:5432/database; in a password / is %2F, @ is %40, : is %3A and ? is %3F"
)
# libpq tells failures of the connection only in words; each row: part of its text, what happened, what to do.
_CONNECTION_FAILURES = (
    (
        "password authentication failed",
        msg("the password was refused"),
        msg("check the user and password of the DSN, or the line in ~/.pgpass"),
    ),
    (
        "no password supplied",
        msg("the server asks for a password and none was given"),
        msg("put the password into ~/.pgpass, or {variable} into the DSN", variable="${NAME}"),
    ),
    (
        "does not support SSL",
        msg("the DSN asks for TLS and the server does not offer it"),
        msg("switch on `ssl` on the server, or write sslmode=prefer if the network is trusted"),
    ),
    (
        "no pg_hba.conf entry",
        msg("the server's pg_hba.conf does not let this host, user or encryption in"),
        msg("add a line for this host and user to pg_hba.conf; for managed services allow this address"),
    ),
    (
        "certificate verify failed",
        msg("the server's certificate was not trusted"),
        msg("name its certificate authority with sslrootcert=… in the DSN"),
    ),
    ("SSL error", msg("TLS was refused"), msg("compare sslmode in the DSN with the server's settings")),
    (
        "too many clients",
        msg("the server has no free connection slot"),
        msg("wait, or raise max_connections; the role of `tenfold init` needs one connection for each database"),
    ),
    (
        "too many connections for role",
        msg("the role's connection limit is used up"),
        msg("ALTER ROLE … CONNECTION LIMIT n: one for each database that is watched, and two for audits"),
    ),
    (
        "remaining connection slots are reserved",
        msg("the server has no free connection slot"),
        msg("wait, or raise max_connections"),
    ),
    (
        "must be loaded via",
        msg("pg_stat_statements was created and is not loaded"),
        msg("shared_preload_libraries = 'pg_stat_statements' in postgresql.conf, and restart"),
    ),
    (
        "Connection refused",
        msg("nothing listens there"),
        msg("check host and port of the DSN, and that the server runs"),
    ),
    ("could not translate host name", msg("the host name is not known"), msg("check the host of the DSN")),
    (
        "No such file or directory",
        msg("nothing listens on that socket"),
        msg("check host and port of the DSN, and that the server runs"),
    ),
    ("timeout expired", msg("no answer"), msg("check host, port and firewall")),
    ("Network is unreachable", msg("the network is not reachable"), msg("check host and routes")),
    ("No route to host", msg("the host is not reachable"), msg("check host and routes")),
    ("the database system is starting up", msg("the server is starting"), msg("wait until it accepts connections")),
    ("the database system is shutting down", msg("the server is shutting down"), msg("start it again")),
    ("invalid dsn", msg("the DSN is not valid"), msg("write it as postgresql://user@host:5432/database")),
    (
        "invalid connection option",
        msg("the DSN has an option that libpq does not know"),
        msg("write it as postgresql://user@host:5432/database"),
    ),
    ("server closed the connection", msg("the server closed the connection"), msg("look into the server's log")),
    # Their texts show what libpq took for the port, and that is the password's head where it holds a bare slash.
    ("invalid integer value", msg("the DSN's port is no number"), _ESCAPED),
    ("invalid port number", msg("the DSN's port is no number"), _ESCAPED),
)
_TIMED_OUT = {
    "57014": msg("the statement took longer than its time limit"),
    "55P03": msg("a lock was held by somebody else"),
}
_DENIED = re.compile(r"permission denied for (database|schema|table|view|materialized view|foreign table) (.+)")
_PRIVILEGES = {"database": "CONNECT ON DATABASE", "schema": "USAGE ON SCHEMA"}


def understand(error: Exception) -> CollectorError | None:
    """The failure behind a driver's exception, or None for an exception that is not the driver's."""
    if isinstance(error, NoAnswerError):
        return CollectorError(
            msg("the server accepted and gave no answer within {seconds}", seconds=quantities.seconds(error.seconds)),
            status=Status.TIMED_OUT,
            remedy=msg("look whether the server is overloaded or stopped, or a firewall drops its answers"),
        )
    if not isinstance(error, psycopg2.Error):
        return None
    text = str(error).strip()
    first_line = text.splitlines()[0].removeprefix("FATAL:").strip() if text else type(error).__name__
    state = error.pgcode or ""
    denied = _DENIED.search(first_line)
    if denied is not None:
        return _denied(denied.group(), denied.group(1), denied.group(2).strip('"'))
    if state == "42501":
        return CollectorError(
            verbatim(first_line),
            status=Status.FORBIDDEN,
            remedy=msg("GRANT pg_monitor TO the role, as `tenfold init` prints"),
        )
    if state in _TIMED_OUT:
        return CollectorError(_TIMED_OUT[state], status=Status.TIMED_OUT)
    if state == "3D000" or ("database" in text and "does not exist" in text):
        return CollectorError(
            msg("there is no such database"), remedy=msg("list them with: psql -l, and correct the DSN")
        )
    if state in {"42P01", "42883", "42703"}:
        return CollectorError(verbatim(first_line), status=Status.UNSUPPORTED)
    if "role" in text and "does not exist" in text:
        return CollectorError(
            verbatim(first_line), remedy=msg("run the SQL that `tenfold init` prints, or correct the user of the DSN")
        )
    for part, happened, remedy in _CONNECTION_FAILURES:
        if part in text:
            return CollectorError(happened, remedy=remedy)
    return CollectorError(verbatim(first_line))


def _denied(sentence: str, kind: str, name: str) -> CollectorError:
    privilege = _PRIVILEGES.get(kind, "SELECT ON")
    remedy = msg("{grant} TO the role", grant=f"GRANT {privilege} {quote(name)}")
    return CollectorError(verbatim(sentence), status=Status.FORBIDDEN, remedy=remedy)
