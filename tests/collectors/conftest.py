"""A mall's database with a little of everything that the collectors read, and the role that reads it."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from collectors import postgres
from collectors.postgres_connection import Session, connect
from collectors.role_sql import role_sql
from facts.postgres import PostgresFacts
from tests.conftest import PostgresServer

SCHEMA = """
CREATE EXTENSION pg_stat_statements;
CREATE SCHEMA sales;
CREATE TYPE sales.order_state AS ENUM ('new', 'paid', 'it''s lost');
CREATE TYPE dimensions AS (width integer, "the height" numeric(6,2));
CREATE DOMAIN price AS numeric(10,2) NOT NULL CHECK (VALUE >= 0);
CREATE COLLATION plain (provider = libc, locale = 'C');
CREATE FUNCTION folded(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT lower($1) $$;
CREATE TABLE users (id bigint PRIMARY KEY, email text COLLATE plain UNIQUE, level integer CHECK (level BETWEEN 0 AND 9));
CREATE INDEX users_folded ON users (folded(email)) WHERE level > 1;
CREATE TABLE products (
    id integer PRIMARY KEY, title text, price price, size dimensions,
    net numeric GENERATED ALWAYS AS (price / 1.19) STORED
);
CREATE TABLE sales.orders (
    id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE, state sales.order_state, placed_at timestamptz
);
CREATE INDEX orders_placed ON sales.orders (placed_at DESC NULLS LAST) INCLUDE (state);
CREATE STATISTICS sales.orders_both ON user_id, state FROM sales.orders;
CREATE TABLE visits (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW paid_orders AS SELECT * FROM sales.orders WHERE state = 'paid';
CREATE MATERIALIZED VIEW sales_by_user AS SELECT user_id, count(*) AS orders FROM sales.orders GROUP BY user_id;
INSERT INTO users SELECT n, 'user' || n || '@shop.example', n % 5 FROM generate_series(1, 500) n;
INSERT INTO products SELECT n, 'Product ' || n, n, ROW(n, 1.5)::dimensions FROM generate_series(1, 200) n;
INSERT INTO sales.orders SELECT n, n % 500 + 1, 'paid', '2026-11-01'::timestamptz + n * interval '1 min' FROM generate_series(1, 1000) n;
INSERT INTO visits SELECT n, '2026-03-01' FROM generate_series(1, 50) n;
REFRESH MATERIALIZED VIEW sales_by_user;
"""
ROLE = "tenfold"


@dataclass(frozen=True, slots=True)
class Audited:
    """One database, as an audit finds it: the role of `tenfold init` exists and may read nothing but statistics."""

    server: PostgresServer
    database: str

    @property
    def dsn(self) -> str:
        return self.server.dsn(self.database, role=ROLE)

    def execute(self, *statements: str, role: str = "postgres") -> None:
        self.server.execute(self.database, *statements, role=role)

    def read(self, *, keep_values: bool = False) -> PostgresFacts:
        """One whole reading by the audit's role, without a window."""
        return read(self.dsn, keep_values=keep_values)


def read(dsn: str, *, keep_values: bool = False) -> PostgresFacts:
    """One whole reading without a window."""
    begun = postgres.begin("mall", dsn, (), two_readings=False)
    return postgres.finish(begun[0], keep_values=keep_values)


def audited(server: PostgresServer, *ddl: str, name: str | None = None) -> Audited:
    """A fresh database, prepared for an audit as `tenfold init` asks for."""
    database = server.create_database(*ddl, role_sql(ROLE), "ANALYZE", name=name)
    return Audited(server, database)


@pytest.fixture(scope="session")
def mall(postgres_server: PostgresServer) -> Audited:
    """The mall's database on each PostgreSQL at hand; tests leave it as they found it."""
    return audited(postgres_server, SCHEMA)


@pytest.fixture
def session(mall: Audited) -> Iterator[Session]:
    """A session of the audit's role."""
    opened = connect(mall.dsn)
    yield opened
    opened.close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port whose server accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as listener:
        yield int(listener.getsockname()[1])
