"""Which columns a statement uses, and how: the facts that the index search and half of the rules rest on."""

import pytest

from advisors.references import TableUse, named_tables, table_uses
from facts.schema import Schema
from facts.syntax import parse
from tests.advisors import build

SCHEMA = build.schema(
    build.table("orders", "id user_id status:text created_at total"),
    build.table("users", "id email:text joined_at"),
    build.table("lines", "id order_id sku:text"),
    build.table("Order Items", "id OrderId order"),
    build.table("orders", "id archived_at", schema="archive"),
    build.table("订单", "id 用户"),
)


def uses(text: str, schema: Schema = SCHEMA) -> list[TableUse]:
    return table_uses(parse(text), schema)


def use(text: str, table: str = "orders") -> TableUse:
    """The one use of that table."""
    (found,) = (each for each in uses(text) if each.table.name == table)
    return found


@pytest.mark.parametrize(
    "condition",
    [
        "user_id = $1",
        "$1 = user_id",
        "(user_id = $1)",
        "user_id IN ($1, $2)",
        "user_id = ANY ($1)",
        "user_id IS NULL",
        "orders.user_id = $1",
        "USER_ID = $1",
        '"user_id" = $1',
        "user_id = $1::bigint",
        "user_id = (SELECT id FROM users WHERE email = $1)",
        "user_id IN (SELECT id FROM users)",
    ],
)
def test_equality_with_a_value(condition: str) -> None:
    found = use(f"SELECT id FROM orders WHERE {condition}")
    assert (found.equal, found.ranges, found.joined, found.wrapped) == (["user_id"], [], [], [])


@pytest.mark.parametrize(
    "condition",
    ["created_at > $1", "$1 <= created_at", "created_at BETWEEN $1 AND $2", "created_at < now() - interval '1 day'"],
)
def test_comparison_by_order(condition: str) -> None:
    found = use(f"SELECT id FROM orders WHERE {condition}")
    assert (found.equal, found.ranges, found.wrapped) == ([], ["created_at"], [])


@pytest.mark.parametrize(
    "condition",
    [
        "user_id <> $1",
        "NOT user_id = $1",
        "user_id NOT IN ($1)",
        "user_id NOT BETWEEN $1 AND $2",
        "user_id IS NOT NULL",
    ],
)
def test_what_is_excluded_narrows_nothing(condition: str) -> None:
    assert use(f"SELECT id FROM orders WHERE {condition}").equal == []


def test_columns_stand_in_the_order_of_appearance_and_once() -> None:
    found = use("SELECT id FROM orders WHERE status = $1 AND user_id = $2 AND (status = $3 AND created_at >= $4)")
    assert (found.equal, found.ranges) == (["status", "user_id"], ["created_at"])


def test_an_alias_stands_for_its_table() -> None:
    text = "SELECT o.id FROM orders o JOIN users AS u ON u.id = o.user_id WHERE u.email = $1 AND o.status = $2"
    assert (use(text).equal, use(text).joined) == (["status"], ["user_id"])
    assert (use(text, "users").equal, use(text, "users").joined) == (["email"], ["id"])


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM orders JOIN lines ON lines.order_id = orders.id",
        "SELECT 1 FROM orders LEFT JOIN lines ON orders.id = order_id",
        "SELECT 1 FROM orders, lines WHERE orders.id = lines.order_id",
        "UPDATE orders SET status = $1 FROM lines WHERE lines.order_id = orders.id",
    ],
)
def test_a_join_is_known_in_every_spelling(text: str) -> None:
    assert (use(text).joined, use(text, "lines").joined) == (["id"], ["order_id"])


def test_one_table_under_two_aliases_is_used_twice() -> None:
    both = uses("SELECT 1 FROM orders a JOIN orders b ON a.id = b.user_id WHERE a.status = $1")
    assert [(each.joined, each.equal) for each in both] == [(["id"], ["status"]), (["user_id"], [])]


def test_a_column_of_two_tables_without_its_table_belongs_to_neither() -> None:
    found = uses("SELECT 1 FROM orders JOIN users ON users.id = orders.user_id WHERE id = $1")
    assert [each.equal for each in found] == [[], []]


def test_what_stands_below_an_or_serves_no_index_of_its_own() -> None:
    found = use("SELECT id FROM orders WHERE status = $1 AND (user_id = $2 OR created_at > $3)")
    assert (found.equal, found.ranges) == (["status"], [])


