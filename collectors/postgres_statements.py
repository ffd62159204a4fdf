"""The workload as the server counted it.

Source: pg_stat_statements and pg_stat_statements_info.
Needed role and versions: pg_read_all_stats to see other roles' texts; the extension 1.8 (PostgreSQL 13), 1.9 (14) or 1.11 (17) or
    newer, in the database that is read or with its schema found through pg_extension.
Consumed by: every rule about statements, and IDX001.
Cost: 17 ms for 4,800 entries with their texts; without texts 4 ms, so the first of two readings asks for none.
Caveats: entries are evicted when the table is full; `evicted` counts how often, and coverage falls by it. Texts are cut nowhere.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.masking.literals import mask_literals
from collectors.masking.words import tag_pattern
from collectors.postgres_connection import Session
from collectors.postgres_own import others
from collectors.runner import CollectorError, Notes
from facts.identifiers import quote
from facts.message import msg
from facts.postgres import Statement, Statements
from facts.readings import Status
from facts.sqlcommenter import split_comments

EXTENSION = """
SELECT n.nspname::text, e.extversion, current_setting('pg_stat_statements.max', true),
       current_setting('pg_stat_statements.track', true)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'
"""
INFO = "SELECT dealloc, stats_reset FROM {schema}.pg_stat_statements_info"
ENTRIES = """
SELECT s.queryid, s.userid, {top_level}, s.calls, s.rows, s.total_exec_time, s.min_exec_time, s.max_exec_time,
       s.stddev_exec_time, s.shared_blks_hit, s.shared_blks_read, s.shared_blks_dirtied, s.temp_blks_written, s.wal_bytes::bigint,
       {read_time}, {text}, s.userid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
FROM {schema}.pg_stat_statements({with_text}) s
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
ROLES = "SELECT oid, rolname::text FROM pg_roles"
NOW = "SELECT clock_timestamp()"

_INFO_SINCE = 140000
_TOP_LEVEL_SINCE = 140000
_SHARED_BLOCK_TIME_SINCE = 170000
# The oldest version of the extension that has the columns we ask the server's version for.
_EXTENSION_NEEDED = ((170000, (1, 11)), (140000, (1, 9)), (0, (1, 8)))
_INTEGER = re.compile(r"\d+")
_HIDDEN = "<insufficient privilege>"

Key = tuple[int, int, bool]


@dataclass(frozen=True, slots=True)
class Counters:
    """The first reading: counters by entry, without texts."""

    at: datetime
    dealloc: int | None
    entries: dict[Key, tuple[float, ...]]


def entries_statement(version_number: int, schema: str, *, text: bool) -> str:
    """The statement that reads all entries, for the server's version."""
    return ENTRIES.format(
        schema=quote(schema),
        top_level="s.toplevel" if version_number >= _TOP_LEVEL_SINCE else "true",
        read_time="s.shared_blk_read_time" if version_number >= _SHARED_BLOCK_TIME_SINCE else "s.blk_read_time",
        with_text="true" if text else "false",
        text="s.query" if text else "NULL",
    )


def first_reading(session: Session) -> Counters:
    """Counters to subtract from the second reading.

    Raises:
        CollectorError: The extension is not there.
    """
    schema, _, _ = _extension(session)
    dealloc, _ = _info(session, schema)
    entries = {
        (row[0], row[1], row[2]): tuple(float(value or 0) for value in row[3:15])
        for row in session.rows(entries_statement(session.version_number, schema, text=False))
        if row[0] is not None
    }
    return Counters(at=session.rows(NOW)[0][0], dealloc=dealloc, entries=entries)


def read(session: Session, first: Counters | None, started_at: datetime, notes: Notes) -> Statements:
    """The workload between the first reading and now; without a first reading, since the counters' last reset.

    Args:
        session: The open session; its own statements are left out.
        first: The first reading.
        started_at: When the server started, for versions that do not say when the counters were reset.
        notes: For what was counted under the audit's role and is somebody else's.

    Raises:
        CollectorError: The extension is not there.
    """
    schema, capacity, track = _extension(session)
    dealloc, reset_at = _info(session, schema)
    rows = session.rows(entries_statement(session.version_number, schema, text=True))
    now = session.rows(NOW)[0][0]
    roles = dict(session.rows(ROLES))
    own = _own(rows, roles, notes)
    statements: list[Statement] = []
    hidden = 0
    for row in rows:
        queryid, userid, top_level, text = row[0], row[1], row[2], row[15]
        if text is None or text == _HIDDEN or queryid is None:
            hidden += 1
            continue
        if (queryid, top_level) in own and row[16]:
            continue
        before = first.entries.get((queryid, userid, top_level)) if first else None
        delta = _difference(tuple(float(value or 0) for value in row[3:15]), before)
        if not delta[0]:
            continue
        statements.append(_statement(row, delta, roles.get(userid, str(userid)), exact=before is None))
    since = first.at if first else (reset_at or started_at)
    return Statements(
        statements=tuple(sorted(statements, key=lambda each: (-each.total_seconds, each.id, each.role))),
        window_seconds=(now - since).total_seconds(),
        window_kind="two readings" if first else "since reset",
        since=since,
        evicted=max(0, (dealloc or 0) - ((first.dealloc or 0) if first else 0)),
        hidden=hidden,
        capacity=capacity,
        track=track,
        own_excluded=len(own),
    )


