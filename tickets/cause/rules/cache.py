"""Redis is at its memory limit.

What it shows: a cache that refuses writes was given a policy that no cache can have. One that evicts is too small: a changed limit is
configuration, entries that never expire are own code, else it is capacity.
Source: Redis' documentation, "Key eviction".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from facts import quantities
from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import number
from tickets.names import Cause

FULL_RATIO = 0.97
EVICTED_PER_SECOND = 1.0
WITHOUT_EXPIRY = 0.5
BIG_BYTES = 4_000_000


def votes(seen: Seen) -> Iterator[Vote]:
    """For configuration, own code or capacity, by what made it full."""
    for name, cache in seen.each("redis"):
        yield from _keys(name, cache)
        limit, used = number(cache.get("limit_bytes")), number(cache.get("used_bytes")) or 0.0
        evicted = number(cache.get("evicted_per_second")) or 0.0
        if not limit or (used < FULL_RATIO * limit and evicted < EVICTED_PER_SECOND):
            continue
        size = quantities.size(round(limit))
        policy = str(cache.get("policy", ""))
        if policy == "noeviction":
            says = msg(
                "Redis is at its limit of {size} and its policy is {policy}: it refuses writes.",
                size=size,
                policy=policy,
            )
            yield Vote(cause=Cause.CONFIGURATION, weight=0.8, says=says, reading=name)
            continue
        says = msg("Redis is at its limit of {size} and evicts {rate} keys a second.", size=size, rate=f"{evicted:.0f}")
        if seen.changes("configuration"):
            yield Vote(cause=Cause.CONFIGURATION, weight=0.5, says=says, reading=name)
        yield Vote(
            cause=Cause.CAPACITY, weight=0.65 if not seen.changes("configuration") else 0.3, says=says, reading=name
        )


def _keys(name: str, cache: Mapping[str, Any]) -> Iterator[Vote]:
    share = number(cache.get("without_expiry_ratio"))
    if share is not None and share >= WITHOUT_EXPIRY and cache.get("limit_bytes"):
        says = msg("{share} of the keys that were looked at never expire.", share=quantities.percent(share))
        yield Vote(cause=Cause.OWN_CODE, weight=0.3, says=says, reading=name)
    biggest = number(cache.get("biggest_key_bytes"))
    if biggest is not None and biggest >= BIG_BYTES:
        says = msg("One key holds {size}.", size=quantities.size(round(biggest)))
        yield Vote(cause=Cause.OWN_CODE, weight=0.4, says=says, reading=name)
