"""The three rounds of a configured mall: baseline at the everyday peak, capacity up to the knee, confirmation at the multiplier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from facts.message import msg
from facts.quantities import percent
from facts.rounds import Round, RoundKind, RoundVerdict, Step
from loadtest.cause import rank
from loadtest.knee import Search, Try
from loadtest.objective import Measure, Scope, Slo
from loadtest.plan import Plan
from loadtest.safety.abort import AbortLimits
from loadtest.shopping import shopping_list
from loadtest.traffic.fidelity import of_round
from loadtest.verdict import judge
from tenfold.stressing.business import Business
from tenfold.stressing.running import Ran
from tenfold.stressing.schedules import Schedule
from tenfold.stressing.single import Rehearsed, Send, bandwidth, knee
from tenfold.stressing.traffic import OwnTraffic

# On the way up a step only has to tell far too much from not nearly enough.
UPWARD_STEP_SECONDS = 10.0
# Two samples of one mall's thousand requests differ by 7 % from chance alone (see `loadtest.traffic.fidelity`); a fifth is no chance.
ALIKE_AT_LEAST = 0.8
# How far above the need the search looks: what lies beyond buys nothing for this promotion.
SEARCH_BEYOND = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What the rounds are made of.

    Attributes:
        plan: Target, journeys, headers; its segments are replaced.
        schedule: How arrivals come at the everyday peak and at the multiplier.
        slos: What has to hold.
        everyday_peak: Journeys a second.
        multiplier: Times the everyday peak.
        ceiling: Journeys a second that no step may exceed.
        baseline, step, hold, confirm: Seconds of each part.
        payment: Endpoints that take payments.
        business: Rules that must hold after a round; None where none were declared.
        own: The mall's own traffic, for the fidelity of the rounds.
    """

    plan: Plan
    schedule: Schedule
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
    own: OwnTraffic = field(default_factory=OwnTraffic)

    @property
    def needed(self) -> float:
        """Journeys a second that the promotion brings."""
        return self.everyday_peak * self.multiplier


def baseline(protocol: Protocol, send: Send, manifest: dict[str, str]) -> Rehearsed:
    """The everyday peak: what the mall is like before anything is asked of it."""
    plan = protocol.schedule.everyday(protocol.plan, protocol.baseline)
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
    return replace(found, round=_likened(_explained(found.round, found.overload, everyday), protocol.own))


def confirm(protocol: Protocol, send: Send, manifest: dict[str, str], everyday: Rehearsed | None) -> Rehearsed:
    """The multiplier, sustained."""
    plan = protocol.schedule.promotion(protocol.plan, protocol.confirm)
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
    explained = _likened(_explained(one, overload, everyday), protocol.own)
    if kind is RoundKind.BASELINE:
        explained = _with_shopping(explained, ran, protocol.multiplier)
    return Rehearsed(
        round=explained, watch=ran.watch, overload=overload, interrupted=ran.interrupted, for_people=ran.for_people
    )


def _explained(one: Round, overload: Ran | None, everyday: Rehearsed | None) -> Round:
    """The round with what gave first; the everyday round tells what is ordinary for this mall."""
    if overload is None:
        return one
    ordinary = everyday.round.recording if everyday is not None else None
    return replace(one, causes=rank(overload.recording, overload.watch, ordinary))


def _likened(one: Round, own: OwnTraffic) -> Round:
    """The round with how close its mix of requests came to the mall's own."""
    if own.model is None:
        return one
    fidelity = of_round(own.model, one.recording.endpoints).score
    alike = one.verdict is not RoundVerdict.GO or fidelity >= ALIKE_AT_LEAST
    said = (
        ()
        if alike
        else (
            msg(
                "how the mall takes its own mix of requests: that of this round is like the access log's by {share} only; "
                'traffic = "log" walks through the log\'s own',
                share=percent(fidelity),
            ),
        )
    )
    return replace(one, fidelity=fidelity, not_examined=(*one.not_examined, *own.cautions, *said))


def _with_shopping(one: Round, ran: Ran, multiplier: float) -> Round:
    lines, missing = shopping_list(ran.recording, ran.watch, multiplier)
    return replace(one, shopping=lines, not_examined=(*one.not_examined, *missing))


def _sustained(slos: Sequence[Slo]) -> AbortLimits:
    """A mall that has fallen over is not held down for the rest of the round."""
    p99 = [
        slo.limit
        for slo in slos
        if slo.measure is Measure.LATENCY and slo.scope is Scope.WHOLE and slo.percentile == 99.0  # noqa: PLR2004  (p99)
    ]
    return AbortLimits(slo_p99_ms=min(p99, default=None))
