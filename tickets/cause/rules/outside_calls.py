"""The application waits for a third party.

What it shows: the application's own clock around its calls to others. It also counts what our own side of the call takes.
Source: the application's metrics page (OpenTelemetry's `http.client.request.duration`); providers promise tenths of a second.
"""

from collections.abc import Iterator

from facts import quantities
from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import mapping, number
from tickets.names import Cause

SLOW_SECONDS = 0.5
# A processor that is used up lets every clock run long.
BUSY_RATIO = 0.9


def votes(seen: Seen) -> Iterator[Vote]:
    """For the third party where calls to it take long and the machine is not the reason."""
    busy = any(
        (number(mapping(host.get("mean")).get("cpu_busy_ratio")) or 0.0) > BUSY_RATIO for _, host in seen.each("host")
    )
    for name, page in seen.each("application"):
        took = number(mapping(page.get("mean")).get("outside_seconds"))
        if took is not None and took >= SLOW_SECONDS:
            says = msg(
                "Calls of the application to its slowest third party take {time}.", time=quantities.seconds(took)
            )
            yield Vote(cause=Cause.THIRD_PARTY, weight=0.25 if busy else 0.5, says=says, reading=name)
