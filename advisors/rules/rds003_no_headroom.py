"""Redis will be full at the multiplier, and then refuses writes or throws away what it must keep.

What it finds:
    A memory limit without eviction that the promotion will reach, no limit at all on a machine that it will fill, and an eviction
    policy that may evict a queue or data, or that finds nothing to evict because no key has a TTL.
Why it hurts:
    At its limit a server without eviction answers every write with an error: no login, no cart. Without a limit the operating system
    ends the process. A queue that is evicted loses orders, silently.
Needs:
    INFO memory, a sample of the keyspace.
Quiet when:
    - headroom: what it will hold at the multiplier fits below the limit
    - evicts-cache: what does not fit is evicted, and it is cache
    - nothing-kept: the server holds no keys
Before:
    maxmemory 4gb, maxmemory-policy noeviction, 3.1 GiB used on an ordinary day, most of it sessions and cache
After:
    maxmemory-policy volatile-lru (cache and sessions carry TTLs), maxmemory 8gb
Risk:
    CONFIG SET takes effect at once; write it to the configuration file as well. Eviction of sessions logs shoppers out, so buy
    memory first.
Source:
    Redis documentation, "Key eviction": maxmemory, maxmemory-policy.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from advisors.redis_purpose import Purpose, purposes
from advisors.rule import Context, Outcome, Rule
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy, Severity
from facts.message import Message, msg
from facts.redis import Keyspace, RedisFacts, RedisInfo


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When memory is too small.

    Attributes:
        full_share: Of the limit at the multiplier; above it a burst or fragmentation reaches the limit.
        system_share: Of the machine's memory that a server without a limit may reach.
        near_share: Of the limit that is used today already; no projection is needed to see the end.
    """

    full_share: float = 0.9
    system_share: float = 0.75
    near_share: float = 0.7


THRESHOLDS = Thresholds()
_TEMPORARY = (Purpose.CACHE, Purpose.SESSIONS, Purpose.LOCKS)
_PRECIOUS = (Purpose.QUEUE, Purpose.DATA)


def judge(context: Context) -> Iterable[Outcome]:
    """Projects each server's memory to the multiplier."""
    for facts in context.snapshot.redis:
        if facts.info is not None and facts.keyspace is not None:
            yield _outcome(facts, facts.info, context.promotion.multiplier)


def _outcome(facts: RedisFacts, info: RedisInfo, multiplier: float) -> Outcome:
    def quiet(reason: str) -> Quiet:
        return Quiet(code="RDS003", target=facts.target, subject="maxmemory", reason=reason)

    if facts.keyspace is None or facts.keyspace.keys == 0:
        return quiet("nothing-kept")
    held = purposes(facts)
    projected = projected_bytes(info, held, multiplier)
    volatile_in_vain = info.eviction_policy.startswith("volatile") and _no_key_expires(facts.keyspace)
    evicts = info.eviction_policy != "noeviction" and not volatile_in_vain
    precious = sum(held.get(purpose, 0) for purpose in _PRECIOUS)
    if info.memory_limit_bytes and evicts:
        if info.eviction_policy.startswith("allkeys") and precious and projected > info.memory_limit_bytes:
            return _finding(facts, info, projected, _evicts_what_it_must_keep(info))
        return quiet("evicts-cache" if projected > info.memory_limit_bytes else "headroom")
    if info.memory_limit_bytes:
        near = info.memory_used_bytes > THRESHOLDS.near_share * info.memory_limit_bytes
        if near or projected > THRESHOLDS.full_share * info.memory_limit_bytes:
            temporary = precious < sum(held.values())
            words = _finds_nothing_to_evict(info) if volatile_in_vain else _refuses_writes(info, temporary=temporary)
            return _finding(facts, info, projected, words)
        return quiet("headroom")
    if info.memory_system_bytes and projected > THRESHOLDS.system_share * info.memory_system_bytes:
        return _finding(facts, info, projected, _has_no_limit(info.memory_system_bytes))
    return quiet("headroom")


def _no_key_expires(keyspace: Keyspace) -> bool:
    if keyspace.keys_with_ttl is not None:
        return keyspace.keys_with_ttl == 0
    return all(group.without_ttl == group.sampled for group in keyspace.groups)


