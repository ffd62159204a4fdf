"""Suspects at and before the application: its pool, its workers, third parties, the network, the generator."""

import re
import statistics
from collections.abc import Iterator

from facts import quantities
from facts.message import msg
from loadtest.suspicion import THRESHOLDS, Suspicion
from loadtest.watched import Watched, from_on, mean, onset, where

_PAYMENT = re.compile(
    r"\b(?:pay|pays|payment|payments|charge|cashier|alipay|wechat|wxpay|unionpay|checkout)\b", re.IGNORECASE
)
# Fewer answers say nothing about an endpoint.
_ANSWERS_AT_LEAST = 5


def suspects(watched: Watched) -> Iterator[Suspicion]:
    """Everything at and before the application that was saturated or slow of its own."""
    for source in watched.sources("pool"):
        yield from _pool(watched, source)
        yield from _workers(watched, source)
        yield from _outside(watched, source)
        yield from _gap(watched, source)
    for source in watched.sources("postgres"):
        yield from _pool_from_the_database(watched, source)
    for source in watched.sources("host"):
        yield from _line(watched, source)
    yield from _payment_endpoint(watched)
    yield from _generator(watched)


def _pool(watched: Watched, source: str) -> Iterator[Suspicion]:
    pending = watched.series("pool", source, "pool_pending")
    second = onset(where(pending, lambda count: count >= THRESHOLDS.pool_pending))
    if second is None:
        return
    evidence = msg(
        "{source}: all {size} connections of its pool were in use, and up to {pending} requests waited for one",
        source=source,
        size=quantities.count(max(from_on(watched.series("pool", source, "pool_max"), second), default=0)),
        pending=quantities.count(max(from_on(pending, second))),
    )
    yield Suspicion(resource="database-pool", second=second, evidence=evidence, confidence=0.9)


def _pool_from_the_database(watched: Watched, source: str) -> Iterator[Suspicion]:
    """An application whose every connection works, as the database sees it; whether requests wait for one is not seen from there."""
    for application in watched.names("postgres", source, "busy:"):
        held = watched.series("postgres", source, f"connections:{application}")
        busy = watched.series("postgres", source, f"busy:{application}")
        full = {second: held[second] >= 2 and busy[second] >= held[second] for second in held.keys() & busy.keys()}  # noqa: PLR2004  (one connection is no pool)
        second = onset(full)
        if second is not None:
            evidence = msg(
                "{source}: all {held} connections of the application {application} were at work or in a transaction",
                source=source,
                held=quantities.count(max(held.values())),
                application=application,
            )
            yield Suspicion(resource="database-pool", second=second, evidence=evidence, confidence=0.6)


def _workers(watched: Watched, source: str) -> Iterator[Suspicion]:
    busy, most = watched.series("pool", source, "workers_busy"), watched.series("pool", source, "workers_max")
    second = onset({each: busy[each] >= most[each] > 0 for each in busy.keys() & most.keys()})
    if second is not None:
        evidence = msg(
            "{source}: all {most} workers were busy", source=source, most=quantities.count(max(from_on(most, second)))
        )
        yield Suspicion(resource="application-workers", second=second, evidence=evidence, confidence=0.7)


def _outside(watched: Watched, source: str) -> Iterator[Suspicion]:
    """Calls to third parties that take long by the application's own clock."""
    took = watched.series("pool", source, "outside_seconds")
    second = onset(where(took, lambda value: value >= THRESHOLDS.outside_seconds))
    if second is None:
        return
    slow = _slow_endpoints(watched)
    paying = [name for name, _ in slow if _PAYMENT.search(name)]
    evidence = msg(
        "{source}: calls to a third party took {mean} each, and {waiting} of them were under way at once; slowest pages: {pages}",
        source=source,
        mean=quantities.seconds(mean(from_on(took, second))),
        waiting=f"{mean(from_on(watched.series('pool', source, 'outside_waiting'), second)):.1f}",
        pages=", ".join((paying or [name for name, _ in slow])[:3]) or "–",
    )
    resource = "payment-channel" if paying else "third-party"
    yield Suspicion(resource=resource, second=second, evidence=evidence, confidence=0.9, standing=True)


