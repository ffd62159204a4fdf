"""A running round as Prometheus metrics, on a port of its own.

Metrics, all with the labels `mall`, as `tenfold serve` has it, and `round` (what the round is called, for example `capacity`):

| metric | what |
|---|---|
| `tenfold_round_info` | 1, with `seed`, `arrivals` and `loop` as labels |
| `tenfold_round_started_timestamp_seconds` | mark for dashboards' annotations |
| `tenfold_round_ended_timestamp_seconds` | the same; there when the round is over |
| `tenfold_round_request_duration_seconds` | histogram of the latency from the intended start, by `endpoint` |
| `tenfold_round_requests_total` | scheduled requests, by `endpoint` |
| `tenfold_round_requests_failed_total` | those that failed, dropped ones included, by `endpoint` |
| `tenfold_round_requests_dropped_total` | those never sent |
| `tenfold_round_offered_requests_per_second` | due in the last second |
| `tenfold_round_achieved_requests_per_second` | answered in the last second |
| `tenfold_round_waiting_requests` | due and not yet answered |
| `tenfold_round_schedule_lag_seconds` | 99th percentile of the generator's own delay in the last second |
| `tenfold_round_endpoint_latency_seconds` | 95th and 99th `percentile` of the last second, by `endpoint` |

Where the generator keeps latencies for the whole second only, histogram and counters have one series with an empty `endpoint`: a sum
over all endpoints is the whole round either way.

Cost: a scrape adds up what is kept; feeding a moment decodes one histogram (about 10 ms).
Caveats: a second's requests that are still in flight are not in it; `finish` brings the totals up to the recording, which has everything.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from types import TracebackType
from typing import Self

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from facts.message import Message, msg
from facts.rounds import Loop, Moment, Recording
from facts.system_errors import why
from loadtest.histogram import Counts, bucket, decode, percentiles

LOOPBACK = "127.0.0.1"
# From a cached page to a checkout that nobody waits for; in seconds, as Prometheus wants them.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_BOUNDS = tuple(bucket(each) for each in BUCKETS)
# More endpoints than a mall has families of are a mistake of the naming, and must not fill anybody's Prometheus.
MOST_ENDPOINTS = 50
OTHER = "other"
WHOLE = ""


class ExpositionError(Exception):
    """The metrics cannot be served; `said` tells a person why and what to do."""

    def __init__(self, said: Message) -> None:
        """Keeps the sentence."""
        super().__init__(str(said))
        self.said = said


# Before the labels of its own, each metric has these.
_PLACE = ("mall", "round")


@dataclass(slots=True)
class _Totals:
    """What one endpoint, or the whole round, adds up.

    Attributes:
        buckets: Requests by latency, the last for what is above all bounds.
        seconds: Sum of the latencies.
    """

    requests: int = 0
    failed: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0

    def add(self, counts: Counts) -> None:
        """Adds a distribution of latencies."""
        for index, times in counts.items():
            self.buckets[bisect_left(_BOUNDS, index)] += times
        times_ms = percentiles(counts)
        if times_ms:
            self.seconds += times_ms.mean * times_ms.count / 1000


class RoundExposition(Collector):
    """The metrics of one round; moments go in and scrapes come out, from different threads."""

    def __init__(self, name: str, *, seed: int, arrivals: str, loop: Loop, started_at: float, mall: str = "") -> None:
        """Knows the round before its first second.

        Args:
            name: The value of the label `round`.
            seed: Of the schedule.
            arrivals: `constant`, `poisson` or `replay`.
            loop: Open or closed.
            started_at: Seconds since the epoch.
            mall: The value of the label `mall`, as `tenfold serve` has it; without one there is no such label.
        """
        self._place = (mall, name)
        self._about = {"seed": str(seed), "arrivals": arrivals, "loop": str(loop)}
        self._started_at = started_at
        self._ended_at: float | None = None
        self._lock = threading.Lock()
        self._last: Moment | None = None
        self._dropped = 0
        self._totals: dict[str, _Totals] = {}

    def feed(self, moment: Moment) -> None:
        """Adds one second.

        Raises:
            ValueError: A histogram of it is damaged.
        """
        by_endpoint = bool(moment.endpoints) and all(each.latency for each in moment.endpoints if each.offered)
        rows = (
            [(each.name, each.offered, each.failed, decode(each.latency)) for each in moment.endpoints]
            if by_endpoint
            else [(WHOLE, moment.offered, moment.failed, decode(moment.latency))]
        )
        with self._lock:
            self._last = moment
            self._dropped += max(moment.offered - moment.sent, 0)
            for name, offered, failed, counts in rows:
                totals = self._of(name)
                totals.requests += offered
                totals.failed += failed
                totals.add(counts)

    def finish(self, recording: Recording, ended_at: float) -> None:
        """Ends the round, and brings every total up to the recording's.

        Args:
            recording: Of the whole round.
            ended_at: Seconds since the epoch.

        Raises:
            ValueError: A histogram of it is damaged.
        """
        final = {WHOLE: recording.overall}
        if self._totals and WHOLE not in self._totals:
            final = {each.name: each for each in recording.endpoints}
        rows = [(name, each, decode(each.histograms.get("latency", ""))) for name, each in final.items()]
        with self._lock:
            self._ended_at = ended_at
            self._dropped = max(self._dropped, recording.overall.dropped)
            settled: dict[str, _Totals] = {}
            for name, figures, counts in rows:
                totals = settled.setdefault(self._label(name), _Totals())
                totals.requests += figures.scheduled
                totals.failed += figures.failed
                totals.add(counts)
            for label, totals in settled.items():
                # A counter must never fall, whatever a stopped round's recording has lost.
                if totals.requests >= self._of(label).requests and sum(totals.buckets) >= sum(self._of(label).buckets):
                    self._totals[label] = totals

    def collect(self) -> Iterator[Metric]:
        """What a scrape gets."""
        with self._lock:
            yield from self._marks()
            yield from self._counters()
            if self._last is not None:
                yield from self._gauges(self._last)

    def _label(self, name: str) -> str:
        return name if name in self._totals or len(self._totals) < MOST_ENDPOINTS else OTHER

    def _of(self, name: str) -> _Totals:
        return self._totals.setdefault(self._label(name), _Totals())

    def _marks(self) -> Iterator[Metric]:
        info = GaugeMetricFamily(
            "tenfold_round_info",
            "A rehearsal round, and what its schedule was made from.",
            labels=(*_PLACE, *self._about),
        )
        info.add_metric((*self._place, *self._about.values()), 1)
        yield info
        yield self._gauge("started_timestamp_seconds", "When the round began.", self._started_at)
        if self._ended_at is not None:
            yield self._gauge("ended_timestamp_seconds", "When the round was over.", self._ended_at)

    def _counters(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "tenfold_round_requests", "Requests scheduled, by endpoint.", labels=(*_PLACE, "endpoint")
        )
        failed = CounterMetricFamily(
            "tenfold_round_requests_failed",
            "Requests that failed, dropped ones included.",
            labels=(*_PLACE, "endpoint"),
        )
        durations = HistogramMetricFamily(
            "tenfold_round_request_duration_seconds",
            "Latency from the intended start to the last byte.",
            labels=(*_PLACE, "endpoint"),
        )
        for endpoint, totals in self._totals.items():
            labels = (*self._place, endpoint)
            requests.add_metric(labels, totals.requests)
            failed.add_metric(labels, totals.failed)
            sums = [float(each) for each in accumulate(totals.buckets)]
            bounds = [*(repr(each) for each in BUCKETS), "+Inf"]
            durations.add_metric(labels, list(zip(bounds, sums, strict=True)), totals.seconds)
        dropped = CounterMetricFamily("tenfold_round_requests_dropped", "Requests that were never sent.", labels=_PLACE)
        dropped.add_metric(self._place, self._dropped)
        yield from (requests, failed, dropped, durations)

    def _gauges(self, moment: Moment) -> Iterator[Metric]:
        offered, achieved = float(moment.offered), float(moment.completed)
        yield self._gauge("offered_requests_per_second", "Requests due in the last second.", offered)
        yield self._gauge("achieved_requests_per_second", "Requests answered in the last second.", achieved)
        yield self._gauge("waiting_requests", "Requests due and not yet answered.", float(moment.waiting))
        if moment.lag_p99_ms is not None:
            text = "99th percentile of the generator's own delay in the last second."
            yield self._gauge("schedule_lag_seconds", text, moment.lag_p99_ms / 1000)
        latency = GaugeMetricFamily(
            "tenfold_round_endpoint_latency_seconds",
            "Percentile of the last second's latencies.",
            labels=(*_PLACE, "endpoint", "percentile"),
        )
        for each in moment.endpoints[:MOST_ENDPOINTS]:
            for percentile, value in (("95", each.p95_ms), ("99", each.p99_ms)):
                if value is not None:
                    latency.add_metric((*self._place, each.name, percentile), value / 1000)
        yield latency

    def _gauge(self, name: str, text: str, value: float) -> Metric:
        gauge = GaugeMetricFamily(f"tenfold_round_{name}", text, labels=_PLACE)
        gauge.add_metric(self._place, value)
        return gauge


class Exposition:
    """Serves a round's metrics at `/metrics` while it is used as a context manager."""

    def __init__(self, metrics: RoundExposition, *, port: int, host: str = LOOPBACK) -> None:
        """Opens the port.

        Args:
            metrics: Of the round.
            port: 0 for any free one.
            host: Loopback unless somebody chose another address.

        Raises:
            ExpositionError: The port cannot be opened.
        """
        registry = CollectorRegistry(auto_describe=False)
        registry.register(metrics)
        try:
            self._server, self._thread = start_http_server(port, host, registry)
        except OSError as error:
            raise ExpositionError(
                msg(
                    "the round's metrics cannot be served on {host}:{port}: {why}; choose another port",
                    host=host,
                    port=port,
                    why=why(error),
                )
            ) from None
        self.port: int = self._server.server_port

    def __enter__(self) -> Self:
        """Is open already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
