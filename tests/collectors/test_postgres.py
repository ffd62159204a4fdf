"""A whole reading of a real PostgreSQL: every part is there, and the difference of two readings is the window's work."""

import threading
import time

import pytest

from collectors import postgres
from collectors.postgres_own import others
from collectors.role_sql import role_sql
from facts.postgres import PostgresFacts, Statement
from facts.readings import Status
from facts.schema import Schema
from tests.collectors.conftest import ROLE, SCHEMA, Audited, audited, read
from tests.conftest import PostgresServer


def schema_of(facts: PostgresFacts) -> Schema:
    assert facts.schema is not None
    return facts.schema


def statement(facts: PostgresFacts, part: str) -> Statement:
    assert facts.statements is not None
    (found,) = [each for each in facts.statements.statements if part in each.text]
    return found


@pytest.fixture(scope="module")
def facts(mall: Audited) -> PostgresFacts:
    return mall.read()


def test_every_collector_ends_well(facts: PostgresFacts, mall: Audited) -> None:
    assert {each.status for each in facts.readings} <= {Status.OK, Status.EMPTY}, facts.readings
    begun = postgres.begin("mall", mall.dsn, (), two_readings=False)
    target = postgres.target_record("mall", begun, [postgres.finish(begun[0], keep_values=False)])
    assert (target.status, target.unreachable, target.detail) == (Status.OK, False, None)


def test_the_server_says_who_it_is_and_what_we_may(facts: PostgresFacts, mall: Audited) -> None:
    assert facts.server is not None
    assert facts.server.version_number // 10000 == mall.server.version
    assert facts.server.role == ROLE
    assert not facts.server.superuser
    assert "pg_monitor" in facts.server.memberships
    assert "pg_read_all_data" not in facts.server.memberships


def test_settings_are_those_of_the_malls_sessions_and_not_of_ours(facts: PostgresFacts, mall: Audited) -> None:
    (value,) = mall.server.execute(mall.database, "SELECT reset_val FROM pg_settings WHERE name = 'statement_timeout'")
    assert facts.setting("statement_timeout") == value[0]
    assert facts.setting("shared_buffers")
    assert facts.setting("ssl_key_file") is None


def test_the_database_has_its_size_and_locale(facts: PostgresFacts, mall: Audited) -> None:
    database = facts.database_facts
    assert database is not None
    assert database.name == mall.database
    assert database.size_bytes is not None
    assert database.size_bytes > 7_000_000
    assert database.locale_provider == {18: "builtin", 15: "libc"}[mall.server.version]


def test_tables_have_columns_sizes_and_counters(facts: PostgresFacts) -> None:
    tables = {table.subject: table for table in schema_of(facts).tables}
    assert set(tables) == {
        *("public.users", "public.products", "public.visits", "public.visits_2026"),
        *("public.sales_by_user", "sales.orders"),
    }
    orders = tables["sales.orders"]
    assert [column.name for column in orders.columns] == ["id", "user_id", "state", "placed_at"]
    assert orders.columns[2].type == "sales.order_state"
    assert orders.row_estimate == 1000
    assert orders.heap_bytes
    assert orders.total_bytes
    assert orders.total_bytes > orders.heap_bytes
    assert orders.counters is not None
    assert orders.counters.last_analyzed_at is not None
    assert tables["public.users"].columns[1].collation == "public.plain"
    assert "1.19" in (tables["public.products"].columns[4].generated or "")
    assert tables["public.visits"].partition_key == "RANGE (at)"
    assert tables["public.visits_2026"].parent == tables["public.visits"].oid
    assert "2026-01-01" in (tables["public.visits_2026"].partition_bound or "")


def test_indexes_have_keys_and_definitions(facts: PostgresFacts) -> None:
    indexes = {index.name: index for index in schema_of(facts).indexes}
    placed = indexes["orders_placed"]
    assert (placed.keys, placed.included, placed.method) == (("placed_at",), ("state",), "btree")
    assert placed.key_options == (1,)
    folded = indexes["users_folded"]
    assert folded.key_attributes == (0,)
    assert folded.keys == ("public.folded(email)",)
    assert folded.predicate == "(level > 1)"
    assert indexes["users_pkey"].constraint == "users_pkey"
    assert indexes["users_email_key"].unique
    assert all(index.definition.startswith("CREATE ") and index.size_bytes is not None for index in indexes.values())


def test_constraints_name_their_columns(facts: PostgresFacts) -> None:
    schema = schema_of(facts)
    (key,) = schema.foreign_keys
    assert (key.columns, key.referenced_columns, key.on_delete) == (("user_id",), ("id",), "c")
    definitions = {constraint.definition for constraint in schema.constraints}
    assert "UNIQUE (email)" in definitions
    assert "CHECK (((level >= 0) AND (level <= 9)))" in definitions


