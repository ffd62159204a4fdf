"""Something was deployed or configured shortly before the alert.

What it shows: that it may be the reason; most incidents follow a change, and most changes make no incident. So it needs a symptom beside it
that changes can make: it is never enough alone.
Source: Beyer et al., *Site Reliability Engineering* (2016), introduction: about seven in ten outages follow a change of a live system.
"""

from collections.abc import Iterator

from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.names import Cause

_CLASSES = {"deployment": (Cause.OWN_CODE, 0.4), "configuration": (Cause.CONFIGURATION, 0.55)}


def votes(seen: Seen) -> Iterator[Vote]:
    """For the class of the newest change; against both where changes are recorded and there was none."""
    newest = seen.changes()[-1:]
    for each in newest:
        cause, weight = _CLASSES.get(str(each.get("kind")), (Cause.CONFIGURATION, 0.3))
        says = msg(
            "{kind} '{what}' was recorded at {at}, shortly before the alert.",
            kind=str(each.get("kind")), what=str(each.get("what"))[:120], at=str(each.get("at"))[:19],
        )  # fmt: skip
        yield Vote(cause=cause, weight=weight, says=says, reading="changes")
