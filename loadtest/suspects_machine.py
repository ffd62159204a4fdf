"""Suspects of the machines: processors, memory, disks."""

from collections.abc import Iterator, Mapping

from facts import quantities
from facts.message import msg
from loadtest.suspects_database import database_processor
from loadtest.suspicion import THRESHOLDS, Suspicion
from loadtest.watched import Watched, both, from_on, mean, onset, where

GENERATORS_OWN = "this machine"
"""What the configuration calls the machine that the round runs on."""
APPLICATION = "app"
"""What `collectors.watching.processes` calls the shop's own program."""


def suspects(watched: Watched) -> Iterator[Suspicion]:
    """Everything of the machines that was saturated."""
    for source in watched.sources("host"):
        programs = watched.names("host", source, "cpu_cores:")
        if programs:
            yield from _programs(watched, source, programs)
        elif source != GENERATORS_OWN:
            yield from _processor(watched, source)
        yield from _steal(watched, source)
        yield from _memory(watched, source)
        yield from _disk(watched, source)


def _programs(watched: Watched, source: str, programs: list[str]) -> Iterator[Suspicion]:
    """Programs on one machine: each against what it can use itself, and against the cores that it shares with the others."""
    used = {program: watched.series("host", source, f"cpu_cores:{program}") for program in programs}
    together = _sums(used)
    saturated = False
    for program in programs:
        busy = watched.series("host", source, f"cores_busy_ratio:{program}")
        cores = watched.limit(source, f"cores:{program}") or 1.0
        share = {second: value / cores for second, value in used[program].items()}
        alone = onset(where(share, lambda value: value >= THRESHOLDS.one_core_ratio))
        if alone is not None:
            saturated = True
            yield _of(watched, program, alone, mean(from_on(share, alone)))
            continue
        ours = {second: value >= THRESHOLDS.own_share * cores for second, value in together.items()}
        shared = onset(both(where(busy, lambda value: value >= THRESHOLDS.busy_ratio), ours))
        if shared is not None:
            saturated = True
            if program == _largest(used, shared):
                yield _of(watched, program, shared, mean(from_on(busy, shared)))
    if not saturated:
        yield from _contention(watched, source, programs, together)


def _contention(
    watched: Watched, source: str, programs: list[str], together: Mapping[int, float]
) -> Iterator[Suspicion]:
    """Cores that the mall's programs wait for and somebody else has; only where that wait is a good part of what shoppers waited.

    By Little's law the threads that wait on average, over the requests answered a second, are the wait of one request.
    """
    waiting = _sums({program: watched.series("host", source, f"cpu_waiting:{program}") for program in programs})
    busy: dict[int, float] = {}
    for program in programs:
        for second, value in watched.series("host", source, f"cores_busy_ratio:{program}").items():
            busy[second] = max(busy.get(second, 0.0), value)
    waited = {
        moment.second: 1000 * waiting[moment.second] / moment.completed / moment.p50_ms
        for moment in watched.recording.moments
        if moment.second in waiting and moment.completed and moment.p50_ms
    }
    starved = {
        second: waiting[second] >= max(together.get(second, 0.0), THRESHOLDS.waiting)
        and share >= THRESHOLDS.waited_share
        for second, share in waited.items()
    }
    began = onset(both(where(busy, lambda value: value >= THRESHOLDS.busy_ratio), starved))
    if began is None:
        return
    evidence = msg(
        "{source}: its cores were {busy} busy, {own} of them with the mall's own programs, which waited for {waiting} more: something else "
        "ran there",
        source=source,
        busy=quantities.percent(mean(from_on(busy, began))),
        own=quantities.cores(mean(from_on(together, began))),
        waiting=quantities.cores(mean(from_on(waiting, began))),
    )
    yield Suspicion(resource="machine-contention", second=began, evidence=evidence, confidence=0.6)


def _of(watched: Watched, program: str, second: int, busy: float) -> Suspicion:
    """The processor of a program as that of the application, a database or a cache."""
    ratio = min(busy, 1.0)
    if program in watched.sources("postgres"):
        return database_processor(watched, program, second, ratio)
    if program in watched.sources("redis"):
        evidence = msg("{source}: its one thread was {busy} busy", source=program, busy=quantities.percent(ratio))
        return Suspicion(resource="redis-cpu", second=second, evidence=evidence, confidence=0.9)
    evidence = msg(
        "the application's processor was {busy} busy, and the application took most of it",
        busy=quantities.percent(ratio),
    )
    return Suspicion(resource="application-cpu", second=second, evidence=evidence, confidence=0.95)


def _largest(used: Mapping[str, Mapping[int, float]], second: int) -> str:
    return max(used, key=lambda program: sum(from_on(used[program], second)))


def _sums(used: Mapping[str, Mapping[int, float]]) -> dict[int, float]:
    seconds = set().union(*(series.keys() for series in used.values()))
    return {second: sum(series.get(second, 0.0) for series in used.values()) for second in seconds}


def _processor(watched: Watched, source: str) -> Iterator[Suspicion]:
    """A machine whose programs are not seen; it is called like the server on it, else it is the application's."""
    busy = watched.series("host", source, "cpu_busy_ratio")
    second = onset(where(busy, lambda value: value >= THRESHOLDS.busy_ratio))
    if second is not None:
        yield _of(watched, source, second, mean(from_on(busy, second)))


def _steal(watched: Watched, source: str) -> Iterator[Suspicion]:
    stolen = watched.series("host", source, "cpu_steal_ratio")
    second = onset(where(stolen, lambda value: value >= THRESHOLDS.steal_ratio))
    if second is not None:
        evidence = msg(
            "{source}: the hypervisor gave {stolen} of its processor time to others",
            source=source,
            stolen=quantities.percent(mean(from_on(stolen, second))),
        )
        yield Suspicion(resource="machine-contention", second=second, evidence=evidence, confidence=0.7)


def _memory(watched: Watched, source: str) -> Iterator[Suspicion]:
    available = watched.series("host", source, "memory_available_ratio")
    swapped = watched.series("host", source, "swap_in_bytes")
    scarce = where(available, lambda value: value < THRESHOLDS.memory_available_ratio)
    swapping = where(swapped, lambda value: value > THRESHOLDS.swap_in_bytes)
    second = onset(
        {each: scarce.get(each, False) or swapping.get(each, False) for each in scarce.keys() | swapping.keys()}
    )
    if second is not None:
        evidence = msg(
            "{source}: {available} of its memory was left, and {swapped} a second came back from swap",
            source=source,
            available=quantities.percent(min(from_on(available, second), default=0.0)),
            swapped=quantities.size(mean(from_on(swapped, second))),
        )
        yield Suspicion(resource="memory", second=second, evidence=evidence, confidence=0.85)


def _disk(watched: Watched, source: str) -> Iterator[Suspicion]:
    busy = watched.series("host", source, "disk_busy_ratio")
    second = onset(where(busy, lambda value: value >= THRESHOLDS.busy_ratio))
    if second is None:
        return
    waiting = [
        value
        for database in watched.sources("postgres")
        for value in from_on(watched.series("postgres", database, "io_waiters"), second)
    ]
    evidence = msg(
        "{source}: its disk was {busy} busy, and {waiting} database sessions waited for it on average",
        source=source,
        busy=quantities.percent(mean(from_on(busy, second))),
        waiting=f"{mean(waiting):.1f}",
    )
    # A disk can be busy without anybody waiting: solid state serves several requests at once.
    yield Suspicion(resource="disk", second=second, evidence=evidence, confidence=0.85 if mean(waiting) >= 1 else 0.4)
