"""How far a figure of one run could have come out otherwise: a bootstrap over blocks of seconds.

Requests of a run are not independent: a slow second is followed by a slow second. So whole stretches of seconds are drawn, not
requests (moving blocks: Künsch, "The Jackknife and the Bootstrap for General Stationary Observations", Annals of Statistics 17, 1989).
Nobody knows how long a mall remembers; of several block lengths the one that shows the widest spread is taken. A run
should be many times as long as the mall remembers; one of less than a minute shows too little of a slow sway.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facts.rounds import Recording
from loadtest.distribution import Distribution, decode, merge

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK_SECONDS = (1, 3, 6, 12, 24, 48)
FEWEST_BLOCKS = 4
DRAWS = 300
BUCKETS_PER_DOUBLING = 64  # 1 % wide, for the spread alone; the figure itself is read from the whole histogram
FEWEST_SECONDS = 8
PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A figure of one run and its standard error.

    Attributes:
        value: In the figure's unit (ms, a second, ratio).
        error: Standard error: of the logarithm for latencies and throughput, of the value itself for a ratio.
    """

    value: float
    error: float


def spreads(recording: Recording, *, seed: int = 0) -> dict[str, Spread]:
    """`p50`, `p95`, `p99`, `throughput` and `failed` of the whole round; a figure that cannot be told is left out.

    Args:
        recording: A run; its seconds carry histograms.
        seed: Of the draws.
    """
    import numpy as np

    moments = [each for each in recording.moments if each.second < recording.seconds and each.offered]
    if len(moments) < FEWEST_SECONDS:
        return {}
    parts = [decode(each.latency) for each in moments]
    values, counts = _matrix(parts)
    seconds = np.array([[each.completed, each.offered, each.failed] for each in moments], dtype=float)
    found: dict[str, Spread] = {}
    by_block = [
        _errors(_weights(len(moments), block, np.random.default_rng([seed, block])), values, counts, seconds)
        for block in BLOCK_SECONDS
        if block == 1 or len(moments) >= FEWEST_BLOCKS * block
    ]
    errors = {name: _widest([each[name] for each in by_block], len(moments)) for name in by_block[0]}
    whole = merge(parts)
    for name, percentile in PERCENTILES.items():
        value = whole.percentile(percentile)
        if name in errors and value:
            found[name] = Spread(value=value, error=errors[name])
    completed, offered, failed = (float(each) for each in seconds.sum(axis=0))
    if completed:
        found["throughput"] = Spread(value=completed / len(moments), error=errors["throughput"])
    found["failed"] = Spread(value=failed / offered, error=errors["failed"])
    return found


def _widest(errors: Sequence[float], seconds: int) -> float:
    """The standard error that the block lengths come to together.

    Blocks cut off what a second shares with those beyond its block, so the variance falls short by about a constant over the block's
    length; twice the longest block's variance less that of half its length takes this away (Politis and Romano, "Bias-Corrected
    Nonparametric Spectral Estimation", Journal of Time Series Analysis 16, 1995). That few blocks scatter around their own mean and not
    around the true one costs another `blocks - 1` over `blocks`.
    """
    variances = [error**2 for error in errors]
    widest = max(*variances, 2 * variances[-1] - variances[-2]) if len(variances) > 1 else variances[0]
    blocks = seconds / BLOCK_SECONDS[len(errors) - 1]
    return math.sqrt(widest * blocks / (blocks - 1))


