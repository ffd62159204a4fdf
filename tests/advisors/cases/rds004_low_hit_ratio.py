"""RDS004: caches that miss."""

from advisors.rules.rds004_low_hit_ratio import THRESHOLDS
from facts.findings import Severity
from facts.redis import KeyGroup
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import FOUND, Case

PAGES = build.key_group("page:{id}")
SUBJECT = "hit ratio"
LOOKUPS = 10_000
HITS = int(LOOKUPS * THRESHOLDS.hit_ratio)
EVICTIONS = int(LOOKUPS * THRESHOLDS.evictions_per_lookup)


def mall(
    *groups: KeyGroup, hits: int, lookups: int = LOOKUPS, evicted: int = 0, uptime: float = THRESHOLDS.settled_seconds
) -> Snapshot:
    window = build.redis_window(hits=hits, misses=lookups - hits, evicted=evicted)
    info = build.redis_info(limit=100 * build.MEBIBYTE, policy="allkeys-lru", uptime=uptime)
    return build.snapshot(build.redis(*groups, info=info, window=window))


CASES = (
    Case(
        story="it has run for an hour and still misses",
        facts=mall(PAGES, hits=LOOKUPS // 3),
        target=build.CACHE,
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.MEDIUM,
        just_above="settled_seconds",
    ),
    Case(
        story="it was started less than an hour ago",
        facts=mall(PAGES, hits=LOOKUPS // 3, uptime=THRESHOLDS.settled_seconds - 1),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="warming-up",
        just_below="settled_seconds",
    ),
    Case(
        story="it evicts just enough to be too small, however young",
        facts=mall(PAGES, hits=LOOKUPS // 3, uptime=60.0, evicted=EVICTIONS),
        target=build.CACHE,
        subject=SUBJECT,
        outcome=FOUND,
        just_above="evictions_per_lookup",
    ),
    Case(
        story="it evicts next to nothing and is young",
        facts=mall(PAGES, hits=LOOKUPS // 3, uptime=60.0, evicted=EVICTIONS - 1),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="warming-up",
        just_below="evictions_per_lookup",
    ),
    Case(
        story="four lookups in five hit",
        facts=mall(PAGES, hits=HITS),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="hits",
        just_above="hit_ratio",
    ),
    Case(
        story="one lookup more misses",
        facts=mall(PAGES, hits=HITS - 1),
        target=build.CACHE,
        subject=SUBJECT,
        outcome=FOUND,
        just_below="hit_ratio",
    ),
    Case(
        story="just enough lookups for a ratio",
        facts=mall(PAGES, hits=0, lookups=THRESHOLDS.min_lookups),
        target=build.CACHE,
        subject=SUBJECT,
        outcome=FOUND,
        just_above="min_lookups",
    ),
    Case(
        story="too few lookups for a ratio",
        facts=mall(PAGES, hits=0, lookups=THRESHOLDS.min_lookups - 1),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="too-few-lookups",
        just_below="min_lookups",
    ),
    Case(
        story="a queue has no hit ratio",
        facts=mall(build.key_group("queue:mail", kind="list"), hits=0),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="no-cache",
    ),
)
