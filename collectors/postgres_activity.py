"""Sessions, connection slots, lock waits and idle transactions, looked at several times within the window.

Source: pg_stat_activity, pg_blocking_pids.
Needed role and versions: pg_read_all_stats (or pg_monitor) to see other roles' sessions; PostgreSQL 13 to 18.
Consumed by: CFG001, CFG002, SQL001.
Cost: one row a backend; pg_blocking_pids is asked only for backends that wait for a lock, since it stops the lock manager briefly.
Caveats: what happens between two looks is not seen.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from collectors.masking.literals import mask_literals
from collectors.postgres_connection import Session
from facts import postgres
from facts.sqlcommenter import split_comments

ACTIVITY = """
SELECT a.pid, a.usename::text, a.application_name, a.state, a.wait_event_type, a.wait_event,
       extract(epoch FROM clock_timestamp() - a.xact_start)::float8,
       extract(epoch FROM clock_timestamp() - a.query_start)::float8,
       extract(epoch FROM clock_timestamp() - a.state_change)::float8, a.query,
       CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) END,
       a.datname = current_database()
FROM pg_stat_activity a WHERE a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
"""
SLOTS = """
SELECT current_setting('max_connections')::int,
       current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true)::int, 0)
"""
# Programs may write into their name who uses them: an address of mail, of a machine, a phone, an ID.
_PERSONAL = re.compile(r"[^\s@:/]+@[^\s@:/]+\.\w+|(?:\d{1,3}\.){3}\d{1,3}|\d{6,}")


def sample(session: Session) -> list[tuple[Any, ...]]:
    """One look at all client backends."""
    return session.rows(ACTIVITY)


def read(session: Session, earlier: Sequence[Sequence[tuple[Any, ...]]]) -> postgres.Activity:
    """The sessions now, with peaks over this look and the earlier ones of the window."""
    looks = [*earlier, sample(session)]
    maximum, reserved = session.rows(SLOTS)[0]
    idle = [row[8] or 0.0 for look in looks for row in look if row[3] and row[3].startswith("idle in transaction")]
    return postgres.Activity(
        sessions=tuple(_session(row) for row in sorted(looks[-1], key=lambda row: row[0]) if row[11]),
        connections=len(looks[-1]),
        connections_peak=max(len(look) for look in looks) if earlier else None,
        max_connections=maximum,
        reserved_connections=reserved,
        samples=len(looks),
        idle_in_transaction_peak_seconds=round(max(idle, default=0.0), 3),
        waiting_on_locks_peak=max(sum(row[4] == "Lock" for row in look) for look in looks),
        applications=_applications(looks),
    )


def _applications(looks: Sequence[Sequence[tuple[Any, ...]]]) -> tuple[postgres.Application, ...]:
    """Peaks of each application over all looks."""
    connections: dict[tuple[str, str], int] = defaultdict(int)
    busy: dict[tuple[str, str], int] = defaultdict(int)
    idle: dict[tuple[str, str], float] = defaultdict(float)
    for look in looks:
        groups: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        for row in look:
            groups[_application(row[2]) or row[1] or "?", row[1] or "?"].append(row)
        for key, rows in groups.items():
            in_transaction = [row for row in rows if (row[3] or "").startswith("idle in transaction")]
            working = len(in_transaction) + sum(row[3] == "active" for row in rows)
            connections[key] = max(connections[key], len(rows))
            busy[key] = max(busy[key], working)
            idle[key] = max(idle[key], *(row[8] or 0.0 for row in in_transaction), 0.0)
    return tuple(
        postgres.Application(
            name=key[0],
            role=key[1],
            connections_peak=connections[key],
            busy_peak=busy[key],
            idle_in_transaction_peak_seconds=round(idle[key], 3),
        )
        for key in sorted(connections)
    )


def _application(name: str | None) -> str:
    """The name that a session gave itself, without the person whose desk it comes from."""
    return _PERSONAL.sub("{text}", name or "")


def _session(row: tuple[Any, ...]) -> postgres.Session:
    text, _ = split_comments(row[9] or "")
    return postgres.Session(
        pid=row[0],
        role=row[1],
        application=_application(row[2]),
        state=row[3],
        wait_type=row[4],
        wait=row[5],
        transaction_seconds=row[6],
        statement_seconds=row[7],
        state_seconds=row[8],
        text=mask_literals(text, numbers=True),
        blocked_by=tuple(row[10] or ()),
    )
