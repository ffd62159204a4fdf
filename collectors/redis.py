"""Reads one Redis or Valkey server: INFO twice a window apart, a bounded sample of its keys, its slow log, its settings.

Source: INFO, DBSIZE, SCAN or RANDOMKEY, TYPE, PTTL, MEMORY USAGE, SLOWLOG GET, CONFIG GET.
Needed role and versions: Redis 6 to 8, Valkey 7 to 9; an ACL user with +info +dbsize +scan +randomkey +type +pttl +memory|usage
+slowlog|get
    +config|get +client|setname +client|no-touch +select +ping ~*. Without one of them that part is left out and noted.
Consumed by: the RDS rules, CCH001, CAP001.
Cost: at most 3,000 keys looked at, in pipelines of 100; never KEYS, never a whole SCAN of a large keyspace.
Caveats: on a cluster node only that node's keys are seen. Looking at keys can disturb LRU; `CLIENT NO-TOUCH` prevents it from Redis 7.2 on.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import redis

from collectors.masking.words import key_pattern, refine
from collectors.runner import CollectorError, Notes, run
from facts.readings import Reading, Status, Target
from facts.redis import CommandStatistics, KeyGroup, Keyspace, RedisFacts, RedisInfo, RedisWindow, SlowEntry

T = TypeVar("T")
Client = Any  # redis.Redis is generic in ways that its own stubs do not agree on

TIMEOUT_SECONDS = 5.0
SAMPLE = 3000
PIPELINE = 100
SLOW_ENTRIES = 32
SETTINGS = (
    "maxmemory",
    "maxmemory-policy",
    "maxclients",
    "appendonly",
    "save",
    "timeout",
    "slowlog-log-slower-than",
    "hz",
    "io-threads",
)
COMMANDS = (
    "CLIENT SETNAME tenfold", "CLIENT NO-TOUCH ON", "INFO everything", "DBSIZE", "SELECT n", "SCAN cursor COUNT 100", "RANDOMKEY",
    "TYPE key", "PTTL key", "MEMORY USAGE key SAMPLES 5", "STRLEN|LLEN|HLEN|SCARD|ZCARD|XLEN key", f"SLOWLOG GET {SLOW_ENTRIES}",
    *(f"CONFIG GET {name}" for name in SETTINGS),
)  # fmt: skip

_LENGTHS = {"string": "STRLEN", "list": "LLEN", "hash": "HLEN", "set": "SCARD", "zset": "ZCARD", "stream": "XLEN"}
_FAILURES = (
    ("WRONGPASS", "the password was refused", "correct the password in the URL: redis://user:${NAME}@host:6379"),
    ("invalid username-password", "the password was refused", "correct the password in the URL: redis://user:${NAME}@host:6379"),
    ("NOAUTH", "the server asks for a password and none was given", "give it in the URL: redis://:${NAME}@host:6379"),
    ("Authentication required", "the server asks for a password and none was given", "give it in the URL: redis://:${NAME}@host:6379"),
    ("NOPERM", "the user's ACL does not allow a command", "ACL SETUSER <user> +info +config|get +slowlog|get +memory|usage +scan ~*"),
    ("has no permissions", "the user's ACL does not allow a command", ("ACL SETUSER <user> +info +config|get "
    "+slowlog|get +memory|usage +scan ~*")),
    ("Timeout", "the server accepted and gave no answer in time", "look whether it is stopped or busy with a long command"),
    ("timed out", "the server accepted and gave no answer in time", "look whether it is stopped or busy with a long command"),
    ("SSL", "TLS was refused", "use rediss:// only where the server speaks TLS"),
    ("Connection refused", "nothing listens there", "check host and port of the URL, and that the server runs"),
    ("Name or service not known", "the host name is not known", "check the host of the URL"),
    ("No address associated", "the host name is not known", "check the host of the URL"),
    ("Connection closed by server", "the server closed the connection", "check that it speaks the Redis protocol, and its maxclients"),
    ("max number of clients", "the server has no free client slot", "raise maxclients, or wait"),
    ("unknown command", "the server does not know a command", "some managed services hide it; that part is left out"),
)  # fmt: skip


@dataclass(slots=True)
class Begun:
    """One server between its two readings."""

    target: str
    client: Client | None
    refusal: CollectorError | None = None
    readings: list[Reading] = field(default_factory=list)
    first: dict[str, Any] | None = None
    commands_sent: int = 0


def understand(error: Exception) -> CollectorError | None:
    """The failure behind a driver's exception."""
    if not isinstance(error, redis.RedisError | OSError | ValueError | UnicodeError):
        return None
    text = str(error)
    for part, happened, remedy in _FAILURES:
        if part.lower() in text.lower():
            forbidden = part in {"NOPERM", "has no permissions"}
            status = (
                Status.FORBIDDEN
                if forbidden
                else Status.TIMED_OUT
                if "timed out" in part.lower() or part == "Timeout"
                else Status.FAILED
            )
            return CollectorError(happened, status=status, remedy=remedy)
    return CollectorError(text.splitlines()[0] if text else type(error).__name__)


