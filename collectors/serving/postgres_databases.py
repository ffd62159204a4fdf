"""What each database of the server has done: transactions, blocks, rows, temporary files, deadlocks, sessions.

Source: pg_stat_database, pg_database.
Needed role and versions: any role; PostgreSQL 13 to 18; the sessions' figures from 14 on.
Consumed by: the Mall and PostgreSQL boards, the alerts on errors, deadlocks and on transaction ids that run out.
Cost: one statement, about 0.3 ms and 20 µs for each database.
Caveats: block times are there with track_io_timing only. Templates are left out. The budget of series holds some 24 databases: the one
    that is connected to comes first, the others by name, and what is left out is counted.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from collectors.serving.line import Line
from collectors.serving.metric import Sample, counter, gauge, given

DATABASES = """
SELECT d.datname::text, pg_stat_get_db_xact_commit(d.oid), pg_stat_get_db_xact_rollback(d.oid),
       pg_stat_get_db_blocks_hit(d.oid), pg_stat_get_db_blocks_fetched(d.oid) - pg_stat_get_db_blocks_hit(d.oid),
       pg_stat_get_db_tuples_returned(d.oid), pg_stat_get_db_tuples_fetched(d.oid), pg_stat_get_db_tuples_inserted(d.oid),
       pg_stat_get_db_tuples_updated(d.oid), pg_stat_get_db_tuples_deleted(d.oid), pg_stat_get_db_conflict_all(d.oid),
       pg_stat_get_db_temp_files(d.oid), pg_stat_get_db_temp_bytes(d.oid), pg_stat_get_db_deadlocks(d.oid),
       pg_stat_get_db_checksum_failures(d.oid), pg_stat_get_db_blk_read_time(d.oid) / 1000, pg_stat_get_db_blk_write_time(d.oid) / 1000,
       age(d.datfrozenxid), mxid_age(d.datminmxid){sessions}
FROM pg_database d WHERE NOT d.datistemplate ORDER BY d.datname <> current_database(), d.datname
"""
SESSIONS = """,
       pg_stat_get_db_session_time(d.oid) / 1000, pg_stat_get_db_active_time(d.oid) / 1000,
       pg_stat_get_db_idle_in_transaction_time(d.oid) / 1000, pg_stat_get_db_sessions(d.oid), pg_stat_get_db_sessions_abandoned(d.oid),
       pg_stat_get_db_sessions_fatal(d.oid), pg_stat_get_db_sessions_killed(d.oid)"""
_SESSIONS_SINCE = 140000
_PREFIX = "tenfold_postgres_database_"


def _counts(name: str, text: str) -> Any:
    return counter(f"{_PREFIX}{name}_total", text, "database")


METRICS = (
    _counts("commits", "Transactions committed."),
    _counts("rollbacks", "Transactions rolled back."),
    _counts("blocks_hit", "Blocks found in shared buffers."),
    _counts("blocks_read", "Blocks asked of the operating system."),
    _counts("rows_returned", "Rows read by scans."),
    _counts("rows_fetched", "Rows fetched by index scans."),
    _counts("rows_inserted", "Rows inserted."),
    _counts("rows_updated", "Rows updated."),
    _counts("rows_deleted", "Rows deleted."),
    _counts("conflicts", "Statements cancelled on a standby because of a conflict with recovery."),
    _counts("temporary_files", "Temporary files written."),
    _counts("temporary_bytes", "Bytes written to temporary files."),
    _counts("deadlocks", "Deadlocks found."),
    _counts("checksum_failures", "Blocks whose checksum was wrong."),
    _counts("block_read_seconds", "Time spent reading blocks; needs track_io_timing."),
    _counts("block_write_seconds", "Time spent writing blocks; needs track_io_timing."),
    gauge(f"{_PREFIX}transaction_age", "Transactions since the oldest one not yet frozen.", "database"),
    gauge(f"{_PREFIX}multixact_age", "Multixacts since the oldest one not yet frozen.", "database"),
    _counts("session_seconds", "Time that sessions were there."),
    _counts("active_seconds", "Time that sessions ran statements."),
    _counts("idle_in_transaction_seconds", "Time that open transactions waited for their clients."),
    _counts("sessions", "Sessions begun."),
    _counts("sessions_abandoned", "Sessions ended because the client was gone."),
    _counts("sessions_fatal", "Sessions ended by a fatal error."),
    _counts("sessions_killed", "Sessions ended by an operator."),
)


def statement(version_number: int) -> str:
    """The statement for the server's version."""
    return DATABASES.format(sessions=SESSIONS if version_number >= _SESSIONS_SINCE else "")


def read(line: Line) -> list[tuple[Any, ...]]:
    """A row for each database, its name first, its figures in the order of `METRICS`."""
    return line.rows(statement(line.version_number))


def samples(rows: Sequence[tuple[Any, ...]]) -> Iterable[Sample]:
    """The figures of every database."""
    for name, *values in rows:
        for metric, value in zip(METRICS, values, strict=False):
            yield from given(metric, value, name)
