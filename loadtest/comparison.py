"""Two rounds, or two sets of repeated ones, figure by figure: better, worse, or not told apart.

A difference has three sources: the change that is asked about, the luck of this run's seconds, and what makes one run of the very same mall
unlike the next (caches, neighbours, where the memory lies). The second is measured within the run by a block bootstrap
(`loadtest.resampling`). The third cannot be seen in one run; it is measured when there are repeated rounds, and otherwise assumed (the
*noise band*, stated in the result).

Both variances add up. With repeated rounds the between-run variance that was measured is drawn towards the assumed one, as if that
stood for four further runs, so that three repeated rounds that happen to agree prove no mall free of noise (a moderated t statistic:
Smyth, "Linear Models and Empirical Bayes Methods", Statistical Applications in Genetics and Molecular Biology 3, 2004). Intervals hold
for all figures of the whole round at once, and for all endpoints at once (Bonferroni), so that a comparison of many figures calls no
more by chance than one of a single figure.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from facts import quantities
from facts.message import Message, msg
from facts.round_comparison import DifferenceVerdict, RoundComparison, RoundDifference
from facts.rounds import Figures, Loop, Recording
from loadtest.resampling import Spread, endpoint_spreads, spreads

FIGURES = ("p50", "p95", "p99", "throughput", "failed")
MORE_IS_BETTER = frozenset({"throughput"})
ABSOLUTE = frozenset({"failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What one run of the same mall differs from the next, as a standard deviation, where no repeated rounds tell.

    Attributes:
        ratio: Relative, of p50 and p95 latency.
        tail_ratio: Relative, of p99.
        throughput_ratio: Relative; the schedule is the same, so that it varies little.
        failed: Of the share of failed requests, absolute.
        runs: For how many runs the assumption counts against measured ones.
    """

    ratio: float = 0.025
    tail_ratio: float = 0.035
    throughput_ratio: float = 0.005
    failed: float = 0.001
    runs: int = 4

    def of(self, figure: str) -> float:
        """The standard deviation for one figure."""
        return {"p99": self.tail_ratio, "throughput": self.throughput_ratio, "failed": self.failed}.get(
            figure, self.ratio
        )


NOISE = Noise()


@dataclass(frozen=True, slots=True)
class _Compared:
    """One figure in one unit: logarithms for what compares as a ratio, else plain."""

    before: float
    after: float
    change: float
    margin: float
    noise: float


def compare(
    before: Sequence[Recording],
    after: Sequence[Recording],
    *,
    confidence: float = 0.99,
    noise: Noise = NOISE,
    seed: int = 0,
) -> RoundComparison:
    """Compares the runs before a change with those after it.

    Args:
        before: One recording, or several of the same plan.
        after: Likewise.
        confidence: Of all intervals together; 0.99 calls a difference between equal malls once in a hundred comparisons.
        noise: Assumed between-run noise.
        seed: Of the bootstrap.

    Raises:
        ValueError: A side is empty.
    """
    if not before or not after:
        raise ValueError("a comparison needs a recording on both sides")
    whole = [[spreads(each, seed=seed + number) for number, each in enumerate(side)] for side in (before, after)]
    repeated = len(before) + len(after) > 2  # noqa: PLR2004  (two single runs)
    alpha = (1 - confidence) / len(FIGURES)
    compared = {figure: _compare(figure, whole[0], whole[1], alpha, noise) for figure in FIGURES}
    differences = [_difference("", figure, each) for figure, each in compared.items()]
    names = [
        figures.name for figures in before[0].endpoints if figures.name in {each.name for each in after[0].endpoints}
    ]
    if len(names) > 1:
        alpha /= len(names)
        sides = [
            [endpoint_spreads(each, found) for each, found in zip(side, ran, strict=True)]
            for side, ran in zip((before, after), whole, strict=True)
        ]
        for name in names:
            ours = [[each.get(name, {}) for each in side] for side in sides]
            differences += [
                _difference(name, figure, _compare(figure, ours[0], ours[1], alpha, noise)) for figure in FIGURES
            ]
    differences += [_one_sided(name, before, after) for name in _unpaired(before, after)]
    latency = compared["p95"]
    return RoundComparison(
        differences=tuple(differences),
        confidence=confidence,
        noise_ratio=latency.noise if latency else noise.ratio,
        noise_measured=repeated,
        cautions=tuple(_cautions(before, after, differences)),
    )


