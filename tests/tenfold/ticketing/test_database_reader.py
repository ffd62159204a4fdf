"""The reader of a database on real servers: who blocks whom, what is scanned, what is set, and what was usual before."""

import threading

import pytest

from collectors.runner import CollectorError
from facts.postgres import Session
from tenfold.ticketing.baselines import Baselines
from tenfold.ticketing.readers import database
from tests.conftest import PostgresServer

SHOP = (
    "CREATE EXTENSION pg_stat_statements",
    "CREATE TABLE stock (sku int PRIMARY KEY, on_hand int)",
    "INSERT INTO stock SELECT n, 5 FROM generate_series(1, 2000) n",
    "CREATE TABLE payments (id serial, channel text, status text, at timestamptz DEFAULT now(), cents int)",
    "INSERT INTO payments (channel, status, cents) SELECT 'wechat', 'failed', 100 FROM generate_series(1, 7)",
    "INSERT INTO payments (channel, status, cents) SELECT 'alipay', 'captured', 100 FROM generate_series(1, 9)",
)


def test_a_database_tells_who_blocks_whom_what_is_scanned_and_what_is_set(postgres_server: PostgresServer) -> None:
    name = postgres_server.create_database(*SHOP)
    role = postgres_server.create_role("narrow")
    postgres_server.execute(
        name, f"ALTER ROLE {role} SET statement_timeout = '7ms'", "SELECT pg_stat_statements_reset()"
    )
    with (
        postgres_server.connection(name) as holder,
        postgres_server.connection(name) as waiter,
        postgres_server.connection(name, role=role),
    ):
        with holder.cursor() as cursor:
            cursor.execute("BEGIN; UPDATE stock SET on_hand = 4 WHERE sku = 1")
        over = threading.Event()

        def wait() -> None:
            with waiter.cursor() as cursor:
                cursor.execute("UPDATE stock SET on_hand = 3 WHERE sku = 1")

        def scan() -> None:
            with postgres_server.connection(name) as scanning, scanning.cursor() as cursor:
                while not over.wait(0.02):
                    cursor.execute("SELECT count(*) FROM stock WHERE on_hand = 99")

        threads = [threading.Thread(target=wait), threading.Thread(target=scan)]
        for each in threads:
            each.start()
        try:
            found = database.read(postgres_server.dsn(name), looks=3, pause=0.7)
        finally:
            over.set()
            with holder.cursor() as cursor:
                cursor.execute("ROLLBACK")
            for each in threads:
                each.join(20)
            postgres_server.execute(name, f"ALTER ROLE {role} RESET ALL")
    (tree,) = found["blocking"]
    assert tree["waiting"] == 1
    assert tree["head"]["state"] == "idle in transaction"
    assert found["waiting_on_locks"][-1] == 1
    scanned = next(each for each in found["statements"]["families"] if "count(*)" in each["text"])
    assert scanned["calls"] > 5
    assert scanned["mean_seconds"] > 0
    table = next(each for each in found["tables"] if each["name"] == "public.stock")
    assert table["scanned_rows_per_second"] > 1000
    assert {"name": "statement_timeout", "setting": "7ms", "unit": "", "where": f"role {role}"} in found["settings"]
    assert found["connections"]["usable"] < found["connections"]["limit"]
    assert "failed" not in found


def test_settings_of_roles_that_are_not_at_work_and_of_our_own_are_no_trouble(postgres_server: PostgresServer) -> None:
    name = postgres_server.create_database(*SHOP)
    ours, theirs, idle = (postgres_server.create_role(each) for each in ("watcher", "seller", "reporter"))
    for each in (ours, theirs, idle):
        postgres_server.execute(name, f"ALTER ROLE {each} SET default_transaction_read_only = on")
    try:
        with postgres_server.connection(name, role=theirs):
            found = database.read(postgres_server.dsn(name, role=ours), looks=2, pause=0.2)
    finally:
        for each in (ours, theirs, idle):
            postgres_server.execute(name, f"ALTER ROLE {each} RESET ALL")
    read_only = {each["where"] for each in found["settings"] if each["name"] == "default_transaction_read_only"}
    assert read_only & {f"role {each}" for each in (ours, theirs, idle)} == {f"role {theirs}"}


def test_a_database_without_the_extension_loses_that_part_alone(postgres_server: PostgresServer) -> None:
    found = database.read(postgres_server.dsn(postgres_server.create_database()), looks=1, pause=0)
    assert list(found["failed"]) == ["statements"]
    assert found["connections"]["now"] >= 0
    with pytest.raises(CollectorError):
        database.read("host=127.0.0.1 port=1 user=x")


def _sitting(pid: int, *blocked_by: int) -> Session:
    return Session(
        pid=pid, role="shop", application="shop", state="active", wait_type=None, wait=None, transaction_seconds=1.0,
        statement_seconds=float(pid), state_seconds=1.0, text="", blocked_by=blocked_by,
    )  # fmt: skip


def test_blocking_trees() -> None:
    sessions = (
        _sitting(1),
        _sitting(2, 1),
        _sitting(3, 2),
        _sitting(4, 1, 9),
        _sitting(5),
        _sitting(6, 7),
        _sitting(7, 6),
    )
    trees = [
        (each["head"]["pid"], each["waiting_pids"], each["longest_seconds"]) for each in database.blocking(sessions)
    ]
    assert trees == [(1, [2, 3, 4], 4.0), (9, [4], 4.0)]  # 9 is unknown; 6 and 7 wait for each other
    assert database.blocking(()) == []


def test_what_was_usual_is_known_by_looks_that_lie_back(postgres18: PostgresServer) -> None:
    name = postgres18.create_database(*SHOP)
    usual = Baselines.of({"database:x": (postgres18.dsn(name), None), "database:gone": ("host=127.0.0.1 port=1", None)})
    usual.read()
    assert usual.before("database:x", lead=0.0) is None
    postgres18.execute(name, *["SELECT count(*) FROM stock WHERE sku = 5"] * 6)
    usual.read()
    assert usual.before("database:x") is None  # both are of this moment
    stretch = usual.before("database:x", lead=0.0)
    assert stretch is not None
    postgres18.execute(name, "DROP TABLE payments", "ALTER TABLE stock DROP CONSTRAINT stock_pkey")
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.02):
            postgres18.execute(name, "SELECT count(*) FROM stock WHERE sku = 5")

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        found = database.read(postgres18.dsn(name), before=stretch, looks=3, pause=0.5)
    finally:
        over.set()
        thread.join(20)
    told = next(each for each in found["statements"]["families"] if "sku = $1" in each["text"])
    assert told["calls_before"] == 6
    assert told["blocks_per_call"] >= 3 * told["blocks_per_call_before"]
    assert usual.before("database:gone", lead=0.0) is None
