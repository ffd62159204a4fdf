"""Every statement that an audit, or watching during a rehearsal, can send to a PostgreSQL server, for a DBA's approval beforehand.

A test reads a server's own log of an audit and finds nothing in it that is not listed here.
"""

from collections.abc import Iterator

from collectors import (
    postgres_activity,
    postgres_column_statistics,
    postgres_constraints,
    postgres_definitions,
    postgres_indexes,
    postgres_readiness,
    postgres_replication,
    postgres_server,
    postgres_statements,
    postgres_tables,
)
from collectors.postgres_connection import EPILOGUE, PROLOGUE
from collectors.watching import postgres as watching
from collectors.watching import postgres_statements as watching_statements

VERSIONS = (130000, 140000, 150000, 160000, 170000, 180000)


def every_statement(extension_schema: str = "public") -> list[tuple[str, str]]:
    """(collector, statement) of everything that can be sent, parameters written as `%s`, without repetition.

    Args:
        extension_schema: Where the extensions pg_stat_statements and pageinspect are; it stands in four of the statements.
    """
    found: dict[tuple[str, str], None] = {("around every statement", text): None for text in (*PROLOGUE, EPILOGUE)}
    for collector, statement in _statements(extension_schema):
        # With parameters the driver turns a doubled percent sign into one; as it is sent is how it is shown.
        sent = statement.replace("%%", "%") if "%s" in statement else statement
        found[collector, "\n".join(line.rstrip() for line in sent.strip().splitlines())] = None
    return list(found)


def _statements(schema: str) -> Iterator[tuple[str, str]]:
    yield from (
        ("postgres_server", text)
        for text in (postgres_server.SERVER, postgres_server.SETTINGS, postgres_server.SEARCH_PATH)
    )
    for version in VERSIONS:
        yield "postgres_server", postgres_server.database_statement(version)
        for text in (False, True):
            yield "postgres_statements", postgres_statements.entries_statement(version, schema, text=text)
        yield "postgres_indexes", postgres_indexes.indexes_statement(version)
    statements = postgres_statements
    yield from (
        ("postgres_statements", text)
        for text in (statements.EXTENSION, statements.INFO.format(schema=schema), statements.ROLES, statements.NOW)
    )
    yield from (("postgres_activity", text) for text in (postgres_activity.ACTIVITY, postgres_activity.SLOTS))
    tables = postgres_tables
    yield from (
        ("postgres_tables", text)
        for text in (tables.TABLES, tables.COLUMNS, tables.SIZES, tables.PARTITIONS, tables.GENERATED)
    )
    indexes = postgres_indexes
    yield from (
        ("postgres_indexes", text)
        for text in (indexes.DEFINITIONS, indexes.PAGEINSPECT, indexes.HEIGHTS.format(schema=schema))
    )
    constraints = postgres_constraints
    yield from (
        ("postgres_constraints", text)
        for text in (constraints.FOREIGN_KEYS, constraints.CONSTRAINT_TABLES, constraints.CONSTRAINTS)
    )
    columns = postgres_column_statistics
    yield from (
        ("postgres_column_statistics", text)
        for text in (columns.OIDS, columns.FUNCTION, columns.FROM_FUNCTION, columns.STATISTICS)
    )
    yield from (("postgres_definitions", text) for text in postgres_definitions.STATEMENTS)
    replication = postgres_replication
    yield from (
        ("postgres_replication", text)
        for text in (
            replication.REPLICAS,
            replication.SLOTS,
            replication.WAL,
            replication.CHECKPOINTS,
            replication.CHECKPOINTS_BEFORE_17,
        )
    )
    yield from (("postgres_readiness", text) for text in postgres_readiness.STATEMENTS)
    yield from (
        ("watching during rehearsals", text)
        for text in (watching.MOMENT, watching_statements.TEXTS.format(schema=schema))
    )
