"""Replays the arrivals of a log, scaled by more sessions: shifted copies are laid over each other, and time runs as it did.

Compressing time instead would shorten every pause, raise the rate of each single session, and let caches expire too rarely.
Source: superposition of shifted copies keeps each copy's own gaps; Cox and Lewis, The Statistical Analysis of Series of Events (1966),
    chapter 8.
Caveats: copies that are shifted by more than a burst lasts are independent in it, so that the index of dispersion stays what it was.
    Within the spread, the day's curve is flattened.
"""

import math
import random

from facts.message import msg
from facts.traffic import Traffic
from loadtest.traffic.model import TrafficError

SPREAD_SECONDS = 300.0


def offsets(
    traffic: Traffic, *, multiplier: float, began: float, seconds: float, seed: int, spread: float = SPREAD_SECONDS
) -> tuple[float, ...]:
    """Moments of arrival in seconds from the start, ascending, for `Plan.offsets`.

    The first copy lies where the log has it. Each further one is shifted by its own time, evenly spaced over the spread and then at
    random within its place; what leaves the window at its end comes in at its start. A part of a copy is made of sessions chosen by
    the seed. Where the traffic holds a sample of the log's sessions, as many more copies make up for it.

    Args:
        traffic: From the log.
        multiplier: How many times the log's arrivals.
        began: Seconds since the epoch at which the window begins.
        seconds: The window's length.
        seed: The same seed gives the same moments.
        spread: Seconds over which copies are shifted.

    Raises:
        TrafficError: No session began in the window.
    """
    real = [
        at for session in traffic.sessions if session.visits and 0 <= (at := session.visits[0].at - began) < seconds
    ]
    if not real:
        raise TrafficError(
            msg("no session of the log began in the {seconds} s that are to be replayed", seconds=round(seconds))
        )
    dice = random.Random(f"replay/{seed}")  # noqa: S311  (arrivals, not a secret)
    wanted = multiplier * _of_the_log(traffic)
    copies = math.ceil(wanted)
    found: list[float] = []
    for copy in range(copies):
        shift = 0.0 if copy == 0 else (copy - 1 + dice.random()) / (copies - 1) * min(spread, seconds)
        share = min(wanted - copy, 1.0)
        found.extend((at + shift) % seconds for at in real if share >= 1 or dice.random() < share)
    return tuple(sorted(found))


def _of_the_log(traffic: Traffic) -> float:
    """How many requests of the log stand behind each that was kept."""
    kept = sum(len(session.visits) for session in traffic.sessions)
    return max(traffic.requests / kept, 1.0) if kept else 1.0
