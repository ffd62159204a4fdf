"""How arrivals come in the rounds at the everyday peak and at the multiplier: in a shape, or as the access log has them."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from facts.traffic import Traffic
from loadtest.plan import Arrivals, Plan, Segment
from loadtest.traffic import shapes
from loadtest.traffic.replay import offsets

# Before the multiplier's rate, so that the second at which latency bends can be told from an ordinary one.
LEAD_SECONDS = 10.0
HOT_SHARE = 0.8

Laid = Callable[[Plan, float], Plan]
"""Lays the arrivals of a part of so many seconds into a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The arrivals of the baseline and of the confirmation.

    Attributes:
        everyday: Of the round at the everyday peak.
        promotion: Of the round at the multiplier.
    """

    everyday: Laid
    promotion: Laid


def shaped(name: str, everyday: float, multiplier: float) -> Schedule:
    """Constant at the everyday peak; at the multiplier in a promotion's shape. The highest rate is sustained for the seconds asked for.

    Args:
        name: `step`, `plateau`, `countdown` or `flash-sale`.
        everyday: Journeys a second at the everyday peak.
        multiplier: Times that.
    """
    scale = shapes.Scale(everyday=everyday, multiplier=multiplier)
    lead = (Segment(seconds=LEAD_SECONDS, per_second=everyday),)

    def baseline(plan: Plan, seconds: float) -> Plan:
        return replace(plan, segments=(Segment(seconds=seconds, per_second=everyday),))

    def promotion(plan: Plan, seconds: float) -> Plan:
        if name == "flash-sale":
            sale = shapes.flash_sale(scale, before=LEAD_SECONDS, rush=seconds, after=seconds / 2, hot_share=HOT_SHARE)
            return replace(plan, segments=sale.segments, hot_share=sale.hot_share)
        if name == "countdown":
            return replace(
                plan,
                segments=(*lead, *shapes.countdown(scale, gather=seconds / 2, spike=seconds, settle=seconds / 4)),
            )
        rise = seconds / 4 if name == "plateau" else 0.0
        return replace(plan, segments=(*lead, *shapes.plateau(scale, rise=rise, hold=seconds)))

    return Schedule(everyday=baseline, promotion=promotion)


def replayed(log: Traffic, multiplier: float) -> Schedule:
    """The busiest stretch of the access log as it was, and laid over itself as often as the multiplier says.

    Args:
        log: The mall's own sessions.
        multiplier: Times as many.
    """

    def laid(times: float) -> Laid:
        def lay(plan: Plan, seconds: float) -> Plan:
            began = busiest(log, seconds)
            moments = offsets(log, multiplier=times, began=began, seconds=seconds, seed=plan.seed)
            whole = Segment(seconds=seconds, per_second=len(moments) / seconds)
            return replace(plan, arrivals=Arrivals.REPLAY, offsets=moments, segments=(whole,))

        return lay

    return Schedule(everyday=laid(1.0), promotion=laid(multiplier))


def busiest(log: Traffic, seconds: float) -> float:
    """Where the stretch of that length begins in which the most sessions did, in seconds since the epoch: at a session's own start."""
    starts = sorted(session.visits[0].at for session in log.sessions if session.visits)
    return max(starts, key=lambda at: bisect_left(starts, at + seconds) - bisect_left(starts, at), default=log.began)


def highest_rate(plan: Plan) -> float:
    """Journeys a second in the busiest second of a plan."""
    if plan.arrivals is Arrivals.REPLAY:
        return float(max(Counter(int(at) for at in plan.offsets).values(), default=0))
    return max(each.per_second for each in plan.segments)
