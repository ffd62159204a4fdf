"""A file system is full.

What it shows: what writes stops; on a database's machine everything does.
Source: PostgreSQL's manual, "Disk Full Failure".
"""

from collections.abc import Iterator

from facts import quantities
from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import number, records
from tickets.names import Cause

FREE_RATIO = 0.02


def votes(seen: Seen) -> Iterator[Vote]:
    """For capacity."""
    for name, host in seen.each("host"):
        for disk in records(host.get("disks")):
            total, free = number(disk.get("total_bytes")), number(disk.get("free_bytes"))
            if total and free is not None and free < FREE_RATIO * total:
                says = msg(
                    "{disk} has {share} of its room left.",
                    disk=str(disk.get("name")),
                    share=quantities.percent(free / total),
                )
                yield Vote(cause=Cause.CAPACITY, weight=0.85, says=says, reading=name)
