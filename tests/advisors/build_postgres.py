"""Statements, sessions and a server's state, as a mall's PostgreSQL would give them."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from facts.postgres import (
    Activity,
    Application,
    Database,
    PostgresFacts,
    Replica,
    Replication,
    Session,
    Setting,
    Statement,
    Statements,
    WriteAhead,
)
from facts.schema import (
    Schema,
)
from tests.advisors.build_shared import TARGET, WINDOW


def statement(
    text: str,
    *,
    calls: int = 1_000,
    seconds: float = 6.0,
    rows: int | None = None,
    blocks: int = 0,
    tags: Mapping[str, str] | None = None,
    id: str = "",  # noqa: A002  (the record's own word)
    top_level: bool = True,
) -> Statement:
    """One entry of pg_stat_statements; `seconds` is its total time in the window, `rows` one a call unless given."""
    return Statement(
        id=id or str(zlib.crc32(text.encode(errors="replace"))),
        role="shop",
        top_level=top_level,
        text=text,
        tags=dict(tags or {}),
        calls=calls,
        rows=calls if rows is None else rows,
        total_seconds=seconds,
        mean_seconds=seconds / max(calls, 1),
        min_seconds=None,
        max_seconds=None,
        deviation_seconds=None,
        shared_blocks_hit=blocks,
        shared_blocks_read=0,
        shared_blocks_dirtied=0,
        temporary_blocks_written=0,
        wal_bytes=None,
        read_seconds=None,
    )


def statements(
    entries: Sequence[Statement], *, window: float = WINDOW, evicted: int = 0, hidden: int = 0
) -> Statements:
    return Statements(
        statements=tuple(entries),
        window_seconds=window,
        window_kind="two readings",
        since=None,
        evicted=evicted,
        hidden=hidden,
        capacity=5_000,
        track="top",
        own_excluded=0,
    )


def database(
    *entries: Statement,
    read: Schema | None = None,
    window: float = WINDOW,
    evicted: int = 0,
    hidden: int = 0,
    target: str = TARGET,
    name: str = "",
    settings: Mapping[str, str] | None = None,
    activity: Activity | None = None,
    replication: Replication | None = None,
    write_ahead: WriteAhead | None = None,
    reset_at: datetime | None = None,
    unread: bool = False,
) -> PostgresFacts:
    """One database with the schema `read`; `unread` leaves its statements out, as where the extension is missing."""
    return PostgresFacts(
        target=target,
        database=name or target,
        readings=(),
        settings=tuple(
            Setting(
                name=each, value=value, unit=None, source="configuration file", boot_value=None, pending_restart=False
            )
            for each, value in (settings or {}).items()
        ),
        database_facts=_database(name or target, reset_at),
        statements=None if unread else statements(entries, window=window, evicted=evicted, hidden=hidden),
        schema=read,
        activity=activity,
        replication=replication,
        write_ahead=write_ahead,
    )


def _database(name: str, reset_at: datetime | None) -> Database:
    return Database(
        name=name,
        size_bytes=None,
        encoding="UTF8",
        collation="C",
        locale_provider="libc",
        backends=1,
        commits=0,
        rollbacks=0,
        blocks_hit=0,
        blocks_read=0,
        temporary_files=0,
        temporary_bytes=0,
        deadlocks=0,
        statistics_reset_at=reset_at,
        transaction_age=0,
    )


def replication(*names: str) -> Replication:
    replicas = (
        Replica(name=name, state="streaming", synchronous=False, lag_bytes=None, lag_seconds=None) for name in names
    )
    return Replication(replicas=tuple(replicas), slots=())


def checkpoints(*, timed: int, requested: int) -> WriteAhead:
    return WriteAhead(
        wal_bytes=None,
        wal_records=None,
        checkpoints_timed=timed,
        checkpoints_requested=requested,
        checkpoint_write_seconds=0.0,
        checkpoint_sync_seconds=0.0,
        since=None,
    )


def application(
    name: str = "shop", *, connections: int = 10, busy: int = 1, idle_seconds: float = 0.0, role: str = "shop"
) -> Application:
    return Application(
        name=name,
        role=role,
        connections_peak=connections,
        busy_peak=busy,
        idle_in_transaction_peak_seconds=idle_seconds,
    )


def session(text: str, *, state: str = "idle in transaction", name: str = "shop") -> Session:
    return Session(
        pid=4711,
        role="shop",
        application=name,
        state=state,
        wait_type=None,
        wait=None,
        transaction_seconds=1.0,
        statement_seconds=1.0,
        state_seconds=1.0,
        text=text,
        blocked_by=(),
    )


def activity(
    *applications: Application,
    sessions: Sequence[Session] = (),
    connections: int | None = None,
    max_connections: int = 1_000,
    reserved: int = 3,
    waiting: int = 0,
) -> Activity:
    open_now = connections if connections is not None else sum(each.connections_peak for each in applications)
    return Activity(
        sessions=tuple(sessions),
        connections=open_now,
        connections_peak=open_now,
        max_connections=max_connections,
        reserved_connections=reserved,
        samples=12,
        idle_in_transaction_peak_seconds=max(
            (each.idle_in_transaction_peak_seconds for each in applications), default=0.0
        ),
        waiting_on_locks_peak=waiting,
        applications=applications,
    )


# Redis
