"""The database has hardly a connection left.

What it shows: more instances, or larger pools, than the server was set up for. With more requests it is a matter of capacity; without them
somebody set the pools, or the server, too narrowly.
Source: PostgreSQL's manual, `max_connections`; the last ones are reserved for the superuser.
"""

from collections.abc import Iterator

from facts.message import Message, msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import mapping, number
from tickets.names import Cause

NEAR_RATIO = 0.9
MORE = 2.0
_REFUSED = ("remaining connection slots", "too many clients", "too many connections")


def votes(seen: Seen) -> Iterator[Vote]:
    """For capacity or configuration, by whether more arrives."""
    for name, database in seen.each("database"):
        held = mapping(database.get("connections"))
        peak, limit = number(held.get("peak")), number(held.get("usable"))
        if peak is not None and limit and peak >= NEAR_RATIO * limit:
            yield from _both(
                seen, name, msg("{peak} of {limit} connections are taken.", peak=round(peak), limit=round(limit))
            )
    for name, reason in seen.unavailable():
        if name.startswith("database:") and any(each in str(reason) for each in _REFUSED):
            yield from _both(seen, name, msg("The database has no connection left for the evidence either."))


def _both(seen: Seen, name: str, says: Message) -> Iterator[Vote]:
    more = seen.arrivals is not None and (seen.arrivals.times or 0.0) >= MORE
    yield Vote(cause=Cause.CAPACITY, weight=0.8 if more else 0.6, says=says, reading=name)
    if not more:
        yield Vote(cause=Cause.CONFIGURATION, weight=0.35, says=says, reading=name)
