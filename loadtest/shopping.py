"""What to buy for the multiplier, each line computed from what was measured and shown with its arithmetic.

Everything rests on two laws that hold for any stable system (Denning and Buzen, "The Operational Analysis of Queueing Network Models",
ACM Computing Surveys 10, 1978). *Utilization*: a resource's busy time is the throughput times the time each request needs of it, so it
grows with the rate. *Little*: what is in use at once is the rate times the time it is held. They hold for a recording in which the mall
kept up; of one in which it did not nothing can be computed, and that is said. What is missing gives no line and a sentence.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from facts import quantities
from facts.message import Message, msg
from facts.rounds import Purchase, Recording
from facts.watch import Sample, Watch
from loadtest.backlog import SETTLE_SECONDS, backlog


@dataclass(frozen=True, slots=True)
class Headroom:
    """What is left free on purpose.

    Attributes:
        busy_ratio: How busy cores may be. At 70 % a request takes 3.3 times its service time on a single server (M/M/1: 1 / (1 - 0.7)).
        line_ratio: How full a line may be, for the same reason.
        memory_ratio: How full Redis' memory may be; the rest is for fragmentation, clients' buffers and copies while it saves.
        deviations: Standard deviations above the mean of what is in use at once. Independent holders are Poisson (M/G/infinity), so three
            of them are exceeded in about one second of a thousand (square-root staffing).
    """

    busy_ratio: float = 0.70
    line_ratio: float = 0.70
    memory_ratio: float = 0.75
    deviations: float = 3.0


HEADROOM = Headroom()
SESSION_SECONDS = 1800.0
FULL_RATIO = 0.95
FULL_SHARE = 0.02
FEWEST_SAMPLES = 5

Lines = tuple[list[Purchase], list[Message]]


def shopping_list(
    recording: Recording,
    watch: Watch,
    multiplier: float,
    *,
    lifetime_seconds: float = SESSION_SECONDS,
    headroom: Headroom = HEADROOM,
) -> tuple[tuple[Purchase, ...], tuple[Message, ...]]:
    """Computes what the multiplier needs.

    Args:
        recording: A round that the mall held, usually the baseline.
        watch: What the collectors saw while it ran.
        multiplier: The load to come over the load of the recording.
        lifetime_seconds: How long a shopper's data stays in Redis; by convention a session of 30 minutes.
        headroom: What is to stay free.

    Returns:
        The lines, and what could not be computed, with the reason.
    """
    state = backlog(recording)
    if not recording.overall.sent or state.short or state.growing:
        return (), (
            msg(
                "the mall did not keep up with this round, so that its use of anything is no measure: take one that it held"
            ),
        )
    began = recording.started_at.timestamp()
    samples = tuple(each for each in watch.samples if began + SETTLE_SECONDS <= each.at <= began + recording.seconds)
    seen = _Seen(samples, watch.limits, multiplier, headroom)
    parts = [
        _cores(seen),
        _connections(seen),
        _pools(seen),
        _redis(seen, lifetime_seconds),
        _bandwidth(recording, seen),
    ]
    return tuple(line for lines, _ in parts for line in lines), tuple(
        reason for _, reasons in parts for reason in reasons
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """The steady part of a watch."""

    samples: Sequence[Sample]
    limits: dict[str, float]
    multiplier: float
    headroom: Headroom

    def sources(self, *kinds: str) -> list[str]:
        """Names of the sources of some kinds, in the order in which they were first read."""
        return list(dict.fromkeys(each.source for each in self.samples if each.kind in kinds))

    def series(self, source: str, value: str) -> list[float]:
        """The readings of one value, without those that are missing."""
        return [each.values[value] for each in self.samples if each.source == source and value in each.values]

    def mean(self, source: str, value: str) -> float | None:
        """None with too few readings."""
        series = self.series(source, value)
        return sum(series) / len(series) if len(series) >= FEWEST_SAMPLES else None

    def together(self, mean: float) -> float:
        """Places for what is in use at once at the multiplier."""
        load = mean * self.multiplier
        return float(math.ceil(load + self.headroom.deviations * math.sqrt(load)))


def _missing(what: Message, figure: str) -> Message:
    return msg("{what} cannot be computed: {figure} was not watched", what=what, figure=figure)


def _cores(seen: _Seen) -> Lines:
    """Of named programs where they are known, else of whole machines, on which others may work too."""
    lines: list[Purchase] = []
    programs = {
        (each.source, name.partition(":")[2])
        for each in seen.samples
        for name in each.values
        if name.startswith("cpu_cores:")
    }
    for source, program in sorted(programs):
        busy = seen.mean(source, f"cpu_cores:{program}")
        if busy is not None:
            lines.append(_core_line(seen, program, busy, seen.limits.get(f"{source}/cores:{program}")))
    if lines:
        return lines, []
    reasons = []
    hosts = seen.sources("host")
    for host in hosts:
        ratio, cores = seen.mean(host, "cpu_busy_ratio"), seen.limits.get(f"{host}/cores")
        if ratio is None or not cores:
            reasons.append(_missing(msg("cores of {name}", name=host), "cpu_busy_ratio" if ratio is None else "cores"))
            continue
        line = _core_line(seen, host, ratio * cores, cores)
        servers = math.ceil(line.needed / cores)
        method = msg(
            "{needed} cores in servers of {cores} cores like {name}, none to spare",
            needed=quantities.cores(line.needed),
            cores=quantities.cores(cores),
            name=host,
        )
        replicas = Purchase(resource="replicas", today=1.0, needed=float(servers), unit="servers", method=method)
        lines += [line, replicas]
    return lines, reasons or ([] if hosts else [_missing(msg("the number of cores"), "cpu_busy_ratio")])


def _core_line(seen: _Seen, name: str, busy: float, today: float | None) -> Purchase:
    needed = busy * seen.multiplier / seen.headroom.busy_ratio
    return Purchase(
        resource="cores",
        today=today,
        needed=float(math.ceil(needed)),
        unit="cores",
        method=msg(
            "{name} kept {busy} cores busy; × {multiplier}, at most {ratio} busy, is {needed}",
            name=name,
            busy=quantities.cores(busy),
            multiplier=f"{seen.multiplier:g}",
            ratio=quantities.percent(seen.headroom.busy_ratio),
            needed=f"{needed:.3g}",
        ),
    )


def _connections(seen: _Seen) -> Lines:
    lines: list[Purchase] = []
    reasons: list[Message] = []
    databases = seen.sources("postgres")
    for database in databases:
        active, idle = seen.mean(database, "active"), seen.mean(database, "idle_in_transaction")
        limit = seen.limits.get(f"{database}/max_connections")
        what = msg("database connections of {name}", name=database)
        if active is None or idle is None:
            reasons.append(_missing(what, "active, idle_in_transaction"))
        elif limit and _full(seen.series(database, "connections"), [limit]):
            reasons.append(_was_full(what))
        else:
            lines.append(_at_once(seen, "database-connections", database, active + idle, limit))
    return lines, reasons or ([] if databases else [_missing(msg("the number of database connections"), "active")])


def _pools(seen: _Seen) -> Lines:
    lines: list[Purchase] = []
    reasons: list[Message] = []
    for pool in dict.fromkeys(each.source for each in seen.samples if "pool_used" in each.values):
        used, limits = seen.mean(pool, "pool_used"), seen.series(pool, "pool_max")
        what = msg("the pool size of {name}", name=pool)
        if used is None:
            reasons.append(_missing(what, "pool_used"))
        elif any(seen.series(pool, "pool_pending")) or _full(seen.series(pool, "pool_used"), limits):
            reasons.append(_was_full(what))
        else:
            lines.append(_at_once(seen, "pool-size", pool, used, max(limits, default=None)))
    return lines, reasons or ([] if lines else [_missing(msg("the pool size"), "pool_used")])


def _full(used: Sequence[float], limits: Sequence[float]) -> bool:
    """Whether it was full in more than a stray second; then demand is at least that and nobody knows how much more."""
    limit = max(limits, default=math.inf)
    return sum(each >= FULL_RATIO * limit for each in used) > FULL_SHARE * len(used)


def _was_full(what: Message) -> Message:
    return msg("{what} cannot be computed: it was used up at times, which hides how many were wanted", what=what)


def _at_once(seen: _Seen, resource: str, name: str, mean: float, today: float | None) -> Purchase:
    return Purchase(
        resource=resource,
        today=today,
        needed=seen.together(mean),
        unit="connections",
        method=msg(
            "{name}: {mean} busy at once (Little's law: rate × time held); × {multiplier} is {load}, and {deviations}√{load} for bursts",
            name=name,
            mean=f"{mean:.3g}",
            multiplier=f"{seen.multiplier:g}",
            load=f"{mean * seen.multiplier:.3g}",
            deviations=f"{seen.headroom.deviations:g}",
        ),
    )


def _redis(seen: _Seen, lifetime: float) -> Lines:
    lines: list[Purchase] = []
    reasons: list[Message] = []
    caches = seen.sources("redis")
    for cache in caches:
        what = msg("Redis memory of {name}", name=cache)
        used = [(each.at, each.values["used_memory_bytes"]) for each in seen.samples
                if each.source == cache and "used_memory_bytes" in each.values]  # fmt: skip
        if len(used) < 2 * FEWEST_SAMPLES:
            reasons.append(_missing(what, "used_memory_bytes"))
        elif any(seen.series(cache, "evictions")):
            reasons.append(_was_full(what))
        else:
            lines.append(_redis_line(seen, cache, used, lifetime))
    return lines, reasons or ([] if caches else [_missing(msg("Redis memory"), "used_memory_bytes")])


def _redis_line(seen: _Seen, cache: str, used: Sequence[tuple[float, float]], lifetime: float) -> Purchase:
    """Keys come with shoppers and go when they expire: at the multiplier as much as arrives within a lifetime."""
    first, last = used[:FEWEST_SAMPLES], used[-FEWEST_SAMPLES:]
    began, ended = fmean(size for _, size in first), fmean(size for _, size in last)
    growth = max((ended - began) / (fmean(at for at, _ in last) - fmean(at for at, _ in first)), 0.0)
    needed = (began + growth * seen.multiplier * lifetime) / seen.headroom.memory_ratio
    return Purchase(
        resource="redis-memory",
        today=seen.limits.get(f"{cache}/maxmemory_bytes"),
        needed=float(math.ceil(needed)),
        unit="bytes",
        method=msg(
            "{name}: {used}, and {growth} a second × {multiplier} × {lifetime} that a shopper's keys stay; at most {ratio} full",
            name=cache,
            used=quantities.size(began),
            growth=quantities.size(growth),
            multiplier=f"{seen.multiplier:g}",
            lifetime=quantities.seconds(lifetime),
            ratio=quantities.percent(seen.headroom.memory_ratio),
        ),
    )


def bandwidth_bits_per_second(recording: Recording) -> float:
    """What the answers of a round took of the line, in bits a second."""
    return recording.overall.received_bytes * 8 / recording.seconds if recording.seconds else 0.0


def _bandwidth(recording: Recording, seen: _Seen) -> Lines:
    if not recording.overall.received_bytes or not recording.journeys_started:
        return [], [_missing(msg("bandwidth"), "received_bytes")]
    journey = recording.overall.received_bytes / recording.journeys_started
    rate = recording.journeys_started / recording.seconds
    needed = bandwidth_bits_per_second(recording) * seen.multiplier / seen.headroom.line_ratio
    lines = {limit * 8 for name, limit in seen.limits.items() if name.endswith("/network_bytes_per_second")}
    method = msg(
        "{bytes} a journey × {rate} × {multiplier} × 8 bits, the line at most {ratio} full",
        bytes=quantities.size(journey),
        rate=quantities.rate(rate),
        multiplier=f"{seen.multiplier:g}",
        ratio=quantities.percent(seen.headroom.line_ratio),
    )
    # Of several machines nobody knows whose line the shoppers come in by.
    today = lines.pop() if len(lines) == 1 else None
    return [
        Purchase(resource="bandwidth", today=today, needed=float(math.ceil(needed)), unit="bits/s", method=method)
    ], []
