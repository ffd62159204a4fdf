"""Every SQL constant runs on every server at hand, as the role that `tenfold init` creates, and finds what is there."""

import importlib
import pkgutil
from typing import Any

import psycopg2
import pytest

import collectors
import collectors.watching
from collectors import postgres_indexes, postgres_server, postgres_statements
from collectors.postgres_connection import Session, connect
from collectors.postgres_sent import every_statement
from tests.collectors.conftest import Audited
from tests.conftest import PostgresServer

# There may be nothing to find: no standby, no slot, and pageinspect is for superusers alone.
MAY_BE_EMPTY = {
    "postgres_replication.REPLICAS",
    "postgres_replication.SLOTS",
    "postgres_indexes.PAGEINSPECT",
    "postgres_activity.ACTIVITY",
    "postgres_column_statistics.STATISTICS",
}
ONLY_FOR_SUPERUSERS = "postgres_indexes.HEIGHTS"
CHECKPOINTER_SINCE = 170000


def sql_constants() -> dict[str, str]:
    """Every public SELECT of the collectors and of what watches, by module and name."""
    found: dict[str, str] = {}
    for package, before in ((collectors, ""), (collectors.watching, "watching.")):
        for module in pkgutil.iter_modules(package.__path__):
            if not module.name.startswith("postgres"):
                continue
            for name, value in vars(importlib.import_module(f"{package.__name__}.{module.name}")).items():
                if not name.isupper() or not isinstance(value, str) or value.split(maxsplit=1)[0] != "SELECT":
                    continue
                # What watches takes some of the collectors' own statements.
                if not before or value not in found.values():
                    found[f"{before}{module.name}.{name}"] = value
    return found


def rendered(name: str, statement: str, version_number: int) -> str | None:
    """The statement as its collector would send it to this version; None where it would not."""
    if name == "postgres_replication.CHECKPOINTS" and version_number < CHECKPOINTER_SINCE:
        return None
    if name == "postgres_replication.CHECKPOINTS_BEFORE_17" and version_number >= CHECKPOINTER_SINCE:
        return None
    special = {
        "postgres_indexes.INDEXES": lambda: postgres_indexes.indexes_statement(version_number),
        "postgres_indexes.HEIGHTS": lambda: statement.format(schema="public"),
        "postgres_server.DATABASE": lambda: postgres_server.database_statement(version_number),
        "postgres_statements.INFO": lambda: statement.format(schema="public"),
        "watching.postgres_statements.TEXTS": lambda: statement.format(schema="public"),
        "postgres_statements.ENTRIES": lambda: postgres_statements.entries_statement(
            version_number, "public", text=True
        ),
    }
    return special[name]() if name in special else statement


def parameters(name: str, statement: str, session: Session) -> list[Any] | None:
    if "%s" not in statement:
        return None
    if name == "postgres_server.SETTINGS":
        return [list(postgres_server.SETTING_NAMES)]
    if name == "postgres_definitions.VIEW_DEFINITION":
        return [session.rows("SELECT 'public.paid_orders'::regclass::oid")[0][0]]
    if name == "watching.postgres_statements.TEXTS":
        return [[row[0] for row in session.rows("SELECT DISTINCT queryid FROM public.pg_stat_statements(false)")]]
    kinds = "SELECT oid FROM pg_class WHERE relkind IN ('r', 'p', 'm') AND relnamespace::regnamespace::text !~ '^pg_'"
    return [[row[0] for row in session.rows(kinds)]]


def test_the_search_for_constants_finds_them() -> None:
    modules = {name.rpartition(".")[0] for name in sql_constants()}
    assert modules >= {
        f"postgres_{subject}"
        for subject in (
            "activity column_statistics constraints definitions indexes replication server statements tables".split()
        )
    } | {"watching.postgres", "watching.postgres_statements"}


def test_what_watches_during_a_rehearsal_stands_in_the_list_that_is_shown_beforehand() -> None:
    shown = {" ".join(statement.split()) for name, statement in every_statement() if name.startswith("watching")}
    watching = {name: text for name, text in sql_constants().items() if name.startswith("watching.")}
    assert shown == {" ".join((rendered(name, text, 180000) or "").split()) for name, text in watching.items()}


@pytest.mark.parametrize("name", sorted(set(sql_constants()) - {ONLY_FOR_SUPERUSERS}))
def test_the_least_privileged_role_may_run_it(session: Session, name: str) -> None:
    constant = sql_constants()[name]
    statement = rendered(name, constant, session.version_number)
    if statement is None:
        with pytest.raises((psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn)):
            session.rows(constant)
        return
    rows = session.rows(statement, parameters(name, statement, session))
    assert rows or name in MAY_BE_EMPTY


def test_the_height_of_an_index_is_read_by_a_superuser_through_pageinspect(postgres_server: PostgresServer) -> None:
    database = postgres_server.create_database(
        "CREATE EXTENSION pageinspect",
        "CREATE TABLE small (id integer PRIMARY KEY)",
        "CREATE TABLE large AS SELECT n AS id FROM generate_series(1, 2000) n",
        "CREATE INDEX large_id ON large (id)",
    )
    session = connect(postgres_server.dsn(database))
    tables = [row[0] for row in session.rows("SELECT oid FROM pg_class WHERE relname IN ('small', 'large')")]
    schema = session.rows(postgres_indexes.PAGEINSPECT)[0][0]
    heights = session.rows(postgres_indexes.HEIGHTS.format(schema=schema), [tables])
    session.close()
    assert sorted(height for _oid, height in heights) == [0, 1]


def test_no_statement_outlives_itself(mall: Audited) -> None:
    session = connect(mall.dsn)
    limits = session.rows("SELECT current_setting('statement_timeout'), current_setting('transaction_read_only')")[0]
    assert limits == ("15s", "on")
    with session.connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        session._wait()
        assert cursor.fetchone() != ("15s",)
    session.close()
