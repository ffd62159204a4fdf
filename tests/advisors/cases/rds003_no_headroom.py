"""RDS003: memory at the multiplier."""

from advisors.rules.rds003_no_headroom import THRESHOLDS
from facts.findings import Severity
from facts.redis import KeyGroup
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import FOUND, Case

SESSIONS = build.key_group("session:{id}")
ENDLESS = build.key_group("session:{id}", without_ttl=100)
DATA = build.key_group("stock", kind="hash", without_ttl=100)
QUEUE = build.key_group("queue:mail", kind="list", without_ttl=100)
LIMIT = 1_000 * build.MEBIBYTE
SUBJECT = "maxmemory"


def mall(
    *groups: KeyGroup,
    used: float,
    limit: int = LIMIT,
    policy: str = "noeviction",
    system: int | None = None,
    keys: int | None = None,
    expiring: int | None = None,
) -> Snapshot:
    info = build.redis_info(used=int(used), limit=limit, policy=policy, system=system)
    return build.snapshot(build.redis(*groups, info=info, keys=keys, expiring=expiring))


# Sessions grow with the traffic, so that memory reaches a limit at a tenth of it.
FULL = int(THRESHOLDS.full_share * LIMIT / build.MULTIPLIER)
NEAR = int(THRESHOLDS.near_share * LIMIT)
WHOLE = int(THRESHOLDS.system_share * LIMIT / build.MULTIPLIER)

CASES = (
    Case(
        story="sessions will fill it",
        facts=mall(SESSIONS, used=LIMIT / 2),
        target=build.CACHE,
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(
        story="sessions reach the share exactly",
        facts=mall(SESSIONS, used=FULL),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="headroom",
        just_below="full_share",
    ),
    Case(
        story="sessions just pass the share",
        facts=mall(SESSIONS, used=FULL + 1),
        target=build.CACHE,
        subject=SUBJECT,
        outcome=FOUND,
        just_above="full_share",
    ),
    Case(
        story="data does not grow with the traffic",
        facts=mall(DATA, used=NEAR),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="headroom",
        just_below="near_share",
    ),
    Case(
        story="data is near the limit today",
        facts=mall(DATA, used=NEAR + 1),
        target=build.CACHE,
        subject=SUBJECT,
        outcome=FOUND,
        just_above="near_share",
    ),
    Case(
        story="no limit on a machine that is large enough",
        facts=mall(SESSIONS, used=WHOLE, limit=0, system=LIMIT),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="headroom",
        just_below="system_share",
    ),
    Case(
        story="no limit on a machine that it will fill",
        facts=mall(SESSIONS, used=WHOLE + 1, limit=0, system=LIMIT),
        target=build.CACHE,
        subject=SUBJECT,
        outcome=FOUND,
        just_above="system_share",
    ),
    Case(
        story="what does not fit is cache and is evicted",
        facts=mall(SESSIONS, used=LIMIT / 2, policy="allkeys-lru"),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="evicts-cache",
    ),
    Case(
        story="it fits, and would be evicted otherwise",
        facts=mall(SESSIONS, used=LIMIT / 100, policy="allkeys-lru"),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="headroom",
    ),
    Case(
        story="it fits to the byte",
        facts=mall(SESSIONS, used=LIMIT / build.MULTIPLIER, policy="allkeys-lru"),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="headroom",
    ),
    Case(
        story="with a queue beside it, it fits to the byte",
        facts=mall(DATA, used=LIMIT, policy="allkeys-lru"),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="headroom",
    ),
    Case(
        story="a queue would be evicted with the cache",
        facts=mall(SESSIONS, QUEUE, used=LIMIT / 2, policy="allkeys-lru"),
        target=build.CACHE,
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(
        story="a queue without a TTL is safe from a volatile policy",
        facts=mall(SESSIONS, QUEUE, used=LIMIT / 2, policy="volatile-lru"),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="evicts-cache",
    ),
    Case(
        story="a volatile policy finds no key with a TTL",
        facts=mall(ENDLESS, used=LIMIT / 2, policy="volatile-lru"),
        target=build.CACHE,
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(
        story="the server itself counts no key with a TTL",
        facts=mall(SESSIONS, used=LIMIT / 2, policy="volatile-ttl", expiring=0),
        target=build.CACHE,
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="the sample missed the keys with a TTL that the server counts",
        facts=mall(ENDLESS, used=LIMIT / 2, policy="volatile-lru", expiring=1),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="evicts-cache",
    ),
    Case(
        story="a volatile policy need not evict what fits",
        facts=mall(ENDLESS, used=LIMIT / 100, policy="volatile-lru"),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="headroom",
    ),
    Case(
        story="other policies need no TTL",
        facts=mall(ENDLESS, used=LIMIT / 2, policy="allkeys-lfu"),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="evicts-cache",
    ),
    Case(
        story="an empty server has nothing to lose",
        facts=mall(used=LIMIT, keys=0),
        target=build.CACHE,
        subject=SUBJECT,
        outcome="nothing-kept",
    ),
)
