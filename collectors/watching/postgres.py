"""One database server once a second: who works, who waits for what, how full it is, and how much it reads.

Source: pg_stat_activity (client backends), pg_stat_database of the database that is watched, the two settings that limit connections.
Needed role and versions: pg_monitor, to see what other roles' sessions wait for; PostgreSQL 13 to 18.
Consumed by: `loadtest.cause`, the live view, the round report.
Cost: one statement of 1 to 2 ms at 100 connections, and one connection; no lock and no table of the mall is touched.
Caveats: what happens between two looks is not seen. `longest_lock_wait_seconds` is the age of the waiting statement, an upper bound of
    its wait: pg_locks would know better and would stop the lock manager for it.

Values: `connections` (of the whole server), `active`, `active_on_cpu` (active and waiting for nothing), `idle_in_transaction`,
`lock_waiters` (any heavyweight lock), `row_lock_waiters` (those for a row or the transaction that holds it), `light_lock_waiters`,
`io_waiters`, `longest_lock_wait_seconds`, `oldest_transaction_seconds`, and for each application name `connections:NAME` and `busy:NAME`
(active or in a transaction). Rates a second of the database: `commits`, `rollbacks`, `blocks_read`, `blocks_hit`, `rows_scanned` (rows
that sequential scans and index entries went over), `rows_fetched` (rows that index scans brought), `temp_bytes`, `deadlocks`.
Limits: `max_connections`, without those that are reserved.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from collectors.masking.words import tag_pattern
from collectors.postgres_activity import SLOTS
from collectors.postgres_connection import Session, connect
from collectors.postgres_errors import understand
from collectors.runner import CollectorError
from collectors.watching import postgres_statements
from collectors.watching.source import Ending, Opening, Rates
from facts.message import Message

MOMENT = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
       a.gauges, a.applications, d.xact_commit, d.xact_rollback, d.blks_read, d.blks_hit, d.tup_returned, d.tup_fetched, d.temp_bytes,
       d.deadlocks
FROM pg_stat_database d, LATERAL (
    SELECT (SELECT ARRAY[
                count(*) FILTER (WHERE state = 'active'),
                count(*) FILTER (WHERE state = 'active' AND wait_event_type IS NULL),
                count(*) FILTER (WHERE state LIKE 'idle in transaction%'),
                count(*) FILTER (WHERE wait_event_type = 'Lock'),
                count(*) FILTER (WHERE wait_event_type = 'Lock' AND wait_event IN ('transactionid', 'tuple')),
                count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'LWLock'),
                count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'IO'),
                coalesce(max(extract(epoch FROM clock_timestamp() - query_start)) FILTER (WHERE wait_event_type = 'Lock'), 0),
                coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)
            ]::float8[] FROM pg_stat_activity WHERE datid = d.datid AND backend_type = 'client backend' AND pid <> pg_backend_pid()),
           (SELECT json_agg(json_build_array(application_name, connections, busy)) FROM (
                SELECT application_name, count(*) AS connections,
                       count(*) FILTER (WHERE state = 'active' OR state LIKE 'idle in transaction%') AS busy
                FROM pg_stat_activity WHERE datid = d.datid AND backend_type = 'client backend' AND pid <> pg_backend_pid()
                GROUP BY application_name ORDER BY connections DESC, application_name LIMIT 20) named)
) AS a (gauges, applications)
WHERE d.datname = current_database()
"""
_GAUGES = (
    "active", "active_on_cpu", "idle_in_transaction", "lock_waiters", "row_lock_waiters", "light_lock_waiters", "io_waiters",
    "longest_lock_wait_seconds", "oldest_transaction_seconds",
)  # fmt: skip
_COUNTERS = (
    "commits", "rollbacks", "blocks_read", "blocks_hit", "rows_scanned", "rows_fetched", "temp_bytes", "deadlocks",
)  # fmt: skip


@dataclass(slots=True)
class Database:
    """One database that is watched over a connection of its own."""

    name: str
    session: Session
    limits: Mapping[str, float]
    begun: postgres_statements.Begun | None
    refusal: Message | None = None
    _rates: Rates = field(default_factory=Rates)

    def read(self) -> dict[str, float]:
        """The figures now; one statement."""
        at = time.monotonic()
        connections, gauges, applications, *counters = self.session.rows(MOMENT)[0]
        values = {"connections": float(connections)}
        values |= {name: float(value) for name, value in zip(_GAUGES, gauges or (), strict=False)}
        for name, held, busy in applications or ():
            # Programs may write into their name who uses them.
            shown = tag_pattern("application", name) if name else "unnamed"
            values[f"connections:{shown}"] = values.get(f"connections:{shown}", 0.0) + held
            values[f"busy:{shown}"] = values.get(f"busy:{shown}", 0.0) + busy
        return values | self._rates.of(dict(zip(_COUNTERS, map(float, counters), strict=True)), at)

    def finish(self) -> Ending:
        """What each statement family cost since the opening."""
        if self.begun is None:
            return Ending(missing=(self.refusal,) if self.refusal else ())
        return Ending(statements=postgres_statements.finish(self.session, self.name, self.begun))

    def close(self) -> None:
        """Ends the session."""
        self.session.close()


def opening(name: str, dsn: str, *, database: str | None = None) -> Opening:
    """How to watch one database.

    Args:
        name: The target's name in the configuration.
        dsn: A libpq connection string or URL.
        database: Overrides the database that the DSN names.
    """
    return Opening(name=name, kind="postgres", open=lambda: _open(name, dsn, database), understand=understand)


def _open(name: str, dsn: str, database: str | None) -> Database:
    session = connect(dsn, database)
    try:
        maximum, reserved = session.rows(SLOTS)[0]
        limits = {"max_connections": float(maximum - reserved)}
        try:
            return Database(name=name, session=session, limits=limits, begun=postgres_statements.begin(session))
        except CollectorError as error:  # without the extension everything else is still worth watching
            return Database(name=name, session=session, limits=limits, begun=None, refusal=error.detail)
    except BaseException:
        session.close()
        raise