def begin(target: str, url: str, *, two_readings: bool) -> Begun:
    """Connects and takes the first reading of the counters."""
    try:
        client: Client = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            client_name="tenfold",
            decode_responses=True,
            encoding_errors="replace",
            retry=None,
            single_connection_client=True,
        )
        first = client.info("everything")
    except Exception as error:
        refusal = understand(error)
        if refusal is None:
            raise
        return Begun(target=target, client=None, refusal=refusal)
    begun = Begun(target=target, client=client, first=first if two_readings else None, commands_sent=3)
    run("no_touch", lambda _: client.execute_command("CLIENT NO-TOUCH", "ON"), understand=understand)
    return begun


def finish(begun: Begun) -> tuple[Target, RedisFacts]:
    """Takes the second reading, samples the keys, and closes the connection."""
    client = begun.client
    if client is None:
        refusal = begun.refusal or CollectorError("it could not be reached")
        reading = Reading(
            collector="redis_connection", status=refusal.status, detail=str(refusal), remedy=refusal.remedy
        )
        target = Target(
            name=begun.target,
            kind="redis",
            status=refusal.status,
            detail=str(refusal),
            remedy=refusal.remedy,
            unreachable=True,
        )
        return target, RedisFacts(target=begun.target, readings=(reading,))
    try:
        facts = _read_all(begun, client)
    finally:
        client.close()
    broken = [reading for reading in facts.readings if reading.status not in {Status.OK, Status.EMPTY}]
    status = broken[0].status if broken else Status.OK
    detail, remedy = (broken[0].detail, broken[0].remedy) if broken else ("", "")
    return Target(name=begun.target, kind="redis", status=status, detail=detail, remedy=remedy), facts


def _read_all(begun: Begun, client: Client) -> RedisFacts:
    def collect(name: str, read: Callable[[Notes], T | None]) -> T | None:
        begun.commands_sent += 1
        reading, brought = run(name, read, understand=understand)
        begun.readings.append(reading)
        return brought

    now = collect("redis_info", lambda _: client.info("everything"))
    keyspace = collect("redis_keyspace", lambda _: read_keyspace(client, now or {}))
    slow = collect("redis_slow_log", lambda _: _slow_log(client))
    configuration = collect("redis_configuration", lambda _: _configuration(client))
    return RedisFacts(
        target=begun.target,
        readings=tuple(begun.readings),
        info=_info(now, begun.first, configuration) if now else None,
        window=_window(now, begun.first) if now else None,
        keyspace=keyspace,
        slow=slow or (),
        configuration=configuration,
    )


def _configuration(client: Client) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in SETTINGS:
        found |= {str(key): str(value) for key, value in client.config_get(name).items()}
    return found


