"""Whether a mall keeps up with its arrivals: what is answered against what is offered, and the slope of the backlog."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from facts.rounds import Moment, Recording

# A run begins with an empty mall, whose backlog must grow to its level; with every answer it comes nearer.
SETTLE_SHARE = 0.15
SETTLE_SECONDS = 2
SETTLE_ANSWERS = 3
FEWEST_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a mall does not keep up.

    Attributes:
        achieved_ratio: Answered over offered.
        slope_ratio: Growth of the backlog over the arrival rate that matters: a hundredth more than can be served.
        errors: How many standard errors the slope must lie above zero (one-sided 0.6 %: a search looks at some twenty slopes).
        chance: Standard deviations of the number in flight that shortfall and growth must exceed. In a mall that keeps up this number is
            about Poisson (exactly so for M/G/infinity), and shortfall and growth are the difference of two of its values.
    """

    achieved_ratio: float = 0.98
    slope_ratio: float = 0.01
    errors: float = 2.5
    chance: float = 3.0


THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How a run's arrivals and answers compare after its first seconds.

    Attributes:
        achieved_ratio: Answered over offered.
        short: Fewer were answered than chance explains, and less than the share that is asked.
        slope: Requests a second by which the backlog grew.
        growing: The slope is above zero by more than its error, and large enough to matter.
    """

    achieved_ratio: float
    short: bool
    slope: float
    growing: bool


def backlog(recording: Recording, thresholds: Thresholds = THRESHOLDS) -> Backlog:
    """Compares answers with arrivals over the seconds of the schedule, without the first ones.

    Both figures ask the same in two ways. The ratio sees what was lost or is still open at the end; the slope sees a growth that a short
    run does not yet show in its ratio.
    """
    times = recording.overall.latency_ms
    typical = times.p50 / 1000 if times else 0.0
    settle = min(
        max(SETTLE_SECONDS, round(SETTLE_SHARE * recording.seconds), round(SETTLE_ANSWERS * typical)),
        round(recording.seconds / 2),
    )
    moments = [each for each in recording.moments if settle <= each.second < int(recording.seconds)]
    offered = sum(each.offered for each in moments)
    if not offered:
        return Backlog(achieved_ratio=1.0, short=False, slope=0.0, growing=False)
    shortfall = offered - sum(each.completed for each in moments)
    in_flight = sum(each.waiting for each in moments) / len(moments)
    by_chance = thresholds.chance * math.sqrt(2 * max(in_flight, 1.0))
    slope, error = trend(moments)
    growth = slope * len(moments)
    return Backlog(
        achieved_ratio=1 - shortfall / offered,
        short=shortfall > max(by_chance, (1 - thresholds.achieved_ratio) * offered),
        slope=slope,
        growing=slope > thresholds.errors * error and growth > max(by_chance, thresholds.slope_ratio * offered),
    )


def trend(moments: Sequence[Moment]) -> tuple[float, float]:
    """Slope of the backlog in requests a second, and its standard error.

    Ordinary least squares of `waiting` on the second; the error is that of Newey and West ("A Simple, Positive Semi-definite,
    Heteroskedasticity and Autocorrelation Consistent Covariance Matrix", Econometrica 55, 1987), because a queue remembers: neighbouring
    seconds are alike, and the usual error would be far too small. Over a few seconds that estimate itself is luck, so it is never less than
    what independent Poisson counts would give.
    """
    import numpy as np

    count = len(moments)
    if count < FEWEST_SECONDS:
        return 0.0, math.inf
    at = np.array([each.second for each in moments], dtype=float)
    waiting = np.array([each.waiting for each in moments], dtype=float)
    at -= at.mean()
    spread = float(at @ at)
    slope = float(at @ waiting) / spread
    scores = at * (waiting - waiting.mean() - slope * at)
    lags = round(
        1.3 * count ** (1 / 2)
    )  # Lazarus et al., "HAR Inference", Journal of Business & Economic Statistics 36, 2018
    variance = float(scores @ scores)
    for lag in range(1, min(lags, count - 1)):
        variance += 2 * (1 - lag / lags) * float(scores[lag:] @ scores[:-lag])
    by_chance = math.sqrt(max(float(waiting.mean()), 1.0) / spread)
    return slope, max(math.sqrt(max(variance, 0.0)) / spread, by_chance)
