"""What a Redis server is for: cache, sessions, queue, locks, or data that lives nowhere else.

Advice depends on it: a queue must not evict, a lock store has no hit ratio, and a cache entry without an end is a leak while a leaderboard
without one is meant. Inferred from names, types and expiry, because Redis itself knows nothing of purposes.
"""

import re
from enum import StrEnum

from facts.message import Message, msg
from facts.redis import KeyGroup, RedisFacts


class Purpose(StrEnum):
    """What a group of keys is for."""

    CACHE = "cache"
    SESSIONS = "sessions"
    QUEUE = "queue"
    LOCKS = "locks"
    DATA = "data"


PURPOSES: dict[Purpose, Message] = {
    Purpose.CACHE: msg("cache"),
    Purpose.SESSIONS: msg("sessions"),
    Purpose.QUEUE: msg("queue"),
    Purpose.LOCKS: msg("locks"),
    Purpose.DATA: msg("data"),
}
_NAMES: tuple[tuple[Purpose, re.Pattern[str]], ...] = (
    (Purpose.LOCKS, re.compile(r"(^|[:_\W])(lock|locks|mutex|redlock|semaphore|leader)([:_\W]|$)", re.IGNORECASE)),
    (
        Purpose.QUEUE,
        re.compile(
            r"(^|[:_\W])(queue|queues|jobs?|celery|bull|bullmq|resque|sidekiq|rq|mq|kombu|stream|outbox)([:_\W]|$)",
            re.IGNORECASE,
        ),
    ),
    (
        Purpose.SESSIONS,
        re.compile(r"(^|[:_\W])(session|sessions|sess|sid|login|token)([:_\W]|$)|session", re.IGNORECASE),
    ),
    (Purpose.CACHE, re.compile(r"(^|[:_\W])(cache|cached|fragment|page)([:_\W]|$)|cache", re.IGNORECASE)),
)
# From this share of expiring keys on, whoever wrote them meant them to go.
_EXPIRING_SHARE = 0.5


def purpose_of(group: KeyGroup, facts: RedisFacts) -> Purpose:
    """What one group of keys is for.

    Args:
        group: Keys of one pattern and type.
        facts: Of its server: an eviction policy says that somebody takes it for a cache.
    """
    for purpose, pattern in _NAMES:
        if pattern.search(group.pattern):
            return purpose
    if group.type in {"list", "stream"}:
        return Purpose.QUEUE
    if group.sampled and group.without_ttl is not None and group.without_ttl / group.sampled < 1 - _EXPIRING_SHARE:
        return Purpose.CACHE
    evicts = facts.info is not None and facts.info.eviction_policy not in {"", "noeviction"}
    # Many strings of one pattern on a server that may evict them can only be copies of something.
    if group.type == "string" and "{" in group.pattern and (evicts or _asked_in_vain(facts)):
        return Purpose.CACHE
    return Purpose.DATA


def purposes(facts: RedisFacts) -> dict[Purpose, int]:
    """Bytes of the sampled keys by purpose, of which only the shares count; empty where the keyspace was not read.

    Where the server would not tell the keys' sizes, their numbers take the place of bytes.
    """
    groups = facts.keyspace.groups if facts.keyspace else ()
    sized = all(group.bytes_total is not None for group in groups)
    found: dict[Purpose, int] = {}
    for group in groups:
        purpose = purpose_of(group, facts)
        found[purpose] = found.get(purpose, 0) + ((group.bytes_total or 0) if sized else group.sampled)
    return found


def _asked_in_vain(facts: RedisFacts) -> bool:
    """Whether keys are asked for that are not there, as one does with a cache and not with data."""
    return facts.window is not None and facts.window.misses > 0.01 * max(facts.window.hits, 1)
