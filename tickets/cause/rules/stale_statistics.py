"""A large share of a table's rows has changed since the planner last counted them.

What it shows: a bulk load, a mass update or a restore that ANALYZE has not followed; plans are made for a table that is no longer there.
Source: PostgreSQL's manual, "Routine Vacuuming": autovacuum analyzes after a tenth of the rows (`autovacuum_analyze_scale_factor`); three
times that has been missed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

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
            elif _is_unknown(table, database):
                says = msg(
                    "{table} is read and has never been analyzed, while others have.", table=str(table.get("name"))
                )
                yield Vote(cause=Cause.DATA, weight=0.65, says=says, reading=name)


def _is_unknown(table: Mapping[str, Any], database: Mapping[str, Any]) -> bool:
    """Whether the planner knows nothing of a table that is read whole; where no table was analyzed, the counters were just reset."""
    scanned = (number(table.get("scanned_rows_per_second")) or 0.0) >= LEAST_ROWS
    others = any(each.get("analyzed_at") for each in records(database.get("tables")))
    return scanned and others and "analyzed_at" in table and table.get("analyzed_at") is None
