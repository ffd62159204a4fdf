"""GO, NO-GO or INVALID: a pure function over a recorded round, each rule with its evidence.

Two things can make a round worthless, and they weigh differently.

- *The generator was slow.* Then the mall looks worse than it is: its answers lay unread while the generator was busy, or requests came
  late and in a heap. Neither GO nor NO-GO is to be had: rules `generator-cpu`, `generator-lag`, `generator-starved`,
  `generator-throttled`, `lost-worker`, `schedule-sent`, `generator-stall`.
- *The round was too kind.* A closed loop that waits with the mall, a CDN that answered in its place, a round cut short, too few
  requests for the percentile asked. Then an objective that seems to hold is not proven, and one that is broken is broken all the
  more: GO is not to be had, NO-GO stands.

What tells the generator's slowness from the mall's: lag counts from the intended start to the sending *without* the wait under the
concurrency limit, so that a slow mall that keeps all places taken does not look like a slow generator; what was dropped for that
limit is the mall's doing and not the generator's. A broken objective that holds again once the seconds in which the generator lagged
are left out was broken by the generator.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from facts import quantities
from facts.message import Message, msg
from facts.rounds import Generator, Loop, Moment, Reason, Recording, RoundVerdict
from loadtest.distribution import decode, merge
from loadtest.objective import Measure, Scope, Slo
from loadtest.objective_check import check
from pages.rounds.endings import FINISHED, ending
from pages.rounds.words import generator


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Beyond these the generator was measured, or something else than the mall.

    Attributes:
        cpu_ratio: Of one core in the busiest five seconds. A process that is busy for 80 % of the time makes one event in it wait as long
            again as four take (M/M/1: W = S / (1 - 0.8)).
        lag_ms: 99th percentile of a process's own lag.
        starved_ratio: Share of the time in which it was ready and got no processor.
        throttled_ratio: Share of the time in which its control group was held back. A quota holds back for up to 100 ms at once (CFS
            bandwidth control, `cpu.cfs_period_us`), so that a hundredth of the time already stands in p99.
        sent_ratio: Share of the schedule that must have been sent, what the plan gave up for its own stated reasons left out.
        between_ratio: Share of answers that came from a CDN or a WAF. With more the mall has not seen the load, as with `sent_ratio`.
    """

    cpu_ratio: float = 0.80
    lag_ms: float = 10.0
    starved_ratio: float = 0.10
    throttled_ratio: float = 0.01
    sent_ratio: float = 0.98
    between_ratio: float = 0.02


THRESHOLDS = Thresholds()

GENERATOR_RULES = frozenset({
    "generators", "accounting", "generator-cpu", "generator-lag", "generator-starved", "generator-throttled", "generator-stall",
    "lost-worker", "schedule-sent",
})  # fmt: skip


def judge(
    recording: Recording, slos: Sequence[Slo] = (), *, payment: Sequence[str] = (), thresholds: Thresholds = THRESHOLDS
) -> tuple[RoundVerdict, tuple[Reason, ...]]:
    """The verdict of a round.

    Args:
        recording: What the generators recorded.
        slos: The objectives; without any the verdict is GO or INVALID.
        payment: Endpoints that take payments, for `payment-success`.
        thresholds: When the round is no measurement of the mall.

    Returns:
        The verdict, and every rule with what it saw: objectives first, those that failed before those that held.
    """
    objectives = [reason for slo in slos for reason in check(slo, recording, slos, payment)]
    of_generator = [*generator_reasons(recording, thresholds), *_stalls(slos, recording, thresholds)]
    too_kind = _too_kind(recording, slos, thresholds)
    reasons = tuple(sorted([*objectives, *of_generator, *too_kind], key=lambda each: each.ok))
    broken = any(not each.ok and not each.invalidates for each in objectives)
    if any(not each.ok for each in of_generator):
        return RoundVerdict.INVALID, reasons
    if broken:
        return RoundVerdict.NO_GO, reasons
    return RoundVerdict.GO if all(each.ok for each in reasons) else RoundVerdict.INVALID, reasons


def generator_reasons(recording: Recording, thresholds: Thresholds = THRESHOLDS) -> tuple[Reason, ...]:
    """What every generator process did to its share of the schedule."""
    generators = recording.generators
    overall = recording.overall
    if not generators:
        return (_rule("generators", ok=False, evidence=msg("no generator has reported")),)
    if overall.scheduled != overall.sent + overall.dropped or recording.journeys_scheduled != (
        recording.journeys_started + recording.journeys_dropped
    ):
        return (
            _rule(
                "accounting",
                ok=False,
                evidence=msg(
                    "{scheduled} requests were scheduled, but {sent} sent and {dropped} dropped",
                    scheduled=overall.scheduled,
                    sent=overall.sent,
                    dropped=overall.dropped,
                ),
            ),
        )
    reasons = [
        _worst(
            "generator-cpu", generators, lambda each: each.cpu_ratio, thresholds.cpu_ratio,
            lambda name, value, limit: msg("{name} kept a core busy for {value} of its busiest 5 seconds (limit {limit})",
                name=name, value=quantities.percent(value), limit=quantities.percent(limit)),
        ),
        _worst(
            "generator-starved", generators, lambda each: each.starved_ratio, thresholds.starved_ratio,
            lambda name, value, limit: msg("{name} waited for a processor for {value} of the time (limit {limit})",
                name=name, value=quantities.percent(value), limit=quantities.percent(limit)),
        ),
        _worst(
            "generator-throttled", generators,
            lambda each: None if each.throttled_seconds is None else each.throttled_seconds / max(recording.seconds, 1.0),
            thresholds.throttled_ratio,
            lambda name, value, limit: msg("{name} was held back by its processor quota for {value} of the time (limit {limit})",
                name=name, value=quantities.percent(value), limit=quantities.percent(limit)),
        ),
        _lost(generators),
    ]  # fmt: skip
    if recording.loop is Loop.OPEN:
        reasons.append(
            _worst(
                "generator-lag", generators, lambda each: each.lag_p99_ms, thresholds.lag_ms,
                lambda name, value, limit: msg("{name} sent 99 in 100 of its requests within {value} of their time (limit {limit})",
                    name=name, value=quantities.seconds(value / 1000), limit=quantities.seconds(limit / 1000)),
            )
        )  # fmt: skip
    if recording.ended == FINISHED:
        reasons.append(_sent(generators, thresholds))
    return tuple(each for each in reasons if each is not None)


