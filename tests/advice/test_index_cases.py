"""What index a statement wants, and which want none: each on a real server's schema and statistics, asked of the shadow planner."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from advisors.index_search import Advice, search
from advisors.index_search.advice import Thresholds
from advisors.workload import build_workload
from collectors import postgres as collector
from facts.postgres import PostgresFacts
from facts.promotion import Policy, Promotion
from shadow import open_shadows
from shadow.planner import ShadowPlanner
from tests.advisors import build
from tests.conftest import PostgresServer

MALL = Path(__file__).parent / "mall.sql"
Ask = Callable[..., Advice]


@pytest.fixture(scope="module")
def facts(postgres18: PostgresServer) -> PostgresFacts:
    database = postgres18.create_database(MALL.read_text(encoding="utf-8"), "VACUUM ANALYZE")
    begun = collector.begin("mall", postgres18.dsn(database), (), two_readings=False)
    found = collector.finish(begun[0], keep_values=True)
    return replace(found, statements=None)


@pytest.fixture(scope="module")
def planner(facts: PostgresFacts) -> Iterator[ShadowPlanner]:
    with open_shadows([facts]) as shadows:
        assert shadows.failures == {}
        yield next(iter(shadows.planners.values()))


@pytest.fixture(scope="module")
def ask(facts: PostgresFacts, planner: ShadowPlanner) -> Ask:
    """The advice for statements of one core each, beside others with so many rows."""

    def asked(*texts: str, rows: Mapping[str, int] | None = None) -> Advice:
        entries = [build.statement(text, seconds=build.seconds_for(1.0)) for text in texts]
        entries += [build.statement(text, seconds=0.1, rows=count) for text, count in (rows or {}).items()]
        whole = replace(facts, statements=build.statements(entries))
        workload = build_workload(whole, promotion=Promotion(multiplier=10.0), peak_factor=1.0, cores=8.0, fronts=())
        return search(workload, planner, Policy(), Thresholds())

    return asked


WANTED: dict[str, tuple[str, ...]] = {
    "SELECT * FROM orders WHERE customer_id = $1": ("public.orders(customer_id)",),
    "SELECT * FROM orders WHERE customer_id = ANY ($1)": ("public.orders(customer_id)",),
    "SELECT * FROM orders WHERE customer_id IN ($1, $2, $3)": ("public.orders(customer_id)",),
    "UPDATE orders SET status = $1 WHERE customer_id = $2": ("public.orders(customer_id)",),
    "DELETE FROM order_lines WHERE sku_id = $1": ("public.order_lines(sku_id)",),
    # Two conditions, in either spelling; deduplication makes the one with the fewer values first the smaller.
    "SELECT * FROM orders WHERE status = $1 AND shop_id = $2": ("public.orders(status, shop_id)",),
    "SELECT * FROM orders WHERE (shop_id, status) = ($1, $2)": ("public.orders(status, shop_id)",),
    # Long values that are compared whole.
    "SELECT id FROM access_log WHERE line = $1": ("public.access_log(line) USING hash",),
    # What is compared for equality comes before a range.
    "SELECT * FROM orders WHERE created_at > $2 AND shop_id = $1": ("public.orders(shop_id, created_at)",),
    # Orders, and a mix of their directions.
    "SELECT * FROM orders ORDER BY created_at DESC LIMIT $1": ("public.orders(created_at)",),
    "SELECT * FROM orders ORDER BY shop_id, created_at DESC LIMIT $1": ("public.orders(shop_id, created_at DESC)",),
    "SELECT max(created_at) FROM orders WHERE shop_id = $1": ("public.orders(shop_id, created_at)",),
    # Covering: the table need not be read, where that spares enough.
    "SELECT amount FROM orders WHERE customer_id = $1": ("public.orders(customer_id)",),
    "SELECT customer_id, sum(amount) FROM orders WHERE created_at BETWEEN $1 AND $2 GROUP BY customer_id": (
        "public.orders(created_at)",
    ),
    "SELECT id, row_number() OVER (PARTITION BY shop_id ORDER BY created_at) FROM orders WHERE shop_id = $1": (
        "public.orders(shop_id) INCLUDE (created_at, id)",
    ),
    # Partial: a few rows of many.
    "SELECT id, created_at FROM orders WHERE paid_at IS NULL ORDER BY created_at LIMIT $1": (
        "public.orders(created_at) WHERE paid_at IS NULL",
    ),
    "SELECT DISTINCT shop_id FROM orders": ("public.orders(shop_id)",),
    # Joins, from either side, and what stands below an OR.
    "SELECT o.* FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.email = $1": (
        "public.customers(email, id)", "public.orders(customer_id)",
    ),
    "SELECT * FROM orders WHERE customer_id = $1 OR shop_id = $2": (
        "public.orders(customer_id)", "public.orders(shop_id)",
    ),
    "SELECT c.name, last.created_at FROM customers c, LATERAL (SELECT created_at FROM orders o WHERE o.customer_id = c.id "
    "ORDER BY created_at DESC LIMIT 1) last WHERE c.id < 1000": ("public.orders(customer_id, created_at)",),
    "WITH recent AS (SELECT id FROM orders WHERE shop_id = $1 AND created_at > now() - interval '1 day') SELECT count(*) FROM recent": (
        "public.orders(shop_id, created_at)",
    ),
    # Expressions: where the bare column had an index, the statement would be written for that one instead.
    "SELECT * FROM customers WHERE lower(email) = lower($1)": ("public.customers((lower(email)))",),
    "SELECT * FROM customers c WHERE substring(c.name, 1, 2) = $1": ("public.customers((SUBSTRING(name FROM 1 FOR 2)))",),
    "SELECT * FROM orders WHERE amount * 2 = $1": ("public.orders((amount * 2))",),
    "SELECT * FROM orders WHERE attributes ->> 'coupon' = $1": ("public.orders((attributes ->> 'coupon'))",),
    # Documents and arrays.
    "SELECT * FROM orders WHERE attributes @> $1": ("public.orders(attributes jsonb_path_ops) USING gin",),
    "SELECT * FROM access_log WHERE labels && $1": ("public.access_log(labels) USING gin",),
    "SELECT * FROM access_log WHERE $1 <@ labels": ("public.access_log(labels) USING gin",),
    "SELECT * FROM access_log WHERE labels @> ARRAY[$1]": ("public.access_log(labels) USING gin",),
    # Views: each branch is asked as if it stood in the statement.
    "SELECT * FROM all_orders WHERE customer_id = $1": (
        "archive.orders(customer_id)", "public.orders(customer_id)",
    ),
    "SELECT c.name, a.total FROM customers c JOIN all_orders a ON a.customer_id = c.id WHERE c.id = $1": (
        "archive.orders(customer_id)", "public.orders(customer_id)",
    ),
    "SELECT * FROM paid_orders WHERE shop = $1 ORDER BY moment DESC LIMIT 10": (
        "public.orders(shop_id, created_at)",
    ),
    # What a view groups is read in the order of its groups.
    "SELECT * FROM sales WHERE sold > $1": ("public.orders(shop_id)",),
    # Partitions, names that have to be quoted, and a name that two schemas have.
    "SELECT * FROM visits WHERE customer_id = $1": ("public.visits(customer_id)",),
    'SELECT * FROM "Order Items" WHERE "OrderId" = $1': ('public."Order Items"("OrderId")',),
    "SELECT 数量 FROM 库存 WHERE 仓库 = $1": ('public."库存"("仓库") INCLUDE ("数量")',),
    "SELECT * FROM archive.orders WHERE customer_id = $1": ("archive.orders(customer_id)",),
}  # fmt: skip


@pytest.mark.parametrize("statement", WANTED)
def test_the_index_that_a_statement_wants(ask: Ask, statement: str) -> None:
    advice = ask(statement)
    assert sorted(each.candidate.subject for each in advice.choices) == sorted(WANTED[statement])
    assert advice.unplannable == []


NONE: dict[str, str] = {
    "SELECT * FROM orders WHERE id = $1": "served-by-existing-index",
    "SELECT * FROM order_lines WHERE order_id = $1": "served-by-existing-index",
    "SELECT * FROM settings WHERE value = $1": "small-table",
    "SELECT * FROM orders WHERE amount > $1": "no-gain",
    "SELECT * FROM orders WHERE status <> $1": "no-gain",
    "SELECT * FROM orders WHERE note LIKE $1": "no-gain",
    "SELECT count(*) FROM orders": "no-gain",
    # A value of the document that is not known, a function whose answer is not always the same, a plain cast.
    "SELECT * FROM orders WHERE attributes ->> $1 = $2": "no-gain",
    "SELECT * FROM orders WHERE date(created_at) = $1": "no-gain",
    "SELECT * FROM orders WHERE shop_id::text = $1": "no-gain",
    "SELECT * FROM customers": "no-gain",
}


@pytest.mark.parametrize("statement", NONE)
def test_statements_that_no_index_helps_say_why(ask: Ask, statement: str) -> None:
    advice = ask(statement)
    assert advice.choices == []
    assert list(advice.quiet.values()) == [NONE[statement]]


UNEXAMINED: dict[str, str] = {
    "SELECT * FROM only_in_my_session WHERE id = $1": "its table only_in_my_session is not among those that were read",
    "SELECT * FROM orders WHERE nobody_knows_it = $1": 'column "nobody_knows_it" does not exist',
}


@pytest.mark.parametrize("statement", UNEXAMINED)
def test_statements_that_cannot_be_examined_are_told_with_the_reason(ask: Ask, statement: str) -> None:
    advice = ask(statement)
    assert advice.choices == []
    assert [str(reason) for _, reason in advice.unplannable] == [UNEXAMINED[statement]]


def test_one_index_serves_two_statements_where_it_is_nearly_as_good(ask: Ask) -> None:
    advice = ask("SELECT * FROM customers WHERE name = $1 AND city = $2", "SELECT * FROM customers WHERE name = $1")
    assert [each.candidate.subject for each in advice.choices] == ["public.customers(name)"]
    assert len(advice.choices[0].helped) == 2
    assert "public.customers(name, city)" in {each.subject for each, _ in advice.choices[0].rejected}


def test_what_is_written_all_the_time_wants_no_index(ask: Ask) -> None:
    read = "SELECT * FROM orders WHERE customer_id = $1"
    assert len(ask(read).choices) == 1
    assert ask(read, rows={"INSERT INTO orders (id) VALUES ($1)": 10_000_000}).choices == []


def test_a_range_of_an_append_only_log_and_what_its_writes_pay(ask: Ask) -> None:
    """Read now and then and written all the time: a btree costs more than it spares, BRIN next to nothing."""
    read = "SELECT sum(amount) FROM access_log WHERE seen_at BETWEEN $1 AND $2"
    quiet = ask(read)
    assert [(each.candidate.subject, each.candidate.method) for each in quiet.choices] == [
        ("public.access_log(seen_at)", "btree")
    ]
    assert "brin" in {each.method for each, _ in quiet.choices[0].rejected}
    busy = ask(read, rows={"INSERT INTO access_log (id) VALUES ($1)": 2_000_000})
    assert [(each.candidate.subject, each.candidate.method) for each in busy.choices] == [
        ("public.access_log(seen_at) USING brin", "brin")
    ]