def _slow_log(client: Client) -> tuple[SlowEntry, ...]:
    entries = []
    for entry in client.slowlog_get(SLOW_ENTRIES):
        command = entry["command"]
        words = (command.decode("utf-8", "replace") if isinstance(command, bytes) else str(command)).split()
        shown = " ".join([words[0].upper(), *(key_pattern(word) for word in words[1:2]), *(["…"] if words[2:] else [])])
        entries.append(SlowEntry(command=shown, seconds=entry["duration"] / 1e6))
    return tuple(entries)


def _info(now: dict[str, Any], first: dict[str, Any] | None, configuration: dict[str, str] | None) -> RedisInfo:
    persistence = "+".join(
        name for name, on in (("rdb", bool((configuration or {}).get("save"))), ("aof", now.get("aof_enabled"))) if on
    )
    limit = (configuration or {}).get("maxclients") or now.get("maxclients")
    return RedisInfo(
        product="valkey" if "valkey_version" in now else "redis",
        version=str(now.get("valkey_version") or now.get("redis_version", "")),
        role=str(now.get("role", "")),
        cluster_enabled=bool(now.get("cluster_enabled")),
        uptime_seconds=float(now.get("uptime_in_seconds", 0)),
        memory_used_bytes=int(now.get("used_memory", 0)),
        memory_peak_bytes=int(now.get("used_memory_peak", 0)),
        memory_limit_bytes=int(now.get("maxmemory", 0)),
        memory_system_bytes=now.get("total_system_memory"),
        fragmentation_ratio=now.get("mem_fragmentation_ratio"),
        eviction_policy=str(now.get("maxmemory_policy", "")),
        clients=int(now.get("connected_clients", 0)),
        blocked_clients=int(now.get("blocked_clients", 0)),
        clients_limit=int(limit) if limit else None,
        persistence=persistence or "none",
        replicas=int(now.get("connected_slaves", 0)),
        commands=_commands(now, first),
    )


def _commands(now: dict[str, Any], first: dict[str, Any] | None) -> tuple[CommandStatistics, ...]:
    found = []
    for key, value in now.items():
        if key.startswith("cmdstat_") and isinstance(value, dict):
            before = (first or {}).get(key, {"calls": 0, "usec": 0})
            calls = int(value["calls"]) - int(before["calls"])
            if calls > 0:
                seconds = (float(value["usec"]) - float(before["usec"])) / 1e6
                found.append(
                    CommandStatistics(command=key.removeprefix("cmdstat_"), calls=calls, seconds=round(seconds, 6))
                )
    return tuple(sorted(found, key=lambda each: (-each.seconds, each.command)))


def _window(now: dict[str, Any], first: dict[str, Any] | None) -> RedisWindow:
    def gained(name: str) -> float:
        return float(now.get(name, 0)) - float((first or {}).get(name, 0))

    seconds = gained("uptime_in_seconds") if first else float(now.get("uptime_in_seconds", 0))
    return RedisWindow(
        seconds=max(seconds, 1.0),
        kind="two readings" if first else "since start",
        hits=int(gained("keyspace_hits")),
        misses=int(gained("keyspace_misses")),
        expired=int(gained("expired_keys")),
        evicted=int(gained("evicted_keys")),
        commands=int(gained("total_commands_processed")),
        input_bytes=int(gained("total_net_input_bytes")),
        output_bytes=int(gained("total_net_output_bytes")),
        rejected_connections=int(gained("rejected_connections")),
        cpu_seconds=round(gained("used_cpu_user") + gained("used_cpu_sys"), 6),
    )


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    database: int
    type: str
    ttl_ms: int
    bytes: int
    elements: int


