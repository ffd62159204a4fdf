"""Think times: pauses between an answer and the next request, as quantiles."""

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from facts.traffic import Session

# A session is cut where a pause is longer, so no think time is; the usual limit of web analytics.
LIMIT_SECONDS = 1800.0
STEPS = 20


def pauses(session: Session) -> Iterator[tuple[str, str, float]]:
    """Each move of a session: from, to, and the seconds from the end of the one to the start of the other, at most half an hour."""
    for before, after in pairwise(session.visits):
        pause = after.at - before.at - (before.seconds or 0.0)
        yield before.endpoint, after.endpoint, min(max(pause, 0.0), LIMIT_SECONDS)


def quantiles(values: Iterable[float]) -> tuple[float, ...]:
    """Quantiles 0, 5, … 100 % of the values; empty for none.

    Source: linear interpolation between order statistics; Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), type 7.
    """
    ordered = sorted(values)
    if not ordered:
        return ()
    return tuple(interpolated(ordered, step / STEPS) for step in range(STEPS + 1))


def interpolated(ordered: Sequence[float], share: float) -> float:
    """The value at that share (0 to 1) of the way through ascending values."""
    place = share * (len(ordered) - 1)
    low = min(int(place), len(ordered) - 1)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def drawn(think_seconds: Sequence[float], dice: random.Random) -> float:
    """A pause from the distribution with these quantiles, by its inverse; 0 where none is known."""
    return interpolated(think_seconds, dice.random()) if think_seconds else 0.0
