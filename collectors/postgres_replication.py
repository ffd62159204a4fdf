"""Standbys, replication slots, WAL and checkpoints.

Source: pg_stat_replication, pg_replication_slots, pg_stat_wal, pg_stat_checkpointer (17) or pg_stat_bgwriter.
Needed role and versions: pg_monitor for the standbys' lag; pg_stat_wal from PostgreSQL 14.
Consumed by: IDX002 (a standby's own use of an index is not seen from here), CFG003.
Cost: a handful of rows.
Caveats: on a standby the current WAL position is not to be had, so retained bytes are left out.
"""

from collectors.postgres_connection import Session
from facts.postgres import Replica, Replication, ReplicationSlot, WriteAhead

REPLICAS = """
SELECT application_name, state, sync_state IN ('sync', 'quorum'),
       CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint END,
       extract(epoch FROM replay_lag)::float8
FROM pg_stat_replication
"""
SLOTS = """
SELECT slot_name::text, active,
       CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint END
FROM pg_replication_slots
"""
WAL = "SELECT wal_bytes::bigint, wal_records FROM pg_stat_wal"
CHECKPOINTS = """
SELECT num_timed, num_requested, write_time::float8, sync_time::float8, stats_reset FROM pg_stat_checkpointer
"""
CHECKPOINTS_BEFORE_17 = """
SELECT checkpoints_timed, checkpoints_req, checkpoint_write_time, checkpoint_sync_time, stats_reset FROM pg_stat_bgwriter
"""
_WAL_SINCE = 140000
_CHECKPOINTER_SINCE = 170000


def read(session: Session) -> Replication:
    """Standbys and slots."""
    return Replication(
        replicas=tuple(
            Replica(
                name=name or "",
                state=state or "unknown",
                synchronous=bool(synchronous),
                lag_bytes=lag,
                lag_seconds=seconds,
            )
            for name, state, synchronous, lag, seconds in session.rows(REPLICAS)
        ),
        slots=tuple(
            ReplicationSlot(name=name, active=active, retained_bytes=retained)
            for name, active, retained in session.rows(SLOTS)
        ),
    )


def read_write_ahead(session: Session) -> WriteAhead:
    """WAL and checkpoint counters."""
    wal, records = session.rows(WAL)[0] if session.version_number >= _WAL_SINCE else (None, None)
    newer = session.version_number >= _CHECKPOINTER_SINCE
    timed, requested, write, sync, since = session.rows(CHECKPOINTS if newer else CHECKPOINTS_BEFORE_17)[0]
    return WriteAhead(
        wal_bytes=wal,
        wal_records=records,
        checkpoints_timed=timed,
        checkpoints_requested=requested,
        checkpoint_write_seconds=write / 1000,
        checkpoint_sync_seconds=sync / 1000,
        since=since,
    )