def test_columns_below_an_or_are_known_as_such() -> None:
    found = use("SELECT id FROM orders WHERE status = $1 AND (user_id = $2 OR created_at > $3)")
    assert found.either == ["user_id", "created_at"]


def test_what_every_branch_of_an_or_asks_for_is_asked_for_by_all_of_it() -> None:
    found = uses(
        "SELECT 1 FROM orders, lines WHERE (orders.id = order_id AND status = $1 AND total > $2 AND sku = $3) "
        "OR (orders.id = order_id AND status = $1 AND user_id = $4)"
    )
    orders, lines = found
    assert (orders.joined, lines.joined) == (["id"], ["order_id"])
    assert (orders.equal, orders.ranges, orders.either) == (["status"], [], ["status", "total", "user_id"])
    assert (lines.equal, lines.either) == ([], ["sku"])


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("SELECT status, user_id, count(*) FROM orders GROUP BY status, user_id", ["status", "user_id"]),
        ("SELECT DISTINCT user_id FROM orders", ["user_id"]),
        ("SELECT count(*) FROM orders", []),
        ("SELECT date(created_at), count(*) FROM orders GROUP BY date(created_at)", []),
        ("SELECT status, sku FROM orders JOIN lines ON order_id = orders.id GROUP BY status, sku", ["status"]),
    ],
)
def test_groups_of_one_table(text: str, grouped: list[str]) -> None:
    assert use(text).grouped == grouped


@pytest.mark.parametrize(
    "text", ["SELECT max(created_at) FROM orders", "SELECT min(created_at) AS first FROM orders WHERE status = $1"]
)
def test_the_end_of_a_column_is_an_order_with_a_limit(text: str) -> None:
    assert (use(text).order, use(text).limited) == ([("created_at", False)], True)


def test_the_ends_of_groups_are_no_order() -> None:
    assert use("SELECT max(created_at) FROM orders GROUP BY status").order == []
    assert use("SELECT status, max(created_at) FROM orders").order == []


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("SELECT status FROM orders WHERE user_id = $1 ORDER BY created_at", ["status", "user_id", "created_at"]),
        ("SELECT count(*) FROM orders WHERE user_id = $1", ["user_id"]),
        ("SELECT o.status FROM orders o WHERE EXISTS (SELECT 1 FROM lines WHERE order_id = o.id)", ["status", "id"]),
        ("SELECT * FROM orders WHERE user_id = $1", None),
        ("SELECT o.* FROM orders o WHERE user_id = $1", None),
        ("UPDATE orders SET status = $1 WHERE user_id = $2", None),
        ("DELETE FROM orders WHERE user_id = $2", None),
    ],
)
def test_what_an_index_has_to_hold_to_spare_the_table(text: str, needed: list[str] | None) -> None:
    found = use(text).needed
    assert (None if found is None else sorted(found)) == (None if needed is None else sorted(needed))


def test_a_join_by_a_name_that_both_have() -> None:
    both = uses("SELECT 1 FROM orders JOIN users USING (id) WHERE email = $1")
    assert [each.joined for each in both] == [["id"], ["id"]]


def test_rows_in_a_list_and_rows_by_their_order() -> None:
    assert use("SELECT id FROM orders WHERE (user_id, status) IN (($1, $2), ($3, $4))").equal == ["user_id", "status"]
    assert use("SELECT id FROM orders WHERE (created_at, id) < ($1, $2)").ranges == ["created_at"]


def test_two_rows_are_compared_column_by_column() -> None:
    found = use("SELECT id FROM orders WHERE (user_id, status) = ($1, $2)")
    assert (found.equal, found.wrapped) == (["user_id", "status"], [])


@pytest.mark.parametrize(
    ("condition", "predicates"),
    [
        ("created_at IS NULL", [("created_at", "created_at IS NULL")]),
        ("created_at IS NOT NULL AND user_id = $1", [("created_at", "created_at IS NOT NULL")]),
        ("NOT (created_at IS NULL)", [("created_at", "created_at IS NOT NULL")]),
        ("created_at IS NULL OR user_id = $1", []),
        ("created_at = $1", []),
        ("lower(status) IS NULL", []),
    ],
)
def test_what_holds_for_every_call_can_confine_an_index(condition: str, predicates: list[tuple[str, str]]) -> None:
    assert use(f"SELECT id FROM orders WHERE {condition}").predicates == predicates


