"""What a generator counts while a run goes on, in a form that can be added up.

A tally holds what happened since the one before it. Each process fills one for a second, hands it on and begins the
next; a tally that never arrives (the process was killed) takes nothing else with it. All of it is plain numbers, so
that a tally crosses a wire as it is.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loadtest.histogram import Counts, merge, record

# Where a dropped arrival is counted when no journey of its kind has shown yet which page it asks for first.
UNBEGUN = "(not begun)"


@dataclass(slots=True)
class Part:
    """Counts and times of one endpoint or one journey; the words are those of `facts.rounds.Figures`.

    Attributes:
        answered: Of `sent`, those that have ended, well or not.
    """

    scheduled: int = 0
    sent: int = 0
    answered: int = 0
    dropped: int = 0
    failed: int = 0
    received_bytes: int = 0
    not_the_malls: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    latency: Counts = field(default_factory=dict)
    service: Counts = field(default_factory=dict)
    lag: Counts = field(default_factory=dict)

    def add(self, other: "Part") -> None:
        """Adds the other's counts to these."""
        self.scheduled += other.scheduled
        self.sent += other.sent
        self.answered += other.answered
        self.dropped += other.dropped
        self.failed += other.failed
        self.received_bytes += other.received_bytes
        for mine, others in ((self.not_the_malls, other.not_the_malls), (self.errors, other.errors)):
            for kind, times in others.items():
                mine[kind] = mine.get(kind, 0) + times
        merge(self.latency, other.latency)
        merge(self.service, other.service)
        merge(self.lag, other.lag)


@dataclass(slots=True)
class Cell:
    """One endpoint in one second of intended starts."""

    offered: int = 0
    sent: int = 0
    failed: int = 0
    latency: Counts = field(default_factory=dict)

    def add(self, other: "Cell") -> None:
        """Adds the other's counts to these."""
        self.offered += other.offered
        self.sent += other.sent
        self.failed += other.failed
        merge(self.latency, other.latency)


@dataclass(slots=True)
class Second:
    """What has no endpoint yet, or none at all, in one second.

    Attributes:
        offered: Requests whose intended start lies in it, those of waiting arrivals too.
        completed: Requests answered in it.
        left: Requests dropped in it.
        own_lag: The generator's delay, without waits under the concurrency limit.
    """

    offered: int = 0
    completed: int = 0
    left: int = 0
    own_lag: Counts = field(default_factory=dict)

    def add(self, other: "Second") -> None:
        """Adds the other's counts to these."""
        self.offered += other.offered
        self.completed += other.completed
        self.left += other.left
        merge(self.own_lag, other.own_lag)


