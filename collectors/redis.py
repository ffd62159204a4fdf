"""Reads one Redis or Valkey server: INFO twice a window apart, a bounded sample of its keys, its slow log, its settings.

Source: INFO, DBSIZE, SCAN or RANDOMKEY, TYPE, PTTL, MEMORY USAGE, SLOWLOG GET, CONFIG GET.
Needed role and versions: Redis 6 to 8, Valkey 7 to 9; an ACL user with +ping +select +info +dbsize +scan +randomkey +type +pttl
    +exists +strlen +llen +hlen +scard +zcard +xlen +memory|usage +slowlog|get +config|get +client|setname ~* (where the server
    knows it, +client|no-touch as well). Without one of them that part is left out and noted.
Consumed by: the RDS rules, CCH001, CAP001.
Cost: at most 3,000 keys looked at, in pipelines of 100; never KEYS, never a whole SCAN of a large keyspace.
Caveats: on a cluster node only that node's keys are seen. Looking at keys can disturb LRU; `CLIENT NO-TOUCH` prevents it from Redis 7.2 on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import redis

from collectors.masking.words import key_pattern
from collectors.redis_errors import ADDRESS, understand
from collectors.redis_keyspace import read_keyspace
from collectors.runner import CollectorError, Notes, run
from facts.message import msg
from facts.readings import Reading, Status, Target
from facts.redis import CommandStatistics, RedisFacts, RedisInfo, RedisWindow, SlowEntry

T = TypeVar("T")
Client = Any  # redis.Redis is generic in ways that its own stubs do not agree on

TIMEOUT_SECONDS = 5.0
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
# Their first argument is a password or a program.
_WITHOUT_KEY = frozenset({"AUTH", "EVAL", "EVAL_RO", "FUNCTION", "HELLO", "SCRIPT"})
COMMANDS = (
    "AUTH user password", "CLIENT SETNAME tenfold", "CLIENT SETINFO LIB-NAME redis-py", "CLIENT SETINFO LIB-VER version",
    "CLIENT NO-TOUCH ON", "INFO everything", "DBSIZE", "SELECT n", "SCAN cursor COUNT 100", "RANDOMKEY",
    "TYPE key", "PTTL key", "MEMORY USAGE key SAMPLES 5", "STRLEN|LLEN|HLEN|SCARD|ZCARD|XLEN|EXISTS key", f"SLOWLOG GET {SLOW_ENTRIES}",
    *(f"CONFIG GET {name}" for name in SETTINGS),
)  # fmt: skip


@dataclass(slots=True)
class Sent:
    """How many commands a connection has sent, those of pipelines and of its own greeting among them."""

    commands: int = 0


@dataclass(slots=True)
class Begun:
    """One server between its two readings."""

    target: str
    client: Client | None
    refusal: CollectorError | None = None
    readings: list[Reading] = field(default_factory=list)
    first: dict[str, Any] | None = None
    sent: Sent = field(default_factory=Sent)


def begin(target: str, url: str, *, two_readings: bool) -> Begun:
    """Connects and takes the first reading of the counters."""
    sent = Sent()
    try:
        client: Client = _client(url, sent)
        first = client.info("everything")
    except Exception as error:
        refusal = error if isinstance(error, CollectorError) else understand(error)
        if refusal is None:
            raise
        return Begun(target=target, client=None, refusal=refusal, sent=sent)
    begun = Begun(target=target, client=client, first=first if two_readings else None, sent=sent)
    _leave_untouched(client)
    return begun


def _leave_untouched(client: Client) -> None:
    """Keeps our looks from changing what LRU evicts; a matter of the connection, where the server knows it."""
    run("no_touch", lambda _: client.execute_command("CLIENT NO-TOUCH", "ON"), understand=understand)


def rest(begun: Begun) -> None:
    """Gives the connection back until `finish`, whose first command opens another."""
    if begun.client is not None:
        begun.client.connection_pool.disconnect()


def _client(url: str, sent: Sent) -> Client:
    try:
        client: Client = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            client_name="tenfold",
            # Names of keys need not be UTF-8, and a name that was decoded with replacements names no key.
            decode_responses=False,
            retry=None,
            # Pipelines take their connection from the pool as well: a second one would cost a client slot more, and
            # would look into another database than the one that SELECT chose.
            max_connections=1,
            # RESP3 would begin with HELLO and ask for the server's announcements.
            protocol=2,
        )
    except ValueError:
        # Its own text shows what it took for the port or the host, which can be a piece of the password.
        raise CollectorError(msg("the address is not valid"), remedy=ADDRESS) from None
    pool = client.connection_pool
    pool.connection_class = _counting(pool.connection_class, sent)
    return client


def _counting(kind: Any, sent: Sent) -> Any:
    """The same kind of connection, which counts what it sends: the one place that every command passes, alone or in a pipeline."""

    class Counting(kind):  # type: ignore[misc]  # what it is, TCP, TLS or a socket file, the address says
        def send_command(self, *words: Any, **options: Any) -> None:
            sent.commands += 1
            super().send_command(*words, **options)

        def pack_commands(self, commands: Iterable[Any]) -> Any:
            every = list(commands)
            sent.commands += len(every)
            return super().pack_commands(every)

    return Counting


def finish(begun: Begun, *, rested: bool = False) -> tuple[Target, RedisFacts]:
    """Takes the second reading, samples the keys, and closes the connection; `rested` when it was given back in between."""
    client = begun.client
    if client is None:
        refusal = begun.refusal or CollectorError(msg("it could not be reached"))
        reading = Reading(
            collector="redis_connection", status=refusal.status, detail=refusal.detail, remedy=refusal.remedy
        )
        target = Target(
            name=begun.target,
            kind="redis",
            status=refusal.status,
            detail=refusal.detail,
            remedy=refusal.remedy,
            unreachable=True,
        )
        return target, RedisFacts(target=begun.target, readings=(reading,))
    try:
        if rested:
            _leave_untouched(client)
        facts = _read_all(begun, client)
    finally:
        client.close()
    return _record(begun.target, facts), facts


def _record(name: str, facts: RedisFacts) -> Target:
    """The server's line in the report: what could not be read, or not of all keys."""
    for reading in facts.readings:
        if reading.status not in {Status.OK, Status.EMPTY}:
            return Target(name=name, kind="redis", status=reading.status, detail=reading.detail, remedy=reading.remedy)
    for omission in (omission for reading in facts.readings for omission in reading.partial):
        return Target(name=name, kind="redis", status=Status.FORBIDDEN, detail=omission.reason, remedy=omission.remedy)
    return Target(name=name, kind="redis", status=Status.OK)


def _read_all(begun: Begun, client: Client) -> RedisFacts:
    def collect(name: str, read: Callable[[Notes], T | None]) -> T | None:
        reading, brought = run(name, read, understand=understand)
        begun.readings.append(reading)
        return brought

    now = collect("redis_info", lambda _: client.info("everything"))
    keyspace = collect("redis_keyspace", lambda notes: read_keyspace(client, now or {}, notes))
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
        name = words[0].upper()
        named = 0 if name in _WITHOUT_KEY else 1
        shown = [name, *(key_pattern(word) for word in words[1 : 1 + named]), *(["…"] if words[1 + named :] else [])]
        entries.append(SlowEntry(command=" ".join(shown), seconds=entry["duration"] / 1e6))
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
