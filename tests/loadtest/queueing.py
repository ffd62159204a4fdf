"""An exact simulator of a mall as a G/G/k queue: what a generator would have recorded, in milliseconds instead of minutes.

Requests arrive on a seeded schedule, wait first come first served for one of `slots` servers, and are served for a seeded time. The
start of each service follows from the Kiefer-Wolfowitz recursion (a request takes the slot that becomes free first), so waiting
times are exact and nothing is stepped through time. The result is a `Recording` with the same accounting that the generator keeps.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from facts.rounds import EndpointMoment, Figures, Generator, Loop, Moment, Percentiles, Recording
from loadtest import histogram

Array = NDArray[np.float64]

BEGAN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HEALTHY = Generator(
    name="local",
    scheduled=0,
    started=0,
    dropped=0,
    cpu_ratio=0.3,
    starved_ratio=0.01,
    throttled_seconds=0.0,
    lag_p99_ms=1.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mall:
    """A server of known capacity, and how unlike a textbook it is.

    Attributes:
        slots: Requests served at the same time.
        service_seconds: Mean service time; the capacity is `slots / service_seconds`.
        service: `deterministic`, `exponential` or `log-normal`.
        sigma: Standard deviation of the log-normal's logarithm.
        endpoints: Share and relative service time by endpoint.
        sway: Standard deviation (of the logarithm) of a slow common factor on all service times: neighbours, caches, compaction.
        sway_seconds: Its correlation time.
        drift: By which part service times are longer at the end of a run than at its beginning.
        between_runs: Standard deviation (of the logarithm) of a factor drawn once a run.
        refuses_above: Requests waiting above which a new one is refused at once with a 503; None: never.
        hiccups: (second, seconds) at which every slot stops.
    """

    slots: int = 4
    service_seconds: float = 0.010
    service: str = "deterministic"
    sigma: float = 1.0
    endpoints: dict[str, tuple[float, float]] = field(default_factory=lambda: {"GET /": (1.0, 1.0)})
    sway: float = 0.0
    sway_seconds: float = 5.0
    drift: float = 0.0
    between_runs: float = 0.0
    refuses_above: int | None = None
    hiccups: tuple[tuple[float, float], ...] = ()

    @property
    def capacity(self) -> float:
        """Requests a second that it can serve at most."""
        return self.slots / self.service_seconds


@dataclass(frozen=True, slots=True)
class Run:
    """Single requests of one run; all arrays have one entry a request, times in seconds since the run began."""

    intended: Array
    sent: Array
    finished: Array
    failed: NDArray[np.bool_]
    endpoint: NDArray[np.int64]


def schedule(per_second: float, seconds: float, *, arrivals: str, rng: np.random.Generator) -> Array:
    """Intended starts: evenly spaced (`constant`), or Poisson."""
    if arrivals == "constant":
        return np.arange(0, seconds, 1 / per_second)
    gaps = rng.exponential(1 / per_second, size=int(per_second * seconds * 1.5) + 100)
    times = gaps.cumsum()
    return times[times < seconds]


def service_times(mall: Mall, at: Array, endpoint: NDArray[np.int64], rng: np.random.Generator) -> Array:
    """Seconds of service of each request."""
    scale = np.array([slowness for _, slowness in mall.endpoints.values()])
    mean = mall.service_seconds * scale[endpoint] / float(sum(share * slow for share, slow in mall.endpoints.values()))
    if mall.service == "exponential":
        mean = mean * rng.exponential(1.0, at.size)
    elif mall.service == "log-normal":
        mean = mean * np.exp(rng.normal(-(mall.sigma**2) / 2, mall.sigma, at.size))
    length = float(at[-1]) + 1 if at.size else 1.0
    if mall.sway:
        mean = mean * np.exp(_sway(mall, length, rng)[at.astype(int)])
    return np.asarray(
        mean
        * (1 + mall.drift * (at / length - 0.5))
        * np.exp(rng.normal(0, mall.between_runs) if mall.between_runs else 0.0)
    )


def _sway(mall: Mall, length: float, rng: np.random.Generator) -> Array:
    """An AR(1) series, one value a second, with the standard deviation `mall.sway`."""
    memory = float(np.exp(-1 / mall.sway_seconds))
    noise = rng.normal(0, mall.sway * np.sqrt(1 - memory**2), int(length) + 2)
    noise[0] = rng.normal(0, mall.sway)
    for second in range(1, noise.size):
        noise[second] += memory * noise[second - 1]
    return noise


def serve(mall: Mall, arrivals: Array, services: Array) -> tuple[Array, NDArray[np.bool_]]:
    """When each request ends, and which were refused."""
    free = [0.0] * mall.slots
    ends = np.empty_like(arrivals)
    refused = np.zeros(arrivals.size, dtype=bool)
    waiting: list[float] = []
    stops = list(mall.hiccups)
    for index, (at, service) in enumerate(zip(arrivals.tolist(), services.tolist(), strict=True)):
        if mall.refuses_above is not None:
            while waiting and waiting[0] <= at:
                heapq.heappop(waiting)
            if len(waiting) > mall.refuses_above:
                ends[index], refused[index] = at + 0.0005, True
                continue
        start = max(heapq.heappop(free), at)
        for begins, lasts in stops:
            if begins <= start < begins + lasts:
                start = begins + lasts
        end = start + service
        heapq.heappush(free, end)
        if mall.refuses_above is not None:
            heapq.heappush(waiting, start)
        ends[index] = end
    return ends, refused


def run(
    mall: Mall, per_second: float, seconds: float, *, seed: int, arrivals: str = "poisson", lag: Array | None = None
) -> Run:
    """Drives the mall once.

    Args:
        mall: The server.
        per_second: Requests a second.
        seconds: Length of the schedule.
        seed: Of arrivals and services.
        arrivals: `poisson` or `constant`.
        lag: Seconds by which the generator sends late, one a second of the run.
    """
    rng = np.random.default_rng([seed, int(per_second * 1000)])
    intended = schedule(per_second, seconds, arrivals=arrivals, rng=rng)
    shares = np.array([share for share, _ in mall.endpoints.values()])
    endpoint = rng.choice(shares.size, size=intended.size, p=shares / shares.sum())
    sent = intended if lag is None else np.maximum.accumulate(intended + lag[intended.astype(int)])
    finished, failed = serve(mall, sent, service_times(mall, sent, endpoint, rng))
    return Run(intended, sent, finished, failed, endpoint)


def record(
    mall: Mall,
    per_second: float,
    seconds: float,
    *,
    seed: int,
    arrivals: str = "poisson",
    generator: Generator = HEALTHY,
    lag: Array | None = None,
) -> Recording:
    """The recording of one run, as the generator would have made it; arguments as for `run`."""
    one = run(mall, per_second, seconds, seed=seed, arrivals=arrivals, lag=lag)
    whole = np.ones(one.intended.size, dtype=bool)
    names = list(mall.endpoints)
    length = int(np.ceil(seconds))
    moments = tuple(_moment(one, second, names) for second in range(length))
    overall = _figures("", one, whole)
    completed = int((one.finished < seconds).sum())
    return Recording(
        loop=Loop.OPEN, started_at=BEGAN, seconds=seconds, ended="finished", seed=seed, arrivals=arrivals,
        arrivals_per_second=overall.scheduled / seconds, offered_per_second=overall.scheduled / seconds,
        achieved_per_second=completed / seconds, journeys_scheduled=overall.scheduled, journeys_started=overall.scheduled,
        journeys_dropped=0, overall=overall,
        endpoints=tuple(_figures(name, one, one.endpoint == index) for index, name in enumerate(names)),
        journeys=(replace(overall, name="visit"),), moments=moments,
        generators=(
            replace(generator, scheduled=overall.scheduled, started=overall.scheduled)
            if not generator.scheduled else generator,
        ),
    )  # fmt: skip


def _figures(name: str, one: Run, chosen: NDArray[np.bool_]) -> Figures:
    latency = one.finished[chosen] - one.intended[chosen]
    service = one.finished[chosen] - one.sent[chosen]
    lag = one.sent[chosen] - one.intended[chosen]
    failed = int(one.failed[chosen].sum())
    return Figures(
        name=name, scheduled=int(chosen.sum()), sent=int(chosen.sum()), dropped=0, failed=failed,
        errors={"HTTP 503": failed} if failed else {}, latency_ms=percentiles(latency), service_ms=percentiles(service),
        lag_ms=percentiles(lag), received_bytes=int(chosen.sum()) * 2000,
        histograms={"latency": encode(latency), "service": encode(service), "lag": encode(lag)},
    )  # fmt: skip


def _moment(one: Run, second: int, names: Sequence[str]) -> Moment:
    # Intended starts are in order, so a second is a slice.
    first, last = np.searchsorted(one.intended, [second, second + 1])
    latency = (one.finished[first:last] - one.intended[first:last]) * 1000
    failed = one.failed[first:last]
    lag = (one.sent[first:last] - one.intended[first:last]) * 1000
    completed = int(((one.finished >= second) & (one.finished < second + 1)).sum())
    waiting = int(last - (one.finished < second + 1).sum())
    which = one.endpoint[first:last]
    endpoints = []
    for index, name in enumerate(names) if len(names) > 1 else ():
        own = latency[which == index]
        endpoints.append(
            EndpointMoment(
                name=name,
                offered=own.size,
                failed=int(failed[which == index].sum()),
                p95_ms=_at(own, 95),
                p99_ms=_at(own, 99),
            )
        )
    return Moment(
        second=second, offered=int(last - first), sent=int(last - first), completed=completed, failed=int(failed.sum()), waiting=waiting,
        p50_ms=_at(latency, 50), p95_ms=_at(latency, 95), p99_ms=_at(latency, 99), lag_p99_ms=_at(lag, 99),
        latency=encode(latency / 1000), endpoints=tuple(endpoints),
    )  # fmt: skip


def _at(values: Array, percentile: float) -> float | None:
    return float(np.percentile(values, percentile)) if values.size else None


def percentiles(seconds: Array) -> Percentiles | None:
    """The record of a distribution of times."""
    if not seconds.size:
        return None
    values = seconds * 1000
    p50, p95, p99, p99_9 = np.percentile(values, [50, 95, 99, 99.9])
    return Percentiles(
        count=values.size, mean=float(values.mean()), p50=float(p50), p95=float(p95), p99=float(p99), p99_9=float(p99_9),
        max=float(values.max()),
    )  # fmt: skip


def encode(seconds: Array) -> str:
    """A base64 HDR histogram, in the generator's own encoding."""
    values = np.clip((seconds * 1e6).astype(np.int64), 0, histogram.HIGHEST_MICROSECONDS)
    shift = np.maximum(np.frexp(np.maximum(values, 1).astype(float))[1] - 11, 0)
    buckets, counts = np.unique((shift << 10) + (values >> shift), return_counts=True)
    return histogram.encode(dict(zip(buckets.tolist(), counts.tolist(), strict=True)))


