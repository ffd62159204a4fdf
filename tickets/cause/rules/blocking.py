"""Sessions wait for a lock that one session holds.

What it shows: who is at the head of the blocking tree. A head that is idle in its transaction has forgotten to end it, or waits for
something else with the lock in its hands; a head that works while many wait for one row is a hot row. Both are written in the code.
Source: PostgreSQL's manual, `pg_blocking_pids` and "Explicit Locking".
"""

from collections.abc import Iterator

from facts import quantities
from facts.message import msg_n
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import mapping, number, records
from tickets.names import Cause

IDLE_SECONDS = 1.0
HOT_WAITERS = 2


def votes(seen: Seen) -> Iterator[Vote]:
    """For own code, the more the more wait."""
    for name, database in seen.each("database"):
        for tree in records(database.get("blocking")):
            head, waiting = mapping(tree.get("head")), int(number(tree.get("waiting")) or 0)
            idle = str(head.get("state") or "").startswith("idle in transaction")
            since = number(head.get("state_seconds")) or 0.0
            who = str(head.get("application") or head.get("role") or "?")
            if idle and since >= IDLE_SECONDS:
                says = msg_n(
                    "{count} session waits for {who}, which has been idle in its transaction for {time}.",
                    "{count} sessions wait for {who}, which has been idle in its transaction for {time}.",
                    waiting, who=who, time=quantities.seconds(since),
                )  # fmt: skip
                yield Vote(cause=Cause.OWN_CODE, weight=0.85, says=says, reading=name)
            elif waiting >= HOT_WAITERS:
                says = msg_n(
                    "{count} session waits for a lock that {who} holds.", "{count} sessions wait for a lock that {who} holds.",
                    waiting, who=who,
                )  # fmt: skip
                yield Vote(cause=Cause.OWN_CODE, weight=0.75, says=says, reading=name)
