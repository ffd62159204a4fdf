"""One database at the moment of an alert: sessions and who blocks whom, statements that cost most, scans, stale statistics, settings.

Source: pg_stat_activity with pg_blocking_pids, pg_stat_statements, pg_stat_user_tables, pg_stat_database, pg_settings, pg_db_role_setting.
Needed role and versions: pg_monitor; PostgreSQL 13 to 18.
Consumed by: the evidence of a ticket (`database:TARGET`).
Cost: one connection for three seconds, about twenty statements of some milliseconds each; no table of the mall is touched.
Caveats: what happens between two looks is not seen; what was before is told by counters alone. A part that cannot be read is in `failed`.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Any

from collectors import postgres_activity
from collectors.postgres_connection import Session, connect
from collectors.postgres_errors import understand
from collectors.runner import CollectorError
from facts.postgres import Activity
from facts.postgres import Session as ActiveSession
from tenfold.ticketing.readers.statement_counters import Look, families, look

# Three seconds in all: a ticket is to have its evidence within five.
LOOKS, PAUSE_SECONDS = 7, 0.5
SESSIONS_AT_MOST = 60
TREES_AT_MOST = 10
TABLES_AT_MOST = 15
TABLES = """
SELECT s.relid::int8, s.schemaname || '.' || s.relname, s.n_live_tup, s.n_mod_since_analyze, coalesce(s.seq_scan, 0),
       coalesce(s.seq_tup_read, 0), greatest(s.last_analyze, s.last_autoanalyze)::text
FROM pg_stat_user_tables s
"""
DATABASE = """
SELECT xact_commit, xact_rollback, blks_read, blks_hit, temp_bytes, deadlocks, conflicts
FROM pg_stat_database WHERE datname = current_database()
"""
SETTINGS = """
SELECT name, setting, coalesce(unit, ''), source, pending_restart FROM pg_settings
WHERE source IN ('configuration file', 'command line', 'environment variable', 'global') AND name !~* 'passphrase|password|ssl_'
ORDER BY name
"""
# What a role or a database is given for itself: pg_settings shows only our own. Of roles, those that are at work: a read-only role for
# reports is nobody's trouble, nor is ours.
ROLE_SETTINGS = """
SELECT coalesce(r.rolname::text, ''), coalesce(d.datname::text, ''), s.setting
FROM pg_db_role_setting g LEFT JOIN pg_roles r ON r.oid = g.setrole LEFT JOIN pg_database d ON d.oid = g.setdatabase,
     LATERAL unnest(g.setconfig) AS s (setting)
WHERE (d.datname IS NULL OR d.datname = current_database())
      AND (g.setrole = 0 OR EXISTS (SELECT FROM pg_stat_activity a WHERE a.usesysid = g.setrole AND a.usename <> current_user))