def test_a_pattern_that_is_excluded_is_no_search() -> None:
    assert use("SELECT id FROM users WHERE email NOT ILIKE $1", "users").likes == []


def test_patterns_below_an_or_are_marked() -> None:
    assert not use("SELECT id FROM users WHERE email ILIKE $1", "users").disjunctive
    found = use("SELECT id FROM users WHERE email ILIKE $1 OR id = $2", "users")
    assert [name for name, _ in found.likes] == ["email"]
    assert found.disjunctive


@pytest.mark.parametrize(
    "condition",
    [
        "lower(email) = $1",
        "$1 = lower(email)",
        "email::varchar = $1",
        "coalesce(email, $1) = $2",
        "email || $1 = $2",
        "lower(email) LIKE $1",
        "lower(email) IN ($1)",
        "substr(email, $1, $2) > $3",
    ],
)
def test_a_wrapped_column_is_not_compared_bare(condition: str) -> None:
    found = use(f"SELECT id FROM users WHERE {condition}", "users")
    assert [each.column for each in found.wrapped] == ["email"]
    assert (found.equal, found.ranges, found.likes) == ([], [], [])


def test_an_expression_over_two_columns_wraps_neither() -> None:
    assert use("SELECT id FROM orders WHERE created_at + total > $1").wrapped == []


def test_quoted_names_keep_their_case_and_reserved_words() -> None:
    found = use('SELECT 1 FROM "Order Items" i WHERE i."OrderId" = $1 AND "order" > $2', "Order Items")
    assert (found.equal, found.ranges) == (["OrderId"], ["order"])
    assert use('SELECT 1 FROM "Order Items" WHERE orderid = $1', "Order Items").equal == []


def test_a_quoted_table_is_not_its_neighbor_in_lower_case() -> None:
    assert uses('SELECT id FROM "Orders" WHERE user_id = $1') == []
    assert use('SELECT O.id FROM Orders "O" WHERE "O".user_id = $1 AND o.status = $2').equal == ["user_id"]


def test_chinese_names_are_names() -> None:
    assert use("SELECT id FROM 订单 WHERE 用户 = $1", "订单").equal == ["用户"]


def test_a_schema_in_the_text_beats_the_search_path() -> None:
    (found,) = uses("SELECT id FROM archive.orders WHERE archived_at = $1")
    assert (found.table.schema, found.equal) == ("archive", ["archived_at"])


def test_a_column_is_resolved_in_its_own_select() -> None:
    text = "SELECT id FROM orders WHERE EXISTS (SELECT 1 FROM lines WHERE lines.order_id = orders.id AND sku = $1) AND status = $2"
    assert use(text).equal == ["status"]
    assert use(text, "lines").equal == ["order_id", "sku"]


def test_each_part_of_a_union_is_a_use_of_its_own() -> None:
    both = uses("SELECT id FROM orders WHERE status = $1 UNION ALL SELECT id FROM orders WHERE user_id = $2")
    assert sorted(each.equal for each in both) == [["status"], ["user_id"]]


def test_a_common_table_expression_is_looked_into() -> None:
    text = "WITH mine AS (SELECT id FROM orders WHERE user_id = $1) SELECT sku FROM lines JOIN mine ON mine.id = lines.order_id"
    assert use(text).equal == ["user_id"]


