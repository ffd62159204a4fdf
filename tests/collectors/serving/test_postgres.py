"""Every PostgreSQL collector of the exporter, on every server at hand, as the role that `tenfold init` creates."""

import time
from collections.abc import Iterator

import psycopg2
import pytest

from collectors.postgres_connection import NoAnswerError
from collectors.serving import (
    postgres_databases,
    postgres_discovery,
    postgres_locks,
    postgres_server,
    postgres_sessions,
    postgres_settings,
    postgres_statements,
    postgres_tables,
)
from collectors.serving.catalogue import POSTGRES_DATABASE, POSTGRES_SERVER
from collectors.serving.line import Line
from collectors.serving.metric import Part, Sample
from tests.collectors.conftest import Audited, audited
from tests.conftest import PostgresServer

PARTS = (*POSTGRES_SERVER, *POSTGRES_DATABASE)
# Only a standby, a slot, an archive, track_io_timing or an older version has these.
MAY_BE_ABSENT = {
    "tenfold_postgres_replay_delay_seconds",
    "tenfold_postgres_standby_behind_bytes",
    "tenfold_postgres_standby_lag_seconds",
    "tenfold_postgres_standby_streaming",
    "tenfold_postgres_slot_active",
    "tenfold_postgres_slot_retained_bytes",
    "tenfold_postgres_last_archived_timestamp_seconds",
    "tenfold_postgres_buffers_backend_total",
    "tenfold_postgres_buffers_backend_fsync_total",
    "tenfold_postgres_database_checksum_failures_total",
    "tenfold_postgres_table_last_vacuum_timestamp_seconds",
    "tenfold_postgres_database_connections",
}


@pytest.fixture
def line(mall: Audited) -> Iterator[Line]:
    opened = Line(mall.dsn, deadline=time.monotonic() + 30)
    opened.ready()
    yield opened
    opened.close()


def value(found: tuple[Sample, ...], name: str, *labels: str) -> float:
    (sample,) = [each for each in found if each.metric.name == name and each.labels == labels]
    assert isinstance(sample.value, float | int)
    return sample.value


@pytest.mark.parametrize("part", PARTS, ids=lambda each: each.name)
def test_the_least_privileged_role_reads_it_and_what_is_declared_comes(part: Part, line: Line) -> None:
    reader = part.begin()
    found = tuple(reader(line))
    names = {each.metric.name for each in found}
    declared = {metric.name for metric in part.metrics}
    assert names <= declared
    assert declared - names <= MAY_BE_ABSENT
    assert len({(each.metric.name, each.labels) for each in found}) == len(found)
    assert sum(each.series for each in found) <= part.series


def test_a_fact_is_read_anew_each_time(mall: Audited, line: Line) -> None:
    name = "tenfold_postgres_database_commits_total"

    def commits() -> float:
        return value(tuple(postgres_databases.samples(postgres_databases.read(line))), name, mall.database)

    before = commits()
    mall.execute(*["SELECT 1"] * 50)
    deadline = time.monotonic() + 20
    while commits() < before + 50:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_sessions_their_waits_and_a_forgotten_transaction_are_seen(mall: Audited, line: Line) -> None:
    with mall.server.connection(mall.database) as idle:
        with idle.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        asking = psycopg2.connect(mall.server.dsn(mall.database), async_=1)
        try:
            _until_connected(asking)
            asking.cursor().execute("SELECT * FROM users")
            deadline = time.monotonic() + 20
            while True:
                found = tuple(postgres_sessions.samples(postgres_sessions.read(line)))
                if value(found, "tenfold_postgres_waiting_sessions", "Lock"):
                    break
                assert time.monotonic() < deadline
                time.sleep(0.05)
            locks = tuple(postgres_locks.samples(postgres_locks.read(line)))
        finally:
            asking.close()
            with idle.cursor() as cursor:
                cursor.execute("ROLLBACK")
    assert value(found, "tenfold_postgres_connections", "idle in transaction") >= 1
    assert value(found, "tenfold_postgres_oldest_idle_transaction_seconds") > 0
    assert value(locks, "tenfold_postgres_locks_held", "AccessExclusiveLock") >= 1
    assert value(locks, "tenfold_postgres_locks_waited", "AccessShareLock") == 1


def _until_connected(connection: psycopg2.extensions.connection) -> None:
    deadline = time.monotonic() + 20
    while connection.poll() != psycopg2.extensions.POLL_OK:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_settings_come_in_base_units_and_without_our_own(line: Line) -> None:
    found = tuple(postgres_settings.samples(postgres_settings.read(line)))
    name = "tenfold_postgres_setting"
    assert value(found, name, "shared_buffers", "bytes") % 2**20 == 0
    assert value(found, name, "checkpoint_timeout", "seconds") in {300, 900}, "as the server has it, in seconds"
    assert value(found, name, "random_page_cost", "") in {1.1, 4}
    assert not [each for each in found if each.labels[0] in {"statement_timeout", "lock_timeout", "jit"}]


