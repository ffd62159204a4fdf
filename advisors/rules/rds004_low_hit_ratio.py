"""A cache is asked for what it has just thrown away.

What it finds:
    A cache whose hit ratio is low because keys are evicted, or has stayed low for longer than its entries live.
Why it hurts:
    Every miss is a question to the database, and at the multiplier there are ten times as many.
Needs:
    INFO stats over the window.
Quiet when:
    - hits: the hit ratio is good
    - no-cache: the server is a queue or a lock store, which has no hit ratio
    - too-few-lookups: there were too few lookups for a ratio
    - warming-up: the server was started a short while ago and evicts nothing; a cold cache misses
Before:
    maxmemory 100mb, 40 % hits, 900 evictions a second
After:
    Memory for the working set; 95 % hits
Risk:
    More memory for Redis is less for others on that machine.
Source:
    Redis documentation, INFO stats: keyspace_hits, keyspace_misses, evicted_keys.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from advisors.redis_purpose import Purpose, purposes
from advisors.rule import Context, Outcome, Rule
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy, Severity
from facts.message import msg
from facts.redis import RedisFacts, RedisInfo, RedisWindow


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a hit ratio is low.

    Attributes:
        hit_ratio: Below it at least one lookup in five goes to the database as well.
        min_lookups: Fewer in the window make no ratio.
        evictions_per_lookup: From one eviction a hundred lookups on, the cache is too small for what it is asked for.
        settled_seconds: A cache that has run for an hour has seen its working set.
    """

    hit_ratio: float = 0.8
    min_lookups: int = 200
    evictions_per_lookup: float = 0.01
    settled_seconds: float = 3600.0


THRESHOLDS = Thresholds()


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at each server's lookups."""
    for facts in context.snapshot.redis:
        if facts.info is not None and facts.window is not None:
            yield _outcome(facts, facts.info, facts.window)


def _outcome(facts: RedisFacts, info: RedisInfo, window: RedisWindow) -> Outcome:
    def quiet(reason: str) -> Quiet:
        return Quiet(code="RDS004", target=facts.target, subject="hit ratio", reason=reason)

    held = purposes(facts)
    if held and not held.keys() & {Purpose.CACHE, Purpose.SESSIONS}:
        return quiet("no-cache")
    lookups = window.hits + window.misses
    if lookups < THRESHOLDS.min_lookups:
        return quiet("too-few-lookups")
    ratio = window.hits / lookups
    if ratio >= THRESHOLDS.hit_ratio:
        return quiet("hits")
    evicting = window.evicted >= THRESHOLDS.evictions_per_lookup * lookups
    if not evicting and info.uptime_seconds < THRESHOLDS.settled_seconds:
        return quiet("warming-up")
    return Finding(
        code="RDS004",
        rule="low-hit-ratio",
        area=Area.CACHE,
        target=facts.target,
        subject="hit ratio",
        severity=Severity.MEDIUM,
        title=msg("Only {ratio} of the lookups hit", ratio=quantities.percent(ratio)),
        summary=msg(
            "{misses} of {lookups} lookups in {window} found nothing, and {evicted} keys were evicted meanwhile.",
            misses=quantities.count(window.misses),
            lookups=quantities.count(lookups),
            window=quantities.seconds(window.seconds),
            evicted=quantities.count(window.evicted),
        ),
        evidence=Evidence(
            figures={
                "hit_ratio": round(ratio, 4),
                "misses_per_second": round(window.misses / window.seconds, 3),
                "evictions_per_second": round(window.evicted / window.seconds, 3),
            }
        ),
        remedy=_remedy(info) if evicting else _remedy_for_absent(),
    )


def _remedy(info: RedisInfo) -> Remedy:
    # Without a limit nothing is evicted for want of memory any more, and a limit would bring it back.
    limit = info.memory_limit_bytes
    raised = (f"redis-cli CONFIG SET maxmemory {max(4 * limit // 2**20, 1)}mb",) if limit else ()
    return Remedy(
        text=msg(
            "Give the cache memory for its working set, and evict by use (lru or lfu), not at random; then watch the ratio."
        ),
        commands=(*raised, "redis-cli CONFIG SET maxmemory-policy allkeys-lru"),
        risk=msg(
            "CONFIG SET takes effect at once; the machine must have that memory. Use volatile-lru where queues or data share the server."
        ),
    )


def _remedy_for_absent() -> Remedy:
    return Remedy(
        text=msg(
            "Nothing is evicted, so the keys were never written or expired too soon: lengthen the TTLs, and "
            "cache the answer that nothing was found as well."
        ),
        risk=msg("A longer TTL shows older rows."),
    )


RULE = Rule(
    code="RDS004",
    name="low-hit-ratio",
    area=Area.CACHE,
    judge=judge,
    reasons=("hits", "no-cache", "too-few-lookups", "warming-up"),
)