def _payment_endpoint(watched: Watched) -> Iterator[Suspicion]:
    """A payment page that alone is slow, where the application does not tell of its calls."""
    if any(watched.series("pool", source, "outside_calls") for source in watched.sources("pool")):
        return
    paying = [(name, p50) for name, p50 in _slow_endpoints(watched) if _PAYMENT.search(name)]
    others = [
        each.latency_ms.p50
        for each in watched.recording.endpoints
        if each.latency_ms and not _PAYMENT.search(each.name) and each.latency_ms.count >= _ANSWERS_AT_LEAST
    ]
    if not paying or not others or paying[0][1] < 10 * statistics.median(others):
        return
    evidence = msg(
        "half of all answers of {page} took more than {p50}, those of the other pages {others}: time that is spent with somebody else",
        page=paying[0][0],
        p50=quantities.seconds(paying[0][1] / 1000),
        others=quantities.seconds(statistics.median(others) / 1000),
    )
    yield Suspicion(resource="payment-channel", second=0, evidence=evidence, confidence=0.6, standing=True)


def _slow_endpoints(watched: Watched) -> list[tuple[str, float]]:
    """Endpoints whose median is above what a third party may take, the slowest first, with it in ms."""
    found = [
        (each.name, each.latency_ms.p50)
        for each in watched.recording.endpoints
        if each.latency_ms
        and each.latency_ms.count >= _ANSWERS_AT_LEAST
        and each.latency_ms.p50 >= 1000 * THRESHOLDS.outside_seconds
    ]
    return sorted(found, key=lambda each: -each[1])


def _gap(watched: Watched, source: str) -> Iterator[Suspicion]:
    """Shoppers wait for much longer than the application works on their requests: the time is spent on the way."""
    served = watched.series("pool", source, "server_seconds")
    waited = {each.second: each.p50_ms for each in watched.recording.moments if each.p50_ms is not None}
    gaps = {second: waited[second] - 1000 * served[second] for second in waited.keys() & served.keys()}
    second = onset(
        {each: gap >= max(THRESHOLDS.gap_ms, THRESHOLDS.gap_ratio * waited[each]) for each, gap in gaps.items()}
    )
    if second is not None:
        evidence = msg(
            "half of all shoppers waited {waited} and more, while {source} worked {served} on a request: the rest passed on the way to it "
            "and back",
            waited=quantities.seconds(mean(from_on(waited, second)) / 1000),
            source=source,
            served=quantities.seconds(mean(from_on(served, second))),
        )
        yield Suspicion(resource="network", second=second, evidence=evidence, confidence=0.8, standing=True)


def _line(watched: Watched, source: str) -> Iterator[Suspicion]:
    """A line that carries what it can, or loses what it carries."""
    limit = watched.limit(source, "network_bytes_per_second")
    for name in ("network_sent_bytes", "network_received_bytes"):
        carried = watched.series("host", source, name)
        second = onset(where(carried, lambda value: limit is not None and value >= THRESHOLDS.busy_ratio * limit))
        if second is not None and limit is not None:
            evidence = msg(
                "{source}: its line carried {carried} of {limit} Mbit/s",
                source=source,
                carried=f"{mean(from_on(carried, second)) * 8 / 1e6:.1f}",
                limit=f"{limit * 8 / 1e6:.1f}",
            )
            yield Suspicion(resource="network", second=second, evidence=evidence, confidence=0.95)
            return
    lost = watched.series("host", source, "tcp_retransmitted_ratio")
    second = onset(where(lost, lambda value: value >= THRESHOLDS.retransmitted_ratio))
    if second is not None:
        evidence = msg(
            "{source}: {lost} of its TCP segments had to be sent again",
            source=source,
            lost=quantities.percent(mean(from_on(lost, second))),
        )
        yield Suspicion(resource="network", second=second, evidence=evidence, confidence=0.7, standing=True)


def _generator(watched: Watched) -> Iterator[Suspicion]:
    tired = [each for each in watched.recording.generators if each.cpu_ratio > THRESHOLDS.generator_cpu_ratio]
    if tired:
        evidence = msg(
            "the load generator {name} used {cpu} of a core and may have measured itself",
            name=tired[0].name,
            cpu=quantities.percent(tired[0].cpu_ratio),
        )
        late = {each.second: (each.lag_p99_ms or 0.0) > 10 for each in watched.recording.moments}  # noqa: PLR2004  (the verdict's limit, ms)
        yield Suspicion(resource="generator", second=onset(late) or 0, evidence=evidence, confidence=0.6)
