"""The mall's own figures, from its own SQL."""

import time
from collections.abc import Iterator

import psycopg2
import pytest

from collectors.runner import CollectorError
from collectors.serving.declared import KNOWN, PREFIX, ROWS_AT_MOST, Declared, declaring, known, metric_of
from collectors.serving.line import Line
from collectors.serving.metric import Kind
from tests.collectors.conftest import Audited, audited
from tests.conftest import PostgresServer

DDL = (
    "CREATE TABLE payments (id int, channel text, outcome text)",
    "INSERT INTO payments SELECT n, CASE WHEN n % 3 = 0 THEN 'wechat' ELSE 'alipay' END, 'paid' FROM generate_series(1, 9) n",
    "INSERT INTO payments VALUES (10, E'a\"b\\\\c\\nd', 'failed'), (11, NULL, 'failed')",
)


@pytest.fixture(scope="module")
def shop(postgres18: PostgresServer) -> Audited:
    made = audited(postgres18, *DDL)
    made.execute("GRANT SELECT ON payments TO tenfold")
    return made


@pytest.fixture
def line(shop: Audited) -> Iterator[Line]:
    opened = Line(shop.dsn, deadline=time.monotonic() + 30)
    opened.ready()
    yield opened
    opened.close()


PAYMENTS = Declared(
    name="payments_total",
    sql="SELECT channel, outcome, count(*) AS value FROM payments GROUP BY 1, 2",
    labels=("channel", "outcome"),
)


def test_each_row_is_a_series(line: Line) -> None:
    found = {each.labels: each.value for each in declaring(PAYMENTS).begin()(line)}
    assert found == {("alipay", "paid"): 6, ("wechat", "paid"): 3, ('a"b\\c\nd', "failed"): 1, ("", "failed"): 1}


def test_the_order_of_the_columns_does_not_matter(line: Line) -> None:
    declared = Declared(name="x", sql="SELECT 5 AS value, 'b' AS second, 'a' AS first", labels=("first", "second"))
    assert [(each.labels, each.value) for each in declaring(declared).begin()(line)] == [(("a", "b"), 5.0)]


def test_a_comment_at_the_end_hides_nothing(line: Line) -> None:
    assert [each.value for each in declaring(Declared(name="x", sql="SELECT 1 AS value -- one;")).begin()(line)] == [
        1.0
    ]


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [("SELECT 1 AS wrong", "gives the columns wrong"), ("SELECT 'many' AS value", "is no number")],
)
def test_what_does_not_fit_is_told(line: Line, sql: str, complaint: str) -> None:
    with pytest.raises(CollectorError, match=complaint):
        tuple(declaring(Declared(name="x", sql=sql)).begin()(line))
    assert line.stands


@pytest.mark.parametrize(
    "sql",
    [
        "WITH gone AS (DELETE FROM payments RETURNING 1) SELECT count(*) AS value FROM gone",
        "SELECT 1 AS value) AS x; DELETE FROM payments; SELECT * FROM (SELECT 1 AS value",
        "SELECT nextval('pg_catalog.nothing') AS value",
    ],
)
def test_nothing_can_be_changed_with_it(line: Line, shop: Audited, sql: str) -> None:
    with pytest.raises((psycopg2.Error, CollectorError)):
        tuple(declaring(Declared(name="x", sql=sql)).begin()(line))
    assert shop.server.execute(shop.database, "SELECT count(*) FROM payments") == [(11,)]


def test_more_rows_than_a_metric_may_have_are_not_read(line: Line) -> None:
    many = Declared(name="x", sql="SELECT n::text AS n, 1 AS value FROM generate_series(1, 100000) n", labels=("n",))
    assert len(tuple(declaring(many).begin()(line))) == ROWS_AT_MOST + 1, "so that it shows that some are left out"


def test_a_counters_name_ends_in_total() -> None:
    assert metric_of(PAYMENTS).kind is Kind.COUNTER
    assert metric_of(PAYMENTS).name == f"{PREFIX}payments_total"
    assert metric_of(Declared(name="carts", sql="")).kind is Kind.GAUGE
    assert all(known(each.name.removeprefix(PREFIX)) is each for each in KNOWN)
