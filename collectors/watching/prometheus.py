"""The mall's own Prometheus while a round runs: what nobody else sees, of containers, JVMs, pools, cloud databases and other machines.

Source: a part of the fixed queries of `collectors.prometheus_queries`, as instant queries over the last minute.
Needed role and versions: as `collectors.prometheus`.
Consumed by: `loadtest.cause`, the round report.
Cost: ten queries every fifteen seconds, one after the other; a server that fails or is slow twice is left alone for the rest of the round.
Caveats: a Prometheus scrapes every 15 to 60 seconds and rates here are over a minute, so what it shows began up to a minute earlier.

Values, as `QUERY:WHOSE`, or `SERIES:WHOSE` where one query brings several series: `container_cpu_throttled_ratio`,
`container_memory_limit_ratio`, `pool_connections_pending_peak`, `pgbouncer_client_waiting_peak`, `jvm_gc_ratio`, `node_cpu_busy_ratio`,
`node_disk_busy_ratio`, `aws_rds_…_average`, `aliyun_acs_rds_dashboard_…`. WHOSE is the pool, pod, container or machine; a machine is
called like the target on it where their addresses are equal.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from collectors.prometheus_answers import Series, UnusableError, ask, connected, understand
from collectors.prometheus_queries import FIGURES, MACHINES
from collectors.runner import CollectorError
from collectors.watching.source import Ending, Opening
from facts.message import Message, msg, verbatim

INTERVAL_SECONDS = 15.0
WINDOW_SECONDS = 60
SLOW_AT_MOST = 2
SERIES_AT_MOST = 200
ASKED: tuple[str, ...] = (
    "node_cpu_modes", "node_disk_busy_ratio", "container_cpu_throttled_ratio", "container_memory_limit_ratio",
    "pool_connections_pending_peak", "pgbouncer_client_waiting_peak", "jvm_gc_ratio", "aws_rds", "aliyun_rds",
)  # fmt: skip
_WHOSE = ("pool", "pod", "container", "name", "instance", "job")
_IDLE = ("idle", "iowait")


@dataclass(slots=True)
class Server:
    """One Prometheus; of most seconds it has nothing to say."""

    url: str
    client: httpx.Client
    names: Mapping[str, str]
    limits: dict[str, float] = field(default_factory=dict)
    _asked_at: float = float("-inf")
    _failures: int = 0
    _refusal: Message | None = None
    _seen: set[str] = field(default_factory=set)
    _warnings: set[Message] = field(default_factory=set)

    def read(self) -> dict[str, float]:
        """The figures, when it is time to ask again."""
        now = time.monotonic()
        if now - self._asked_at < INTERVAL_SECONDS or self._failures >= SLOW_AT_MOST:
            return {}
        self._asked_at = now
        values: dict[str, float] = {}
        for name in ASKED:
            query = (MACHINES.get(name) or FIGURES[name]).replace("WINDOW", f"{WINDOW_SECONDS}s")
            try:
                series = ask(self.client, self.url, query, answered=_nothing, warn=self._warn)
            except UnusableError:
                raise
            except (httpx.HTTPError, CollectorError) as error:
                known = error if isinstance(error, CollectorError) else understand(error)
                self._refusal = known.detail if known is not None else verbatim(str(error))
                self._failures += 1
                if self._failures >= SLOW_AT_MOST:
                    break
                continue
            if series:
                self._seen.add(name)
                values |= self._values(name, series[:SERIES_AT_MOST])
        return values

    def _warn(self, warning: Message) -> None:
        self._warnings.add(warning)

    def _values(self, query: str, series: list[Series]) -> dict[str, float]:
        if query == "node_cpu_modes":
            return self._busy(series)
        found: dict[str, float] = {}
        for each in series:
            name = f"{each.labels.get('__name__', query)}:{self._whose(each.labels)}"
            found[name] = max(found.get(name, 0.0), each.value)
        return found

    def _busy(self, series: list[Series]) -> dict[str, float]:
        spent: dict[str, dict[str, float]] = {}
        for each in series:
            spent.setdefault(self._whose(each.labels), {})[each.labels.get("mode", "")] = each.value
        return {
            f"node_cpu_busy_ratio:{machine}": 1 - sum(modes.get(mode, 0.0) for mode in _IDLE) / sum(modes.values())
            for machine, modes in spent.items()
            if "idle" in modes and sum(modes.values()) > 0
        }

    def _whose(self, labels: Mapping[str, str]) -> str:
        found = next((labels[label] for label in _WHOSE if label in labels), "")
        address = found.rpartition(":")[0] if found == labels.get("instance") else found
        return self.names.get(address, address or found)

    def finish(self) -> Ending:
        """What it did not have."""
        missing = [self._refusal] if self._refusal else []
        absent = [name for name in ASKED if name not in self._seen]
        if absent:
            missing.append(msg("no series for {names}", names=", ".join(absent)))
        return Ending(missing=(*missing, *sorted(self._warnings, key=str)))

    def close(self) -> None:
        """Ends the connection."""
        self.client.close()


def opening(url: str, names: Mapping[str, str] | None = None, *, name: str = "prometheus") -> Opening:
    """How to watch through one Prometheus.

    Args:
        url: The server's address, with its path prefix where it has one.
        names: Names of targets by the address of their machine.
        name: What it is called itself.
    """
    return Opening(
        name=name,
        kind="prometheus",
        open=lambda: Server(url=url, client=connected(), names=names or {}),
        understand=understand,
    )


def _nothing() -> None:
    """Nobody waits for the first answer here."""
