"""A plan's work by kind: all of its cost comes to light, once, and as often as it is done."""

from typing import Any

import pytest

from facts.planner import Work
from shadow.work import Constants, known_tables, work_of
from tests.shadow.conftest import Mall

DATABASE = "work"
SCRIPT = """
CREATE TABLE buyers AS SELECT i AS id, 'b' || i AS name FROM generate_series(1, 2000) i;
CREATE TABLE orders AS SELECT i AS id, i % 2000 AS buyer, i % 7 AS state, repeat('x', 100) AS note FROM generate_series(1, 40000) i;
CREATE INDEX ON orders (buyer);
CREATE INDEX ON buyers (id);
"""


@pytest.fixture(scope="module")
def server(mall: Mall) -> Mall:
    mall.create(DATABASE, SCRIPT)
    mall.rows(DATABASE, "VACUUM ANALYZE")
    return mall


def explained(server: Mall, statement: str, *settings: str) -> Any:
    with server.connect(DATABASE) as connection, connection.cursor() as cursor:
        for each in ("max_parallel_workers_per_gather = 0", *settings):
            cursor.execute(f"SET {each}")
        cursor.execute(f"EXPLAIN (FORMAT JSON, VERBOSE) {statement}")
        row = cursor.fetchone()
    assert row is not None
    return row[0]


def work(server: Mall, document: Any) -> Work:
    schema = server.facts(DATABASE).schema
    assert schema is not None
    leading = {index.name: index.keys[0] for index in schema.indexes}
    return work_of(document, known_tables(schema), leading, Constants())


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM orders",
        "SELECT state, count(*) FROM orders GROUP BY state ORDER BY count(*)",
        "SELECT * FROM orders o JOIN buyers b ON b.id = o.buyer WHERE o.state = 3",
        "SELECT * FROM orders ORDER BY note LIMIT 10",
        "WITH one AS MATERIALIZED (SELECT * FROM orders WHERE state = 1) SELECT * FROM one a JOIN one b USING (id)",
        "SELECT * FROM orders LIMIT 5",
    ],
)
def test_the_kinds_together_are_the_plans_cost(server: Mall, statement: str) -> None:
    document = explained(server, statement, "enable_indexscan = off", "enable_bitmapscan = off")
    found = work(server, document)
    assert sum(found.amounts.values()) == pytest.approx(document[0]["Plan"]["Total Cost"], rel=0.02)
    assert found.processes == 1


def test_a_scan_is_its_pages_and_its_rows(server: Mall) -> None:
    found = work(server, explained(server, "SELECT * FROM orders"))
    pages = server.rows(DATABASE, "SELECT relpages FROM pg_class WHERE relname = 'orders'")[0][0]
    assert found.sequential_pages == pages
    assert found.scanning == pytest.approx(40_000 * 0.01)
    assert (found.visits, found.probes) == (0, 0)


@pytest.mark.parametrize("off", ["enable_bitmapscan", "enable_indexscan"])
def test_a_row_that_an_index_finds_is_a_page_to_be_visited(server: Mall, off: str) -> None:
    found = work(server, explained(server, "SELECT note FROM orders WHERE buyer = 7", f"{off} = off"))
    assert found.visits == pytest.approx(20, rel=0.3), "2,000 buyers have 40,000 orders, far apart"
    assert found.probes == 1
    assert found.sequential_pages == 0


def test_rows_that_the_filter_drops_were_visited_too(server: Mall) -> None:
    found = work(
        server, explained(server, "SELECT note FROM orders WHERE buyer = 7 AND state = 3", "enable_bitmapscan = off")
    )
    assert found.visits == pytest.approx(20, rel=0.3)


def test_rows_in_the_indexs_order_share_their_pages(server: Mall) -> None:
    found = work(
        server,
        explained(server, "SELECT name FROM buyers WHERE id < 1500", "enable_bitmapscan = off", "enable_seqscan = off"),
    )
    assert 1 < found.visits < 100


def test_an_inner_index_is_searched_for_each_outer_row(server: Mall) -> None:
    joined = "SELECT * FROM buyers b JOIN orders o ON o.buyer = b.id WHERE b.id < 101"
    found = work(
        server,
        explained(
            server,
            joined,
            "enable_hashjoin = off",
            "enable_mergejoin = off",
            "enable_bitmapscan = off",
            "enable_memoize = off",
        ),
    )
    assert found.probes == pytest.approx(101, rel=0.1)
    assert found.visits == pytest.approx(2000, rel=0.3)


def test_a_query_beside_the_two_sides_is_none_of_them(server: Mall) -> None:
    joined = (
        "WITH r AS MATERIALIZED (SELECT id FROM buyers WHERE id < 101) SELECT * FROM r JOIN orders o ON o.buyer = r.id "
        "WHERE o.state > (SELECT min(id) FROM buyers)"
    )
    off = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_bitmapscan = off", "enable_memoize = off")
    found = work(server, explained(server, joined, *off))
    assert found.probes == pytest.approx(102, rel=0.2)
    assert found.visits == pytest.approx(2000, rel=0.3)


def test_a_subquery_is_run_for_each_row(server: Mall) -> None:
    correlated = "SELECT (SELECT max(o.note) FROM orders o WHERE o.buyer = b.id) FROM buyers b"
    found = work(server, explained(server, correlated, "enable_bitmapscan = off"))
    assert found.probes == pytest.approx(2000, rel=0.1)
    assert found.visits == pytest.approx(40_000, rel=0.3)


def test_sorting_and_grouping_are_told_apart(server: Mall) -> None:
    found = work(
        server, explained(server, "SELECT note, state, count(*) FROM orders GROUP BY note, state ORDER BY note")
    )
    assert found.grouping > 0
    assert found.sorting > 0


def test_what_several_processes_do_is_counted_for_each_of_them(server: Mall) -> None:
    together = (
        "max_parallel_workers_per_gather = 2", "parallel_setup_cost = 0", "parallel_tuple_cost = 0", "min_parallel_table_scan_size = 0",
    )  # fmt: skip
    alone = work(server, explained(server, "SELECT count(*) FROM orders WHERE state = 3"))
    shared = work(server, explained(server, "SELECT count(*) FROM orders WHERE state = 3", *together))
    assert shared.processes > 1.2
    assert shared.scanning == pytest.approx(alone.scanning, rel=0.02)
    assert shared.sequential_pages == alone.sequential_pages
