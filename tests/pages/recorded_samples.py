"""Recordings of rounds that were never run: seeded, second by second, with histograms that agree with every figure."""

import math
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from facts.rounds import (
    EndpointMoment,
    Figures,
    Generator,
    Loop,
    Moment,
    Recording,
)
from loadtest.histogram import Counts, encode, percentiles, record

START = datetime(2026, 10, 28, 2, 0, tzinfo=UTC)
ENDPOINTS = (
    ("GET /", 0.35, 0.6),
    ("GET /search", 0.3, 1.6),
    ("GET /product/{id}", 0.25, 0.8),
    ("POST /checkout", 0.1, 2.2),
)
JOURNEYS = (("browse", 0.6), ("search and buy", 0.4))
SLOWEST_MS = 10_000.0

Curve = Callable[[int], float]


class Tally:
    """What one endpoint, one journey or a whole round adds up."""

    def __init__(self) -> None:
        self.latency: Counts = {}
        self.service: Counts = {}
        self.lag: Counts = {}
        self.errors: Counter[str] = Counter()
        self.scheduled = 0

    def add(self, latency_ms: float, service_ms: float, lag_ms: float, error: str) -> None:
        self.scheduled += 1
        record(self.latency, latency_ms / 1000)
        if error != "dropped":
            record(self.service, service_ms / 1000)
            record(self.lag, lag_ms / 1000)
        if error:
            self.errors[error] += 1

    def figures(self, name: str, *, not_the_malls: dict[str, int] | None = None) -> Figures:
        dropped = self.errors["dropped"]
        return Figures(
            name=name,
            scheduled=self.scheduled,
            sent=self.scheduled - dropped,
            dropped=dropped,
            failed=sum(self.errors.values()),
            not_the_malls=not_the_malls or {},
            errors={kind: times for kind, times in self.errors.items() if times},
            latency_ms=percentiles(self.latency),
            service_ms=percentiles(self.service),
            lag_ms=percentiles(self.lag),
            received_bytes=self.scheduled * 24_300,
            histograms={"latency": encode(self.latency), "service": encode(self.service), "lag": encode(self.lag)},
        )


def recording(
    per_second: int,
    seconds: int,
    *,
    seed: int = 7,
    median_ms: Curve = lambda _second: 12.0,
    failing: Curve = lambda _second: 0.0,
    loop: Loop = Loop.OPEN,
    cpu_ratio: float = 0.31,
    lag_ms: float = 0.3,
    hours: int = 0,
) -> Recording:
    """A round of so many requests a second, each endpoint with its own share and slowness."""
    dice = random.Random(seed)
    whole, backlog = Tally(), 0
    endpoints = {name: Tally() for name, _share, _factor in ENDPOINTS}
    journeys = {name: Tally() for name, _share in JOURNEYS}
    moments = []
    for second in range(seconds):
        now = Tally()
        here = {name: Tally() for name in endpoints}
        for _ in range(per_second):
            name, _share, factor = dice.choices(ENDPOINTS, [share for _, share, _ in ENDPOINTS])[0]
            journey = dice.choices(JOURNEYS, [share for _, share in JOURNEYS])[0][0]
            late = dice.expovariate(1 / lag_ms)
            service = min(dice.lognormvariate(math.log(median_ms(second) * factor), 0.45), SLOWEST_MS)
            error = dice.choice(("HTTP 503", "timeout", "dropped")) if dice.random() < failing(second) else ""
            for tally in (whole, now, endpoints[name], here[name], journeys[journey]):
                tally.add(service + late, service, late, error)
        times = percentiles(now.latency)
        assert times
        backlog = round(per_second * times.mean / 1000)
        lags = percentiles(now.lag)
        moments.append(
            Moment(
                second=second,
                offered=per_second,
                sent=per_second - now.errors["dropped"],
                completed=max(per_second - round(backlog * 0.05) - now.errors["dropped"], 0),
                failed=sum(now.errors.values()),
                waiting=backlog,
                p50_ms=times.p50,
                p95_ms=times.p95,
                p99_ms=times.p99,
                lag_p99_ms=lags.p99 if lags else None,
                latency=encode(now.latency),
                endpoints=tuple(_endpoint_moment(each, tally) for each, tally in here.items()),
            )
        )
    scheduled = per_second * seconds
    lag = percentiles(whole.lag)
    assert lag
    dropped = whole.errors["dropped"] // 4
    return Recording(
        loop=loop,
        started_at=START + timedelta(hours=hours),
        seconds=float(seconds),
        ended="finished",
        seed=seed,
        arrivals="poisson",
        arrivals_per_second=per_second / 4,
        offered_per_second=float(per_second),
        achieved_per_second=round(sum(each.completed for each in moments) / seconds, 1),
        journeys_scheduled=scheduled // 4,
        journeys_started=scheduled // 4 - dropped,
        journeys_dropped=dropped,
        overall=whole.figures("", not_the_malls={"cache hit": scheduled // 50}),
        endpoints=tuple(tally.figures(name) for name, tally in endpoints.items()),
        journeys=tuple(tally.figures(name) for name, tally in journeys.items()),
        moments=tuple(moments),
        generators=tuple(
            Generator(
                name=f"worker {number}",
                scheduled=scheduled // 8,
                started=scheduled // 8,
                dropped=0,
                cpu_ratio=round(cpu_ratio - 0.02 * number, 2),
                starved_ratio=0.004,
                throttled_seconds=None,
                lag_p99_ms=lag.p99,
            )
            for number in (1, 2)
        ),
    )


def _endpoint_moment(name: str, tally: Tally) -> EndpointMoment:
    times = percentiles(tally.latency)
    return EndpointMoment(
        name=name,
        offered=tally.scheduled,
        failed=sum(tally.errors.values()),
        p95_ms=times.p95 if times else None,
        p99_ms=times.p99 if times else None,
    )