def _matrix(parts: Sequence[Distribution]) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Bucket values in ms, and the counts of every second in them."""
    import numpy as np

    places = [np.round(np.log2(np.maximum(part.values_ms, 1e-3)) * BUCKETS_PER_DOUBLING).astype(int) for part in parts]
    used, where = np.unique(np.concatenate(places), return_inverse=True)
    counts = np.zeros((len(parts), used.size))
    rows = np.repeat(np.arange(len(parts)), [place.size for place in places])
    np.add.at(counts, (rows, where), np.concatenate([part.counts for part in parts]))
    return 2.0 ** (used / BUCKETS_PER_DOUBLING), counts


def _weights(seconds: int, block: int, rng: "np.random.Generator") -> "NDArray[np.float64]":
    """How often each second is in each draw; blocks wrap around the end, so that every second is as likely."""
    import numpy as np

    blocks = -(-seconds // block)
    starts = rng.integers(0, seconds, size=(DRAWS, blocks))
    drawn = (starts[:, :, None] + np.arange(block)) % seconds
    drawn = drawn.reshape(DRAWS, -1)[:, :seconds]
    weights = np.zeros((DRAWS, seconds))
    np.add.at(weights, (np.repeat(np.arange(DRAWS), seconds), drawn.ravel()), 1.0)
    return weights


def _percentiles(
    totals: "NDArray[np.float64]", values: "NDArray[np.float64]", percentile: float
) -> "NDArray[np.float64]":
    import numpy as np

    ranks = np.maximum(totals[:, -1] * percentile / 100, 1.0)
    places = [row.searchsorted(rank) for row, rank in zip(totals, ranks, strict=True)]
    chosen: NDArray[np.float64] = values[np.minimum(places, values.size - 1)]
    return chosen


def _errors(
    weights: "NDArray[np.float64]",
    values: "NDArray[np.float64]",
    counts: "NDArray[np.float64]",
    seconds: "NDArray[np.float64]",
) -> dict[str, float]:
    """Standard error of every figure over the draws."""
    import numpy as np

    drawn = (weights @ counts).cumsum(axis=1)
    errors = {}
    if values.size:
        errors = {name: float(np.log(_percentiles(drawn, values, at)).std()) for name, at in PERCENTILES.items()}
    completed, offered, failed = (weights @ seconds).T
    if (completed > 0).all():
        errors["throughput"] = float(np.log(completed).std())
    errors["failed"] = float((failed / np.maximum(offered, 1)).std())
    return errors


def endpoint_spreads(recording: Recording, whole: dict[str, Spread]) -> dict[str, dict[str, Spread]]:
    """The same figures of each endpoint, whose histograms are kept for the whole run and not by the second.

    What independent requests would spread is known from the histogram (the ranks around a percentile are binomial). That a slow second
    makes all of its requests slow is taken from the whole round: what its block bootstrap shows beyond the binomial error, as a
    factor and as a variance on top, the larger of the two.

    Args:
        recording: The run.
        whole: Its `spreads`.
    """
    overall = decode(recording.overall.histograms.get("latency", ""))
    in_time = min(recording.achieved_per_second * recording.seconds / max(recording.overall.sent, 1), 1.0)
    if not whole:
        return {}
    usual = {name: error for name, at in PERCENTILES.items() if (error := _binomial_error(overall, at)) is not None}
    # A slow second scales all percentiles alike, so the one that shows it best (the median, most often) tells it for the others.
    shared = max(
        (math.sqrt(max(whole[name].error ** 2 - error**2, 0.0)) for name, error in usual.items() if name in whole),
        default=0.0,
    )
    found: dict[str, dict[str, Spread]] = {}
    for figures in recording.endpoints:
        times, own = decode(figures.histograms.get("latency", "")), {}
        for name, at in PERCENTILES.items():
            value, error = times.percentile(at), _binomial_error(times, at)
            if name in whole and value and error is not None:
                factor = max(whole[name].error / usual[name], 1.0) if usual.get(name) else 1.0
                own[name] = Spread(value=value, error=max(error * factor, math.hypot(error, shared)))
        if figures.scheduled:
            share = figures.failed / figures.scheduled
            count, failed = recording.overall.scheduled, whole.get("failed")
            rate = recording.overall.failed / count
            binomial = math.sqrt(rate * (1 - rate) / count)
            factor = max(failed.error / binomial, 1.0) if failed and binomial else 1.0
            own["failed"] = Spread(value=share, error=math.sqrt(share * (1 - share) / figures.scheduled) * factor)
            answered = (figures.sent * in_time) / recording.seconds
            if answered:
                own["throughput"] = Spread(value=answered, error=1 / math.sqrt(figures.sent))
        found[figures.name] = own
    return found


def _binomial_error(times: Distribution, percentile: float) -> float | None:
    """Standard error of a percentile's logarithm for independent requests; None when there are too few above it."""
    share, count = percentile / 100, times.total
    width = 100 * math.sqrt(share * (1 - share) / count) if count else 100.0
    if percentile + width >= 100 or count * (1 - share) < 1:  # noqa: PLR2004  (percentiles end there)
        return None
    low, high = times.percentile(percentile - width), times.percentile(percentile + width)
    return math.log(high / low) / 2 if low and high else None
