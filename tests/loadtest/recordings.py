"""Recordings that differ from a healthy one in exactly what a test is about."""

from dataclasses import replace
from typing import Any

from facts.rounds import Figures, Generator, Recording
from tests.loadtest.queueing import HEALTHY, Mall, record

MALL = Mall(endpoints={"GET /": (0.6, 1.0), "GET /search": (0.3, 1.0), "POST /pay/{}": (0.1, 1.0)})


def healthy(*, per_second: float = 200.0, seconds: float = 20.0, seed: int = 1) -> Recording:
    """Half of the mall's capacity: p99 far below 100 ms, no error."""
    return record(MALL, per_second, seconds, seed=seed)


def overloaded(*, seed: int = 1) -> Recording:
    """A fifth more than the mall can serve."""
    return record(MALL, 480.0, 20.0, seed=seed)


def with_generator(recording: Recording, **changes: Any) -> Recording:
    """The same, sent by a generator that differs from a healthy one."""
    first = recording.generators[0] if recording.generators else HEALTHY
    generator: Generator = replace(first, **changes)
    return replace(recording, generators=(generator,))


def with_overall(recording: Recording, **changes: Any) -> Recording:
    """The same with other sums over the whole round."""
    overall: Figures = replace(recording.overall, **changes)
    return replace(recording, overall=overall)


def with_endpoint(recording: Recording, name: str, **changes: Any) -> Recording:
    """The same with other figures of one endpoint."""
    endpoints = tuple(replace(each, **changes) if each.name == name else each for each in recording.endpoints)
    return replace(recording, endpoints=endpoints)
