"""The watch of a round laid beside its seconds: what each resource was at each of them."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from facts.rounds import Recording
from facts.watch import Watch

Series = Mapping[int, float]
"""A value by second of the round; seconds without a reading are absent."""

# Of five seconds from its beginning on, a saturation holds in at least this share; between two readings it can slip.
LASTING_SECONDS = 5
LASTING_SHARE = 0.6
# And of all seconds that follow: what passes again by itself is no bottleneck.
REST_SHARE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """All readings of one round.

    Attributes:
        recording: The round itself.
        watch: What was read beside it.
        readings: Series by kind, source and name.
    """

    recording: Recording
    watch: Watch
    readings: Mapping[tuple[str, str, str], Series]

    def sources(self, kind: str) -> list[str]:
        """Names of the sources of a kind."""
        return sorted({source for its_kind, source, _ in self.readings if its_kind == kind})

    def series(self, kind: str, source: str, name: str) -> Series:
        """One value over the round; empty when it was never read."""
        return self.readings.get((kind, source, name), {})

    def names(self, kind: str, source: str, prefix: str) -> list[str]:
        """What follows the prefix in names such as `cpu_cores:app`."""
        found = {name for its_kind, its_source, name in self.readings if (its_kind, its_source) == (kind, source)}
        return sorted(name.removeprefix(prefix) for name in found if name.startswith(prefix))

    def limit(self, source: str, name: str) -> float | None:
        """A ceiling, where it is known."""
        return self.watch.limits.get(f"{source}/{name}")


def laid_beside(recording: Recording, watch: Watch) -> Watched:
    """The readings by second of the round. A reading made at the end of a second tells of that second."""
    readings: dict[tuple[str, str, str], dict[int, float]] = {}
    for sample in watch.samples:
        second = second_of(recording.started_at, sample.at)
        if 0 <= second <= math.ceil(recording.seconds):
            for name, value in sample.values.items():
                readings.setdefault((sample.kind, sample.source, name), {})[second] = value
    return Watched(recording=recording, watch=watch, readings=readings)


def second_of(started_at: datetime, at: float) -> int:
    """The second of the round that a reading tells of.

    Args:
        started_at: When the round began.
        at: When it was read, in seconds since the epoch.
    """
    return math.floor(at - started_at.timestamp() - 0.5)


def onset(flags: Mapping[int, bool]) -> int | None:
    """The second from which a saturation lasts; None when it never does.

    Args:
        flags: Whether the resource was saturated, by second.
    """
    seconds = sorted(flags)
    for place, second in enumerate(seconds):
        if not flags[second]:
            continue
        next_ones = [flags[each] for each in seconds[place : place + LASTING_SECONDS]]
        rest = [flags[each] for each in seconds[place:]]
        if sum(next_ones) >= LASTING_SHARE * LASTING_SECONDS and sum(rest) >= REST_SHARE * len(rest):
            return second
    return None


def where(series: Series, holds: Callable[[float], bool]) -> dict[int, bool]:
    """For each second of a series whether the condition holds."""
    return {second: holds(value) for second, value in series.items()}


def both(first: Mapping[int, bool], second: Mapping[int, bool]) -> dict[int, bool]:
    """Where both were read: whether both hold."""
    return {each: first[each] and second[each] for each in first.keys() & second.keys()}


def from_on(series: Series, second: int) -> list[float]:
    """The values from that second on."""
    return [value for each, value in sorted(series.items()) if each >= second]


def mean(values: Iterable[float]) -> float:
    """The mean; 0 of nothing."""
    held = list(values)
    return sum(held) / len(held) if held else 0.0