"""
_RATES = ("commits", "rollbacks", "blocks_read", "blocks_hit", "temp_bytes", "deadlocks", "conflicts")


def read(
    dsn: str,
    database: str | None = None,
    *,
    before: tuple[Look, Look] | None = None,
    looks: int = LOOKS,
    pause: float = PAUSE_SECONDS,
) -> dict[str, Any]:
    """What is the matter in one database now.

    Args:
        dsn: Of the server.
        database: In the place of the DSN's.
        before: What its statements cost when all was well; None for all since the counters' reset.
        looks: How often sessions are looked at.
        pause: Seconds between two looks.

    Raises:
        CollectorError: It could not be connected to.
    """
    try:
        session = connect(dsn, database)
    except Exception as error:
        known = understand(error)
        if known is None:
            raise
        raise known from error
    with closing(session):
        return _read(session, before, looks, pause)


def _read(session: Session, before: tuple[Look, Look] | None, looks: int, pause: float) -> dict[str, Any]:
    found: dict[str, Any] = {"failed": {}}

    def attempt(part: str, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except Exception as error:
            known = error if isinstance(error, CollectorError) else understand(error)
            if known is None:
                raise
            found["failed"][part] = known.detail
            return None

    started = time.monotonic()
    begun = attempt("statements", lambda: look(session))
    tables = attempt("tables", lambda: _tables(session))
    counters = attempt("rates", lambda: session.rows(DATABASE)[0])
    seen: list[Activity] = []
    for number in range(looks):
        time.sleep(max(started + number * pause - time.monotonic(), 0.0))
        activity = attempt("sessions", lambda: postgres_activity.read(session, ()))
        if activity is not None:
            seen.append(activity)
    if seen:
        found |= _sessions(seen)
    seconds = max(time.monotonic() - started, 0.001)
    if begun is not None:
        found["statements"] = attempt("statements", lambda: families(session, begun, look(session), before))
    if tables is not None:
        found["tables"] = attempt("tables", lambda: _told(tables, _tables(session), seconds))
    if counters is not None:
        found["rates"] = attempt("rates", lambda: _per_second(counters, session.rows(DATABASE)[0], seconds))
    settings = attempt("settings", lambda: [*_settings(session), *_role_settings(session)])
    found["settings"] = settings or []
    if not found["failed"]:
        del found["failed"]
    return found


def _sessions(seen: list[Activity]) -> dict[str, Any]:
    """The look in which most waited stands for all; peaks are over all of them."""
    worst = max(seen, key=lambda each: each.waiting_on_locks_peak)
    busy = [each for each in worst.sessions if each.state not in {"idle", None}]
    busy.sort(key=lambda each: (-len(each.blocked_by), -(each.transaction_seconds or 0.0)))
    return {
        "connections": {
            "now": seen[-1].connections,
            "peak": max(each.connections for each in seen),
            "limit": worst.max_connections,
            "usable": worst.max_connections - worst.reserved_connections,
        },
        "applications": [asdict(each) for each in worst.applications][:SESSIONS_AT_MOST],
        "waiting_on_locks": [each.waiting_on_locks_peak for each in seen],
        "sessions": [asdict(each) for each in busy[:SESSIONS_AT_MOST]],
        "blocking": blocking(worst.sessions),
    }


def blocking(sessions: "tuple[ActiveSession, ...]") -> list[dict[str, Any]]:
    """The blocking trees of one look, the largest first: who is waited for by how many, directly or behind others.

    Args:
        sessions: All of one look; a head that is in another database is told by its number alone.
    """
    by_pid = {each.pid: each for each in sessions}
    behind: dict[int, set[int]] = {}
    for each in sessions:
        for head in _heads(each.pid, by_pid):
            behind.setdefault(head, set()).add(each.pid)
    trees = []
    for head, waiting in sorted(behind.items(), key=lambda each: (-len(each[1]), each[0])):
        known = by_pid.get(head)
        trees.append(
            {
                "head": {"pid": head} if known is None else asdict(known),
                "waiting": len(waiting),
                "waiting_pids": sorted(waiting)[:SESSIONS_AT_MOST],
                "longest_seconds": max((by_pid[pid].statement_seconds or 0.0 for pid in waiting), default=0.0),
            }
        )
    return trees[:TREES_AT_MOST]


def _heads(pid: int, by_pid: Mapping[int, ActiveSession]) -> set[int]:
    """Whom a session waits for in the end; a ring of waiting sessions, a deadlock, has no head."""
    heads, looked, open_ = set(), {pid}, list(by_pid[pid].blocked_by)
    while open_:
        each = open_.pop()
        # 0 stands for a prepared transaction.
        if each in looked:
            continue
        looked.add(each)
        further = by_pid[each].blocked_by if each in by_pid else ()
        if further:
            open_ += further
        else:
            heads.add(each)
    return heads


def _tables(session: Session) -> dict[int, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in session.rows(TABLES)}


def _told(
    before: Mapping[int, tuple[Any, ...]], now: Mapping[int, tuple[Any, ...]], seconds: float
) -> list[dict[str, Any]]:
    """Tables that are scanned most, and those whose statistics are most out of date."""
    found = []
    for relation, (name, live, changed, scans, rows, analyzed) in now.items():
        earlier = before.get(relation)
        scanned = (scans - earlier[3], rows - earlier[4]) if earlier else (0, 0)
        found.append(
            {
                "name": name, "live_rows": live, "changed_since_analyze": changed, "analyzed_at": analyzed,
                "scans_per_second": scanned[0] / seconds, "scanned_rows_per_second": scanned[1] / seconds,
            }
        )  # fmt: skip
    scanned_most = sorted(found, key=lambda each: -each["scanned_rows_per_second"])[:TABLES_AT_MOST]
    changed_most = sorted(found, key=lambda each: -each["changed_since_analyze"])[:TABLES_AT_MOST]
    return [*scanned_most, *(each for each in changed_most if each not in scanned_most)]


def _per_second(before: tuple[Any, ...], now: tuple[Any, ...], seconds: float) -> dict[str, float]:
    return {
        name: max(float(second) - float(first), 0.0) / seconds
        for name, first, second in zip(_RATES, before, now, strict=True)
    }


def _settings(session: Session) -> list[dict[str, Any]]:
    return [
        {"name": name, "setting": setting, "unit": unit, "where": source, "pending_restart": pending}
        for name, setting, unit, source, pending in session.rows(SETTINGS)
    ]


def _role_settings(session: Session) -> list[dict[str, Any]]:
    found = []
    for role, database, text in session.rows(ROLE_SETTINGS):
        name, _, setting = text.partition("=")
        where = " ".join(part for part in (role and f"role {role}", database and f"database {database}") if part)
        found.append({"name": name, "setting": setting, "unit": "", "where": where})
    return found
