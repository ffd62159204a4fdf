"""Something was changed shortly before the alert, and since then pages are slower or fail, though no more requests arrive.

What it shows: a symptom at the front that came with the change and that load does not explain. It says no more than that the two came
together, so whatever shows the reason itself weighs more.
Source: Beyer et al., *Site Reliability Engineering* (2016), introduction: about seven in ten outages follow a change of a live system.
"""

from collections.abc import Iterator
from statistics import median

from facts import quantities
from facts.message import Message, msg
from tickets.cause.answer import Vote
from tickets.cause.seen import RATHER_MORE, Seen
from tickets.cause.values import mapping, moment, number, records
from tickets.names import Cause

SLOWER = 2.5
LEAST_SECONDS = 0.05
FAILING_RATIO = 0.02
WEIGHT = 0.35
# Of the log's sixty: a few minutes before the change.
BEFORE_INTERVALS = 5
NEARLY = 0.6


def votes(seen: Seen) -> Iterator[Vote]:
    """For the class of the newest change."""
    fired, arrivals = seen.fired_at, seen.arrivals
    changes = [each for each in seen.changes() if fired is not None and (moment(each.get("at")) or fired) < fired]
    if not changes or arrivals is None or arrivals.times is None or arrivals.times >= RATHER_MORE:
        return
    if _was_bad_before(seen, str(changes[-1].get("at"))):
        return
    says = _worse(seen)
    if says is not None:
        cause = Cause.OWN_CODE if changes[-1].get("kind") == "deployment" else Cause.CONFIGURATION
        yield Vote(cause=cause, weight=WEIGHT, says=says, reading=arrivals.reading)


def _was_bad_before(seen: Seen, changed_at: str) -> bool:
    """Whether pages were nearly as slow, or failed, in the minutes before the change: then it came into something that was going on."""
    at = moment(changed_at)
    for _, log in seen.each("log"):
        intervals = [each for each in records(log.get("intervals")) if number(each.get("requests"))]
        before = [each for each in intervals if at is not None and (moment(each.get("at")) or at) < at][
            -BEFORE_INTERVALS:
        ]
        if len(before) < BEFORE_INTERVALS:
            continue
        now = mapping(log.get("now"))
        slow = median(number(each.get("p95")) or 0.0 for each in before) >= NEARLY * (number(now.get("p95")) or 1.0)
        failing = median(number(each.get("error_ratio")) or 0.0 for each in before) >= FAILING_RATIO
        return slow or failing
    return False


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
