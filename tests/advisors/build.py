"""Facts made by hand: small builders with sensible defaults, so that a test names only what it is about.

A day at the mall: one minute between two readings, the promotion ten times as large, and no access log unless a test gives one.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from facts.front import AccessLog, Endpoint, FrontFacts
from facts.host import HostFacts, Processor
from facts.identifiers import qualified
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
from facts.readings import Target
from facts.redis import CommandStatistics, KeyGroup, Keyspace, RedisFacts, RedisInfo, RedisWindow
from facts.schema import (
    Column,
    ColumnStatistics,
    Definition,
    ForeignKey,
    Index,
    Schema,
    Table,
    TableCounters,
)
from facts.snapshot import FORMAT_VERSION, Cost, Snapshot

TAKEN_AT = datetime(2026, 10, 27, 20, 0, tzinfo=UTC)
WINDOW = 60.0
MULTIPLIER = 10.0
TARGET = "orders"
CACHE = "cache"
SITE = "shop"
MEBIBYTE = 2**20


def oid_of(schema: str, name: str) -> int:
    """The same oid for the same name, in every test."""
    return 16_384 + zlib.crc32(f"{schema}.{name}".encode()) % 1_000_000


def seconds_for(cores: float, *, window: float = WINDOW, multiplier: float = MULTIPLIER) -> float:
    """The total time within the window of a statement that keeps so many cores busy at the multiplier."""
    return cores * window / multiplier


# A database's schema


def column(name: str, kind: str = "bigint") -> Column:
    return Column(name=name, type=kind, not_null=True, collation=None, generated=None, statistics_target=None)


def counters(
    *, live: int = 0, changed: int = 0, analyzed: datetime | None = TAKEN_AT - timedelta(days=1)
) -> TableCounters:
    return TableCounters(
        sequential_scans=0,
        sequential_rows=0,
        index_scans=0,
        inserted=0,
        updated=0,
        hot_updated=0,
        deleted=0,
        live_rows=live,
        dead_rows=0,
        modified_since_analyze=changed,
        last_analyzed_at=analyzed,
        last_vacuumed_at=None,
    )


def table(
    name: str,
    columns: str = "id user_id created_at",
    *,
    schema: str = "public",
    kind: str = "r",
    pages: int = 10_000,
    rows: float = 1_000_000.0,
    options: tuple[str, ...] = (),
    counted: TableCounters | None = None,
) -> Table:
    """A table; `columns` are names, or `name:type`."""
    made = (each.partition(":") for each in columns.split())
    return Table(
        oid=oid_of(schema, name),
        schema=schema,
        name=name,
        kind=kind,
        persistence="p",
        columns=tuple(column(each, type_ or "bigint") for each, _, type_ in made),
        row_estimate=rows,
        pages=pages,
        pages_all_visible=0,
        heap_bytes=pages * 8192,
        total_bytes=pages * 8192,
        options=options,
        parent=None,
        partition_key=None,
        partition_bound=None,
        transaction_age=None,
        counters=counted,
    )


def index(
    of: Table,
    *keys: str,
    name: str = "",
    oid: int | None = None,
    options: tuple[int, ...] = (),
    operator_classes: tuple[str, ...] = (),
    collations: tuple[str, ...] = (),
    included: tuple[str, ...] = (),
    method: str = "btree",
    predicate: str | None = None,
    unique: bool = False,
    primary: bool = False,
    exclusion: bool = False,
    constraint: str | None = None,
    replica_identity: bool = False,
    valid: bool = True,
    progress: bool = False,
    size: int | None = 8 * MEBIBYTE,
    scans: int | None = 1_000,
) -> Index:
    """An index on columns of `of`; a key that is no column is an expression."""
    chosen = name or "_".join(["idx", of.name, *(key if key.isidentifier() else "expression" for key in keys)])
    numbers = {each.name: position for position, each in enumerate(of.columns, 1)}
    kind = "UNIQUE INDEX" if unique or primary else "INDEX"
    definition = f"CREATE {kind} {chosen} ON {qualified(of.schema, of.name)} USING {method} ({', '.join(keys)})"
    return Index(
        oid=oid if oid is not None else oid_of(of.schema, chosen),
        table_oid=of.oid,
        schema=of.schema,
        name=chosen,
        definition=definition + (f" WHERE {predicate}" if predicate else ""),
        method=method,
        keys=keys,
        key_attributes=tuple(numbers.get(key, 0) for key in keys),
        key_options=options or (0,) * len(keys),
        operator_classes=operator_classes or ("pg_catalog.int8_ops",) * len(keys),
        collations=collations or ("",) * len(keys),
        included=included,
        predicate=predicate,
        unique=unique or primary,
        primary=primary,
        exclusion=exclusion,
        valid=valid,
        ready=True,
        replica_identity=replica_identity,
        clustered=False,
        constraint=constraint,
        pages=1_000,
        row_estimate=of.row_estimate,
        size_bytes=size,
        height=2,
        scans=scans,
        last_scan_at=None,
        progress=progress,
    )


def foreign_key(of: Table, to: Table, *columns: str, name: str = "") -> ForeignKey:
    return ForeignKey(
        name=name or f"{of.name}_{'_'.join(columns)}_fkey",
        table_oid=of.oid,
        columns=columns,
        referenced_oid=to.oid,
        referenced_columns=("id",),
        on_delete="a",
        valid=True,
    )


def column_statistics(of: Table, name: str, distinct: float) -> ColumnStatistics:
    return ColumnStatistics(
        table_oid=of.oid,
        column=name,
        inherited=False,
        null_ratio=0.0,
        average_width=8,
        distinct=distinct,
        common_values=None,
        common_ratios=None,
        histogram=None,
        correlation=None,
        common_elements=None,
        common_element_ratios=None,
        element_count_histogram=None,
        masked=True,
    )


def extension(name: str) -> Definition:
    return Definition(kind="extension", schema="public", name=name, ddl=f"CREATE EXTENSION {name}")


def schema(
    *tables: Table,
    indexes: Iterable[Index] = (),
    foreign_keys: Iterable[ForeignKey] = (),
    statistics: Iterable[ColumnStatistics] = (),
    definitions: Iterable[Definition] = (),
    search_path: tuple[str, ...] = ("public",),
) -> Schema:
    return Schema(
        tables=tables,
        indexes=tuple(indexes),
        foreign_keys=tuple(foreign_keys),
        constraints=(),
        statistics=tuple(statistics),
        definitions=tuple(definitions),
        search_path=search_path,
    )


# A database's workload and its server


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


def key_group(
    pattern: str = "page:{id}",
    *,
    kind: str = "string",
    sampled: int = 100,
    without_ttl: int = 0,
    total: int = MEBIBYTE,
    largest_bytes: int = 1_000,
    elements: int = 1,
    largest: str = "",
    database: int = 0,
) -> KeyGroup:
    return KeyGroup(
        pattern=pattern,
        database=database,
        type=kind,
        sampled=sampled,
        without_ttl=without_ttl,
        bytes_total=total,
        bytes_largest=largest_bytes,
        largest=largest or pattern.replace("{id}", "7"),
        elements_largest=elements,
        idle_seconds=None,
    )


def keyspace(
    *groups: KeyGroup, keys: int | None = None, complete: bool = True, expiring: int | None = None
) -> Keyspace:
    sampled = sum(group.sampled for group in groups)
    return Keyspace(
        keys=sampled if keys is None else keys,
        sampled=sampled,
        complete=complete,
        method="scan" if complete else "random",
        keys_with_ttl=expiring,
        groups=groups,
    )


def redis_info(
    *,
    used: int = 100 * MEBIBYTE,
    limit: int = 0,
    system: int | None = None,
    policy: str = "noeviction",
    uptime: float = 86_400.0,
    commands: tuple[CommandStatistics, ...] = (),
) -> RedisInfo:
    return RedisInfo(
        product="redis",
        version="7.0",
        role="master",
        cluster_enabled=False,
        uptime_seconds=uptime,
        memory_used_bytes=used,
        memory_peak_bytes=used,
        memory_limit_bytes=limit,
        memory_system_bytes=system,
        fragmentation_ratio=None,
        eviction_policy=policy,
        clients=10,
        blocked_clients=0,
        clients_limit=None,
        persistence="none",
        replicas=0,
        commands=commands,
    )


def redis_window(*, hits: int = 0, misses: int = 0, evicted: int = 0) -> RedisWindow:
    return RedisWindow(
        seconds=WINDOW,
        kind="two readings",
        hits=hits,
        misses=misses,
        expired=0,
        evicted=evicted,
        commands=hits + misses,
        input_bytes=0,
        output_bytes=0,
        rejected_connections=0,
        cpu_seconds=None,
    )


def redis(
    *groups: KeyGroup,
    info: RedisInfo | None = None,
    window: RedisWindow | None = None,
    keys: int | None = None,
    complete: bool = True,
    expiring: int | None = None,
    target: str = CACHE,
) -> RedisFacts:
    return RedisFacts(
        target=target,
        readings=(),
        info=info or redis_info(),
        window=window,
        keyspace=keyspace(*groups, keys=keys, complete=complete, expiring=expiring),
    )


# The web front and the machines


def endpoint(
    name: str = "GET /p/{id}",
    *,
    requests: int = 600,
    mean: float | None = 0.1,
    median: float | None = None,
    growth: tuple[int, ...] = (),
    staff: bool = False,
) -> Endpoint:
    """One family of requests; the median is the mean unless given, and `mean=None` is a log without request times."""
    middle = mean if median is None else median
    return Endpoint(
        name=name,
        staff=staff,
        requests=requests,
        errors=0,
        bytes=0,
        distinct_growth=growth,
        total_seconds=None if mean is None else mean * requests,
        p50_seconds=middle,
        p95_seconds=middle,
        p99_seconds=middle,
        max_seconds=middle,
    )


def front(
    *endpoints: Endpoint,
    window: float = WINDOW,
    peak: float | None = None,
    requests: int | None = None,
    target: str = SITE,
    delivery: float | None = None,
) -> FrontFacts:
    """A site with its access log; the peak is the mean rate unless given, and the network's seconds are not known."""
    count = sum(each.requests for each in endpoints) if requests is None else requests
    log = AccessLog(
        since=None,
        until=None,
        window_seconds=window,
        window_requests=count,
        peak_per_second=count / window if peak is None else peak,
        sessions=None,
        lines=count,
        malformed=0,
        endpoints=endpoints,
        delivery_seconds=delivery,
    )
    return FrontFacts(target=target, readings=(), log=log)


