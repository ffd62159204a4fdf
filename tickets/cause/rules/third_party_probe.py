"""A third party does not answer, or answers slowly, when it is asked from outside of the mall.

What it shows: the provider's own page, asked by a probe that shares nothing with the mall's code and keys. The same failure seen from
there and from the mall is the provider's, whatever was deployed at the time.
Source: the field's practice of telling a channel's outage from one's own (`docs`: mission, "payment channel down").
"""

from collections.abc import Iterator

from facts import quantities
from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.payments import ChannelState
from tickets.cause.seen import Seen
from tickets.cause.values import number
from tickets.names import Cause

DOWN, SLOW, UP = "down", "slow", "up"


def votes(seen: Seen) -> Iterator[Vote]:
    """For the third party where its probe fails; against it where a failing channel's probe is well."""
    failing = {each.name for each in seen.channels if each.state is ChannelState.FAILING}
    for name, probe in seen.probes.items():
        state = probe.get("state")
        if state == DOWN:
            says = msg("{name} does not answer a probe from outside either.", name=name)
            yield Vote(cause=Cause.THIRD_PARTY, weight=0.9, says=says, reading="probes")
        elif state == SLOW:
            took = quantities.seconds(number(probe.get("seconds")) or 0.0)
            says = msg("{name} answers a probe from outside only after {time}.", name=name, time=took)
            yield Vote(cause=Cause.THIRD_PARTY, weight=0.8, says=says, reading="probes")
        elif state == UP and name in failing:
            says = msg("{name} answers a probe from outside, while our payments on it fail.", name=name)
            yield Vote(cause=Cause.THIRD_PARTY, weight=0.9, says=says, reading="probes", against=True)
            says = msg("{name} is well; what differs is how we ask it: keys, address, certificate, limits.", name=name)
            yield Vote(cause=Cause.CONFIGURATION, weight=0.75, says=says, reading="probes")
