"""The server itself: which version, since when, primary or standby, how many connections it allows.

Source: current_setting, pg_postmaster_start_time, pg_is_in_recovery, pg_current_wal_lsn, pg_last_xact_replay_timestamp.
Needed role and versions: any role; PostgreSQL 13 to 18.
Consumed by: the PostgreSQL board, the alerts on connections and on standbys that fall behind.
Cost: one statement, below 0.2 ms.
Caveats: a standby's delay grows while its primary has nothing to send.
"""

from collections.abc import Iterable
from typing import Any

from collectors.serving.line import Line
from collectors.serving.metric import Sample, counter, gauge, given

SERVER = """
SELECT current_setting('server_version'), extract(epoch FROM pg_postmaster_start_time()), pg_is_in_recovery(),
       current_setting('max_connections')::int,
       current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true), '0')::int,
       CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') END,
       CASE WHEN pg_is_in_recovery() THEN greatest(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END,
       current_setting('autovacuum_freeze_max_age')::bigint
"""
INFO = gauge("tenfold_postgres_info", "1; the server's version is its label.", "version")
STARTED = gauge("tenfold_postgres_start_timestamp_seconds", "When the server started.")
RECOVERY = gauge("tenfold_postgres_in_recovery", "1 on a standby, 0 on a primary.")
LIMIT = gauge("tenfold_postgres_connections_limit", "max_connections.")
RESERVED = gauge("tenfold_postgres_connections_reserved", "Connections that only privileged roles get.")
WRITTEN = counter("tenfold_postgres_wal_position_bytes_total", "Write-ahead log written since the cluster was made.")
DELAY = gauge("tenfold_postgres_replay_delay_seconds", "On a standby, the age of the last transaction replayed.")
FREEZE = gauge("tenfold_postgres_freeze_age_limit_transactions", "autovacuum_freeze_max_age.")
METRICS = (INFO, STARTED, RECOVERY, LIMIT, RESERVED, WRITTEN, DELAY, FREEZE)


def read(line: Line) -> tuple[Any, ...]:
    """The one row."""
    return line.rows(SERVER)[0]


def samples(row: tuple[Any, ...]) -> Iterable[Sample]:
    """The server's figures."""
    version, *values = row
    yield INFO.sample(1.0, str(version))
    for metric, value in zip(METRICS[1:], values, strict=True):
        yield from given(metric, value)
