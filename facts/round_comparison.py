"""What two rehearsal rounds, or two sets of repeated ones, differ in."""

from dataclasses import dataclass
from enum import StrEnum

from facts.message import Message


class DifferenceVerdict(StrEnum):
    """Whether a figure's change stands out of the noise, and in whose favour."""

    BETTER = "better"
    WORSE = "worse"
    NOT_TOLD_APART = "not told apart"  # the interval holds no change, or the change is inside the noise band


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDifference:
    """One figure of one endpoint, one journey or the whole round, before and after.

    Attributes:
        subject: As `Figures.name`: `GET /search`, a journey's name, `""` for the whole round.
        figure: `p50`, `p95`, `p99` (latency in ms), `throughput` (answers a second), `failed` (share of the scheduled, 0 to 1).
        before, after: The figure itself; None where a round has no such subject or too few requests for it.
        low, high: Interval of `after - before` in the figure's own unit, the noise band included; None where it cannot be told.
        verdict: `NOT_TOLD_APART` whenever the interval is None or holds zero.
    """

    subject: str
    figure: str
    before: float | None
    after: float | None
    low: float | None
    high: float | None
    verdict: DifferenceVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundComparison:
    """All differences of two rounds, and how sure they are.

    Attributes:
        differences: The whole round first, then endpoint by endpoint.
        confidence: Of every interval, for example 0.99.
        noise_ratio: Relative change that repeated rounds of one and the same mall show by themselves.
        noise_measured: The band comes from repeated rounds; otherwise it is a stated default.
        cautions: Why the two are hard to compare, for example different rates or an INVALID round; empty when nothing stands against it.
    """

    differences: tuple[RoundDifference, ...]
    confidence: float
    noise_ratio: float
    noise_measured: bool
    cautions: tuple[Message, ...] = ()
