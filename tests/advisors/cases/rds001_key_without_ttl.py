"""RDS001: cache entries, sessions and locks that never expire."""

import math

from advisors.rules.rds001_key_without_ttl import THRESHOLDS
from facts.findings import Severity
from facts.redis import KeyGroup
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import FOUND, Case

SESSIONS = "session:{id}"
SAMPLED = 1_000
MANY = math.ceil(THRESHOLDS.share * SAMPLED)


def mall(group: KeyGroup, *, complete: bool = True) -> Snapshot:
    return build.snapshot(build.redis(group, complete=complete, keys=None if complete else 1_000_000))


def sessions(without: int, sampled: int = SAMPLED) -> KeyGroup:
    return build.key_group(SESSIONS, sampled=sampled, without_ttl=without)


def carts(kind: str, sampled: int, database: int = 0) -> KeyGroup:
    return build.key_group("cart:{id}", kind=kind, sampled=sampled, without_ttl=sampled, database=database)


def two_types() -> Snapshot:
    """One pattern of which most keys are hashes; elsewhere it has a type of its own."""
    return build.snapshot(build.redis(carts("string", 20), carts("hash", 80), carts("string", 5, database=1)))


CASES = (
    Case(
        story="of one pattern in two types most keys keep the plain name",
        facts=two_types(),
        target=build.CACHE,
        subject="cart:{id}",
        outcome="permanent-data",
    ),
    Case(
        story="of one pattern in two types the rest name their type",
        facts=two_types(),
        target=build.CACHE,
        subject="cart:{id} of type string",
        outcome="permanent-data",
    ),
    Case(
        story="the same pattern in another database is of no other type there",
        facts=two_types(),
        target=build.CACHE,
        subject="cart:{id} in database 1",
        outcome="permanent-data",
    ),
    Case(
        story="sessions stay for ever",
        facts=mall(sessions(SAMPLED)),
        target=build.CACHE,
        subject=SESSIONS,
        outcome=FOUND,
        severity=Severity.MEDIUM,
    ),
    Case(
        story="the keyspace was only sampled",
        facts=mall(sessions(SAMPLED), complete=False),
        target=build.CACHE,
        subject=SESSIONS,
        outcome=FOUND,
    ),
    Case(
        story="just enough of them stay",
        facts=mall(sessions(MANY)),
        target=build.CACHE,
        subject=SESSIONS,
        outcome=FOUND,
        just_above="share",
    ),
    Case(
        story="nearly all of them expire",
        facts=mall(sessions(MANY - 1)),
        target=build.CACHE,
        subject=SESSIONS,
        outcome="expires",
        just_below="share",
    ),
    Case(
        story="just enough keys to matter",
        facts=mall(sessions(THRESHOLDS.min_keys, THRESHOLDS.min_keys)),
        target=build.CACHE,
        subject=SESSIONS,
        outcome=FOUND,
        just_above="min_keys",
    ),
    Case(
        story="too few keys to matter",
        facts=mall(sessions(THRESHOLDS.min_keys - 1, THRESHOLDS.min_keys - 1)),
        target=build.CACHE,
        subject=SESSIONS,
        outcome="few-keys",
        just_below="min_keys",
    ),
    Case(
        story="sessions of another database are named with it",
        facts=build.snapshot(build.redis(sessions(0), build.key_group(SESSIONS, without_ttl=100, database=3))),
        target=build.CACHE,
        subject=f"{SESSIONS} in database 3",
        outcome=FOUND,
    ),
    Case(
        story="a leaderboard is meant to stay",
        facts=mall(build.key_group("leaderboard", kind="zset", without_ttl=100)),
        target=build.CACHE,
        subject="leaderboard",
        outcome="permanent-data",
    ),
    Case(
        story="a queue is meant to stay",
        facts=mall(build.key_group("queue:mail", kind="list", without_ttl=100)),
        target=build.CACHE,
        subject="queue:mail",
        outcome="permanent-data",
    ),
)