def _own(rows: Sequence[tuple[Any, ...]], roles: Mapping[int, str], notes: Notes) -> set[tuple[int, bool]]:
    """The entries that are ours alone; where the role is not, that is noted."""
    mine = [row for row in rows if row[16] and row[0] is not None and row[15] is not None]
    shared = others([split_comments(row[15])[0] for row in mine])
    if any(shared):
        role = roles.get(mine[0][1], str(mine[0][1]))
        notes.omit(
            f"the role {role}",
            msg(
                "the audit ran under a role that works for somebody else too: {shared} of its {count} statements are taken "
                "for the mall's by their tables, and what they share with the audit's is counted with the mall's",
                shared=sum(shared),
                count=len(mine),
            ),
            msg("audit with a role of its own: run the SQL that `tenfold init` prints"),
        )
    return {(row[0], row[2]) for row, foreign in zip(mine, shared, strict=True) if not foreign}


def _extension(session: Session) -> tuple[str, int, str]:
    found = session.rows(EXTENSION)
    if not found:
        raise CollectorError(
            msg("pg_stat_statements is not there, so the workload is not known"),
            status=Status.UNSUPPORTED,
            remedy=msg(
                "shared_preload_libraries = 'pg_stat_statements' in postgresql.conf, restart, then in this database: "
                "CREATE EXTENSION pg_stat_statements"
            ),
        )
    schema, version, capacity, track = found[0]
    needed = next(needed for since, needed in _EXTENSION_NEEDED if session.version_number >= since)
    if tuple(int(part) for part in _INTEGER.findall(version)) < needed:
        raise CollectorError(
            msg(
                "pg_stat_statements was never updated from version {version}, so the workload is not known",
                version=version,
            ),
            status=Status.UNSUPPORTED,
            remedy=msg("in this database, as the extension's owner: ALTER EXTENSION pg_stat_statements UPDATE"),
        )
    return schema, int(capacity or 5000), track or "top"


def _info(session: Session, schema: str) -> tuple[int | None, datetime | None]:
    if session.version_number < _INFO_SINCE:
        return None, None
    dealloc, reset_at = session.rows(INFO.format(schema=quote(schema)))[0]
    return dealloc, reset_at


def _difference(now: tuple[float, ...], before: tuple[float, ...] | None) -> tuple[float, ...]:
    """Counters gained since the first reading; an entry that was evicted and came back starts anew."""
    if before is None or now[0] < before[0]:
        return now
    return tuple(late - early for late, early in zip(now, before, strict=True))


def _statement(row: tuple[object, ...], delta: tuple[float, ...], role: str, *, exact: bool) -> Statement:
    text, tags = split_comments(str(row[15]))
    calls, rows, total, _, _, _, hit, read, dirtied, temporary, wal, read_ms = delta
    low, high, deviation = (float(str(value or 0)) / 1000 for value in row[6:9])
    return Statement(
        id=str(row[0]),
        role=role,
        top_level=bool(row[2]),
        text=mask_literals(text),
        tags={name: tag_pattern(name, value) for name, value in tags.items()},
        calls=int(calls),
        rows=int(rows),
        total_seconds=total / 1000,
        mean_seconds=total / 1000 / calls,
        # Extremes cannot be subtracted: they belong to the window only when the entry was born in it.
        min_seconds=low if exact else None,
        max_seconds=high if exact else None,
        deviation_seconds=deviation if exact else None,
        shared_blocks_hit=int(hit),
        shared_blocks_read=int(read),
        shared_blocks_dirtied=int(dirtied),
        temporary_blocks_written=int(temporary),
        wal_bytes=int(wal),
        read_seconds=read_ms / 1000,
    )
