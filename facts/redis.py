"""What is read from one Redis or Valkey server."""

from dataclasses import dataclass

from facts.readings import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGroup:
    """Keys of one pattern in one database, as a bounded sample saw them.

    Attributes:
        pattern: The key with its variable parts replaced, such as `session:{hex}`; masked.
        database: Redis' database number.
        type: `string`, `hash`, `list`, `set`, `zset` or `stream`; None where TYPE was refused.
        sampled: Keys of the sample that belong to it.
        without_ttl: Of those, keys that never expire; None where PTTL was refused.
        bytes_total: Memory of the sampled keys; None where MEMORY USAGE was refused.
        bytes_largest: The largest sampled key's memory, or None likewise.
        largest: The largest sampled key, masked.
        elements_largest: Its length (LLEN, HLEN, …; bytes of a string); None where it was refused or the type has none.
        idle_seconds: Median OBJECT IDLETIME of the sample; None under an LFU policy.
    """

    pattern: str
    database: int
    type: str | None
    sampled: int
    without_ttl: int | None
    bytes_total: int | None
    bytes_largest: int | None
    largest: str
    elements_largest: int | None
    idle_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyspace:
    """The keyspace by bounded sampling."""

    keys: int  # DBSIZE over all databases
    sampled: int
    complete: bool  # every key was seen
    method: str  # "scan" (whole) or "random" (RANDOMKEY-like sample)
    keys_with_ttl: int | None  # over all databases, from INFO keyspace
    groups: tuple[KeyGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowEntry:
    """One entry of SLOWLOG, arguments masked."""

    command: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisWindow:
    """Counters of INFO over the window between two readings, or since the server started."""

    seconds: float
    kind: str  # "two readings" or "since start"
    hits: int
    misses: int
    expired: int
    evicted: int
    commands: int
    input_bytes: int
    output_bytes: int
    rejected_connections: int
    cpu_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandStatistics:
    """Calls and time of one command over the window (INFO commandstats)."""

    command: str
    calls: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisInfo:
    """The parts of INFO that advice rests on."""

    product: str  # "redis" or "valkey"
    version: str
    role: str
    cluster_enabled: bool
    uptime_seconds: float
    memory_used_bytes: int
    memory_peak_bytes: int
    memory_limit_bytes: int  # 0: none
    memory_system_bytes: int | None
    fragmentation_ratio: float | None
    eviction_policy: str
    clients: int
    blocked_clients: int
    clients_limit: int | None
    persistence: str  # "none", "rdb", "aof" or "rdb+aof"
    replicas: int
    commands: tuple[CommandStatistics, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisFacts:
    """Everything that was read from one server; a part is None when its collector brought nothing."""

    target: str
    readings: tuple[Reading, ...]
    info: RedisInfo | None = None
    window: RedisWindow | None = None
    keyspace: Keyspace | None = None
    slow: tuple[SlowEntry, ...] = ()
    configuration: dict[str, str] | None = None
