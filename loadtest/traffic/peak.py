"""The everyday peak and its bursts, from the minutes of a log."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from facts.traffic import Minute

MINUTE_SECONDS = 60
# The busiest hundredth is left out: an outage's reloads and a newsletter's hour are no everyday.
EVERYDAY_SHARE = 0.99
# Bursts are looked for in the minutes that are nearly as busy as the peak: one minute alone says too little of its scatter.
BUSY_SHARE = 0.95
BUSY_AT_LEAST = 5
# Of a shorter log the first and the last minute, which are cut, are the most of it.
WHOLE_MINUTES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The everyday peak.

    Attributes:
        sessions_per_second: Session arrivals.
        requests_per_second: Of shoppers.
        burstiness: Variance over mean of session arrivals a second; 1 for Poisson.
    """

    sessions_per_second: float
    requests_per_second: float
    burstiness: float


def peak_of(minutes: Sequence[Minute], *, seconds: float) -> Peak:
    """The 99th percentile of minutes, those without a request included; of a log of few minutes, the mean over its length.

    Args:
        minutes: Every minute with a request in it, ascending.
        seconds: The log's length.

    Source of the burstiness: the index of dispersion for counts; Cox and Lewis, The Statistical Analysis of Series of Events (1966),
        chapter 4.
    """
    if len(minutes) < WHOLE_MINUTES:
        length = max(seconds, 1.0)
        return Peak(
            sessions_per_second=sum(each.sessions for each in minutes) / length,
            requests_per_second=sum(each.requests for each in minutes) / length,
            burstiness=_dispersion(minutes),
        )
    whole = minutes[1:-1]
    empty = (minutes[-1].at - minutes[0].at) // MINUTE_SECONDS - 1 - len(whole)
    sessions = [0] * empty + sorted(each.sessions for each in whole)
    requests = [0] * empty + sorted(each.requests for each in whole)
    busy = sorted(whole, key=lambda each: each.sessions)[-max(BUSY_AT_LEAST, ceil((1 - BUSY_SHARE) * len(sessions))) :]
    return Peak(
        sessions_per_second=_percentile(sessions) / MINUTE_SECONDS,
        requests_per_second=_percentile(requests) / MINUTE_SECONDS,
        burstiness=_dispersion(busy),
    )


def _percentile(ordered: Sequence[int]) -> int:
    """The smallest value that the share of the values does not exceed."""
    return ordered[max(ceil(EVERYDAY_SHARE * len(ordered)) - 1, 0)]


def _dispersion(minutes: Sequence[Minute]) -> float:
    """Within minutes, so that a rate that changes from minute to minute is no burst; minutes count by their arrivals."""
    arrivals = sum(each.sessions for each in minutes)
    if arrivals == 0:
        return 1.0
    scatter = sum(each.squares - each.sessions**2 / MINUTE_SECONDS for each in minutes)
    return scatter / (MINUTE_SECONDS - 1) * MINUTE_SECONDS / arrivals
