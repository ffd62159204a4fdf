"""Reads one PostgreSQL server: each configured database over one connection, twice when rates matter.

`begin` connects and takes the first reading; the caller waits out the window once for all targets, calling `look` now and
then, or lets the connection `rest` where somebody else needs the one that a database gives us; `finish` takes the second
reading and closes. Every collector is isolated: what fails is recorded and the rest goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from collectors import (
    postgres_activity,
    postgres_column_statistics,
    postgres_constraints,
    postgres_definitions,
    postgres_indexes,
    postgres_replication,
    postgres_server,
    postgres_statements,
    postgres_tables,
)
from collectors.masking.definitions import mask_schema
from collectors.postgres_connection import Session, Usage, connect
from collectors.postgres_errors import understand
from collectors.runner import CollectorError, Notes, run
from facts.message import msg
from facts.postgres import PostgresFacts, Server
from facts.readings import Reading, Status, Target
from facts.schema import Schema

T = TypeVar("T")


@dataclass(slots=True)
class Begun:
    """One database between its two readings."""

    target: str
    database: str
    session: Session | None
    dsn: str = ""
    refusal: CollectorError | None = None
    readings: list[Reading] = field(default_factory=list)
    server: Server | None = None
    first: postgres_statements.Counters | None = None
    looks: list[list[tuple[Any, ...]]] = field(default_factory=list)


def begin(target: str, dsn: str, databases: Sequence[str], *, two_readings: bool) -> list[Begun]:
    """Connects to each database and takes the first reading of its counters.

    Args:
        target: The target's name in the configuration.
        dsn: Where the server is.
        databases: Which databases to read; empty: the one that the DSN names.
        two_readings: Whether a second reading follows a window later.
    """
    return [_begin_one(target, dsn, name, two_readings=two_readings) for name in (databases or (None,))]


def _begin_one(target: str, dsn: str, database: str | None, *, two_readings: bool) -> Begun:
    try:
        session = connect(dsn, database)
    except Exception as error:
        refusal = understand(error)
        if refusal is None:
            raise
        return Begun(target=target, database=database or "", session=None, refusal=refusal)
    begun = Begun(target=target, database=session.database, session=session, dsn=dsn)
    reading, begun.server = run(
        "postgres_server", lambda _: postgres_server.read_server(session), understand=understand
    )
    begun.readings.append(reading)
    if two_readings:
        reading, begun.first = run(
            "postgres_statements", lambda _: postgres_statements.first_reading(session), understand=understand
        )
        look(begun)
    return begun


def look(begun: Begun) -> None:
    """One look at the sessions; a failed look is simply missing."""
    session = begun.session
    if session is None or session.connection.closed:
        return
    _, rows = run("postgres_activity", lambda _: postgres_activity.sample(session), understand=understand)
    if rows is not None:
        begun.looks.append(rows)


def rest(begun: Begun) -> None:
    """Gives the connection back until `finish`, which opens another."""
    if begun.session is not None:
        begun.session.close()


def finish(begun: Begun, *, keep_values: bool, rested: bool = False) -> PostgresFacts:
    """Takes the second reading of counters, reads everything else, and closes the connection.

    Args:
        begun: From `begin`.
        keep_values: Leave personal values as they are.
        rested: The connection was given back in between; one that the server ended is gone.
    """
    if rested and begun.session is not None:
        begun.session = _again(begun, begun.session)
    if begun.session is None:
        return PostgresFacts(target=begun.target, database=begun.database, readings=(_refused(begun),))
    try:
        return _read_all(begun, begun.session, keep_values=keep_values)
    finally:
        begun.session.close()


def _again(begun: Begun, before: Session) -> Session | None:
    """A new connection that goes on counting what the first one cost; None where the server is gone, which `refusal` tells."""
    try:
        session = connect(begun.dsn, begun.database or None)
    except Exception as error:
        begun.refusal = understand(error)
        if begun.refusal is None:
            raise
        return None
    session.usage = before.usage
    return session


def target_record(target: str, begun: Sequence[Begun], facts: Sequence[PostgresFacts]) -> Target:
    """The target's line in the report: reachable, and what is missing."""
    refused = [each for each in begun if each.refusal is not None]
    if refused:
        names = ", ".join(each.database for each in refused if each.database)
        first = _refused(refused[0])
        detail = (
            msg("{databases}: {reason}", databases=names, reason=first.detail)
            if names and first.detail
            else first.detail
        )
        return Target(
            name=target, kind="postgres", status=first.status, detail=detail, remedy=first.remedy, unreachable=True
        )
    broken = [reading for each in facts for reading in each.readings if reading.status not in {Status.OK, Status.EMPTY}]
    if broken:
        worst = broken[0]
        return Target(name=target, kind="postgres", status=worst.status, detail=worst.detail, remedy=worst.remedy)
    return Target(name=target, kind="postgres", status=Status.OK)