def _compare(
    figure: str, before: Sequence[dict[str, Spread]], after: Sequence[dict[str, Spread]], alpha: float, noise: Noise
) -> _Compared | None:
    """None when a run has no such figure."""
    runs = [[each[figure] for each in side if figure in each] for side in (before, after)]
    if not all(runs):
        return None
    to: Callable[[float], float] = float if figure in ABSOLUTE else lambda value: math.log(max(value, 1e-9))
    values = [[to(each.value) for each in side] for side in runs]
    means = [sum(side) / len(side) for side in values]
    every = [each for side in runs for each in side]
    within = sum(each.error**2 for each in every) / len(every)
    assumed = noise.of(figure) ** 2 + within
    free = len(every) - 2
    # The squared distances from the sides' means hold both: what differs between runs and what differs by the luck within one.
    scattered = sum((value - mean) ** 2 for side, mean in zip(values, means, strict=True) for value in side)
    variance = (noise.runs * assumed + scattered) / (noise.runs + free) if free else assumed
    variance = max(variance, within)
    error = math.sqrt(variance * sum(1 / len(side) for side in runs))
    return _Compared(
        before=means[0],
        after=means[1],
        change=means[1] - means[0],
        margin=_quantile(1 - alpha / 2, noise.runs + free if free else None) * error,
        noise=math.sqrt(max(variance - within, 0.0)),
    )


def _quantile(probability: float, free: int | None) -> float:
    """Of Student's t, or of the normal distribution where the variance is a given one."""
    if free is None:
        return NormalDist().inv_cdf(probability)
    from scipy.special import stdtrit  # type: ignore[import-untyped]

    return float(stdtrit(free, probability))


def _difference(subject: str, figure: str, compared: _Compared | None) -> RoundDifference:
    if compared is None:
        return RoundDifference(
            subject=subject, figure=figure, before=None, after=None, low=None, high=None, verdict=DifferenceVerdict.NOT_TOLD_APART
        )  # fmt: skip
    low, high = compared.change - compared.margin, compared.change + compared.margin
    before, after = compared.before, compared.after
    if figure not in ABSOLUTE:
        before, after = math.exp(before), math.exp(after)
        low, high = before * math.expm1(low), before * math.expm1(high)
    return RoundDifference(
        subject=subject, figure=figure, before=before, after=after, low=low, high=high, verdict=_verdict(figure, low, high)
    )  # fmt: skip


def _verdict(figure: str, low: float, high: float) -> DifferenceVerdict:
    if low <= 0 <= high:
        return DifferenceVerdict.NOT_TOLD_APART
    return DifferenceVerdict.BETTER if (low > 0) == (figure in MORE_IS_BETTER) else DifferenceVerdict.WORSE


def _unpaired(before: Sequence[Recording], after: Sequence[Recording]) -> list[str]:
    ours, theirs = ({each.name for each in side[0].endpoints} for side in (before, after))
    return sorted(ours ^ theirs)


def _one_sided(name: str, before: Sequence[Recording], after: Sequence[Recording]) -> RoundDifference:
    """An endpoint that only one side has: its p95 is shown, and nothing is concluded."""

    def p95(side: Sequence[Recording]) -> float | None:
        found: list[Figures] = [each for each in side[0].endpoints if each.name == name]
        return found[0].latency_ms.p95 if found and found[0].latency_ms else None

    return RoundDifference(
        subject=name, figure="p95", before=p95(before), after=p95(after), low=None, high=None,
        verdict=DifferenceVerdict.NOT_TOLD_APART,
    )  # fmt: skip


SAME_RATE = 0.02
LONG_ENOUGH = 60.0


def _cautions(
    before: Sequence[Recording], after: Sequence[Recording], differences: Sequence[RoundDifference]
) -> list[Message]:
    """Why a difference may have another reason than the change that is asked about."""
    found = []
    rates = [sum(each.offered_per_second for each in side) / len(side) for side in (before, after)]
    if abs(rates[1] - rates[0]) > SAME_RATE * max(rates):
        found.append(
            msg(
                "the rates differ: {before} before, {after} after",
                before=quantities.rate(rates[0]),
                after=quantities.rate(rates[1]),
            )
        )
    if any(each.loop is Loop.CLOSED for each in (*before, *after)):
        found.append(
            msg("a closed loop sends less to a slower mall: its latencies and throughput cannot be compared fairly")
        )
    if any(each.ended != "finished" for each in (*before, *after)):
        found.append(msg("a round did not run to its end"))
    if any(each.seconds < LONG_ENOUGH for each in (*before, *after)):
        found.append(msg("a round is shorter than a minute: it may not show how much the mall sways by itself"))
    if all(each.low is None for each in differences):
        found.append(msg("the rounds are too short or empty: nothing can be told apart"))
    return found
