"""What is read from one PostgreSQL database: the server, its statements, its activity.

The schema has a file of its own, `facts.schema`. A field that the server's version or the role's privileges
do not give is None, never a made-up zero.
"""

from dataclasses import dataclass
from datetime import datetime

from facts.readings import Reading
from facts.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Who the server is and what we may do there."""

    version_number: int  # 180006 for 18.6
    version: str  # "18.6"
    in_recovery: bool
    started_at: datetime
    role: str
    superuser: bool
    memberships: tuple[str, ...]  # predefined roles such as pg_monitor, granted directly or not
    extensions_loaded: tuple[str, ...]  # shared_preload_libraries


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of pg_settings."""

    name: str
    value: str  # in `unit`
    unit: str | None
    source: str
    boot_value: str | None
    pending_restart: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Size, locale and counters of the database (pg_database, pg_stat_database)."""

    name: str
    size_bytes: int | None
    encoding: str
    collation: str
    locale_provider: str  # "libc", "icu" or "builtin"
    backends: int
    commits: int
    rollbacks: int
    blocks_hit: int
    blocks_read: int
    temporary_files: int
    temporary_bytes: int
    deadlocks: int
    statistics_reset_at: datetime | None
    transaction_age: int  # age(datfrozenxid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One entry of pg_stat_statements, or the difference of two readings of it.

    `text` is the server's normalized text with comments removed; sqlcommenter's tags are kept in `tags`.
    Times are seconds.
    """

    id: str  # queryid as a decimal string; signed 64 bit does not survive JavaScript
    role: str
    top_level: bool
    text: str
    tags: dict[str, str]
    calls: int
    rows: int
    total_seconds: float
    mean_seconds: float
    min_seconds: float | None
    max_seconds: float | None
    deviation_seconds: float | None
    shared_blocks_hit: int
    shared_blocks_read: int
    shared_blocks_dirtied: int
    temporary_blocks_written: int
    wal_bytes: int | None
    read_seconds: float | None  # block I/O time; None when track_io_timing is off


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The workload as the server counted it, over a stated window."""

    statements: tuple[Statement, ...]
    window_seconds: float
    window_kind: str  # "two readings", "since reset", or "file" where only the user's own list is known
    since: datetime | None
    evicted: int  # entries lost to pg_stat_statements.max within the window (pg_stat_statements_info.dealloc)
    hidden: int  # entries whose text the role may not read
    capacity: int  # pg_stat_statements.max
    track: str  # pg_stat_statements.track
    own_excluded: int  # our own statements, left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One client backend of pg_stat_activity at the moment of reading."""

    pid: int
    role: str | None
    application: str
    state: str | None  # "active", "idle", "idle in transaction", …
    wait_type: str | None
    wait: str | None
    transaction_seconds: float | None
    statement_seconds: float | None
    state_seconds: float | None
    text: str  # masked; cut by the server at track_activity_query_size
    blocked_by: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The sessions of one application (its role's name where it does not name itself), over all looks of the window."""

    name: str
    role: str
    connections_peak: int
    busy_peak: int  # active or in a transaction at one look
    idle_in_transaction_peak_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Sessions and connection slots."""

    sessions: tuple[Session, ...]
    connections: int  # client backends in the whole cluster
    connections_peak: int | None  # None where only one moment was read
    max_connections: int
    reserved_connections: int
    samples: int  # how many times activity was read within the window
    idle_in_transaction_peak_seconds: float
    waiting_on_locks_peak: int
    applications: tuple[Application, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One standby as its primary sees it."""

    name: str
    state: str
    synchronous: bool
    lag_bytes: int | None
    lag_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationSlot:
    """One replication slot and the WAL it holds back."""

    name: str
    active: bool
    retained_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """Standbys and slots."""

    replicas: tuple[Replica, ...]
    slots: tuple[ReplicationSlot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAhead:
    """WAL and checkpoints since their counters were reset."""

    wal_bytes: int | None
    wal_records: int | None
    checkpoints_timed: int
    checkpoints_requested: int
    checkpoint_write_seconds: float
    checkpoint_sync_seconds: float
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFacts:
    """Everything that was read from one database; a part is None when its collector brought nothing.

    `readings` has one record for each collector and says why a part is missing.
    """

    target: str
    database: str
    readings: tuple[Reading, ...]
    server: Server | None = None
    settings: tuple[Setting, ...] = ()
    database_facts: Database | None = None
    statements: Statements | None = None
    schema: Schema | None = None
    activity: Activity | None = None
    replication: Replication | None = None
    write_ahead: WriteAhead | None = None

    def setting(self, name: str) -> str | None:
        """The value of one setting, or None when it was not read."""
        return next((each.value for each in self.settings if each.name == name), None)