def test_what_tables_rest_on_can_be_created_again(facts: PostgresFacts, postgres_server: PostgresServer) -> None:
    definitions = schema_of(facts).definitions
    assert {each.kind for each in definitions} == {
        *("schema", "extension", "collation", "enum", "composite", "domain", "function", "view", "statistics")
    }
    created = [each for each in definitions if each.kind not in {"view", "statistics"} and each.ddl]
    again = postgres_server.create_database(*(each.ddl for each in created))
    labels = postgres_server.execute(again, "SELECT enum_range(NULL::sales.order_state)::text[]")
    assert labels == [(["new", "paid", "it's lost"],)]


def test_column_statistics_come_through_the_function_of_init(facts: PostgresFacts) -> None:
    schema = schema_of(facts)
    names = {(table.name, each.column) for each in schema.statistics if (table := schema.table(each.table_oid))}
    assert names >= {("users", "email"), ("users", "level"), ("orders", "state"), ("products", "price")}


def test_the_window_counts_what_was_done_in_it(postgres_server: PostgresServer) -> None:
    mall = audited(postgres_server, SCHEMA)
    old = "SELECT count(*) FROM users WHERE level = {}"
    born = "SELECT title FROM products WHERE id = {}"
    mall.execute(*(old.format(number) for number in range(3)))
    begun = postgres.begin("mall", mall.dsn, (), two_readings=True)
    mall.execute(*(old.format(number) for number in range(7)), *(born.format(number) for number in range(1, 5)))
    postgres.look(begun[0])
    facts = postgres.finish(begun[0], keep_values=False)
    assert facts.statements is not None
    assert facts.statements.window_kind == "two readings"
    known, fresh = statement(facts, "level = "), statement(facts, "id = ")
    assert (known.calls, known.rows, known.role) == (7, 7, "postgres")
    assert (fresh.calls, fresh.rows) == (4, 4)
    assert known.total_seconds > 0
    assert known.mean_seconds == pytest.approx(known.total_seconds / 7)
    assert known.max_seconds is None  # extremes of a longer time say nothing about the window
    assert fresh.max_seconds is not None
    assert facts.activity is not None
    assert facts.activity.samples == 3


def test_without_a_window_the_counters_since_their_reset_are_read(facts: PostgresFacts) -> None:
    assert facts.statements is not None
    assert facts.statements.window_kind == "since reset"
    assert statement(facts, "INSERT INTO sales.orders").calls == 1


def test_what_happened_only_before_the_window_is_not_of_the_window(postgres_server: PostgresServer) -> None:
    mall = audited(postgres_server, SCHEMA)
    begun = postgres.begin("mall", mall.dsn, (), two_readings=True)
    facts = postgres.finish(begun[0], keep_values=False)
    assert facts.statements is not None
    assert not [each for each in facts.statements.statements if "INSERT" in each.text]


def test_our_own_statements_are_left_out(mall: Audited) -> None:
    mall.read()
    statements = mall.read().statements
    assert statements is not None
    assert ROLE not in {each.role for each in statements.statements}


def test_an_audit_under_the_shops_own_role_keeps_the_shops_work_and_says_so(postgres_server: PostgresServer) -> None:
    mall = audited(postgres_server, SCHEMA)
    mall.execute("SELECT title FROM products WHERE id = 3", "SELECT extract(epoch FROM placed_at) FROM sales.orders")
    read(mall.server.dsn(mall.database))
    facts = read(mall.server.dsn(mall.database))
    assert facts.statements is not None
    assert facts.statements.own_excluded > 20
    assert not [each for each in facts.statements.statements if "FROM pg_" in each.text]
    assert statement(facts, "SELECT title").calls == 1
    assert statement(facts, "SELECT extract").calls == 1
    (counted,) = [each for each in facts.readings if each.collector == "postgres_statements"]
    (omission,) = counted.partial
    assert omission.subject == "the role postgres"
    assert "tenfold init" in str(omission.remedy)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM orders WHERE id = $1",
        'UPDATE "order lines" SET n = $1',
        "INSERT INTO sales.orders VALUES ($1)",
        "SELECT place_order($1)",
        "SELECT * FROM best_sellers($1)",
        "SELECT a.pid FROM pg_stat_activity a JOIN orders o ON o.pid = a.pid",
    ],
)
def test_what_touches_the_mall_is_not_ours(text: str) -> None:
    ours = [
        "SELECT oid, rolname::text FROM pg_roles",
        "SET LOCAL jit = off",
        "CREATE ROLE tenfold",
        "SELECT clock_timestamp()",
    ]
    assert others([*ours, text]) == [False, False, False, False, True]
    assert not any(others(ours))


