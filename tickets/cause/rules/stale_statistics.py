"""A large share of a table's rows has changed since the planner last counted them.

What it shows: a bulk load or a mass update that ANALYZE has not followed; plans are made for a table that is no longer there.
Source: PostgreSQL's manual, "Routine Vacuuming": autovacuum analyzes after a tenth of the rows (`autovacuum_analyze_scale_factor`); three
times that has been missed.
"""

from collections.abc import Iterator

from facts import quantities
from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import number, records
from tickets.names import Cause

CHANGED_RATIO = 0.3
LEAST_ROWS = 10_000


def votes(seen: Seen) -> Iterator[Vote]:
    """For data."""
    for name, database in seen.each("database"):
        for table in records(database.get("tables")):
            changed, live = number(table.get("changed_since_analyze")) or 0.0, number(table.get("live_rows")) or 0.0
            if changed >= LEAST_ROWS and changed >= CHANGED_RATIO * max(live, 1.0):
                says = msg(
                    "{table} has {rows} rows and {changed} of them changed since it was analyzed.",
                    table=str(table.get("name")), rows=quantities.count(round(live)), changed=quantities.count(round(changed)),
                )  # fmt: skip
                yield Vote(cause=Cause.DATA, weight=0.65, says=says, reading=name)
