"""Suspects behind the application: the database's locks, processor and connections, the cache."""

from collections.abc import Iterator

from facts import quantities
from facts.message import msg
from facts.watch import StatementDelta
from loadtest.suspicion import THRESHOLDS, Suspicion
from loadtest.watched import Watched, both, from_on, mean, onset, where

_TEXT_LENGTH = 160


def suspects(watched: Watched) -> Iterator[Suspicion]:
    """Everything of the databases and caches that was saturated."""
    for source in watched.sources("postgres"):
        yield from _row_locks(watched, source)
        yield from _connections(watched, source)
    for source in watched.sources("redis"):
        yield from _eviction(watched, source)


def _row_locks(watched: Watched, source: str) -> Iterator[Suspicion]:
    waiters = watched.series("postgres", source, "row_lock_waiters")
    second = onset(where(waiters, lambda count: count >= THRESHOLDS.row_waiters))
    if second is None:
        return
    waits = from_on(watched.series("postgres", source, "longest_lock_wait_seconds"), second)
    statement = _locking(watched, source)
    evidence = msg(
        "{source}: up to {count} sessions waited for a row at once, the longest for {wait}",
        source=source,
        count=quantities.count(max(from_on(waiters, second))),
        wait=quantities.seconds(max(waits, default=0.0)),
    )
    if statement:
        evidence = msg(
            "{waits}; most in {statement} ({calls} calls, {mean} each)",
            waits=evidence,
            statement=_shortened(statement.text),
            calls=quantities.count(statement.calls),
            mean=quantities.seconds(statement.seconds / max(statement.calls, 1)),
        )
    yield Suspicion(resource="row-locks", second=second, evidence=evidence, confidence=0.95)


def _locking(watched: Watched, source: str) -> StatementDelta | None:
    """The statement that takes rows and took most time."""
    takers = [
        each
        for each in watched.watch.statements
        if each.target == source
        and (each.text.lstrip()[:6].upper() in {"UPDATE", "DELETE", "INSERT"} or " FOR " in each.text.upper())
    ]
    return max(takers, key=lambda each: each.seconds, default=None)


def _connections(watched: Watched, source: str) -> Iterator[Suspicion]:
    limit = watched.limit(source, "max_connections")
    used = watched.series("postgres", source, "connections")
    if not limit:
        return
    second = onset(where(used, lambda count: count >= THRESHOLDS.connections_ratio * limit))
    if second is not None:
        evidence = msg(
            "{source}: {used} of {limit} connections were taken",
            source=source,
            used=quantities.count(max(used.values())),
            limit=quantities.count(limit),
        )
        yield Suspicion(resource="database-connections", second=second, evidence=evidence, confidence=0.9)


def database_processor(watched: Watched, source: str, second: int, busy: float) -> Suspicion:
    """The suspicion that a database's processor raises: an index that is missing where one scanning statement takes most of it.

    Args:
        watched: The round.
        source: The database's name.
        second: Since when its processor was saturated.
        busy: How busy it was, from 0 to 1.
    """
    statement = costliest(watched, source)
    scanned = mean(from_on(watched.series("postgres", source, "rows_scanned"), second))
    fetched = mean(from_on(watched.series("postgres", source, "rows_fetched"), second))
    if statement is None:
        evidence = msg("{source}: its processor was {busy} busy", source=source, busy=quantities.percent(busy))
        return Suspicion(resource="database-cpu", second=second, evidence=evidence, confidence=0.8)
    whole = sum(each.seconds for each in watched.watch.statements if each.target == source)
    evidence = msg(
        "{source}: its processor was {busy} busy, {share} of its time in one statement ({calls} calls, {mean} each): {statement}",
        source=source,
        busy=quantities.percent(busy),
        share=quantities.percent(statement.seconds / max(whole, 1e-9)),
        mean=quantities.seconds(statement.seconds / max(statement.calls, 1)),
        calls=quantities.count(statement.calls),
        statement=_shortened(statement.text),
    )
    if scanned >= THRESHOLDS.scanned_per_fetched * max(fetched, 1.0):
        scans = msg(
            "scans went over {scanned} rows a second while indexes brought {fetched}; {evidence}",
            scanned=quantities.count(scanned),
            fetched=quantities.count(fetched),
            evidence=evidence,
        )
        return Suspicion(resource="missing-index", second=second, evidence=scans, confidence=0.9)
    return Suspicion(resource="database-cpu", second=second, evidence=evidence, confidence=0.9)


def costliest(watched: Watched, source: str) -> StatementDelta | None:
    """The statement that took most of the database's time, where one stands out."""
    own = [each for each in watched.watch.statements if each.target == source]
    first = max(own, key=lambda each: each.seconds, default=None)
    if first is None or first.seconds < THRESHOLDS.statement_share * sum(each.seconds for each in own):
        return None
    return first if first.seconds >= THRESHOLDS.statement_seconds * first.calls else None


def _eviction(watched: Watched, source: str) -> Iterator[Suspicion]:
    hits, misses = watched.series("redis", source, "hits"), watched.series("redis", source, "misses")
    evictions = watched.series("redis", source, "evictions")
    asked = {second: hits[second] + misses[second] for second in hits.keys() & misses.keys()}
    ratio = {second: hits[second] / count for second, count in asked.items() if count >= 1}
    replaced = {
        second: evictions[second] / misses[second] for second in ratio.keys() & evictions.keys() if misses[second] > 0
    }
    second = onset(
        both(
            where(ratio, lambda value: value < THRESHOLDS.cold_hit_ratio),
            where(replaced, lambda value: value >= THRESHOLDS.evicted_per_miss),
        )
    )
    if second is None:
        return
    evidence = msg(
        "{source}: {evicted} keys a second were evicted for lack of memory and only {ratio} of what was asked for was there",
        source=source,
        evicted=quantities.count(mean(from_on(evictions, second))),
        ratio=quantities.percent(sum(from_on(hits, second)) / max(sum(from_on(asked, second)), 1.0)),
    )
    yield Suspicion(resource="redis-eviction", second=second, evidence=evidence, confidence=0.9)


def _shortened(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _TEXT_LENGTH else f"{one_line[: _TEXT_LENGTH - 1]}…"
