"""One Redis or Valkey once a second: how fast it answers, what it evicts, how full and how busy it is.

Source: PING (timed from here), INFO's default sections.
Needed role and versions: Redis 6 to 8, Valkey 7 to 9; +ping +info +client|setname.
Consumed by: `loadtest.cause`, the live view, the round report.
Cost: two commands a second over one connection; INFO takes about 0.1 ms of the server's only thread.
Caveats: on a cluster node only that node is seen. `ping_seconds` holds the way there and back.

Values: `ping_seconds`, `clients`, `blocked_clients`, `used_memory_bytes`, `cpu_cores` (cores that the process kept busy). Rates a second:
`commands`, `hits`, `misses`, `evictions`, `expirations`, `rejected_connections`, `received_bytes`, `sent_bytes`.
Limits: `maxmemory_bytes` where there is one, `maxclients` where the server tells.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import redis

from collectors.redis_errors import ADDRESS, understand
from collectors.runner import CollectorError
from collectors.watching.source import Ending, Opening, Rates
from facts.message import msg

Client = Any  # redis.Redis is generic in ways that its own stubs do not agree on

# A server that takes longer has lost its second; the next one counts again.
TIMEOUT_SECONDS = 5.0

_COUNTERS = {
    "commands": "total_commands_processed",
    "hits": "keyspace_hits",
    "misses": "keyspace_misses",
    "evictions": "evicted_keys",
    "expirations": "expired_keys",
    "rejected_connections": "rejected_connections",
    "received_bytes": "total_net_input_bytes",
    "sent_bytes": "total_net_output_bytes",
}
_GAUGES = {"clients": "connected_clients", "blocked_clients": "blocked_clients", "used_memory_bytes": "used_memory"}
_LIMITS = {"maxmemory_bytes": "maxmemory", "maxclients": "maxclients"}


@dataclass(slots=True)
class Cache:
    """One server that is watched over a connection of its own."""

    client: Client
    limits: Mapping[str, float] = field(default_factory=dict)
    _rates: Rates = field(default_factory=Rates)

    def read(self) -> dict[str, float]:
        """The figures now; two commands."""
        started = time.perf_counter()
        self.client.ping()
        values = {"ping_seconds": time.perf_counter() - started}
        at = time.monotonic()
        info: dict[str, Any] = self.client.info()
        self.limits = {name: float(info[key]) for name, key in _LIMITS.items() if info.get(key)}
        values |= {name: float(info[key]) for name, key in _GAUGES.items() if key in info}
        counters = {name: float(info[key]) for name, key in _COUNTERS.items() if key in info}
        if "used_cpu_user" in info:
            counters["cpu_cores"] = float(info["used_cpu_user"]) + float(info["used_cpu_sys"])
        return values | self._rates.of(counters, at)

    def finish(self) -> Ending:
        """Nothing more."""
        return Ending()

    def close(self) -> None:
        """Ends the connection."""
        self.client.close()


def opening(name: str, url: str) -> Opening:
    """How to watch one server.

    Args:
        name: The target's name in the configuration.
        url: `redis://`, `rediss://` or `unix://`.
    """
    return Opening(name=name, kind="redis", open=lambda: _open(url), understand=understand)


def _open(url: str) -> Cache:
    try:
        client: Client = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            client_name="tenfold",
            retry=None,
            max_connections=1,
            protocol=2,  # RESP3 would begin with HELLO and ask for the server's announcements
        )
    except ValueError:
        # Its own text shows what it took for the port or the host, which can be a piece of the password.
        raise CollectorError(msg("the address is not valid"), remedy=ADDRESS) from None
    return Cache(client=client)
