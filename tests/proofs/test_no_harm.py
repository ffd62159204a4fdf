"""A whole audit of the practice mall by the least-privileged role; the server's own statistics and log tell what it did."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from collectors.postgres_connection import APPLICATION_NAME, EPILOGUE, PROLOGUE
from facts.readings import Status
from mall import Mall
from tests.proofs.conftest import Audit, audit, overheard, printed_sql, rows, server_settings, watching

WINDOW_SECONDS = 2.5
ROLE = "tenfold"
LOOK = f"""
SELECT a.pid, a.datname::text, a.usename::text, a.application_name, a.state,
       ARRAY(SELECT DISTINCT l.mode FROM pg_locks l WHERE l.pid = a.pid AND l.locktype <> 'virtualxid')
FROM pg_stat_activity a WHERE a.usename = '{ROLE}'
"""
# The server's own accounts of writing; the shop's and the observers' SELECTs change none of them.
WRITTEN = """
SELECT d.datname::text, d.tup_inserted, d.tup_updated, d.tup_deleted, d.temp_files, d.temp_bytes, d.deadlocks
FROM pg_stat_database d WHERE d.datname IS NOT NULL ORDER BY 1
"""
OWN_STATEMENTS = f"""
SELECT count(*), sum(s.calls), sum(s.wal_records), sum(s.wal_bytes), sum(s.temp_blks_written), sum(s.temp_blks_read),
       sum(s.local_blks_written), sum(s.local_blks_dirtied), sum(s.shared_blks_written), sum(s.shared_blks_dirtied)
FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = '{ROLE}'
"""
NEXT_TRANSACTION = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
LOG_ENTRY = re.compile(
    r"^(?P<at>\S+ \S+ \S+) \[(?P<pid>\d+)\] (?P<user>\S+)@(?P<database>\S+) (?P<application>.*?) (?P<level>[A-Z]+):  "
    r"(?P<text>.*?)(?=^\d{4}-\d\d-\d\d \d\d:|\Z)",
    re.MULTILINE | re.DOTALL,
)
# How psycopg2 writes what the printed statements call %s.
PARAMETER = r"(?:\d+|'\{\}'|ARRAY\[\d+(?:,\s?\d+)*\]|ARRAY\['[\w.]+'(?:,\s?'[\w.]+')*\])"


@dataclass(slots=True)
class Observed:
    """What the servers say of one audit.

    Attributes:
        looks: Rows of LOOK, taken all the time.
        log: The server's log of our role's sessions: (database, application, level, text).
        commands: What was sent to Redis.
        written: WRITTEN and NEXT_TRANSACTION before and after.
        own: OWN_STATEMENTS afterwards.
    """

    audit: Audit
    looks: list[tuple[Any, ...]]
    log: list[tuple[str, str, str, str]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    redis_connections: int = 0
    written: list[Any] = field(default_factory=list)
    own: tuple[Any, ...] = ()
    front: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def observed(mall: Mall) -> Observed:
    # Autovacuum would write in between, and whoever is the first to read a page after somebody's UPDATE tidies it up:
    # neither would be the audit's doing.
    with server_settings(mall, autovacuum="off"):
        rows(mall, "VACUUM")
        with server_settings(mall, log_statement="all", log_connections="on", log_temp_files="0", log_lock_waits="on"):
            rows(mall, "SELECT pg_stat_statements_reset()")
            began, requests = mall.server_log.stat().st_size, mall.access_log.stat().st_size
            before = [rows(mall, WRITTEN), rows(mall, NEXT_TRANSACTION)]
            with overheard(mall.redis_port) as redis_line, watching(mall, LOOK) as looks:
                done = audit(mall, window=WINDOW_SECONDS, redis_port=redis_line.port)
            after = [rows(mall, WRITTEN), rows(mall, NEXT_TRANSACTION)]
            (own,) = rows(mall, OWN_STATEMENTS)
        log = mall.server_log.read_bytes()[began:].decode()
        front = mall.access_log.read_bytes()[requests:].decode().splitlines()
    return Observed(
        audit=done,
        looks=looks,
        log=[
            (entry["database"], entry["application"], entry["level"], entry["text"].strip())
            for entry in LOG_ENTRY.finditer(log)
            if entry["user"] == ROLE
        ],
        commands=redis_line.commands(),
        redis_connections=redis_line.connections,
        written=[before, after],
        own=own,
        front=front,
    )


def statements_of(observed: Observed) -> list[str]:
    return [text.removeprefix("statement: ") for _, _, _, text in observed.log if text.startswith("statement: ")]


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_the_audit_was_a_whole_one(observed: Observed) -> None:
    (facts,) = observed.audit.snapshot.postgres
    assert {reading.status for reading in facts.readings} <= {Status.OK, Status.EMPTY}
    assert {target.status for target in observed.audit.report.coverage.targets} == {Status.OK}
    assert facts.schema is not None
    assert len(facts.schema.tables) > 15
    assert observed.audit.report.coverage.skipped == ()
    assert len(observed.audit.report.quiet) > 10


def test_no_row_and_no_temporary_file_was_written_in_any_database(observed: Observed) -> None:
    (before, _), (after, _) = observed.written
    assert after == before


def test_no_transaction_in_the_whole_cluster_got_a_number(observed: Observed) -> None:
    """Only who writes or locks rows gets one."""
    (_, before), (_, after) = observed.written
    assert after == before


def test_the_servers_account_of_our_statements_knows_no_writing(observed: Observed) -> None:
    entries, calls, *written = observed.own
    assert entries > 20
    assert calls >= observed.audit.snapshot.cost.statements / 2
    assert [int(each) for each in written] == [0] * len(written)


def test_there_was_one_connection_and_it_said_whose_it_is(observed: Observed) -> None:
    authorized = [text for _, _, _, text in observed.log if text.startswith("connection authorized")]
    assert len(authorized) == 1
    assert f"application_name={APPLICATION_NAME}" in authorized[0]
    assert {application for _, application, _, text in observed.log if text.startswith("statement")} == {"tenfold"}
    assert len({pid for pid, *_ in observed.looks}) == 1
    assert {tuple(look[1:4]) for look in observed.looks} == {(mall_database(observed), ROLE, APPLICATION_NAME)}


def mall_database(observed: Observed) -> str:
    return observed.audit.snapshot.postgres[0].database


def test_each_statement_is_alone_in_a_read_only_transaction_with_its_limits(observed: Observed) -> None:
    sent = statements_of(observed)
    prologue = "; ".join(PROLOGUE) + "; "
    assert len(sent) > 50
    assert all(text.startswith(prologue) for text in sent[::2])
    assert set(sent[1::2]) == {EPILOGUE}
    assert PROLOGUE[0] == "BEGIN READ ONLY"
    limited = {text.split()[2] for text in PROLOGUE[1:]}
    assert limited >= {"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"}


def test_the_window_is_waited_out_without_a_transaction(observed: Observed) -> None:
    states = [look[4] for look in observed.looks]
    # Nearly all of the audit's time is the window; what is seen in between is a statement at work.
    assert states.count("idle") > len(states) / 2
    assert states.count("idle in transaction") < len(states) / 20


def test_every_statement_in_the_servers_log_is_one_that_print_sql_shows(observed: Observed, tmp_path: Path) -> None:
    printed = [one_line(text.rstrip(";")) for text in printed_sql(tmp_path)]
    assert set(PROLOGUE) | {EPILOGUE} <= set(printed)
    promised = [re.compile(re.escape(text).replace("%s", PARAMETER)) for text in printed]
    prologue = "; ".join(PROLOGUE) + "; "
    sent = {one_line(text.removeprefix(prologue)) for text in statements_of(observed)}
    assert len(sent) > 25
    assert [text for text in sent if not any(pattern.fullmatch(text) for pattern in promised)] == []


def test_the_log_has_no_error_no_wait_for_a_lock_and_no_temporary_file(observed: Observed) -> None:
    other = [
        (level, text)
        for _, _, level, text in observed.log
        if not text.startswith(("statement: ", "connection ", "disconnection"))
    ]
    assert other == []


def test_every_command_that_redis_was_sent_is_one_that_print_sql_shows(observed: Observed, tmp_path: Path) -> None:
    printed = printed_sql(tmp_path)
    promised = []
    for text in printed[printed.index("CLIENT SETNAME tenfold") :]:
        pattern = re.sub(r"\b(n|cursor)\b", r"\\d+", re.sub(r"\b(key|version)\b", ".+", text))
        head, _, tail = pattern.partition(" ")
        promised.append(re.compile(f"(?:{head}) {tail}" if tail else head))
    assert len(observed.commands) > 10
    assert [each for each in observed.commands if not any(pattern.fullmatch(each) for pattern in promised)] == []
    assert observed.redis_connections == 1


def test_the_site_was_asked_for_one_page(observed: Observed) -> None:
    assert len(observed.front) == 1
    assert "tenfold" in observed.front[0]


def test_only_access_share_locks_were_ever_seen(observed: Observed) -> None:
    seen = {mode for look in observed.looks for mode in look[5]}
    assert seen <= {"AccessShareLock"}


def test_the_whole_audit_passes_while_every_stronger_lock_is_taken(mall: Mall) -> None:
    """EXCLUSIVE mode lets others take ACCESS SHARE and nothing above it: who wanted more would have waited and said so."""
    with mall.connection() as holder, holder.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ') FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND NOT c.relisshared "
            "AND n.nspname IN ('public', 'rehearsal', 'pg_catalog')"
        )
        (tables,) = cursor.fetchone() or ("",)
        cursor.execute(f"BEGIN; LOCK TABLE {tables} IN EXCLUSIVE MODE")
        done = audit(mall, window=0)
        cursor.execute("ROLLBACK")
    (facts,) = done.snapshot.postgres
    assert {reading.status for reading in facts.readings} <= {Status.OK, Status.EMPTY}
    assert [omission for reading in facts.readings for omission in reading.partial] == []
    assert done.snapshot.cost.longest_lock_wait_seconds == 0
    assert done.report.coverage.skipped == ()


def test_the_role_can_read_no_table_of_the_mall_and_write_nowhere(mall: Mall) -> None:
    tables = [row[0] for row in rows(mall, "SELECT relid::regclass::text FROM pg_stat_user_tables")]
    assert "orders" in tables
    connection = psycopg2.connect(mall.dsn.replace("postgres@", f"{ROLE}@"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for table in tables:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"SELECT FROM {table} LIMIT 1")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"BEGIN; LOCK TABLE {table} IN ACCESS SHARE MODE")
            cursor.execute("ROLLBACK")
        # Even a session that lifts its own read-only default may write nothing.
        cursor.execute("SET default_transaction_read_only = off")
        for statement in (
            "DELETE FROM orders",
            "CREATE TABLE public.mine ()",
            "CREATE TABLE tenfold.mine ()",
            "CREATE SCHEMA mine",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
    connection.close()
