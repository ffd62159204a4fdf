"""The three rounds of a configured mall: baseline at the everyday peak, capacity up to the knee, confirmation at the multiplier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from facts.rounds import Round, RoundKind, RoundVerdict, Step
from loadtest.cause import rank
from loadtest.knee import Search, Try
from loadtest.objective import Measure, Scope, Slo
from loadtest.plan import Plan, Segment
from loadtest.safety.abort import AbortLimits
from loadtest.shopping import shopping_list
from loadtest.verdict import judge
from tenfold.stressing.business import Business
from tenfold.stressing.running import Ran
from tenfold.stressing.single import Rehearsed, Send, bandwidth, knee

# Before the multiplier's rate, so that the second at which latency bends can be told from an ordinary one.
LEAD_SECONDS = 10.0
# On the way up a step only has to tell far too much from not nearly enough.
UPWARD_STEP_SECONDS = 10.0
# How far above the need the search looks: what lies beyond buys nothing for this promotion.
SEARCH_BEYOND = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What the rounds are made of.

    Attributes:
        plan: Target, journeys, headers; its segments are replaced.
        slos: What has to hold.
        everyday_peak: Journeys a second.
        multiplier: Times the everyday peak.
        ceiling: Journeys a second that no step may exceed.
        baseline, step, hold, confirm: Seconds of each part.
        payment: Endpoints that take payments.
        business: Rules that must hold after a round; None where none were declared.
    """

    plan: Plan
    slos: tuple[Slo, ...]
    everyday_peak: float
    multiplier: float
    ceiling: float
    baseline: float
    step: float
    hold: float
    confirm: float
    payment: tuple[str, ...] = ()
    business: Business | None = None

    @property
    def needed(self) -> float:
        """Journeys a second that the promotion brings."""
        return self.everyday_peak * self.multiplier


def baseline(protocol: Protocol, send: Send, manifest: dict[str, str]) -> Rehearsed:
    """The everyday peak: what the mall is like before anything is asked of it."""
    plan = _with(protocol.plan, Segment(seconds=protocol.baseline, per_second=protocol.everyday_peak))
    return _judged(RoundKind.BASELINE, protocol, plan, AbortLimits(), send, manifest)


def capacity(
    protocol: Protocol,
    send: Send,
    manifest: dict[str, str],
    told: Callable[[Try, Sequence[Step]], object],
    everyday: Rehearsed | None,
) -> Rehearsed:
    """Steps and bisection up to the knee, or to somewhat beyond what is needed."""
    search = Search(
        low=protocol.everyday_peak,
        high=min(protocol.ceiling, protocol.needed * SEARCH_BEYOND),
        step_seconds=min(protocol.step, UPWARD_STEP_SECONDS),
        fine_seconds=protocol.step,
        hold_seconds=protocol.hold,
        floor=protocol.everyday_peak / 4,
    )
    found = knee(protocol.plan, protocol.slos, search, send, manifest, told=told, needed=protocol.needed)
    return replace(found, round=_explained(found.round, found.overload, everyday))


def confirm(protocol: Protocol, send: Send, manifest: dict[str, str], everyday: Rehearsed | None) -> Rehearsed:
    """The multiplier, sustained."""
    plan = _with(
        protocol.plan,
        Segment(seconds=LEAD_SECONDS, per_second=protocol.everyday_peak),
        Segment(seconds=protocol.confirm, per_second=protocol.needed),
    )
    return _judged(RoundKind.CONFIRM, protocol, plan, _sustained(protocol.slos), send, manifest, everyday)


def _judged(
    kind: RoundKind,
    protocol: Protocol,
    plan: Plan,
    limits: AbortLimits,
    send: Send,
    manifest: dict[str, str],
    everyday: Rehearsed | None = None,
) -> Rehearsed:
    begun = protocol.business.begin() if protocol.business is not None else None
    ran = send(plan, limits)
    verdict, reasons = judge(ran.recording, protocol.slos, payment=protocol.payment)
    one = Round(
        kind=kind, verdict=verdict, reasons=reasons, recording=ran.recording, manifest=manifest,
        bandwidth_bits_per_second=bandwidth(ran),
    )  # fmt: skip
    if begun is not None:
        one = begun.judged(one, ran.recording)
    overload = ran if verdict is RoundVerdict.NO_GO else None
    explained = _explained(one, overload, everyday)
    if kind is RoundKind.BASELINE:
        explained = _with_shopping(explained, ran, protocol.multiplier)
    return Rehearsed(round=explained, watch=ran.watch, overload=overload, interrupted=ran.interrupted)


def _explained(one: Round, overload: Ran | None, everyday: Rehearsed | None) -> Round:
    """The round with what gave first; the everyday round tells what is ordinary for this mall."""
    if overload is None:
        return one
    ordinary = everyday.round.recording if everyday is not None else None
    return replace(one, causes=rank(overload.recording, overload.watch, ordinary))


def _with_shopping(one: Round, ran: Ran, multiplier: float) -> Round:
    lines, missing = shopping_list(ran.recording, ran.watch, multiplier)
    return replace(one, shopping=lines, not_examined=(*one.not_examined, *missing))


def _with(plan: Plan, *segments: Segment) -> Plan:
    return replace(plan, segments=segments)


def _sustained(slos: Sequence[Slo]) -> AbortLimits:
    """A mall that has fallen over is not held down for the rest of the round."""
    p99 = [
        slo.limit
        for slo in slos
        if slo.measure is Measure.LATENCY and slo.scope is Scope.WHOLE and slo.percentile == 99.0  # noqa: PLR2004  (p99)
    ]
    return AbortLimits(slo_p99_ms=min(p99, default=None))
