"""The search for the knee: the highest arrival rate at which the objectives hold, answers keep up with arrivals and no backlog grows.

A pure function of the steps made so far: it says which rate to try next and for how long, or what the knee is. So it can be driven by a
real generator or by a simulation, be stopped and be taken up again.

1. *Up* by a constant factor in short steps until one fails.
2. *In between*: the failed step's own throughput says where the capacity lies; then the middle (geometric) of the highest rate that held
   and the lowest that failed, until they are within the tolerance.
3. *The hold*: a longer run at the rate found. One that fails twice sends the search down, by twice as much each time.

One noisy step decides nothing: a rate that fails is tried again, and where the two disagree a third run decides. A step in which the
generator could not keep up says nothing about the mall; after the second one at a rate the search stays below it, since a mall under twice
its capacity costs the generator more than one just above it. Where nothing below fails either, the knee lies at or above what held.
The caller lets the backlog of a failed step drain before the next one begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from facts.rounds import Knee, Reason, Recording, Step
from loadtest.backlog import backlog
from loadtest.objective import Slo
from loadtest.verdict import GENERATOR_RULES, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where and how finely to look.

    Attributes:
        low: The first rate tried, a second; lower ones follow only when it fails.
        high: The ceiling, never exceeded.
        growth: Factor from step to step on the way up.
        tolerance: Relative width of the range at which the bisection ends.
        step_seconds: Length of a step on the way up; longer at low rates, until it has `requests`.
        fine_seconds: Length of a step of the bisection.
        hold_seconds: Length of the confirming hold.
        requests: Least number of requests in a step (a p99 needs 299, see `loadtest.objective_check`).
        longest_seconds: Of a step that waits for its requests.
        floor: The lowest rate tried.
    """

    low: float
    high: float
    growth: float = 2.0
    tolerance: float = 0.04
    step_seconds: float = 8.0
    fine_seconds: float = 12.0
    hold_seconds: float = 60.0
    requests: int = 300
    longest_seconds: float = 60.0
    floor: float = 1.0


@dataclass(frozen=True, slots=True)
class Try:
    """What to run next."""

    per_second: float
    seconds: float
    hold: bool = False


@dataclass(frozen=True, slots=True)
class _Rate:
    """All runs at one rate so far, and what they come to."""

    per_second: float
    held: int
    failed: int
    invalid: int

    @property
    def undecided(self) -> bool:
        """It failed or was invalid once, and another run has to tell whether that was noise; two invalid ones tell nothing more."""
        if self.invalid > 1:
            return False
        if self.failed:
            return self.held == self.failed or (self.failed == 1 and self.held == 0)
        return self.invalid == 1 and not self.held

    @property
    def holds(self) -> bool:
        return self.held > self.failed

    @property
    def fails(self) -> bool:
        return self.failed > 0 and not self.holds and not self.undecided

    @property
    def unmeasurable(self) -> bool:
        return self.invalid > 1 and not self.held and not self.failed


def to_step(recording: Recording, slos: Sequence[Slo], per_second: float, *, hold: bool = False) -> Step:
    """Judges one step of the search.

    Args:
        recording: Of the step.
        slos: What has to hold; too few requests for a percentile fail no step, only the final round.
        per_second: The rate that was asked for.
        hold: It confirmed a knee.
    """
    _, reasons = judge(recording, slos)
    state = backlog(recording)
    overall = recording.overall
    return Step(
        per_second=per_second,
        held=not (failed := _first_failed(reasons, short=state.short, growing=state.growing)),
        achieved_ratio=state.achieved_ratio,
        p99_ms=overall.latency_ms.p99 if overall.latency_ms else None,
        failed_ratio=overall.failed / overall.scheduled if overall.scheduled else 0.0,
        backlog_slope=state.slope,
        reason=failed,
        seconds=recording.seconds,
        hold=hold,
    )


def _first_failed(reasons: Sequence[Reason], *, short: bool, growing: bool) -> str:
    """The generator's own failure before the mall's, that before what only seems to hold."""
    failed = [each.rule for each in reasons if not each.ok]
    of_generator = [rule for rule in failed if rule in GENERATOR_RULES]
    broken = [each.rule for each in reasons if not each.ok and not each.invalidates]
    other = [rule for rule in failed if not rule.startswith("slo ")]
    achieved = ["achieved"] if short else []
    return next(iter([*of_generator, *broken, *achieved, *(["backlog"] if growing else []), *other]), "")


