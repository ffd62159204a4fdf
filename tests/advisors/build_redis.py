"""What a mall's Redis would give."""

from facts.redis import CommandStatistics, KeyGroup, Keyspace, RedisFacts, RedisInfo, RedisWindow
from tests.advisors.build_shared import CACHE, MEBIBYTE, WINDOW


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
