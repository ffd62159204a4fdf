"""When latency bends: the second from which a round was slow, and how slow before and after."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from facts.rounds import Moment, Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What counts as a bend.

    Attributes:
        ratio: How many times slower than before; below a factor of two a busy machine's own noise reaches.
        margin_ms: And by this much at least: half of what feels instantaneous (Nielsen, *Usability Engineering*, 5.5: 0.1 s).
        deviations: And by how many standard deviations of the seconds before, taken from their median absolute deviation.
        seconds: How long it lasts at least, in seconds.
        failed_ratio: A second in which more than this share failed is slow whatever its latency: an error is answered quickly.
    """

    ratio: float = 2.0
    margin_ms: float = 50.0
    deviations: float = 4.0
    seconds: int = 3
    failed_ratio: float = 0.05


THRESHOLDS = Thresholds()
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """Latency before and after one second.

    Attributes:
        second: The first slow one.
        percentile: `p95` or `p99`, whichever bends.
        before_ms, after_ms: Medians over the seconds before (or over the baseline round) and from it on.
        failed_ratio: Share of requests that failed from it on.
        felt_ms: The median of its first seconds: a request counts in the second of its intended start, so it can meet what slowed it
            down this much later.
    """

    second: int
    percentile: str
    before_ms: float
    after_ms: float
    felt_ms: float
    failed_ratio: float


def find_bend(recording: Recording, baseline: Recording | None = None) -> Bend | None:
    """The bend of the 95th percentile, else of the 99th; None when the round is not slower than it began.

    Without a baseline the seconds before are told from those after by the split into two levels of log latency that leaves the least
    absolute deviation (a change point in the median: Bai 1995), and the bend is then the first second of the run that leads up to it.

    Args:
        recording: The round.
        baseline: The everyday round of the same mall; with it a round that is slow from its first second has bent at second 0.
    """
    for percentile in ("p95", "p99"):
        series = _series(recording.moments, percentile)
        if len(series) < 2 * THRESHOLDS.seconds:
            continue
        before = [value for _, value in _series(baseline.moments, percentile)] if baseline else []
        # A median of three seconds shows two that follow each other by chance as three or four.
        lasting = THRESHOLDS.seconds + (0 if percentile == "p95" else 2)
        bend = _bend(series, before, percentile, lasting)
        if bend is not None:
            after = [moment for moment in recording.moments if moment.second >= bend.second]
            failed = sum(moment.failed for moment in after) / max(sum(moment.offered for moment in after), 1)
            return replace(bend, failed_ratio=failed)
    return None


def _series(moments: Sequence[Moment], percentile: str) -> list[tuple[int, float]]:
    """(second, ms) of the seconds that had requests; the 99th, of few requests a second, as a median of three seconds."""
    found = []
    for moment in moments:
        value = moment.p95_ms if percentile == "p95" else moment.p99_ms
        if moment.offered and moment.failed > THRESHOLDS.failed_ratio * moment.offered:
            found.append((moment.second, math.inf))
        elif value is not None:
            found.append((moment.second, value))
    if percentile == "p95":
        return found
    return [
        (second, statistics.median(value for _, value in found[max(place - 1, 0) : place + 2]))
        for place, (second, _) in enumerate(found)
    ]


def _bend(series: Sequence[tuple[int, float]], baseline: Sequence[float], percentile: str, lasting: int) -> Bend | None:
    values = [value for _, value in series]
    split = 0 if baseline else _split(values)
    before = [value for value in (baseline or values[:split]) if math.isfinite(value)]
    if len(before) < 2:  # noqa: PLR2004  (two seconds make no level)
        return None
    level = statistics.median(before)
    deviation = _MAD_TO_DEVIATION * statistics.median(abs(value - level) for value in before)
    bar = max(THRESHOLDS.ratio * level, level + THRESHOLDS.margin_ms, level + THRESHOLDS.deviations * deviation)
    slow = [value > bar for value in values]
    first = _first_lasting(slow, lasting)
    if first is None:
        return None
    after = [value for value in values[first:] if math.isfinite(value)] or [math.inf]
    return Bend(
        second=series[first][0],
        percentile=percentile,
        before_ms=level,
        after_ms=statistics.median(after),
        felt_ms=statistics.median(after[: THRESHOLDS.seconds]),
        failed_ratio=0.0,
    )


def _split(values: Sequence[float]) -> int:
    """The place that parts the series into two levels with the least absolute deviation of logarithms."""
    ceiling = max((value for value in values if math.isfinite(value)), default=1.0)
    logarithms = [math.log(max(min(value, 10 * ceiling), 0.1)) for value in values]

    def deviation(part: Sequence[float]) -> float:
        middle = statistics.median(part)
        return sum(abs(value - middle) for value in part)

    places = range(2, len(values) - 1)
    return min(places, key=lambda place: deviation(logarithms[:place]) + deviation(logarithms[place:]), default=0)


def _first_lasting(flags: Sequence[bool], lasting: int) -> int | None:
    """The first place from which `lasting` in a row hold, and most of the rest."""
    for place in range(len(flags) - lasting + 1):
        rest = flags[place:]
        if all(rest[:lasting]) and 2 * sum(rest) > len(rest):
            return place
    return None
