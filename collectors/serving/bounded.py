"""Counters of many families as a small and stable set of series, with a remainder that never falls.

A mall has thousands of statements and tables, and a series for each would fill anybody's Prometheus. Only the busiest have a series of
their own. Which ones they are must not change with every reading (each change is a new series for good), so a family takes a place only
when it is clearly busier than the one that has it. What all others did is added up in `other`.

The counters are our own sums of differences. The server's own could not be used: when a family leaves `other` for a series of its own,
`other` would fall by all that the family ever did, and Prometheus would take that for a restart and invent a peak.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

OTHER = "other"
CLEARLY_BUSIER = 1.5
# Share of a family's weight that the newest reading makes up: a place is kept over a few quiet readings.
_NEWEST = 0.3


@dataclass(slots=True)
class BoundedCounters:
    """Sums by family.

    Attributes:
        places: How many families have a series of their own.
        width: How many counters each family has; the first one says how busy it is.
        folded: Families of the newest reading that are in `other`.
    """

    places: int
    width: int
    folded: int = 0
    _before: dict[str, Sequence[float]] | None = None
    _weights: dict[str, float] = field(default_factory=dict)
    _sums: dict[str, list[float]] = field(default_factory=dict)
    _other: list[float] = field(default_factory=list)

    def add(self, readings: Mapping[str, Sequence[float]]) -> None:
        """Adds what has happened since the reading before; of the first one it only takes note.

        Args:
            readings: The server's counters by family. A counter that has fallen began anew at zero.
        """
        before, self._before = self._before, dict(readings)
        if not self._other:
            self._other = [0.0] * self.width
        gains = {name: self._gain(before, name, now) for name, now in readings.items()}
        # Before there are differences, what a family ever did must do.
        busy = {name: (now[0] if before is None else gains[name][0]) for name, now in readings.items()}
        self._weights = {
            name: weight if before is None else _NEWEST * weight + (1 - _NEWEST) * self._weights.get(name, 0.0)
            for name, weight in busy.items()
        }
        self._choose()
        for name, gain in gains.items():
            sums = self._sums.get(name, self._other)
            for place, value in enumerate(gain):
                sums[place] += value
        self.folded = sum(name not in self._sums for name in readings)

    def _gain(self, before: Mapping[str, Sequence[float]] | None, name: str, now: Sequence[float]) -> Sequence[float]:
        if before is None:
            return [0.0] * self.width
        last = before.get(name)
        if last is None or now[0] < last[0]:
            return now
        return [max(new - old, 0.0) for new, old in zip(now, last, strict=True)]

    def _choose(self) -> None:
        for name in [name for name in self._sums if name not in self._weights]:
            del self._sums[name]
        waiting = sorted(
            (name for name in self._weights if name not in self._sums), key=lambda name: (-self._weights[name], name)
        )
        for name in waiting:
            if len(self._sums) < self.places:
                self._sums[name] = [0.0] * self.width
                continue
            least = min(self._sums, key=lambda each: (self._weights[each], each))
            if self._weights[name] <= CLEARLY_BUSIER * self._weights[least]:
                break
            del self._sums[least]
            self._sums[name] = [0.0] * self.width

    def rows(self) -> Iterator[tuple[str, Sequence[float]]]:
        """Each family with a place and its sums, the busiest first, and `other` at the end."""
        for name in sorted(self._sums, key=lambda each: (-self._weights[each], each)):
            yield name, self._sums[name]
        if self._other:
            yield OTHER, self._other
