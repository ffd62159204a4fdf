"""Seeded rounds with what was watched beside them: a mall at ease, then a fault that spreads as faults do, all of it noisy."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from facts.rounds import Figures, Generator, Loop, Moment, Percentiles, Recording
from facts.watch import Sample, StatementDelta, Watch

STARTED_AT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
SECONDS = 24
READINGS_LOST = 0.05
SPIKES = 0.04

Values = dict[tuple[str, str, str], float]
"""Values by kind, source and name."""

UPDATE = StatementDelta(
    target="orders", id="1", text="UPDATE stock SET on_hand = on_hand - $1 WHERE sku_id = $2", calls=120, seconds=190.0
)
SCAN = StatementDelta(target="orders", id="2", text="SELECT * FROM orders WHERE user_id = $1", calls=600, seconds=90.0)
READ = StatementDelta(target="orders", id="3", text="SELECT * FROM products WHERE id = $1", calls=9000, seconds=4.0)
INSERT = StatementDelta(target="orders", id="4", text="INSERT INTO orders VALUES ($1)", calls=900, seconds=3.0)

LIMITS = {
    "orders/max_connections": 97.0,
    "this machine/cores:app": 1.0,
    "this machine/cores:orders": 4.0,
    "this machine/cores:cache": 1.0,
    "front/network_bytes_per_second": 12_500_000.0,
}
AT_EASE: Values = {
    ("postgres", "orders", "connections"): 36, ("postgres", "orders", "active"): 1.5, ("postgres", "orders", "row_lock_waiters"): 0.2,
    ("postgres", "orders", "longest_lock_wait_seconds"): 0.01, ("postgres", "orders", "io_waiters"): 0.3,
    ("postgres", "orders", "connections:shop"): 32, ("postgres", "orders", "busy:shop"): 2, ("postgres", "orders", "rows_scanned"): 20_000,
    ("postgres", "orders", "rows_fetched"): 15_000, ("redis", "cache", "hits"): 200, ("redis", "cache", "misses"): 20,
    ("redis", "cache", "evictions"): 0, ("host", "this machine", "cpu_cores:app"): 0.35, ("host", "this machine", "cpu_cores:orders"): 0.4,
    ("host", "this machine", "cpu_cores:cache"): 0.05, ("host", "this machine", "cores_busy_ratio:app"): 0.4,
    ("host", "this machine", "cores_busy_ratio:orders"): 0.3, ("host", "this machine", "cores_busy_ratio:cache"): 0.2,
    ("host", "this machine", "cpu_waiting:app"): 0.02, ("host", "this machine", "cpu_waiting:orders"): 0.02,
    ("host", "this machine", "cpu_steal_ratio"): 0.01, ("host", "this machine", "memory_available_ratio"): 0.5,
    ("host", "this machine", "swap_in_bytes"): 0, ("host", "this machine", "disk_busy_ratio"): 0.2,
    ("host", "front", "cpu_busy_ratio"): 0.3, ("host", "front", "network_sent_bytes"): 4_000_000,
    ("host", "front", "network_received_bytes"): 300_000, ("host", "front", "tcp_retransmitted_ratio"): 0.0005,
    ("pool", "app", "pool_used"): 3, ("pool", "app", "pool_max"): 32, ("pool", "app", "pool_pending"): 0.1,
    ("pool", "app", "workers_busy"): 5, ("pool", "app", "workers_max"): 40, ("pool", "app", "server_seconds"): 0.009,
    ("pool", "app", "outside_calls"): 5, ("pool", "app", "outside_seconds"): 0.03, ("pool", "app", "outside_waiting"): 0.15,
}  # fmt: skip
EXACT = {"pool_max", "workers_max", "connections:shop"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """How one fault shows.

    Attributes:
        cause: The word that must be named first.
        values: What becomes of which value, `delay` seconds after the load has come.
        spread: What becomes of other values `spread_after` seconds after the load has come.
        latency_ms: What p95 grows to.
        standing: Slow from the first second.
        pages: Medians of single endpoints in ms.
    """

    cause: str
    values: Mapping[tuple[str, str, str], float]
    spread: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    spread_after: int = 3
    statements: tuple[StatementDelta, ...] = (READ, INSERT)
    latency_ms: float = 2500.0
    standing: bool = False
    pages: Mapping[str, float] = field(default_factory=dict)
    cpu_ratio: float = 0.4
    lag_ms: float = 0.5


POOL_FULL: Values = {
    ("pool", "app", "pool_used"): 32, ("pool", "app", "pool_pending"): 8, ("pool", "app", "workers_busy"): 40,
    ("pool", "app", "server_seconds"): 2.0,
}  # fmt: skip

FAULTS: dict[str, Fault] = {
    "pool too small": Fault(
        cause="database-pool", values=POOL_FULL | {("pool", "app", "pool_max"): 32, ("pool", "app", "pool_pending"): 20}
    ),
    "row lock": Fault(
        cause="row-locks",
        values={("postgres", "orders", "row_lock_waiters"): 14, ("postgres", "orders", "longest_lock_wait_seconds"): 3},
        spread=POOL_FULL | {("postgres", "orders", "busy:shop"): 32},
        statements=(UPDATE, READ, INSERT),
    ),
    "missing index": Fault(
        cause="missing-index",
        values={
            ("host", "this machine", "cpu_cores:orders"): 3.9, ("host", "this machine", "cores_busy_ratio:orders"): 0.98,
            ("postgres", "orders", "rows_scanned"): 6_000_000, ("postgres", "orders", "active"): 12,
        },
        spread=POOL_FULL,
        statements=(SCAN, READ, INSERT),
    ),
    "busy database": Fault(
        cause="database-cpu",
        values={("host", "this machine", "cpu_cores:orders"): 3.9, ("host", "this machine", "cores_busy_ratio:orders"): 0.98},
        spread=POOL_FULL,
        statements=(READ, replace(READ, id="5", text="SELECT * FROM skus"), replace(READ, id="6", text="SELECT * FROM carts")),
    ),
    "CPU-bound app": Fault(
        cause="application-cpu",
        values={("host", "this machine", "cpu_cores:app"): 0.99, ("host", "this machine", "cores_busy_ratio:app"): 0.99},
        spread={("pool", "app", "workers_busy"): 40, ("pool", "app", "pool_pending"): 4, ("pool", "app", "server_seconds"): 1.0},
    ),
    "slow payment channel": Fault(
        cause="payment-channel",
        values={("pool", "app", "outside_seconds"): 1.2, ("pool", "app", "outside_waiting"): 6, ("pool", "app", "workers_busy"): 12},
        latency_ms=60,
        standing=True,
        pages={"GET /pay/{}": 1220},
    ),
    "Redis eviction": Fault(
        cause="redis-eviction",
        values={("redis", "cache", "evictions"): 90, ("redis", "cache", "hits"): 60, ("redis", "cache", "misses"): 160},
        spread=POOL_FULL
        | {("host", "this machine", "cpu_cores:orders"): 3.8, ("host", "this machine", "cores_busy_ratio:orders"): 0.96},
    ),
    "line full": Fault(
        cause="network", values={("host", "front", "network_sent_bytes"): 12_300_000}, spread={("pool", "app", "workers_busy"): 20}
    ),
    "line far": Fault(cause="network", values={}, latency_ms=1500),
    "line that loses": Fault(cause="network", values={("host", "front", "tcp_retransmitted_ratio"): 0.08}),
    "connections used up": Fault(cause="database-connections", values={("postgres", "orders", "connections"): 97}),
    "disk": Fault(
        cause="disk",
        values={("host", "this machine", "disk_busy_ratio"): 0.99, ("postgres", "orders", "io_waiters"): 9},
        spread=POOL_FULL,
    ),
    "memory": Fault(
        cause="memory",
        values={("host", "this machine", "memory_available_ratio"): 0.01, ("host", "this machine", "swap_in_bytes"): 9e7},
        spread={("host", "this machine", "disk_busy_ratio"): 0.99, ("postgres", "orders", "io_waiters"): 5},
    ),
    "cache's thread": Fault(
        cause="redis-cpu",
        values={("host", "this machine", "cpu_cores:cache"): 0.99, ("host", "this machine", "cores_busy_ratio:cache"): 0.99},
        spread={("pool", "app", "workers_busy"): 40},
    ),
    "stolen processor": Fault(cause="machine-contention", values={("host", "this machine", "cpu_steal_ratio"): 0.4}),
    "tired generator": Fault(
        cause="generator", values={("pool", "app", "server_seconds"): 0.01}, cpu_ratio=0.97, lag_ms=400, latency_ms=500
    ),
}  # fmt: skip


def round_of(fault: Fault | None, seed: int) -> tuple[Recording, Watch]:
    """A round of 24 s in which the load comes after 7 to 10 s, and what was watched beside it.

    Args:
        fault: None for a mall that holds.
        seed: Of all noise: of values, of the moment, of lost readings, of spikes that pass.
    """
    dice = random.Random(seed)
    loaded = dice.randint(7, 10)
    moments = tuple(_moment(second, fault, loaded, dice) for second in range(SECONDS))
    samples = [sample for second in range(SECONDS) for sample in _samples(second, fault, loaded, dice)]
    if fault and fault.cause == "network":
        samples = [_with_short_work(sample) for sample in samples]
    pages = {"GET /search": 9.0, "GET /p/{}": 8.0, "GET /pay/{}": 35.0, **(fault.pages if fault else {})}
    recording = Recording(
        loop=Loop.OPEN, started_at=STARTED_AT, seconds=SECONDS, ended="finished", seed=seed, arrivals="poisson", arrivals_per_second=40,
        offered_per_second=160, achieved_per_second=150, journeys_scheduled=960, journeys_started=960, journeys_dropped=0,
        overall=_figures("", 20), endpoints=tuple(_figures(name, p50) for name, p50 in pages.items()), journeys=(), moments=moments,
        generators=(
            Generator(name="local", scheduled=960, started=960, dropped=0, cpu_ratio=fault.cpu_ratio if fault else 0.4,
                      starved_ratio=0.0, throttled_seconds=None, lag_p99_ms=fault.lag_ms if fault else 0.5),
        ),
    )  # fmt: skip
    watch = Watch(samples=tuple(samples), statements=fault.statements if fault else (READ, INSERT), limits=LIMITS)
    return recording, watch


def without(watch: Watch, unwanted: Callable[[Sample], bool]) -> Watch:
    """The same watch without some of its samples."""
    return replace(watch, samples=tuple(sample for sample in watch.samples if not unwanted(sample)))


def _moment(second: int, fault: Fault | None, loaded: int, dice: random.Random) -> Moment:
    hurt = fault is not None and (fault.standing or second >= loaded + 1)
    grown = min((second - loaded) / 5, 1.0)
    p95 = 40.0
    if fault and hurt:
        p95 = fault.latency_ms if fault.standing else 40 + max(grown, 0.25) * fault.latency_ms
    p95 *= dice.lognormvariate(0, 0.2)
    if dice.random() < SPIKES:
        p95 *= 4
    offered = max(int((160 if second >= loaded else 20) * dice.lognormvariate(0, 0.1)), 1)
    return Moment(
        second=second, offered=offered, sent=offered, completed=offered, failed=0, waiting=2, p50_ms=p95 * 0.4, p95_ms=p95,
        p99_ms=p95 * dice.uniform(1.2, 2.0), lag_p99_ms=fault.lag_ms if fault and hurt else 0.5,
    )  # fmt: skip


def _samples(second: int, fault: Fault | None, loaded: int, dice: random.Random) -> list[Sample]:
    late = dice.choice((0, 0, 1))
    values = dict(AT_EASE)
    if fault and (fault.standing or second >= loaded + late):
        values |= fault.values
    if fault and second >= loaded + fault.spread_after:
        values |= fault.spread
    groups: dict[tuple[str, str], dict[str, float]] = {}
    for (kind, source, name), value in values.items():
        ceiling = 1.0 if name.endswith("ratio") or "_ratio:" in name else float("inf")
        noisy = value if name in EXACT or value >= 0.9 * ceiling else value * dice.lognormvariate(0, 0.05)
        if name in {"row_lock_waiters", "pool_pending"} and dice.random() < SPIKES:
            noisy += 5
        whole = name in {"row_lock_waiters", "pool_pending", "workers_busy", "busy:shop", "connections"}
        groups.setdefault((kind, source), {})[name] = float(round(noisy)) if whole else noisy
    shown = groups[("pool", "app")]
    shown["workers_busy"] = min(shown["workers_busy"], 40.0) if shown["workers_busy"] < 39 else 40.0
    at = STARTED_AT.timestamp() + second + 1 + dice.uniform(-0.3, 0.3)
    return [
        Sample(at=at, source=source, kind=kind, values=found)
        for (kind, source), found in groups.items()
        if dice.random() >= READINGS_LOST
    ]


def _with_short_work(sample: Sample) -> Sample:
    """The application answers as quickly as ever; what grows lies between."""
    return replace(sample, values=sample.values | {"server_seconds": 0.009}) if sample.kind == "pool" else sample


def _figures(name: str, p50: float) -> Figures:
    latency = Percentiles(count=100, mean=p50, p50=p50, p95=2 * p50, p99=3 * p50, p99_9=4 * p50, max=5 * p50)
    return Figures(name=name, scheduled=100, sent=100, dropped=0, failed=0, latency_ms=latency, service_ms=latency)