def _rule(name: str, *, ok: bool, evidence: Message) -> Reason:
    return Reason(rule=name, ok=ok, evidence=evidence, invalidates=True)


def _worst(
    rule: str,
    generators: Sequence[Generator],
    figure: Callable[[Generator], float | None],
    limit: float,
    say: Callable[[Message, float, float], Message],
) -> Reason | None:
    """The rule for the process that is worst off; None when the system tells of none."""
    values = [(value, each.name) for each in generators if (value := figure(each)) is not None]
    if not values:
        return None
    value, name = max(values)
    # A figure that is no number proves nothing.
    return _rule(rule, ok=value <= limit, evidence=say(generator(name), value, limit))


def _lost(generators: Sequence[Generator]) -> Reason:
    lost = [each.name for each in generators if each.lost]
    if lost:
        return _rule("lost-worker", ok=False, evidence=msg("{names} vanished during the round", names=", ".join(lost)))
    evidence = (
        msg("the one generator stayed to the end")
        if len(generators) == 1
        else msg("all {count} generators stayed to the end", count=len(generators))
    )
    return _rule("lost-worker", ok=True, evidence=evidence)


def _sent(generators: Sequence[Generator], thresholds: Thresholds) -> Reason:
    """Dropped arrivals are the mall's doing: it kept every place under the concurrency limit taken."""
    scheduled = sum(each.scheduled - each.dropped for each in generators)
    started = sum(each.started for each in generators)
    evidence = msg(
        "{started} of {scheduled} arrivals were begun",
        started=quantities.count(started),
        scheduled=quantities.count(scheduled),
    )
    return _rule("schedule-sent", ok=started >= thresholds.sent_ratio * scheduled, evidence=evidence)


def _stalls(slos: Sequence[Slo], recording: Recording, thresholds: Thresholds) -> list[Reason]:
    """Objectives of the whole round that hold once the seconds in which the generator lagged are left out."""
    if recording.loop is not Loop.OPEN:
        return []
    whole = merge(decode(each.latency) for each in recording.moments)
    for slo in slos:
        if slo.measure is not Measure.LATENCY or slo.scope is not Scope.WHOLE or slo.window_seconds:
            continue
        late = [each for each in recording.moments if _explained_by_lag(each, slo.limit, thresholds)]
        punctual = merge(decode(each.latency) for each in recording.moments if each not in late)
        before, after = whole.percentile(slo.percentile or 0), punctual.percentile(slo.percentile or 0)
        if before is not None and after is not None and slo.met_by(after) and not slo.met_by(before):
            evidence = msg(
                "{slo} is broken only with the {count} seconds in which the generator itself lagged",
                slo=slo.text,
                count=len(late),
            )
            return [_rule("generator-stall", ok=False, evidence=evidence)]
    return []


def _explained_by_lag(moment: Moment, limit_ms: float, thresholds: Thresholds) -> bool:
    """Whether the generator's own lag is enough to carry this second's latencies over the limit.

    A mall that froze answers everything at once when it wakes, and the generator lags for a moment over that heap; the second was
    the mall's all the same.
    """
    lag = moment.lag_p99_ms or 0.0
    return lag > thresholds.lag_ms and (moment.p99_ms or 0.0) - lag <= limit_ms


def _too_kind(recording: Recording, slos: Sequence[Slo], thresholds: Thresholds) -> list[Reason]:
    """What makes a mall look better than it is."""
    overall = recording.overall
    reasons = [
        _rule(
            "round-finished",
            ok=recording.ended == FINISHED,
            evidence=msg("the round ran to its end")
            if recording.ended == FINISHED
            else msg("the round ended early: {reason}", reason=ending(recording.ended)),
        )
    ]
    between = sum(overall.not_the_malls.values())
    if between:
        evidence = msg(
            "{count} of {sent} answers did not come from the mall: {kinds}",
            count=quantities.count(between),
            sent=quantities.count(overall.sent),
            kinds=", ".join(
                f"{kind} {quantities.count(count)}" for kind, count in sorted(overall.not_the_malls.items())
            ),
        )
        reasons.append(
            _rule("answers-from-the-mall", ok=between <= thresholds.between_ratio * overall.sent, evidence=evidence)
        )
    well = overall.scheduled - overall.failed - between
    if well <= 0:
        evidence = msg(
            "not one of {count} requests was answered well by the mall", count=quantities.count(overall.scheduled)
        )
        reasons.append(_rule("answered", ok=False, evidence=evidence))
    if recording.loop is Loop.CLOSED:
        timed = any(each.measure in {Measure.LATENCY, Measure.THROUGHPUT} for each in slos)
        evidence = msg(
            "the scenario waits for its answers: latencies omit what the mall's slowness kept from being sent"
        )
        reasons.append(_rule("closed-loop", ok=not timed, evidence=evidence))
    return reasons