def host(*, cores: int = 4, busy: float = 0.1, target: str = "web-1") -> HostFacts:
    return HostFacts(
        target=target,
        source="psutil",
        readings=(),
        processor=Processor(
            cores=cores,
            window_seconds=WINDOW,
            busy_ratio=busy,
            user_ratio=busy,
            system_ratio=0.0,
            iowait_ratio=0.0,
            steal_ratio=0.0,
            load_1m=None,
        ),
    )


def snapshot(
    *parts: PostgresFacts | RedisFacts | FrontFacts | HostFacts,
    targets: tuple[Target, ...] = (),
    mall: str = "Plum Blossom",
) -> Snapshot:
    """Everything that one audit read, each part where it belongs."""
    return Snapshot(
        format_version=FORMAT_VERSION,
        tool_version="0.1.0",
        mall=mall,
        taken_at=TAKEN_AT,
        window_seconds=WINDOW,
        masked=True,
        targets=targets,
        postgres=tuple(part for part in parts if isinstance(part, PostgresFacts)),
        redis=tuple(part for part in parts if isinstance(part, RedisFacts)),
        hosts=tuple(part for part in parts if isinstance(part, HostFacts)),
        fronts=tuple(part for part in parts if isinstance(part, FrontFacts)),
        cost=Cost(statements=0, cpu_seconds=None, execution_seconds=0.0, longest_lock_wait_seconds=0.0, connections=0),
    )
