"""Pages wait for one of very few database connections.

What it shows: an application's pool that is used up though the database has room; a pool of a handful is a setting, and a pool of tens that
is used up under more requests is a matter of capacity (see `arrivals`).
Source: HikariCP, "About Pool Sizing": even a small server is given ten; the application's metrics page.
"""

from collections.abc import Iterator

from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import mapping, number
from tickets.names import Cause

SMALL = 5.0
PENDING = 1.0
# Waits for a connection are short and many: a glance at the pool may miss them, the pages do not.
SLOWER = 2.0


def votes(seen: Seen) -> Iterator[Vote]:
    """For configuration where the pool is small."""
    slower = (seen.median_latency.times if seen.median_latency else None) or 1.0
    for name, page in seen.each("application"):
        peak = mapping(page.get("peak"))
        most, pending = number(peak.get("pool_max")), number(peak.get("pool_pending")) or 0.0
        if most is not None and most <= SMALL and pending >= PENDING:
            says = msg(
                "{pending} requests wait for one of {most} database connections.",
                pending=round(pending),
                most=round(most),
            )
            yield Vote(cause=Cause.CONFIGURATION, weight=0.8, says=says, reading=name)
        elif most is not None and most <= SMALL and slower >= SLOWER:
            says = msg(
                "Half of the pages take {times} times as long as before, and all of them share {most} database connections.",
                times=f"{slower:.1f}",
                most=round(most),
            )
            yield Vote(cause=Cause.CONFIGURATION, weight=0.65, says=says, reading=name)