def test_a_role_of_its_own_is_not_complained_about(mall: Audited) -> None:
    facts = mall.read()
    assert facts.statements is not None
    assert facts.statements.own_excluded > 0
    assert not [each.partial for each in facts.readings if each.collector == "postgres_statements" and each.partial]


def test_tags_of_sqlcommenter_are_kept_and_comments_are_not(postgres_server: PostgresServer) -> None:
    mall = audited(postgres_server, SCHEMA)
    mall.execute("SELECT count(*) /* asked by Alice */ FROM products /*route='%2Fp',traceparent='00-1'*/")
    found = statement(mall.read(), "FROM products")
    assert found.text == "SELECT count(*) FROM products"
    assert found.tags == {"route": "/p"}


def test_each_configured_database_is_read(mall: Audited, postgres_server: PostgresServer) -> None:
    other = audited(postgres_server, "CREATE TABLE coupons (code text)")
    begun = postgres.begin("mall", mall.dsn, [mall.database, other.database], two_readings=False)
    first, second = (postgres.finish(each, keep_values=False) for each in begun)
    assert {table.name for table in schema_of(first).tables} > {"users", "products"}
    assert {table.name for table in schema_of(second).tables} == {"coupons"}
    assert all(usage.statements > 10 for usage in postgres.usage(begun))


def test_sessions_that_wait_and_sessions_that_idle_in_a_transaction_are_seen(mall: Audited) -> None:
    with mall.server.connection(mall.database) as holder, mall.server.connection(mall.database) as waiter:
        holder.cursor().execute("BEGIN; SELECT * FROM users WHERE id = 1 FOR UPDATE")
        pid, blocker = waiter.info.backend_pid, holder.info.backend_pid
        blocked = threading.Thread(
            target=waiter.cursor().execute, args=("UPDATE users SET level = level WHERE id = 1",)
        )
        blocked.start()
        waiting = f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid} AND wait_event_type = 'Lock'"
        while not mall.server.execute("postgres", waiting):
            time.sleep(0.01)
        activity = mall.read().activity
        holder.cursor().execute("ROLLBACK")
        blocked.join()
    assert activity is not None
    assert activity.waiting_on_locks_peak == 1
    assert activity.idle_in_transaction_peak_seconds > 0
    (session,) = [each for each in activity.sessions if each.pid == pid]
    assert session.blocked_by == (blocker,)
    assert session.application == "shop"
    assert activity.connections >= 2


def test_the_role_of_init_reads_no_row_and_writes_nowhere(mall: Audited) -> None:
    for attempt in (
        "SELECT * FROM users",
        "SELECT email FROM users LIMIT 1",
        "CREATE TABLE public.mine (id integer)",
        "SET default_transaction_read_only = off; CREATE TABLE tenfold.mine (id integer)",
        "SET default_transaction_read_only = off; DELETE FROM users",
    ):
        with pytest.raises(Exception, match=r"permission denied|read-only transaction"):
            mall.execute(attempt, role=ROLE)


def test_nobody_else_may_call_the_function_of_init(mall: Audited) -> None:
    mall.server.create_role("curious")
    with pytest.raises(Exception, match="permission denied"):
        mall.execute("SELECT * FROM tenfold.column_statistics()", role="curious")


def test_the_sql_of_init_can_run_twice(mall: Audited) -> None:
    mall.execute(role_sql(ROLE))
    assert {each.status for each in mall.read().readings} <= {Status.OK, Status.EMPTY}


def test_a_superuser_reads_the_same_schema(mall: Audited, facts: PostgresFacts) -> None:
    theirs = schema_of(read(mall.server.dsn(mall.database)))
    ours = schema_of(facts)
    assert {table.subject for table in theirs.tables} == {table.subject for table in ours.tables}
    assert theirs.definitions == ours.definitions
    assert theirs.constraints == ours.constraints
    assert {(each.table_oid, each.column) for each in theirs.statistics} == {
        (each.table_oid, each.column) for each in ours.statistics
    }


def test_a_figure_that_serve_reads_is_our_own_work() -> None:
    declared = "SELECT * FROM (\nSELECT count(*) AS value FROM public.orders\n) AS declared LIMIT $2"
    assert others([declared, "SELECT 1 FROM pg_class"]) == [False, False]
    assert others([declared, "SELECT * FROM orders"]) == [False, True]
