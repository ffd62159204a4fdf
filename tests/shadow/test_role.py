"""What the shadow's own role may not do, whoever makes it try."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest

from facts.postgres import PostgresFacts
from shadow.planner import ShadowPlanner
from shadow.server import Server
from tests.shadow.forging import Opened, Trap

REFUSED = [
    "RUN", "COPY (SELECT 1) TO 'MARK'", "SELECT lo_export(lo_from_bytea(0, 'x'), 'MARK')", "SELECT lo_import('SECRET')",
    "SELECT pg_read_file('SECRET')", "SELECT pg_read_binary_file('SECRET')", "SELECT pg_stat_file('SECRET')", "SELECT pg_ls_dir('/')",
    "ALTER SYSTEM SET archive_command = 'touch MARK'", "SELECT pg_reload_conf()", "SELECT * FROM pg_hba_file_rules",
    "CREATE EXTENSION hstore", "CREATE EXTENSION dblink", "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'libc', 'getpid'",
    "CREATE FUNCTION f() RETURNS int LANGUAGE internal AS 'pg_read_file'", "LOAD 'SECRET'", "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres", "GRANT pg_execute_server_program TO CURRENT_USER", "ALTER ROLE CURRENT_USER SUPERUSER",
    "CREATE ROLE another", "CREATE DATABASE another", "CREATE SCHEMA another", "CREATE TABLESPACE another LOCATION '/tmp'",
    "CREATE FOREIGN DATA WRAPPER another", "CREATE EVENT TRIGGER another ON ddl_command_end EXECUTE FUNCTION f()",
    "CREATE SUBSCRIPTION another CONNECTION 'host=127.0.0.1' PUBLICATION p", "SET session_preload_libraries = 'SECRET'",
    "SET dynamic_library_path = '/tmp'", "UPDATE pg_class SET relfilenode = 0", "SET allow_system_table_mods = on",
]  # fmt: skip


@pytest.fixture(scope="module")
def planner(opened: Opened, wares: PostgresFacts) -> Iterator[ShadowPlanner]:
    with opened(wares) as planner:
        yield planner


@pytest.mark.parametrize("statement", REFUSED)
def test_the_shadow_s_role_may_not(planner: ShadowPlanner, trap: Trap, statement: str) -> None:
    with planner._connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(trap.text(statement))
    assert not trap.mark.exists()


def test_the_shadow_s_role_is_who_it_is_from_the_start(planner: ShadowPlanner) -> None:
    with planner._connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("RESET SESSION AUTHORIZATION")
        cursor.execute("DISCARD ALL")
        cursor.execute("SELECT session_user = current_user, rolsuper FROM pg_roles WHERE rolname = session_user")
        assert cursor.fetchall() == [(True, False)]
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        assert cursor.fetchall() == [("10s", "10s")]


def test_the_trap_would_catch_a_superuser(server: Server, trap: Trap) -> None:
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(trap.text("RUN"))
    assert trap.mark.exists()
