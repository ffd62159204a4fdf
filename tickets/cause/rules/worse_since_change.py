"""Something was changed shortly before the alert, and since then pages are slower or fail, though no more requests arrive.

What it shows: a symptom at the front that came with the change and that load does not explain. It says no more than that the two came
together, so whatever shows the reason itself weighs more.
Source: Beyer et al., *Site Reliability Engineering* (2016), introduction: about seven in ten outages follow a change of a live system.
"""

from collections.abc import Iterator

from facts import quantities
from facts.message import Message, msg
from tickets.cause.answer import Vote
from tickets.cause.seen import RATHER_MORE, Seen
from tickets.names import Cause

SLOWER = 2.5
LEAST_SECONDS = 0.05
FAILING_RATIO = 0.02
WEIGHT = 0.35


def votes(seen: Seen) -> Iterator[Vote]:
    """For the class of the newest change."""
    changes, arrivals = seen.changes(), seen.arrivals
    if not changes or arrivals is None or arrivals.times is None or arrivals.times >= RATHER_MORE:
        return
    says = _worse(seen)
    if says is not None:
        cause = Cause.OWN_CODE if changes[-1].get("kind") == "deployment" else Cause.CONFIGURATION
        yield Vote(cause=cause, weight=WEIGHT, says=says, reading=arrivals.reading)


def _worse(seen: Seen) -> Message | None:
    errors, latency = seen.errors, seen.latency
    if errors is not None and errors.before is not None and errors.now >= FAILING_RATIO > errors.before:
        return msg(
            "Since the change {share} of the requests fail, and no more arrive.", share=quantities.percent(errors.now)
        )
    if latency is not None and (latency.times or 0.0) >= SLOWER and latency.now >= LEAST_SECONDS:
        return msg("Since the change one page in twenty takes more than {now}, {before} before, and no more requests arrive.",
                   now=quantities.seconds(latency.now), before=quantities.seconds(latency.before or 0.0))  # fmt: skip
    return None
