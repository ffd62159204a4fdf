"""The pages send statements that they never sent before, several for each request.

What it shows: code that is new, and that asks the database line by line (the N+1 pattern). One of them is quick and costs little; it is
their number that pages wait for, so time alone does not show them. A job of its own sends new statements too, and slows no page; the first
hour of a promotion brings pages that were hardly asked for before.
Source: the counters of pg_stat_statements while the evidence was read, against those of the time before; Fowler, *Patterns of Enterprise
Application Architecture* (2002), "Lazy Load", on ripple loading.
"""

from collections.abc import Iterator

from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.names import Cause

FOR_EACH_REQUEST = 3.0
LEAST_PER_SECOND = 10.0
# So many calls of others have to be known before one can be called new.
LEAST_CALLS_BEFORE = 100
SLOWER = 1.3
MUCH_MORE = 2.5


def votes(seen: Seen) -> Iterator[Vote]:
    """For own code."""
    arrivals, known = seen.arrivals, sum(each.calls_before for each in seen.statements)
    if arrivals is None or not arrivals.now or known < LEAST_CALLS_BEFORE:
        return
    new = [each for each in seen.statements if each.calls_before < 1]
    sent = sum(each.per_second for each in new)
    if sent >= LEAST_PER_SECOND and sent >= FOR_EACH_REQUEST * arrivals.now:
        most = max(new, key=lambda each: each.per_second)
        says = msg(
            "Statements that were not seen before are sent {rate} times a second, {each} for each request, such as: {text}",
            rate=f"{sent:.0f}", each=f"{sent / arrivals.now:.0f}", text=" ".join(most.text.split())[:120],
        )  # fmt: skip
        weight = 0.65 if (seen.slowdown or 0.0) >= SLOWER and (arrivals.times or 1.0) < MUCH_MORE else 0.4
        yield Vote(cause=Cause.OWN_CODE, weight=weight, says=says, reading=most.reading)
