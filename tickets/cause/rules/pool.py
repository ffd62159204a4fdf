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


def votes(seen: Seen) -> Iterator[Vote]:
    """For configuration where the pool is small."""
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
