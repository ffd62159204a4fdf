"""Sessions wait for something that a setting makes them wait for.

What it shows: commits that wait for a standby which does not answer (`SyncRep`): the server was told to wait for it, and it is not there.
Source: PostgreSQL's manual, "Synchronous Replication" and the table of wait events.
"""

from collections.abc import Iterator

from facts import quantities
from facts.message import msg_n
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import number, records
from tickets.names import Cause

FOR_A_STANDBY = "SyncRep"
LEAST_SESSIONS = 2
# A standby that is there answers within milliseconds.
LEAST_SECONDS = 1.0


def votes(seen: Seen) -> Iterator[Vote]:
    """For configuration."""
    for name, database in seen.each("database"):
        waited = [
            number(each.get("statement_seconds")) or 0.0
            for each in records(database.get("sessions"))
            if each.get("wait") == FOR_A_STANDBY
        ]
        long = [seconds for seconds in waited if seconds >= LEAST_SECONDS]
        if len(long) >= LEAST_SESSIONS:
            says = msg_n(
                "{count} session waits for a standby to confirm its commit, for {time} by now.",
                "{count} sessions wait for a standby to confirm their commits, the longest for {time} by now.",
                len(long), time=quantities.seconds(max(long)),
            )  # fmt: skip
            yield Vote(cause=Cause.CONFIGURATION, weight=0.8, says=says, reading=name)