def simulated_knee(
    mall: Mall,
    limit_ms: float,
    percentile: float = 99.0,
    *,
    seconds: float = 2000.0,
    seed: int = 99,
    precision: float = 0.003,
) -> float:
    """The rate at which a long run's percentile meets the limit: the truth that a search is measured against.

    Args:
        mall: The server.
        limit_ms: Of the percentile.
        percentile: 0 to 100.
        seconds: Length of the simulated run; the longer, the sharper.
        seed: The same arrivals and services are used at every rate, only closer together.
        precision: Relative width at which the bisection ends.
    """
    rng = np.random.default_rng(seed)
    low, high = 0.2 * mall.capacity, 1.0 * mall.capacity
    gaps = rng.exponential(1.0, int(mall.capacity * seconds))
    kinds = np.zeros(gaps.size, dtype=np.int64)
    services = service_times(mall, gaps.cumsum() / mall.capacity, kinds, rng)
    while high / low > 1 + precision:
        middle = (low + high) / 2
        at = gaps.cumsum() / middle
        ends, _ = serve(mall, at, services)
        # The first part of the run is left out: it begins with an empty queue.
        if np.percentile((ends - at)[at.size // 20 :] * 1000, percentile) < limit_ms:
            low = middle
        else:
            high = middle
    return (low + high) / 2
