"""What a plan costs in time, on the mall's own server: the planner's units priced by what the mall's statements have been seen to take.

A plan's cost says which plan PostgreSQL takes, not how long that runs: its constants charge a page read by chance four times one read in
order, and a hundred times a row, as from a disk; most malls' pages are in memory, where a page costs about as much as the rows on it.
So plans are chosen by cost, as the mall's server does, and priced by kind of work.

The prices are the likeliest ones for what was observed, given how they usually lie: each begins at its usual share of one common price,
and leaves it as far as the statements' times demand (a normal prior on the logarithm, that is ridge regression; losses by a soft
absolute value, so that a few statements whose rows the planner misjudges do not bend the rest).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter, mul
from typing import TYPE_CHECKING

from facts.planner import Plan, Work

if TYPE_CHECKING:
    import numpy as np

    _Array = np.ndarray[tuple[int], np.dtype[np.float64]]

# How the kinds usually cost beside a row's work of the same size, in the order of `Work`: all rows alike.
_ROWS = 1.0
_KINDS = tuple(Work().amounts)
# A search asks for the price of a plan a million times.
_amounts = attrgetter(*_KINDS)
# Beside a unit of the planner's, which is a hundred rows and takes 5 to 10 microseconds: a page that is in memory takes half a microsecond
# when read in order and two to three where an index leads to it, which is also what searching an index takes
# (`python -m benchmarks.index_cpu`).
_IN_MEMORY = {"sequential_pages": 0.07, "visits": 0.35, "probes": 0.3}
# As costsize.c charges by default, for disks; a probe's pages are among those that stay in memory.
_FROM_DISK = {"sequential_pages": 1.0, "visits": 4.0, "probes": 0.5}
# Standard deviations of logarithms: of a statement's time around its price, and of a price around its usual one.
_TIMES_VARY = 0.6
_ROWS_VARY = 0.5
_PAGES_VARY = 0.4
# Fewer statements say nothing of a server.
LEAST_STATEMENTS = 5


@dataclass(frozen=True, slots=True)
class Observed:
    """A statement's plan, and what one call took.

    Attributes:
        seconds: Mean time of a call.
    """

    work: Work
    seconds: float


@dataclass(frozen=True, slots=True)
class Prices:
    """Seconds for a unit of each kind of work.

    Attributes:
        seconds: In the order of `facts.planner.Work.amounts`.
        statements: From how many statements they were calibrated.
        error: How far those statements' times lie from their prices: the median factor.
    """

    seconds: tuple[float, ...]
    statements: int
    error: float

    def kept(self, plan: Plan, base: Plan, seconds: float) -> float:
        """The share of a statement's time that a plan would leave; above 1 where it is slower.

        What it gains is told as a ratio. What it loses is added to what was observed: where the planner expects far too few rows, the
        base's price is far too low, and a ratio to that would be far too high.

        Args:
            plan: The other plan.
            base: The statement's own.
            seconds: That one call of it was observed to take, of all processes; 0 where nobody observed it.
        """
        ours, theirs = self.of(plan), self.of(base)
        if theirs <= 0:
            return 1.0
        return ours / theirs if ours <= theirs else 1.0 + (ours - theirs) / max(theirs, seconds)

    def of(self, plan: Plan) -> float:
        """Seconds of processor time that one call of the plan takes; by its cost where its work was not told apart."""
        if plan.work is None:
            return plan.cost * self.seconds[_KINDS.index("scanning")]
        total: float = sum(map(mul, self.seconds, _amounts(plan.work)))
        return total


def calibrate(observed: Sequence[Observed], cached_ratio: float) -> Prices | None:
    """The server's prices; None where too little was observed.

    Args:
        observed: Statements with their plans as they are.
        cached_ratio: Share of the pages that were found in memory.
    """
    import numpy as np
    from scipy.optimize import least_squares  # type: ignore[import-untyped]

    seen = [each for each in observed if each.seconds > 0 and sum(each.work.amounts.values()) > 0]
    if len(seen) < LEAST_STATEMENTS:
        return None
    amounts = np.array([tuple(each.work.amounts.values()) for each in seen], dtype=float)
    times = np.log([each.seconds * each.work.processes for each in seen])
    pages = {kind: cached_ratio * _IN_MEMORY[kind] + (1 - cached_ratio) * _FROM_DISK[kind] for kind in _IN_MEMORY}
    usual = np.array([pages.get(kind, _ROWS) for kind in _KINDS])
    vary = np.array([_PAGES_VARY if kind in pages else _ROWS_VARY for kind in _KINDS])

    def foretold(parameters: "_Array") -> "_Array":
        logarithms: _Array = np.log(amounts @ (usual * np.exp(parameters[1:]))) + parameters[0]
        return logarithms

    def distances(parameters: "_Array") -> "_Array":
        misses = (foretold(parameters) - times) / _TIMES_VARY
        return np.concatenate([misses, parameters[1:] / vary])

    begin = np.zeros(1 + len(_KINDS))
    begin[0] = np.median(times - foretold(begin))
    found = least_squares(distances, begin, loss="soft_l1").x
    prices = usual * np.exp(found[1:] + found[0])
    error = float(np.exp(np.median(np.abs(foretold(found) - times))))
    return Prices(tuple(float(each) for each in prices), len(seen), error)
