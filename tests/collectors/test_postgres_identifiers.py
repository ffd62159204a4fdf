"""Names are anything: quotes, blanks, Chinese, emoji, keywords. They come back as they are, and DDL can be sent again."""

import pytest

from collectors import postgres
from facts.identifiers import qualified, quote
from facts.postgres import PostgresFacts
from facts.readings import Status
from tests.collectors.conftest import Audited, audited, read
from tests.conftest import PostgresServer

DATABASE = '商城 "β" it\'s 🛒'
SCHEMA = 'Sales "2026" 订单'
TABLE = "order; DROP TABLE users; --"
COLUMN = '数量 "n" %s 🛒'
INDEX = "索引 %(x)s {schema}"
ENUM = "状态 'x'"

DDL = f"""
CREATE EXTENSION pg_stat_statements;
CREATE SCHEMA {quote(SCHEMA)};
CREATE TYPE {qualified(SCHEMA, ENUM)} AS ENUM ('待付款', 'it''s', 'a "b"');
CREATE TABLE {qualified(SCHEMA, TABLE)} (
    "select" integer PRIMARY KEY, {quote(COLUMN)} text, "Mixed Case" {qualified(SCHEMA, ENUM)}, tenfold text
);
CREATE INDEX {quote(INDEX)} ON {qualified(SCHEMA, TABLE)} ({quote(COLUMN)}, lower({quote(COLUMN)})) INCLUDE ("Mixed Case");
CREATE VIEW {qualified(SCHEMA, "view 视图")} AS SELECT {quote(COLUMN)} FROM {qualified(SCHEMA, TABLE)};
CREATE TABLE "用户" ("编号" bigint REFERENCES {qualified(SCHEMA, TABLE)});
INSERT INTO {qualified(SCHEMA, TABLE)} SELECT n, 'a', 'it''s' FROM generate_series(1, 100) n;
"""


@pytest.fixture(scope="module")
def odd(postgres_server: PostgresServer) -> Audited:
    return audited(postgres_server, DDL, name=DATABASE)


@pytest.fixture(scope="module")
def facts(odd: Audited) -> PostgresFacts:
    return odd.read(keep_values=True)


def test_everything_is_read(facts: PostgresFacts) -> None:
    assert {each.status for each in facts.readings} <= {Status.OK, Status.EMPTY}, facts.readings
    assert facts.database == DATABASE
    assert facts.database_facts is not None
    assert facts.database_facts.name == DATABASE


def test_a_database_may_be_named_beside_the_dsn(odd: Audited) -> None:
    begun = postgres.begin("mall", odd.server.dsn(role="tenfold"), [DATABASE], two_readings=False)
    facts = postgres.finish(begun[0], keep_values=False)
    assert facts.database == DATABASE
    assert facts.schema is not None


def test_names_come_back_as_they_are(facts: PostgresFacts) -> None:
    assert facts.schema is not None
    table = next(each for each in facts.schema.tables if each.name == TABLE)
    assert table.schema == SCHEMA
    assert [column.name for column in table.columns] == ["select", COLUMN, "Mixed Case", "tenfold"]
    assert table.columns[2].type == qualified(SCHEMA, ENUM)
    index = next(each for each in facts.schema.indexes if each.name == INDEX)
    assert index.keys[0] == COLUMN
    assert index.key_attributes == (2, 0)
    assert index.included == ("Mixed Case",)
    (key,) = facts.schema.foreign_keys
    assert (key.columns, key.referenced_columns) == (("编号",), ("select",))
    assert {each.column for each in facts.schema.statistics} >= {"select", COLUMN, "Mixed Case"}


def test_definitions_can_be_sent_to_another_server(facts: PostgresFacts, postgres_server: PostgresServer) -> None:
    assert facts.schema is not None
    ddl = [each.ddl for each in facts.schema.definitions if each.kind in {"schema", "enum"}]
    table = f'CREATE TABLE {qualified(SCHEMA, TABLE)} ({quote(COLUMN)} text, "Mixed Case" {qualified(SCHEMA, ENUM)})'
    index = next(each.definition for each in facts.schema.indexes if each.name == INDEX)
    views = [each.ddl for each in facts.schema.definitions if each.kind == "view"]
    again = postgres_server.create_database(*ddl, table, index, *views)
    rebuilt = read(postgres_server.dsn(again)).schema
    assert rebuilt is not None
    assert [each.definition for each in rebuilt.indexes] == [index]


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "Mixed",
        "with blank",
        'with "quotes"',
        "select",
        "表",
        "🛒",
        "9lives",
        "a$b",
        "",
        "user",
        "value",
    ],
)
def test_names_are_quoted_as_the_server_quotes_them(postgres18: PostgresServer, name: str) -> None:
    with postgres18.connection() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(%s)", [name])
        assert cursor.fetchone() == (quote(name),)
