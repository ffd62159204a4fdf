"""Far more requests arrive than before, and something of the mall is full.

What it shows: the mall does what it did, only more of it. Without anything full the requests are borne and explain nothing.
Source: the USE method (Gregg, *Systems Performance*, 2nd ed., 2.5.9) for what is full; the access log for arrivals.
"""

from collections.abc import Iterator

from facts import quantities
from facts.message import Message, msg
from tickets.cause.answer import Vote
from tickets.cause.rules import pool
from tickets.cause.seen import ONE_VISITOR, RATHER_MORE, Seen
from tickets.cause.values import mapping, number
from tickets.names import Cause

MORE = 2.5
BUSY_RATIO = 0.85
PENDING = 2.0
SLOWER = 3.0
NEAR_LIMIT = 0.9
# Full processors that make no page slower bear what arrives.
RATHER_SLOWER = 1.5
FAILING_RATIO = 0.02


def votes(seen: Seen) -> Iterator[Vote]:
    """For capacity; against it where no more arrive than before."""
    arrivals = seen.arrivals
    if arrivals is None or arrivals.times is None:
        return
    full = _full(seen)
    now, before = f"{arrivals.now:.1f}", f"{arrivals.before or 0.0:.1f}"
    if arrivals.times < RATHER_MORE:
        says = msg("No more requests arrive than before ({before} → {now} a second).", before=before, now=now)
        yield Vote(cause=Cause.CAPACITY, weight=0.4, says=says, reading=arrivals.reading, against=True)
    if arrivals.times >= MORE and full is not None:
        says = msg("{times} times as many requests arrive as before ({before} → {now} a second), and {full}.",
                   times=f"{arrivals.times:.1f}", before=before, now=now, full=full)  # fmt: skip
        # A pool of a handful is full with twice the requests of any mall.
        weight = 0.3 if any(pool.votes(seen)) else 0.75
        yield Vote(cause=Cause.CAPACITY, weight=weight, says=says, reading=arrivals.reading)
    if seen.one_visitor >= ONE_VISITOR and arrivals.times >= RATHER_MORE:
        says = msg("One visitor alone sends {share} of the requests.", share=quantities.percent(seen.one_visitor))
        yield Vote(cause=Cause.CAPACITY, weight=0.65, says=says, reading=arrivals.reading)


def _full(seen: Seen) -> Message | None:
    """What is full; None where nothing is."""
    for _, host in seen.each("host"):
        busy = number(mapping(host.get("mean")).get("cpu_busy_ratio"))
        if busy is not None and busy >= BUSY_RATIO and _is_felt(seen):
            return msg("the processors are used up")
    for _, page in seen.each("application"):
        peak, mean = mapping(page.get("peak")), mapping(page.get("mean"))
        if (number(peak.get("pool_pending")) or 0.0) >= PENDING:
            return msg("the connection pool is used up")
        workers, most = number(mean.get("workers_busy")), number(mean.get("workers_max"))
        if workers is not None and most and workers >= NEAR_LIMIT * most:
            return msg("the workers are used up")
    if seen.latency is not None and (seen.latency.times or 0.0) >= SLOWER:
        return msg("pages take several times as long")
    return None


def _is_felt(seen: Seen) -> bool:
    """Whether pages are slower or fail; where the front tells nothing, that is taken for granted."""
    failing = seen.errors is not None and seen.errors.now >= FAILING_RATIO
    return seen.slowdown is None or failing or seen.slowdown >= RATHER_SLOWER
