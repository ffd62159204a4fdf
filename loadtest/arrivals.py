"""When journeys arrive: seeded schedules, and how several processes share one.

A schedule is one row of moments that depends on the plan and its seed alone. Worker i of n takes every n-th moment of
it, so that the union is the same schedule, to the last digit, however many workers there are, and anybody who has the
plan knows which arrivals a worker had.

Arrivals are made at unit rate (0, 1, 2, … for a constant rate; the sum of exponential steps for Poisson) and then
carried through the inverse of the expected number of arrivals up to a moment. That gives a Poisson process of any
rate that is constant in pieces. Source: Çinlar, Introduction to Stochastic Processes (1975), section 4.7: time change
of an inhomogeneous Poisson process.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, count, islice, repeat

from loadtest.plan import Arrivals, Plan, Segment

_MASK = (1 << 64) - 1


def schedule(plan: Plan) -> Iterator[float]:
    """Moments of all arrivals of the plan, in seconds from the start, ascending."""
    if plan.arrivals is Arrivals.REPLAY:
        return iter(plan.offsets)
    if plan.arrivals is Arrivals.CONSTANT:
        return stretched(map(float, count()), plan.segments)
    dice = random.Random(f"arrivals/{plan.seed}")  # noqa: S311  (a schedule, not a secret)
    return stretched(accumulate(map(dice.expovariate, repeat(1.0))), plan.segments)


def share(plan: Plan, index: int, workers: int) -> Iterator[tuple[int, float]]:
    """The arrivals of worker `index` (from 0) of `workers`, each with its number in the whole schedule."""
    return islice(enumerate(schedule(plan)), index, None, workers)


def stretched(units: Iterable[float], segments: Sequence[Segment]) -> Iterator[float]:
    """Carries moments of a process of rate 1 into segments of given rates.

    Args:
        units: Ascending moments of the unit process, without end.
        segments: Rates, one after the other; those of rate 0 are pauses.

    Yields:
        Seconds from the start of the first segment, each before the end of the last.
    """
    began, passed = 0.0, 0.0  # seconds, and arrivals expected, up to the segment
    rest = iter(units)
    for segment in segments:
        room = passed + segment.seconds * segment.per_second
        # 0.1 · 30 seconds is 3.0000000000000004 arrivals, and an arrival at 3 must not slip in.
        edge = float(round(room)) if math.isclose(room, round(room), rel_tol=1e-12) else room
        for unit in rest:
            if unit >= edge:
                rest = chain((unit,), rest)
                break
            yield began + (unit - passed) / segment.per_second
        began, passed = began + segment.seconds, edge


class Choice:
    """Which of several journeys an arrival is, by its number alone."""

    def __init__(self, weights: Sequence[float], seed: int) -> None:
        """Adds the weights up; their sum is above 0."""
        self._seed = seed
        total = sum(weights)
        self._edges = [edge / total for edge in accumulate(weights)][:-1]

    def of(self, number: int) -> int:
        """The journey's place among the weights; the same on every machine."""
        return bisect_right(self._edges, chosen(self._seed, number)) if self._edges else 0


def chosen(seed: int, number: int) -> float:
    """A figure in [0, 1) for an arrival, from which its journey is chosen; equal on every machine.

    One multiply-and-shift round after another, so that no process has to draw for the arrivals of the others.
    Source: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators (OOPSLA 2014), `splitmix64`.
    """
    mixed = (seed * 0x9E3779B97F4A7C15 + (number + 1) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((mixed ^ (mixed >> 31)) >> 11) / (1 << 53)
