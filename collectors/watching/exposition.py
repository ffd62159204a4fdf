"""The application's own metrics page once a second: its connection pools, its workers, its requests, its calls to third parties.

Source: the Prometheus exposition of the application, as OpenTelemetry's semantic conventions, Micrometer (HikariCP, any JDBC pool of
    Spring, Tomcat, HTTP client) or HikariCP itself name the figures.
Needed role and versions: whoever may scrape it.
Consumed by: `loadtest.cause`: a pool that is used up, time that is spent with a payment channel, time that is spent before the application.
Cost: one GET a second; two megabytes at most.
Caveats: figures of requests and calls count when they end, so a call that hangs shows only afterwards. Pages behind a balancer show
    one instance of several, a different one each time: name one instance.

Values: `pool_used`, `pool_max`, `pool_pending` of the fullest pool, `workers_busy`, `workers_max`, `server_requests` a second,
`server_seconds` (mean time of the requests that ended), `outside_calls` a second, `outside_seconds` (mean time of the slowest third party's
calls that ended), `outside_waiting` (calls under way to it, on average over the second).
Limits: none of its own; `pool_max` and `workers_max` can change while it runs.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from collectors.host import Samples, parse
from collectors.runner import CollectorError
from collectors.watching.source import Ending, Opening, Rates
from facts.message import msg, verbatim
from facts.readings import Status

TIMEOUT_SECONDS = 3.0
BYTES_AT_MOST = 2 * 2**20
_USED = ("hikaricp_connections_active", "hikaricp_active_connections", "jdbc_connections_active")
_MAX = ("db_client_connection_max", "hikaricp_connections_max", "hikaricp_max_connections", "jdbc_connections_max")
_PENDING = ("db_client_connection_pending_requests", "hikaricp_connections_pending", "hikaricp_pending_threads")
_COUNT = "db_client_connection_count"  # OpenTelemetry: one series for each state
_POOL_LABELS = ("pool", "db_client_connection_pool_name", "pool_name", "name")
_BUSY = ("tomcat_threads_busy_threads", "jetty_threads_busy", "http_server_active_workers")
_WORKERS = ("tomcat_threads_config_max_threads", "jetty_threads_config_max", "http_server_max_workers")
_SERVER = ("http_server_request_duration_seconds", "http_server_requests_seconds")
_CLIENT = ("http_client_request_duration_seconds", "http_client_requests_seconds")
_PEER_LABELS = ("server_address", "client_name", "clientName", "host")


@dataclass(slots=True)
class Page:
    """One application's page, over one kept connection."""

    url: str
    client: httpx.Client
    limits: dict[str, float] = field(default_factory=dict)
    _rates: Rates = field(default_factory=Rates)

    def read(self) -> dict[str, float]:
        """The figures now; one GET."""
        at = time.monotonic()
        answer = self.client.get(self.url)
        answer.raise_for_status()
        if len(answer.content) > BYTES_AT_MOST:
            raise CollectorError(msg("the metrics page is larger than two megabytes"), status=Status.UNSUPPORTED)
        samples = {key: value for key, value in parse(answer.text).items() if math.isfinite(value)}
        if not samples:
            raise CollectorError(msg("what answers there is no Prometheus exposition"), status=Status.UNSUPPORTED)
        return _pool(samples) | _workers(samples) | _durations(self._rates.of(dict(_counters(samples)), at))

    def finish(self) -> Ending:
        """Nothing more."""
        return Ending()

    def close(self) -> None:
        """Ends the connection."""
        self.client.close()


def opening(name: str, url: str) -> Opening:
    """How to watch one application.

    Args:
        name: The application's name in the configuration.
        url: Of its metrics page, such as http://shop.example:8080/actuator/prometheus.
    """

    def connect() -> Page:
        client = httpx.Client(timeout=TIMEOUT_SECONDS, headers={"User-Agent": "tenfold"}, trust_env=False)
        return Page(url=url, client=client)

    return Opening(name=name, kind="pool", open=connect, understand=_understand)


def _understand(error: Exception) -> CollectorError | None:
    if isinstance(error, httpx.TimeoutException):
        return CollectorError(msg("the metrics page gave no answer in time"), status=Status.TIMED_OUT)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        # Its own text shows what it took for the port, which can be a piece of a password.
        return CollectorError(msg("the address is not valid"))
    if isinstance(error, httpx.HTTPStatusError):
        return CollectorError(msg("the metrics page answered with HTTP {status}", status=error.response.status_code))
    if isinstance(error, httpx.HTTPError):
        return CollectorError(msg("the metrics page could not be reached: {reason}", reason=verbatim(str(error))))
    return None


def _pool(samples: Samples) -> dict[str, float]:
    """The figures of the pool that is fullest, by what waits for it and then by how much of it is used."""
    pools: dict[str, dict[str, float]] = {}
    for (name, labels), value in samples.items():
        given = dict(labels)
        figure = (
            "pool_max" if name in _MAX
            else "pool_pending" if name in _PENDING
            else "pool_used" if name in _USED or (name == _COUNT and _state(given) == "used")
            else ""
        )  # fmt: skip
        if figure:
            pool = next((given[label] for label in _POOL_LABELS if label in given), "")
            pools.setdefault(pool, {})[figure] = value

    def fullness(figures: dict[str, float]) -> tuple[float, float]:
        return figures.get("pool_pending", 0.0), figures.get("pool_used", 0.0) / (figures.get("pool_max") or math.inf)

    return max(pools.values(), key=fullness, default={})


def _state(labels: dict[str, str]) -> str:
    return labels.get("db_client_connection_state") or labels.get("state", "")


def _workers(samples: Samples) -> dict[str, float]:
    values = {}
    for figure, names in (("workers_busy", _BUSY), ("workers_max", _WORKERS)):
        found = [value for (name, _), value in samples.items() if name in names and value >= 0]
        if found:
            values[figure] = sum(found)
    return values


def _counters(samples: Samples) -> Iterator[tuple[str, float]]:
    sums: dict[str, float] = {}
    for (name, labels), value in samples.items():
        stem, _, part = name.rpartition("_")
        if part not in {"sum", "count"}:
            continue
        if stem in _SERVER:
            key = f"server:{part}:"
        elif stem in _CLIENT:
            given = dict(labels)
            key = f"outside:{part}:{next((given[label] for label in _PEER_LABELS if label in given), '')}"
        else:
            continue
        sums[key] = sums.get(key, 0.0) + value
    yield from sums.items()


def _durations(rates: dict[str, float]) -> dict[str, float]:
    values = {}
    served = rates.get("server:count:")
    if served is not None:
        values["server_requests"] = served
        if served:
            values["server_seconds"] = rates.get("server:sum:", 0.0) / served
    outside = {
        name.removeprefix("outside:count:"): rate for name, rate in rates.items() if name.startswith("outside:count:")
    }
    if outside:
        values["outside_calls"] = sum(outside.values())
        means = {peer: rates.get(f"outside:sum:{peer}", 0.0) / rate for peer, rate in outside.items() if rate}
        if means:
            slowest = max(means, key=lambda peer: means[peer])
            values["outside_seconds"] = means[slowest]
            values["outside_waiting"] = rates.get(f"outside:sum:{slowest}", 0.0)
    return values
