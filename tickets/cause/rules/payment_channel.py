"""One payment channel fails while another succeeds.

What it shows: what both share (shop, database, cache) works, so it is the channel, or what is our own of it alone. Without a probe from
outside the two cannot be told apart, so this alone is not enough to name the third party.
Source: `tickets.cause.payments`.
"""

from collections.abc import Iterator

from facts import quantities
from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.payments import ChannelState
from tickets.cause.seen import Seen
from tickets.names import Cause


def votes(seen: Seen) -> Iterator[Vote]:
    """For the third party where one channel fails alone; against it where all fail together."""
    failing = [each for each in seen.channels if each.state is ChannelState.FAILING]
    well = [each for each in seen.channels if each.state is ChannelState.WELL]
    for each in failing:
        share = quantities.percent(each.success_ratio or 0.0)
        if well:
            says = msg(
                "On {channel} {share} of {count} payments succeed, while {others} is well.",
                channel=each.name, share=share, count=round(each.paid + each.failed), others=", ".join(one.name for one in well),
            )  # fmt: skip
            yield Vote(cause=Cause.THIRD_PARTY, weight=0.5, says=says, reading="payments")
        elif len(failing) > 1:
            says = msg("Payments fail on every channel, which no single provider explains.")
            yield Vote(cause=Cause.THIRD_PARTY, weight=0.7, says=says, reading="payments", against=True)
            return