def projected_bytes(info: RedisInfo, held: dict[Purpose, int], multiplier: float) -> float:
    """Memory at the multiplier: what expires grows with the traffic (Little's law: keys = arrivals x lifetime), what stays does not.

    Args:
        info: Memory used now.
        held: Sampled bytes by purpose; only their shares count.
        multiplier: The promotion's.
    """
    whole = sum(held.values()) or 1
    temporary = sum(held.get(purpose, 0) for purpose in _TEMPORARY) / whole
    return info.memory_used_bytes * (1 - temporary + temporary * multiplier)


def _refuses_writes(info: RedisInfo, *, temporary: bool) -> tuple[Message, Message, Remedy]:
    policy = "volatile-lru" if temporary else "noeviction"
    wanted = _rounded(2 * info.memory_limit_bytes)
    commands = [f"redis-cli CONFIG SET maxmemory {wanted}"]
    if temporary:
        commands.append(f"redis-cli CONFIG SET maxmemory-policy {policy}")
    return (
        msg("Redis refuses every write at its limit of {limit}", limit=quantities.size(info.memory_limit_bytes)),
        msg("The policy is noeviction: when the limit is reached, logins, carts and cache entries fail with an error."),
        Remedy(
            text=msg("Raise the limit, and let Redis evict what carries a TTL; write both to redis.conf as well."),
            commands=tuple(commands),
            rollback=(),
            risk=msg("CONFIG SET takes effect at once; the machine must have that memory."),
        ),
    )


def _finds_nothing_to_evict(info: RedisInfo) -> tuple[Message, Message, Remedy]:
    return (
        msg("The policy {policy} finds nothing to evict: no key has a TTL", policy=info.eviction_policy),
        msg(
            "Volatile policies evict only keys with a TTL. At its limit of {limit} Redis refuses every write, as without eviction.",
            limit=quantities.size(info.memory_limit_bytes),
        ),
        Remedy(
            text=msg(
                "Give cache entries and sessions a TTL where they are written, and raise the limit until they have one."
            ),
            commands=(f"redis-cli CONFIG SET maxmemory {_rounded(2 * info.memory_limit_bytes)}",),
            risk=msg("CONFIG SET takes effect at once; the machine must have that memory."),
        ),
    )


def _evicts_what_it_must_keep(info: RedisInfo) -> tuple[Message, Message, Remedy]:
    return (
        msg("The policy {policy} may evict queues and data", policy=info.eviction_policy),
        msg(
            "Keys that live nowhere else share the server with a cache, and the promotion will "
            "fill it: what is evicted from a queue is lost."
        ),
        Remedy(
            text=msg(
                "Evict only what carries a TTL, or move queues and data to a server of their own without eviction."
            ),
            commands=("redis-cli CONFIG SET maxmemory-policy volatile-lru",),
            risk=msg("With volatile policies only keys with a TTL can be evicted: see that cache entries carry one."),
        ),
    )


def _has_no_limit(system_bytes: int) -> tuple[Message, Message, Remedy]:
    wanted = _rounded(int(THRESHOLDS.system_share * system_bytes))
    return (
        msg("Redis has no memory limit on a machine of {size}", size=quantities.size(system_bytes)),
        msg("At the multiplier it takes more than the machine can spare, and the operating system ends it."),
        Remedy(
            text=msg("Set a limit below the machine's memory and a policy that evicts what carries a TTL."),
            commands=(f"redis-cli CONFIG SET maxmemory {wanted}", "redis-cli CONFIG SET maxmemory-policy volatile-lru"),
            risk=msg("CONFIG SET takes effect at once."),
        ),
    )


def _rounded(size: int) -> str:
    return f"{max(size // 2**20, 1)}mb"


def _finding(facts: RedisFacts, info: RedisInfo, projected: float, words: tuple[Message, Message, Remedy]) -> Finding:
    title, summary, remedy = words
    return Finding(
        code="RDS003",
        rule="no-headroom",
        area=Area.CACHE,
        target=facts.target,
        subject="maxmemory",
        severity=Severity.HIGH,
        title=title,
        summary=summary,
        evidence=Evidence(
            figures={
                "used_bytes": float(info.memory_used_bytes),
                "limit_bytes": float(info.memory_limit_bytes),
                "projected_bytes_at_multiplier": round(projected),
            },
            facts=(
                msg(
                    "It holds {used} now and would hold {projected} at the multiplier, if what expires grows with the traffic.",
                    used=quantities.size(info.memory_used_bytes),
                    projected=quantities.size(projected),
                ),
            ),
        ),
        remedy=remedy,
    )


RULE = Rule(
    code="RDS003",
    name="no-headroom",
    area=Area.CACHE,
    judge=judge,
    reasons=("headroom", "evicts-cache", "nothing-kept"),
)
