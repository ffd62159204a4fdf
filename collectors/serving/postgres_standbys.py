"""Who copies this server: standbys and how far they are behind, slots and what they hold back.

Source: pg_stat_replication, pg_replication_slots.
Needed role and versions: pg_read_all_stats for the standbys' positions; PostgreSQL 13 to 18.
Consumed by: the PostgreSQL board, the alerts on standbys and on slots that fill the disk.
Cost: two statements, about 0.2 ms.
Caveats: several standbys of one application name on one address are told as the one that is furthest behind.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from collectors.serving.line import Line
from collectors.serving.metric import Sample, gauge, given

_POSITION = "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END"
STANDBYS = f"""
SELECT coalesce(application_name, ''), coalesce(host(client_addr), 'local'), max(pg_wal_lsn_diff({_POSITION}, replay_lsn)),
       max(extract(epoch FROM replay_lag)), bool_and(coalesce(state = 'streaming', false))
FROM pg_stat_replication GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608  (of constants)
SLOTS = f"""
SELECT slot_name::text, slot_type, active, pg_wal_lsn_diff({_POSITION}, restart_lsn)
FROM pg_replication_slots ORDER BY slot_name
"""  # noqa: S608  (of constants)
BEHIND = gauge("tenfold_postgres_standby_behind_bytes", "Log that a standby has not replayed.", "standby", "address")
LAG = gauge(
    "tenfold_postgres_standby_lag_seconds", "Time until a standby replayed a recent commit.", "standby", "address"
)
STREAMING = gauge("tenfold_postgres_standby_streaming", "1 while a standby streams.", "standby", "address")
STANDBY_COUNT = gauge("tenfold_postgres_standbys", "Standbys that are connected.")
ACTIVE = gauge("tenfold_postgres_slot_active", "1 while a replication slot is used.", "slot", "type")
RETAINED = gauge("tenfold_postgres_slot_retained_bytes", "Log that a replication slot holds back.", "slot", "type")
METRICS = (STANDBY_COUNT, BEHIND, LAG, STREAMING, ACTIVE, RETAINED)

Rows = Sequence[tuple[Any, ...]]


def read(line: Line) -> tuple[Rows, Rows]:
    """Standbys and slots."""
    return line.rows(STANDBYS), line.rows(SLOTS)


def samples(facts: tuple[Rows, Rows]) -> Iterable[Sample]:
    """How far each is behind."""
    standbys, slots = facts
    yield STANDBY_COUNT.sample(len(standbys))
    for name, address, behind, lag, streaming in standbys:
        yield from given(BEHIND, behind, name, address)
        yield from given(LAG, lag, name, address)
        yield STREAMING.sample(float(streaming), name, address)
    for name, kind, active, retained in slots:
        yield ACTIVE.sample(float(active), name, kind)
        yield from given(RETAINED, retained, name, kind)