def usage(begun: Sequence[Begun]) -> list[Usage]:
    """What each connection cost."""
    return [each.session.usage for each in begun if each.session is not None]


def _refused(begun: Begun) -> Reading:
    refusal = begun.refusal
    return Reading(
        collector="postgres_connection",
        status=refusal.status if refusal else Status.FAILED,
        detail=refusal.detail if refusal else None,
        remedy=refusal.remedy if refusal else None,
    )


def _read_all(begun: Begun, session: Session, *, keep_values: bool) -> PostgresFacts:
    server = begun.server

    def collect(name: str, read: Callable[[Notes], T | None]) -> T | None:
        if session.connection.closed:
            gone = msg("the server had stopped answering")
            reading = Reading(collector=name, status=Status.TIMED_OUT, detail=gone)
            begun.readings.append(reading)
            return None
        reading, brought = run(name, read, understand=understand)
        begun.readings.append(reading)
        return brought

    statements = collect(
        "postgres_statements",
        lambda notes: postgres_statements.read(session, begun.first, server.started_at, notes) if server else None,
    )
    activity = collect("postgres_activity", lambda _: postgres_activity.read(session, begun.looks))
    settings = collect("postgres_settings", lambda _: postgres_server.read_settings(session))
    database = collect("postgres_database", lambda _: postgres_server.read_database(session))
    schema = _read_schema(session, collect, keep_values=keep_values)
    replication = collect("postgres_replication", lambda _: postgres_replication.read(session))
    write_ahead = collect("postgres_write_ahead", lambda _: postgres_replication.read_write_ahead(session))
    return PostgresFacts(
        target=begun.target,
        database=begun.database,
        readings=tuple(begun.readings),
        server=server,
        settings=settings or (),
        database_facts=database,
        statements=statements,
        schema=schema,
        activity=activity,
        replication=replication,
        write_ahead=write_ahead,
    )


def _read_schema(session: Session, collect: Callable[..., Any], *, keep_values: bool) -> Schema | None:
    tables = collect("postgres_tables", lambda notes: postgres_tables.read(session, notes))
    if tables is None:
        return None
    indexes = collect("postgres_indexes", lambda notes: postgres_indexes.read(session, notes))
    foreign_keys = collect("postgres_foreign_keys", lambda _: postgres_constraints.read_foreign_keys(session))
    constraints = collect("postgres_constraints", lambda _: postgres_constraints.read_constraints(session))
    statistics = collect("postgres_column_statistics", lambda _: postgres_column_statistics.read(session)) or ()
    definitions = collect("postgres_definitions", lambda notes: postgres_definitions.read(session, notes))
    path = collect("postgres_search_path", lambda _: postgres_server.read_search_path(session)) or ("public",)
    schema = Schema(
        tables=tables,
        indexes=indexes or (),
        foreign_keys=foreign_keys or (),
        constraints=constraints or (),
        statistics=statistics,
        definitions=definitions or (),
        search_path=path,
    )
    return schema if keep_values else mask_schema(schema)