HIDDEN = {
    "a query": "WITH orders AS (SELECT 1 AS user_id) SELECT 1 FROM orders WHERE user_id = $1",
    "a query, in a subquery": "WITH orders AS (SELECT 1 AS user_id) SELECT 1 WHERE EXISTS (SELECT 1 FROM orders WHERE user_id = $1)",
    "a query before": "WITH orders AS (SELECT 1 AS user_id), b AS (SELECT 1 FROM orders WHERE user_id = $1) SELECT 1 FROM b",
    "a query further out": (
        "WITH orders AS (SELECT 1 AS user_id) SELECT 1 FROM (WITH b AS (SELECT 1 FROM orders WHERE user_id = $1) SELECT 1 FROM b) c"
    ),
    "itself, recursive": (
        "WITH RECURSIVE orders AS (SELECT 1 AS user_id UNION ALL SELECT 2 FROM orders WHERE user_id = $1) SELECT 1 FROM orders"
    ),
    "a later one, recursive": (
        "WITH RECURSIVE b AS (SELECT 1 FROM orders WHERE user_id = $1), orders AS (SELECT 1 AS user_id) SELECT 1 FROM b"
    ),
    "in other case": "WITH Orders AS (SELECT 1 AS user_id) SELECT 1 FROM ORDERS o WHERE o.user_id = $1",
    "for a union": "WITH orders AS (SELECT 1 AS user_id) SELECT 1 UNION SELECT 1 FROM orders WHERE user_id = $1",
    "for an update": "WITH orders AS (SELECT 1 AS user_id) UPDATE elsewhere SET a = 1 FROM orders WHERE orders.user_id = $1",
    "for an insert": "WITH orders AS (SELECT 1 AS user_id) INSERT INTO elsewhere SELECT 1 FROM orders WHERE user_id = $1",
}  # fmt: skip


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_a_with_query_hides_the_table_of_its_name(text: str) -> None:
    assert uses(text) == []
    assert "orders" not in set(named_tables(parse(text)))


SEEN = {
    "in the query itself": "WITH orders AS (SELECT id FROM orders WHERE user_id = $1) SELECT id FROM orders WHERE status = $2",
    "before the query": "WITH b AS (SELECT 1 FROM orders WHERE user_id = $1), orders AS (SELECT 1 AS a) SELECT 1 FROM b, orders",
    "with its schema": "WITH orders AS (SELECT 1 AS a) SELECT 1 FROM public.orders WHERE user_id = $1",
    "beside the query's statement": (
        "SELECT 1 FROM orders WHERE user_id = $1 AND EXISTS (WITH orders AS (SELECT 1 AS id) SELECT 1 FROM orders WHERE id = $2)"
    ),
    "under another case": 'WITH "Orders" AS (SELECT 1 AS a) SELECT 1 FROM orders WHERE user_id = $1',
    "updated": "WITH orders AS (SELECT 1 AS a) UPDATE orders SET status = $2 WHERE user_id = $1",
    "deleted from": "WITH orders AS (SELECT 1 AS a) DELETE FROM orders WHERE user_id = $1",
}  # fmt: skip


@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_a_with_query_hides_nothing_out_of_its_reach(text: str) -> None:
    assert use(text).equal == ["user_id"]
    assert {"orders", "public.orders"} & set(named_tables(parse(text)))


def test_a_table_that_is_inserted_into_is_no_with_query() -> None:
    text = "WITH orders AS (SELECT 1 AS id) INSERT INTO orders (id) SELECT id FROM orders"
    assert list(named_tables(parse(text))) == ["orders"]


def test_deletes_and_updates_search_too() -> None:
    assert use("DELETE FROM orders WHERE user_id = $1").equal == ["user_id"]
    assert use("UPDATE orders SET status = $1 WHERE user_id = $2").equal == ["user_id"]


def test_order_and_limit_are_known() -> None:
    found = use("SELECT id FROM orders ORDER BY status, created_at DESC LIMIT $1")
    assert (found.order, found.limited) == ([("status", False), ("created_at", True)], True)
    assert use("SELECT id FROM orders FETCH FIRST 10 ROWS ONLY").limited
    assert not use("SELECT id FROM orders").limited


def test_an_order_over_two_tables_counts_only_as_far_as_one_serves() -> None:
    text = "SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id ORDER BY o.created_at, u.email, o.status"
    assert (use(text).order, use(text, "users").order) == ([("created_at", False)], [])


def test_an_order_by_an_expression_serves_nothing() -> None:
    assert use("SELECT id FROM orders ORDER BY lower(status), created_at").order == []


def test_tables_that_were_not_read_are_no_uses() -> None:
    assert uses("SELECT 1 FROM elsewhere WHERE id = $1") == []


def test_an_alias_without_quotes_has_no_case() -> None:
    assert use("SELECT O.id FROM orders O WHERE o.user_id = $1").equal == ["user_id"]


def test_a_condition_of_thousands_of_parts_is_understood() -> None:
    condition = " AND ".join(["user_id = $1"] * 3_000)
    assert use(f"SELECT id FROM orders WHERE {condition}").equal == ["user_id"]
