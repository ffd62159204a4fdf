"""The books of the business do not add up.

What it shows: rows that break what must always hold (stock below zero, payments that do not match their orders, totals that do not add up),
as the mall has declared it. Whatever made them, they are what has to be put right first.
Source: the mall's own `[[invariant]]` declarations; `collectors.invariants`.
"""

from collections.abc import Iterator

from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import mapping, number, records
from tickets.names import Cause

LEAST_ROWS = 3


def votes(seen: Seen) -> Iterator[Vote]:
    """For data, where at least a few rows are wrong: one or two may be a payment that is being booked at this moment."""
    for each in records(mapping(seen.value("integrity")).get("invariants")):
        rows = int(number(each.get("rows")) or 0)
        if each.get("held") is False and rows >= LEAST_ROWS:
            says = msg("{rows} rows break the rule {name}.", rows=rows, name=str(each.get("name")))
            yield Vote(cause=Cause.DATA, weight=0.85, says=says, reading="integrity")