def read_keyspace(client: Client, info: dict[str, Any]) -> Keyspace:
    """A bounded sample of the keys, grouped by pattern.

    Args:
        client: The connection.
        info: The reply of INFO, for the numbers of keys by database.
    """
    databases = {int(name[2:]): value for name, value in info.items() if name.startswith("db") and name[2:].isdigit()}
    total = sum(int(value["keys"]) for value in databases.values())
    sampled: list[_Key] = []
    complete = True
    for number, value in sorted(databases.items()):
        client.execute_command("SELECT", number)
        share = max(int(SAMPLE * int(value["keys"]) / max(total, 1)), PIPELINE)
        names = _all_keys(client, share) if int(value["keys"]) <= share else None
        if names is None:
            complete = False
            names = _random_keys(client, share)
        sampled += _look_at(client, number, names)
    groups = _groups(sampled)
    return Keyspace(
        keys=total,
        sampled=len(sampled),
        complete=complete,
        method="scan" if complete else "random",
        keys_with_ttl=sum(int(value.get("expires", 0)) for value in databases.values()),
        groups=groups,
    )


def _all_keys(client: Client, limit: int) -> list[str] | None:
    """Every key, or None when there turn out to be more than the limit."""
    names: dict[str, None] = {}
    cursor = 0
    while True:
        cursor, found = client.scan(cursor, count=PIPELINE)
        names |= dict.fromkeys(found)
        if cursor == 0:
            return list(names)
        if len(names) > 2 * limit:
            return None


def _random_keys(client: Client, count: int) -> list[str]:
    names: dict[str, None] = {}
    for _ in range(0, count, PIPELINE):
        pipeline = client.pipeline(transaction=False)
        for _ in range(PIPELINE):
            pipeline.randomkey()
        names |= dict.fromkeys(name for name in pipeline.execute() if name is not None)
    return list(names)


def _look_at(client: Client, database: int, names: list[str]) -> list[_Key]:
    found = []
    for start in range(0, len(names), PIPELINE):
        batch = names[start : start + PIPELINE]
        pipeline = client.pipeline(transaction=False)
        for name in batch:
            pipeline.type(name)
            pipeline.pttl(name)
            pipeline.memory_usage(name, samples=5)
        answers = pipeline.execute(raise_on_error=False)
        lengths = client.pipeline(transaction=False)
        kinds = []
        for position, name in enumerate(batch):
            kind = answers[3 * position]
            kinds.append(kind if isinstance(kind, str) else "none")
            lengths.execute_command(_LENGTHS.get(kinds[-1], "EXISTS"), name)
        counts = lengths.execute(raise_on_error=False)
        for position, name in enumerate(batch):
            if kinds[position] == "none":
                continue  # it expired between the two looks
            ttl, size, length = answers[3 * position + 1], answers[3 * position + 2], counts[position]
            found.append(
                _Key(
                    name=name,
                    database=database,
                    type=kinds[position],
                    ttl_ms=ttl if isinstance(ttl, int) else -1,
                    bytes=size if isinstance(size, int) else 0,
                    elements=length if isinstance(length, int) else 0,
                )
            )
    return found


def _groups(keys: list[_Key]) -> tuple[KeyGroup, ...]:
    first = {key.name: key_pattern(key.name) for key in keys}
    counts: dict[str, int] = defaultdict(int)
    for pattern in first.values():
        counts[pattern] += 1
    patterns = refine(counts, first)
    grouped: dict[tuple[str, int, str], list[_Key]] = defaultdict(list)
    for key in keys:
        grouped[patterns[key.name], key.database, key.type].append(key)
    groups = []
    for (pattern, database, kind), members in grouped.items():
        largest = max(members, key=lambda key: key.bytes)
        groups.append(
            KeyGroup(
                pattern=pattern,
                database=database,
                type=kind,
                sampled=len(members),
                without_ttl=sum(key.ttl_ms == -1 for key in members),
                bytes_total=sum(key.bytes for key in members),
                bytes_largest=largest.bytes,
                largest=pattern,
                elements_largest=largest.elements,
                idle_seconds=None,
            )
        )
    return tuple(sorted(groups, key=lambda group: (-group.bytes_total, group.pattern, group.type)))
