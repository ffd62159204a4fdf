"""An ACCESS EXCLUSIVE lock on one table costs that table's definitions and nothing else, and the report says so."""

from collectors import postgres
from facts.postgres import PostgresFacts
from facts.readings import Omission, Status
from facts.schema import Schema
from tests.collectors.conftest import Audited


def notes(facts: PostgresFacts, collector: str) -> list[Omission]:
    (reading,) = [each for each in facts.readings if each.collector == collector]
    assert reading.status is Status.OK
    return list(reading.partial)


def read_under_lock(mall: Audited, table: str) -> tuple[Schema, PostgresFacts, postgres.Begun]:
    with mall.server.connection(mall.database) as holder:
        holder.cursor().execute(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        (begun,) = postgres.begin("mall", mall.dsn, (), two_readings=False)
        facts = postgres.finish(begun, keep_values=False)
        holder.cursor().execute("ROLLBACK")
    assert facts.schema is not None
    return facts.schema, facts, begun


def test_only_the_locked_tables_definitions_are_lost(mall: Audited) -> None:
    whole = mall.read().schema
    schema, facts, _ = read_under_lock(mall, "sales.orders")
    assert whole is not None
    orders = next(table for table in schema.tables if table.name == "orders")
    assert orders.heap_bytes is None
    assert orders.row_estimate == 1000
    assert len(orders.columns) == 4
    lost = {index.name for index in whole.indexes} - {index.name for index in schema.indexes}
    assert lost == {"orders_pkey", "orders_placed"}
    assert [index for index in whole.indexes if index.name not in lost] == list(schema.indexes)
    assert schema.constraints == whole.constraints
    assert schema.foreign_keys == whole.foreign_keys
    assert schema.statistics == whole.statistics
    sized = {table.name for table in schema.tables if table.heap_bytes is not None}
    assert sized == {"users", "products", "visits_2026", "sales_by_user"}
    assert facts.database_facts is not None


def test_the_locked_table_is_noted_with_what_to_do(mall: Audited) -> None:
    _, facts, _ = read_under_lock(mall, "sales.orders")
    (table,) = notes(facts, "postgres_tables")
    assert table.subject == "sales.orders"
    assert "locked" in str(table.reason)
    assert "again" in str(table.remedy)
    (indexes,) = notes(facts, "postgres_indexes")
    assert indexes.subject == "sales.orders"
    (view,) = notes(facts, "postgres_definitions")
    assert view.subject == "public.paid_orders"
    target = postgres.target_record("mall", [], [facts])
    assert (target.status, target.unreachable) == (Status.OK, False)


def test_a_check_is_lost_with_its_table_and_no_other_constraint_is(mall: Audited) -> None:
    whole = mall.read().schema
    schema, facts, _ = read_under_lock(mall, "users")
    assert whole is not None
    lost = {each.name for each in whole.constraints} - {each.name for each in schema.constraints}
    assert lost >= {"users_level_check"}
    users = next(table for table in whole.tables if table.name == "users")
    assert all(each in schema.constraints for each in whole.constraints if each.table_oid != users.oid)
    assert "public.users" in {note.subject for note in notes(facts, "postgres_tables")}


def test_a_generated_columns_table_and_a_partition_can_be_locked_too(mall: Audited) -> None:
    schema, facts, _ = read_under_lock(mall, "products, visits_2026")
    tables = {table.name: table for table in schema.tables}
    assert tables["products"].columns[4].generated is None
    assert tables["visits"].partition_key == "RANGE (at)"
    assert tables["visits_2026"].partition_bound is None
    assert {note.subject for note in notes(facts, "postgres_tables")} == {"public.products", "public.visits_2026"}
    assert tables["orders"].heap_bytes is not None


def test_the_wait_for_the_lock_is_counted_as_cost(mall: Audited) -> None:
    _, _, begun = read_under_lock(mall, "users")
    (usage,) = postgres.usage([begun])
    assert usage.longest_lock_wait_seconds >= 0.1
    assert usage.execution_seconds > usage.longest_lock_wait_seconds