def next_rate(steps: Sequence[Step], search: Search) -> Try | Knee:
    """The next step of the search, or its result.

    Args:
        steps: All that were made, in order.
        search: Where to look.
    """
    rates = _rates([each for each in steps if not each.hold])
    holds = _rates([each for each in steps if each.hold])
    refused = [each.per_second for each in holds if each.fails]
    for rate in rates:
        if rate.undecided:
            return _try(rate.per_second, search, fine=_is_fine(rates, rate))
    low = max((each.per_second for each in rates if each.holds), default=None)
    high = min(
        (each.per_second for each in rates if each.fails and (low is None or each.per_second > low)), default=None
    )
    wall = min(
        (each.per_second for each in rates if each.unmeasurable and (low is None or each.per_second > low)),
        default=None,
    )
    if wall is not None and (high is None or wall < high):
        return _below(wall, low, steps, search)
    if low is None:
        return _downwards(steps, high, search)
    if high is None and low < search.high:
        return _try(min(low * search.growth, search.high), search, fine=False)
    if high is not None and high / low > 1 + search.tolerance:
        return _try(_between(low, high, steps, search), search, fine=True)
    return _confirm(steps, low, refused, holds, search)


def _rates(steps: Sequence[Step]) -> list[_Rate]:
    found = []
    for rate in sorted({each.per_second for each in steps}):
        runs = [each for each in steps if each.per_second == rate]
        invalid = sum(each.reason in GENERATOR_RULES for each in runs)
        held = sum(each.held for each in runs)
        found.append(_Rate(rate, held, len(runs) - held - invalid, invalid))
    return found


def _is_fine(rates: Sequence[_Rate], rate: _Rate) -> bool:
    """Whether the rate belongs to the bisection: a higher one has failed before."""
    return any(each.per_second > rate.per_second and each.fails for each in rates)


def _try(per_second: float, search: Search, *, fine: bool) -> Try:
    usual = search.fine_seconds if fine else search.step_seconds
    return Try(
        per_second, float(round(min(max(usual, search.requests / per_second), max(search.longest_seconds, usual))))
    )


def _below(wall: float, low: float | None, steps: Sequence[Step], search: Search) -> Try | Knee:
    """Between what held and the rate at which the generator could not keep up."""
    if low is None or wall / low <= 1 + search.tolerance:
        return _result(steps, low or 0.0, search)
    return _try(float((low * wall) ** 0.5), search, fine=True)


def _downwards(steps: Sequence[Step], high: float | None, search: Search) -> Try | Knee:
    """The first rate, or a lower one after it failed."""
    if high is None:
        return _try(min(search.low, search.high), search, fine=False)
    if high <= search.floor:
        return _result(steps, 0.0, search)
    return _try(max(high / search.growth, search.floor), search, fine=False)


def _between(low: float, high: float, steps: Sequence[Step], search: Search) -> float:
    """Inside the range, where the knee is likely."""
    middle = float((low * high) ** 0.5)
    if high / low < 1 + 3 * search.tolerance:
        return middle
    # What an overloaded mall still answers is its capacity, when it does not break down under the load.
    at_high = [each for each in steps if each.per_second == high]
    capacity = high * sum(each.achieved_ratio for each in at_high) / len(at_high)
    margin = 1 + search.tolerance / 2
    guess = capacity / margin
    return guess if low * margin < guess < high / margin else middle


def _confirm(
    steps: Sequence[Step], low: float, refused: Sequence[float], holds: Sequence[_Rate], search: Search
) -> Try | Knee:
    """The hold at the rate found, or further down when it was refused."""
    rate = low
    for number in range(len(refused)):
        rate /= 1 + search.tolerance * 2**number
    rate = max(rate, search.floor)
    runs = next((each for each in holds if abs(each.per_second - rate) < 1e-9 * rate), None)
    if runs is None or runs.undecided:
        return Try(rate, float(round(max(search.hold_seconds, search.requests / rate))), hold=True)
    if runs.unmeasurable:
        return _result(steps, max((each.per_second for each in holds if each.holds), default=low), search)
    return _result(steps, rate if runs.holds else 0.0, search)


def _result(steps: Sequence[Step], per_second: float, search: Search) -> Knee:
    """The knee and its range: where no run was made or runs disagree, and never finer than the search can see."""
    from loadtest.usl import peak

    measured = [each for each in steps if each.reason not in GENERATOR_RULES]
    failed = {each.per_second for each in measured if not each.held}
    high = min((rate for rate in failed if rate > per_second), default=None)
    low = max(
        (each.per_second for each in measured if each.per_second <= per_second and each.per_second not in failed),
        default=0.0,
    )
    return Knee(
        per_second=per_second,
        low=min(low, per_second / (1 + search.tolerance)),
        high=None if high is None else max(high, per_second * (1 + search.tolerance)),
        usl_per_second=peak(measured),
    )