@dataclass(slots=True)
class Tally:
    """Everything one process counted since its last report.

    Attributes:
        cells: By second of the intended start and endpoint.
        entries: The endpoint that each kind of journey asks for first, as far as it was seen.
    """

    cells: dict[tuple[int, str], Cell] = field(default_factory=lambda: defaultdict(Cell))
    seconds: dict[int, Second] = field(default_factory=lambda: defaultdict(Second))
    endpoints: dict[str, Part] = field(default_factory=lambda: defaultdict(Part))
    journeys: dict[str, Part] = field(default_factory=lambda: defaultdict(Part))
    entries: dict[str, str] = field(default_factory=dict)

    def arrived(self, journey: str, at: float) -> None:
        """A journey was to begin, `at` seconds after the start; with it its first request."""
        self.journeys[journey].scheduled += 1
        self.seconds[int(at)].offered += 1

    def began(self, journey: str, lag: float) -> None:
        """A journey has begun, `lag` seconds after its intended start."""
        part = self.journeys[journey]
        part.sent += 1
        record(part.lag, lag)

    def empty(self, at: float) -> None:
        """A journey ended without any request: its first one was none."""
        self.seconds[int(at)].offered -= 1

    def sending(self, endpoint: str, at: float, lag: float, own_lag: float, *, first: bool) -> None:
        """A request goes out; `first` of its journey, so that it was counted as offered on arrival."""
        part = self.endpoints[endpoint]
        part.scheduled += 1
        part.sent += 1
        record(part.lag, lag)
        second = self.seconds[int(at)]
        record(second.own_lag, own_lag)
        if not first:
            second.offered += 1
        cell = self.cells[int(at), endpoint]
        cell.offered += 1
        cell.sent += 1

    def answer(
        self, endpoint: str, at: float, times: tuple[float, float, float], outcome: tuple[str | None, str | None, int]
    ) -> None:
        """A request has ended.

        Args:
            endpoint: Its name.
            at: Intended start, in seconds from the run's.
            times: When it ended, in seconds from the run's start; its latency; its service time.
            outcome: Kind of its error or None, kind of what answered in the mall's place or None, bytes received.
        """
        ended, latency, service = times
        error, between, size = outcome
        part = self.endpoints[endpoint]
        part.answered += 1
        part.received_bytes += size
        self.seconds[int(ended)].completed += 1
        if between is not None:
            part.not_the_malls[between] = part.not_the_malls.get(between, 0) + 1
            return
        record(part.service, service)
        cell = self.cells[int(at), endpoint]
        record(cell.latency, latency)
        if error is not None:
            part.failed += 1
            part.errors[error] = part.errors.get(error, 0) + 1
            cell.failed += 1

    def finished(self, journey: str, times: tuple[float, float], outcome: tuple[str | None, str | None, int]) -> None:
        """A journey has ended; `times` are its latency and service time, `outcome` as for `answer`."""
        error, between, size = outcome
        part = self.journeys[journey]
        part.answered += 1
        part.received_bytes += size
        if error is None and between is not None:
            part.not_the_malls[between] = part.not_the_malls.get(between, 0) + 1
            return
        record(part.latency, times[0])
        record(part.service, times[1])
        if error is not None:
            part.failed += 1
            part.errors[error] = part.errors.get(error, 0) + 1

    def drop(
        self, journey: str, at: float, now: float, latency: float, *, kind: str = "dropped", times: int = 1
    ) -> None:
        """Arrivals are given up, and with each its first request; both count as failed, with their deadline as latency.

        Args:
            journey: Its kind.
            at: Intended start, in seconds from the run's.
            now: When they were given up.
            latency: The deadline, in seconds.
            kind: The word for it among the errors.
            times: How many.
        """
        endpoint = self.entries.get(journey, UNBEGUN)
        for part in (self.journeys[journey], self.endpoints[endpoint]):
            part.dropped += times
            part.failed += times
            part.errors[kind] = part.errors.get(kind, 0) + times
        record(self.journeys[journey].latency, latency, times)
        self.endpoints[endpoint].scheduled += times
        cell = self.cells[int(at), endpoint]
        cell.offered += times
        cell.failed += times
        record(cell.latency, latency, times)
        self.seconds[int(now)].left += times

    @staticmethod
    def abandon(part: Part, times: int, latency: float, kind: str) -> None:
        """What was sent and will never be known to have been answered has failed after `latency` seconds."""
        part.answered += times
        part.failed += times
        part.errors[kind] = part.errors.get(kind, 0) + times
        record(part.latency, latency, times)

    def add(self, other: "Tally") -> None:
        """Adds the other's counts to these."""
        for place, cell in other.cells.items():
            self.cells[place].add(cell)
        for second, counted in other.seconds.items():
            self.seconds[second].add(counted)
        for name, part in other.endpoints.items():
            self.endpoints[name].add(part)
        for name, part in other.journeys.items():
            self.journeys[name].add(part)
        for name, endpoint in other.entries.items():
            self.entries.setdefault(name, endpoint)


def to_wire(tally: Tally) -> dict[str, Any]:
    """The tally as lists, dictionaries, words and whole numbers."""
    return {
        "cells": [[second, name, _values(cell)] for (second, name), cell in tally.cells.items()],
        "seconds": [[number, _values(second)] for number, second in tally.seconds.items()],
        "endpoints": {name: _values(part) for name, part in tally.endpoints.items()},
        "journeys": {name: _values(part) for name, part in tally.journeys.items()},
        "entries": tally.entries,
    }


def from_wire(wire: Mapping[str, Any]) -> Tally:
    """What `to_wire` gave."""
    tally = Tally(entries=dict(wire["entries"]))
    tally.cells.update({(second, name): Cell(*values) for second, name, values in wire["cells"]})
    tally.seconds.update({number: Second(*values) for number, values in wire["seconds"]})
    tally.endpoints.update({name: Part(*values) for name, values in wire["endpoints"].items()})
    tally.journeys.update({name: Part(*values) for name, values in wire["journeys"].items()})
    return tally


def _values(each: Part | Cell | Second) -> list[Any]:
    return [getattr(each, name) for name in type(each).__slots__]
