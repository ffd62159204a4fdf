"""One Redis or Valkey at the moment of an alert: memory, evictions, what is slow.

Source: `collectors.redis`: INFO twice, a bounded sample of keys, SLOWLOG, CONFIG GET.
Needed role and versions: as `collectors.redis`.
Consumed by: the evidence of a ticket (`redis:TARGET`).
Cost: as `collectors.redis`; two seconds.
Caveats: a part that cannot be read is in `failed`.
"""

import time
from dataclasses import asdict
from typing import Any

from collectors import redis
from collectors.runner import CollectorError
from facts.message import msg
from facts.readings import Status
from facts.redis import Keyspace

SECONDS = 2.0
SLOW_AT_MOST = 20


def read(name: str, url: str, *, seconds: float = SECONDS) -> dict[str, Any]:
    """What is the matter in one server now.

    Args:
        name: Of the target.
        url: `redis://`, `rediss://` or `unix://`.
        seconds: Between the two readings.

    Raises:
        CollectorError: It could not be reached.
    """
    begun = redis.begin(name, url, two_readings=True)
    time.sleep(seconds if begun.client is not None else 0.0)
    target, facts = redis.finish(begun)
    if facts.info is None:
        raise CollectorError(target.detail or msg("it could not be reached"), status=target.status)
    info, window, keys = facts.info, facts.window, facts.keyspace
    found: dict[str, Any] = {
        "product": info.product,
        "version": info.version,
        "role": info.role,
        "uptime_seconds": info.uptime_seconds,
        "used_bytes": info.memory_used_bytes,
        "limit_bytes": info.memory_limit_bytes,
        "policy": info.eviction_policy,
        "clients": info.clients,
        "clients_limit": info.clients_limit,
        "blocked_clients": info.blocked_clients,
        "persistence": info.persistence,
        "slow": [asdict(each) for each in facts.slow[:SLOW_AT_MOST]],
        "configuration": facts.configuration,
        "failed": {
            each.collector: each.detail or each.status
            for each in facts.readings
            if each.status not in {Status.OK, Status.EMPTY}
        },
    }
    if window is not None:
        asked = window.hits + window.misses
        found |= {
            "evicted_per_second": window.evicted / seconds,
            "expired_per_second": window.expired / seconds,
            "commands_per_second": window.commands / seconds,
            "rejected_connections": window.rejected_connections,
            "hit_ratio": window.hits / asked if asked else None,
        }
    if keys is not None:
        largest = max(keys.groups, key=lambda each: each.bytes_largest or 0, default=None)
        found |= {
            "keys": keys.keys,
            "without_expiry_ratio": _without_expiry(keys),
            "biggest_key_bytes": None if largest is None else largest.bytes_largest,
            "biggest_key": None if largest is None else largest.largest,
            "keyspace": asdict(keys),
        }
    return found


def _without_expiry(keys: Keyspace) -> float | None:
    """Share of all keys that never expire."""
    return None if keys.keys_with_ttl is None or not keys.keys else 1 - min(keys.keys_with_ttl / keys.keys, 1.0)
