"""Statements become families, families become cores at the multiplier, and what could not be seen lowers the coverage."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisors.coverage import coverage_of
from advisors.workload import Workload, build_workload, kind_of, mark_of
from facts.front import FrontFacts
from facts.postgres import PostgresFacts, Statement
from facts.promotion import Promotion
from tests.advisors import build

ORDERS = build.table("orders")


def workload(facts: PostgresFacts, *fronts: FrontFacts, peak_factor: float = 1.0, multiplier: float = 10.0) -> Workload:
    return build_workload(
        facts, promotion=Promotion(multiplier=multiplier), peak_factor=peak_factor, cores=None, fronts=fronts
    )


def of(*entries: Statement, evicted: int = 0, hidden: int = 0) -> Workload:
    return workload(build.database(*entries, read=build.schema(ORDERS), evicted=evicted, hidden=hidden))


def examined(*workloads: Workload) -> float | None:
    facts = tuple(each.facts for each in workloads)
    return coverage_of(build.snapshot(*facts), workloads, (), ()).workload_time_examined_ratio


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT id FROM orders WHERE id IN ($1)", "SELECT id FROM orders WHERE id IN ($1, $2, $3)"),
        ("SELECT id FROM orders WHERE id IN (1, 2)", "SELECT id FROM orders WHERE id IN (3)"),
        ("SELECT id FROM orders WHERE s IN ('a', 'b')", "SELECT id FROM orders WHERE s IN ($1)"),
        ("SELECT id FROM orders WHERE id = $1", "select  id FROM orders\n WHERE id = $2"),
        (
            "INSERT INTO orders (id, user_id) VALUES ($1, $2)",
            "INSERT INTO orders (id, user_id) VALUES ($1, $2), ($3, $4), ($5, $6)",
        ),
        ("SELECT id FROM orders WHERE id = 1", "SELECT id FROM orders WHERE id = 2"),
        ("SELECT id FROM orders WHERE s = 'a'", "SELECT id FROM orders WHERE s = 'b'"),
        (
            "SELECT id FROM orders WHERE id IN ($1::bigint)",
            "SELECT id FROM orders WHERE id IN ($1::bigint, $2::bigint)",
        ),
        ("SELECT id FROM orders WHERE price IN (1.5, 2.5)", "SELECT id FROM orders WHERE price IN (1.5)"),
        ("SELECT id FROM orders WHERE s IN ('it''s', E'it\\'s')", "SELECT id FROM orders WHERE s IN ($$its$$)"),
        ("SELECT id FROM orders WHERE id = -1", "SELECT id FROM orders WHERE id = $1"),
        ("SELECT id FROM orders WHERE id = ANY (ARRAY[$1, $2])", "SELECT id FROM orders WHERE id = any(array[$1])"),
        (
            "SELECT id FROM orders WHERE s IN ($1::character varying, $2::character varying)",
            "SELECT id FROM orders WHERE s IN ($1::character varying)",
        ),
        (
            "SELECT id FROM orders WHERE (id, user_id) IN (($1, $2), ($3, $4))",
            "SELECT id FROM orders WHERE (id, user_id) IN (($1, $2))",
        ),
        (
            "INSERT INTO orders (id, created_at) VALUES ($1, now()), ($2, now())",
            "INSERT INTO orders (id, created_at) VALUES ($1, now())",
        ),
    ],
)
def test_statements_that_differ_in_their_values_are_one_family(one: str, other: str) -> None:
    first = build.statement(one, id="1", calls=10, seconds=2.0, rows=5)
    second = build.statement(other, id="2", calls=20, seconds=4.0, rows=7)
    families = of(first, second).families
    assert [(family.calls, family.total_seconds, family.rows) for family in families] == [(30, 6.0, 12)]
    assert families[0].ids == ("2", "1")
    assert families[0].text == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT id FROM orders WHERE id = $1", "SELECT id FROM orders WHERE user_id = $1"),
        ("SELECT id FROM orders WHERE id = $1", "SELECT id FROM orders WHERE id > $1"),
        ("SELECT place_order($1)", "SELECT place_order($1, $2)"),
        ('SELECT id FROM "orders of 2025"', 'SELECT id FROM "orders of 2026"'),
        ('SELECT id FROM "Orders"', 'SELECT id FROM "orders"'),
    ],
)
def test_statements_that_ask_for_something_else_are_families_of_their_own(one: str, other: str) -> None:
    assert len(of(build.statement(one), build.statement(other)).families) == 2


def test_a_nested_statement_is_not_counted_beside_its_caller() -> None:
    caller = build.statement("SELECT place_order($1)", seconds=3.0)
    nested = build.statement("INSERT INTO orders (id) VALUES ($1)", seconds=2.9, top_level=False)
    families = of(caller, nested).families
    assert [family.text for family in families] == [caller.text]
    assert sum(family.total_seconds for family in families) == 3.0


def test_a_family_grows_with_the_peak_and_the_multiplier() -> None:
    read = workload(
        build.database(build.statement("SELECT $1", seconds=6.0)), peak_factor=2.0, multiplier=10.0
    ).families[0]
    assert read.cores_now == pytest.approx(0.2)
    assert read.cores_at_multiplier == pytest.approx(2.0)


def test_a_job_stays_as_it_is() -> None:
    job = build.statement("SELECT $1", seconds=6.0, tags={"job": "nightly"})
    family = workload(build.database(job), peak_factor=2.0, multiplier=10.0).families[0]
    assert family.cores_now == family.cores_at_multiplier == pytest.approx(0.1)


def test_families_stand_with_the_most_expensive_at_the_multiplier_first() -> None:
    job = build.statement("SELECT 1 FROM reports", seconds=9.0, tags={"job": "nightly"})
    page = build.statement("SELECT id FROM orders", seconds=1.0)
    assert [family.text for family in of(job, page).families] == [page.text, job.text]


def test_tags_of_the_most_expensive_member_win() -> None:
    cheap = build.statement("SELECT id FROM orders WHERE id = $1", id="1", seconds=1.0, tags={"route": "/a"})
    dear = build.statement("SELECT id FROM orders WHERE id = $2", id="2", seconds=2.0, tags={"route": "/b"})
    assert of(cheap, dear).families[0].tags == {"route": "/b"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT id FROM orders", {"public"}),
        ("SELECT id FROM ORDERS", {"public"}),
        ("SELECT id FROM archive.orders", {"archive"}),
        ("SELECT o.id FROM orders o JOIN archive.orders a ON a.id = o.id", {"public", "archive"}),
        ("SELECT id FROM somewhere.orders", set()),
    ],
)
def test_tables_are_found_along_the_search_path(text: str, names: set[str]) -> None:
    tables = (ORDERS, build.table("orders", schema="archive"))
    family = workload(build.database(build.statement(text), read=build.schema(*tables))).families[0]
    assert {table.schema for table in tables if table.oid in family.tables} == names


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SELECT 1", "select"),
        ("(SELECT 1) UNION (SELECT 2)", "select"),
        ("WITH a AS (SELECT 1) SELECT * FROM a", "select"),
        ("insert into orders (id) values ($1)", "insert"),
        ("UPDATE orders SET id = $1", "update"),
        ("MERGE INTO orders USING new ON true WHEN MATCHED THEN DELETE", "update"),
        ("DELETE FROM orders", "delete"),
        ("COMMIT", "other"),
        ("VACUUM orders", "other"),
        ("", "other"),
        ("SELECT*FROM orders", "select"),
        ("SELECT(1)", "select"),
    ],
)
def test_the_first_word_says_what_kind_a_statement_is(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("WITH due AS (SELECT 1) UPDATE orders SET id = $1", "update"),
        ("WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone", "delete"),
        ("WITH gone AS (DELETE FROM orders RETURNING id) INSERT INTO archive.orders SELECT id FROM gone", "insert"),
        ("WITH due AS (SELECT 1) SELECT id FROM orders FOR UPDATE", "select"),
        ("INSERT INTO orders (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET user_id = $2", "insert"),
        (
            "MERGE INTO orders USING lines ON true WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (1)",
            "update",
        ),
    ],
)
def test_what_writes_below_with_is_no_select(text: str, kind: str) -> None:
    assert [family.kind for family in of(build.statement(text)).families] == [kind]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT id FROM Orders", {"orders"}),
        ('SELECT id FROM "Orders"', {"Orders"}),
        ('SELECT id FROM "ORDERS"', set()),
    ],
)
def test_only_quoted_names_of_tables_have_case(text: str, names: set[str]) -> None:
    tables = (ORDERS, build.table("Orders"))
    family = workload(build.database(build.statement(text), read=build.schema(*tables))).families[0]
    assert {table.name for table in tables if table.oid in family.tables} == names


def test_the_mark_of_a_family_is_that_of_all_its_statements() -> None:
    one, two, other = (
        mark_of(f"SELECT id FROM orders WHERE {each}") for each in ("id IN ($1)", "id IN ($1, $2)", "id = $1")
    )
    assert one == two != other
    assert other == "348d64"  # findings of two audits are told to be the same by it


def test_everything_understood_is_full_coverage() -> None:
    assert examined(of(build.statement("SELECT id FROM orders"), build.statement("COMMIT"))) == 1.0


def test_a_statement_that_is_not_understood_lowers_the_coverage_by_its_time() -> None:
    half = of(build.statement("SELECT id FROM orders", seconds=3.0), build.statement("SELECT [", seconds=1.0))
    assert examined(half) == 0.75
    blind = next(family for family in half.families if family.tree is None)
    assert blind.unparsed_reason
    gaps = coverage_of(build.snapshot(half.facts), (half,), (), ()).skipped
    assert [gap.subject for gap in gaps] == ["SELECT ["]


@pytest.mark.parametrize("lost", [{"evicted": 2}, {"hidden": 2}, {"evicted": 1, "hidden": 1}])
def test_entries_that_were_lost_or_hidden_count_as_mean_entries(lost: dict[str, int]) -> None:
    seen = of(
        build.statement("SELECT id FROM orders", seconds=3.0),
        build.statement("SELECT user_id FROM orders", seconds=1.0),
        **lost,
    )
    assert examined(seen) == 0.5
    assert len(coverage_of(build.snapshot(seen.facts), (seen,), (), ()).skipped) == len(lost)


def test_no_statements_are_no_coverage_at_all() -> None:
    assert examined(workload(build.database(unread=True))) is None
    assert examined(of(hidden=7)) is None
    assert examined() is None


def test_an_unreadable_database_beside_a_readable_one_halves_the_coverage() -> None:
    readable = of(build.statement("SELECT id FROM orders"))
    assert examined(readable, workload(build.database(unread=True, target="stock"))) == 0.5


def test_databases_count_by_their_time() -> None:
    busy = of(build.statement("SELECT id FROM orders", seconds=9.0))
    blind = workload(build.database(build.statement("SELECT [", seconds=1.0), target="stock"))
    assert examined(busy, blind) == 0.9


@settings(max_examples=50, deadline=None)
@given(
    times=st.lists(st.floats(min_value=0.001, max_value=1e6), min_size=1, max_size=8),
    evicted=st.integers(0, 1000),
    hidden=st.integers(0, 1000),
)
def test_coverage_is_a_share_and_never_grows_with_what_was_lost(times: list[float], evicted: int, hidden: int) -> None:
    entries = [build.statement(f"SELECT c{number} FROM orders", seconds=each) for number, each in enumerate(times)]
    ratio = of(*entries, evicted=evicted, hidden=hidden).examined_ratio
    more = of(*entries, evicted=evicted + 1, hidden=hidden).examined_ratio
    assert ratio is not None
    assert more is not None
    assert 0 < more < ratio <= 1
    assert ratio < 1 or evicted + hidden == 0
