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

DEPLOYED, CONFIGURED = 0.4, 0.55


def votes(seen: Seen) -> Iterator[Vote]:
    """For the class of the newest change."""
    for each in seen.changes()[-1:]:
        what, at = str(each.get("what"))[:120], str(each.get("at"))[:19]
        if each.get("kind") == "deployment":
            says = msg("The deployment '{what}' was recorded at {at} UTC, shortly before the alert.", what=what, at=at)
            yield Vote(cause=Cause.OWN_CODE, weight=DEPLOYED, says=says, reading="changes")
        else:
            says = msg(
                "The change '{what}' of the configuration was recorded at {at} UTC, shortly before the alert.",
                what=what,
                at=at,
            )
            yield Vote(cause=Cause.CONFIGURATION, weight=CONFIGURED, says=says, reading="changes")