def test_the_server_says_who_it_is(mall: Audited, line: Line) -> None:
    found = tuple(postgres_server.samples(postgres_server.read(line)))
    (info,) = [each for each in found if each.metric is postgres_server.INFO]
    assert info.labels[0].startswith(str(mall.server.version))
    assert value(found, "tenfold_postgres_in_recovery") == 0


def test_statement_families_are_bounded_and_no_text_is_a_label(postgres_server: PostgresServer) -> None:
    shop = audited(postgres_server, "CREATE EXTENSION pg_stat_statements", "CREATE TABLE t (a int)")
    line = Line(shop.dsn, deadline=time.monotonic() + 60)
    line.ready()
    reader = postgres_statements.bounded(places=5).begin()
    tuple(reader(line))
    shop.execute(*(f"SELECT {', '.join(['a'] * number)} FROM t" for number in range(1, 30)))
    shop.execute(*["SELECT count(*) FROM t"] * 50)
    found = tuple(reader(line))
    line.close()
    calls = {each.labels: each.value for each in found if each.metric is postgres_statements.CALLS}
    assert len(calls) == 6
    assert sum(value for value in calls.values() if isinstance(value, float)) >= 79
    assert all(family == "other" or family.lstrip("-").isdigit() for _, family in calls)
    assert value(found, "tenfold_postgres_statement_families_folded", shop.database) >= 24


def test_without_the_extension_the_reason_is_said(postgres_server: PostgresServer) -> None:
    bare = audited(postgres_server)
    line = Line(bare.dsn, deadline=time.monotonic() + 30)
    line.ready()
    with pytest.raises(Exception, match="pg_stat_statements is not installed"):
        postgres_statements.read(line)
    line.close()


def test_the_busiest_tables_have_series_and_the_others_are_one(postgres_server: PostgresServer) -> None:
    ddl = [f"CREATE TABLE t{number} AS SELECT 1 AS a" for number in range(12)]
    shop = audited(postgres_server, *ddl)
    line = Line(shop.dsn, deadline=time.monotonic() + 30)
    line.ready()
    reader = postgres_tables.bounded(places=3).begin()
    tuple(reader(line))
    shop.execute(*["UPDATE t7 SET a = a + 1"] * 20)
    name = "tenfold_postgres_table_rows_updated_total"
    deadline = time.monotonic() + 20
    while True:
        found = tuple(reader(line))
        if any(each.metric.name == name and each.labels[1] == "public.t7" and each.value == 20 for each in found):
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    line.close()
    assert len({each.labels[1] for each in found if each.metric.name == name}) == 4
    assert value(found, "tenfold_postgres_tables_folded", shop.database) == 9


def test_databases_are_found_by_pattern(postgres_server: PostgresServer) -> None:
    wanted = postgres_server.create_database(name="found_here")
    postgres_server.create_database(name="found_not")
    told: list[list[str]] = []
    line = Line(postgres_server.dsn(wanted), deadline=time.monotonic() + 30)
    line.ready()
    tuple(postgres_discovery.discovering(["found_*"], ["*_not"], told.append).begin()(line))
    line.close()
    assert told == [["found_here"]]


def test_nothing_can_be_written_and_no_setting_outlives_the_statement(mall: Audited, line: Line) -> None:
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        line.rows("DELETE FROM public.users RETURNING 1")
    assert line.stands
    inside = "SELECT current_setting('lock_timeout'), current_setting('transaction_read_only'), current_setting('jit')"
    assert line.rows(inside) == [("100ms", "on", "off")]
    bare = psycopg2.connect(mall.dsn)
    bare.close()
    assert line.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tenfold' AND pid = pg_backend_pid()"
    ) == [(1,)]


def test_a_lock_that_is_held_costs_a_tenth_of_a_second(mall: Audited, line: Line) -> None:
    with mall.server.connection(mall.database) as holder, holder.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(psycopg2.errors.LockNotAvailable):
            line.rows("SELECT pg_table_size('public.users')")
        cursor.execute("ROLLBACK")
    assert line.stands


def test_a_silence_keeps_the_connection_and_its_answer_is_thrown_away(mall: Audited) -> None:
    line = Line(mall.dsn, deadline=time.monotonic() + 30)
    line.ready()
    pid = line.rows("SELECT pg_backend_pid()")
    line.deadline = time.monotonic() + 0.2
    with pytest.raises(NoAnswerError):
        line.rows("SELECT pg_sleep(1.5), 'late'")
    assert not line.stands
    line.deadline = time.monotonic() + 0.2
    with pytest.raises(NoAnswerError):
        line.ready()
    line.deadline = time.monotonic() + 30
    line.ready()
    assert line.rows("SELECT pg_backend_pid()") == pid
    line.close()


def test_a_connection_that_was_ended_is_replaced(mall: Audited) -> None:
    line = Line(mall.dsn, deadline=time.monotonic() + 30)
    line.ready()
    ((pid,),) = line.rows("SELECT pg_backend_pid()")
    mall.execute(f"SELECT pg_terminate_backend({pid})")
    with pytest.raises(psycopg2.Error):
        line.rows("SELECT 1")
    line.ready()
    assert line.rows("SELECT 1") == [(1,)]
    line.close()
