"""Holds one objective against a recording: held, broken, or not enough requests to say.

A percentile of few requests is the luck of the slowest one. Without any assumption on the distribution, `n` requests bound the p-th
percentile with 95 % confidence only from `1 - p^n >= 0.95` on: 59 requests for p95, 299 for p99, 2,995 for p99.9 (Wilks, "Determination of
Sample Sizes for Setting Tolerance Limits", Annals of Mathematical Statistics 12, 1941). With fewer an objective that seems to hold is not
proven; one that is broken by more requests than chance allows (binomial, 5 %) is broken all the same.

A refusal that comes back at once is a quick answer and no served shopper. So `p99<500ms` also asks that no more than 1 % failed, unless
the same subject has an objective of its own for errors.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from facts import quantities
from facts.message import Message, msg
from facts.rounds import EndpointMoment, Figures, Moment, Reason, Recording
from loadtest.distribution import Distribution, decode, merge
from loadtest.objective import Measure, Scope, Slo

CONFIDENCE = 0.95
_SUCCESSES = frozenset({Measure.SUCCESS, Measure.PAYMENT_SUCCESS})
PAYMENT_SEGMENTS = frozenset({"pay", "payment", "payments"})

Judgement = tuple[bool, Message, bool]  # held, evidence, and whether its failing says nothing about the mall


def requests_needed(percentile: float) -> int:
    """Requests from which a percentile (0 to 100) can be judged; see the module's text."""
    return math.ceil(math.log(1 - CONFIDENCE) / math.log(percentile / 100))


def check(slo: Slo, recording: Recording, slos: Sequence[Slo] = (), payment: Sequence[str] = ()) -> tuple[Reason, ...]:
    """Judges one objective; the scope `OTHERS` becomes one reason for each endpoint without a list of its own.

    Args:
        slo: The objective.
        recording: What was recorded.
        slos: All objectives of the round.
        payment: Endpoints that take payments; without any, those with a path segment `pay`, `payment` or `payments`.
    """
    if slo.scope is Scope.OTHERS:
        named = {each.subject for each in slos if each.scope is Scope.ENDPOINT}
        return tuple(
            _of_other(slo, figures, recording, slos) for figures in recording.endpoints if figures.name not in named
        )
    chosen = _subjects(slo, recording, payment)
    if not chosen:
        return (Reason(rule=slo.rule, ok=False, evidence=_absent(slo), invalidates=True),)
    judged = _windows(slo, recording) if slo.window_seconds else _overall(slo, chosen, recording, slos)
    return (_reason(slo.rule, judged),)


def _reason(rule: str, judged: Judgement) -> Reason:
    held, evidence, unproven = judged
    return Reason(rule=rule, ok=held, evidence=evidence, invalidates=unproven)


def _of_other(slo: Slo, figures: Figures, recording: Recording, slos: Sequence[Slo]) -> Reason:
    """The default for one endpoint; a page that is too rare to be judged alone counts in the whole round."""
    windowed = slo.window_seconds is not None
    judged = _endpoint_windows(slo, recording, figures.name) if windowed else _overall(slo, (figures,), recording, slos)
    held, evidence, unproven = judged
    if unproven:
        evidence = msg("not judged by itself: {reason}; it counts in the whole round", reason=evidence)
    return Reason(rule=f"slo {figures.name} {slo.text}", ok=held or unproven, evidence=evidence)


def _subjects(slo: Slo, recording: Recording, payment: Sequence[str]) -> tuple[Figures, ...]:
    if slo.measure is Measure.PAYMENT_SUCCESS and slo.scope is Scope.WHOLE:
        if payment:
            return tuple(each for each in recording.endpoints if each.name in set(payment))
        return tuple(
            each
            for each in recording.endpoints
            if PAYMENT_SEGMENTS & set(each.name.partition(" ")[2].partition("?")[0].lower().split("/"))
        )
    if slo.scope is Scope.WHOLE:
        return (recording.overall,)
    figures = recording.endpoints if slo.scope is Scope.ENDPOINT else recording.journeys
    return tuple(each for each in figures if each.name == slo.subject)


def _absent(slo: Slo) -> Message:
    if slo.measure is Measure.PAYMENT_SUCCESS and slo.scope is Scope.WHOLE:
        return msg("no endpoint that takes payments was requested; name them in the configuration")
    return msg("{subject} was never requested in this round", subject=slo.subject)


def _overall(slo: Slo, chosen: Sequence[Figures], recording: Recording, slos: Sequence[Slo]) -> Judgement:
    """Judges the sums over the whole round."""
    if slo.measure is Measure.LATENCY:
        times = merge(decode(each.histograms.get("latency", "")) for each in chosen)
        held, evidence, unproven = _latency(slo, times)
        failed, mine = sum(each.failed for each in chosen), _answerable(chosen)
        if held and not _errors_have_their_own(slo, slos) and failed > mine * (1 - (slo.percentile or 0) / 100):
            return (
                False,
                msg(
                    "{failed} of {count} requests failed", failed=quantities.count(failed), count=quantities.count(mine)
                ),
                False,
            )
        return held, evidence, unproven
    if slo.measure is Measure.THROUGHPUT:
        value = throughput(chosen, recording)
        return slo.met_by(value), msg("{rate} were answered well", rate=quantities.rate(value)), False
    count = sum(each.scheduled for each in chosen) if slo.measure is Measure.DROPPED else _answerable(chosen)
    if not count:
        return False, msg("nothing was asked of the mall"), True
    bad = sum(each.dropped if slo.measure is Measure.DROPPED else each.failed for each in chosen)
    return _share(slo, bad, count)


def _errors_have_their_own(slo: Slo, slos: Sequence[Slo]) -> bool:
    kept = {Measure.ERRORS, Measure.SUCCESS}
    return any(each.measure in kept and each.scope is slo.scope and each.subject == slo.subject for each in slos)


def _answerable(chosen: Sequence[Figures]) -> int:
    """Scheduled requests without those that something in between answered: they never reached the mall."""
    return sum(each.scheduled - sum(each.not_the_malls.values()) for each in chosen)


def throughput(chosen: Sequence[Figures], recording: Recording) -> float:
    """Requests answered well a second while the schedule ran; what a backlog brought in afterwards does not count."""
    well = sum(each.scheduled - each.failed - sum(each.not_the_malls.values()) for each in chosen)
    sent = recording.overall.sent
    in_time = min(recording.achieved_per_second * recording.seconds / sent, 1.0) if sent else 0.0
    return max(well, 0) * in_time / recording.seconds if recording.seconds else 0.0


def _share(slo: Slo, bad: int, count: int) -> Judgement:
    value = 1 - bad / count if slo.measure in _SUCCESSES else bad / count
    evidence = _counted(slo, bad, count)
    held = slo.met_by(value)
    allowed = 1 - slo.limit if slo.measure in _SUCCESSES else slo.limit
    # What was dropped is the generator's own account and no sample of anything.
    needed = requests_needed(100 * (1 - allowed)) if 0 < allowed < 1 and slo.measure is not Measure.DROPPED else 0
    if count >= needed or (not held and _by_chance(bad, count, allowed) < 1 - CONFIDENCE):
        return held, evidence, False
    return False, _too_few(count, needed, slo.text), True


def _counted(slo: Slo, bad: int, count: int) -> Message:
    """What was counted, in the words of what was asked."""
    if slo.measure in _SUCCESSES:
        return msg(
            "{good} of {count} requests were answered well, {share}",
            good=quantities.count(count - bad),
            count=quantities.count(count),
            share=quantities.percent(1 - bad / count),
        )
    failed, asked, share = quantities.count(bad), quantities.count(count), quantities.percent(bad / count)
    if slo.measure is Measure.DROPPED:
        return msg("{bad} of {count} requests were dropped, {share}", bad=failed, count=asked, share=share)
    return msg("{bad} of {count} requests failed, {share}", bad=failed, count=asked, share=share)


def _too_few(count: int, needed: int, text: str) -> Message:
    return msg(
        "{count} requests are too few to judge {slo}: {needed} are needed",
        count=quantities.count(count),
        slo=text,
        needed=quantities.count(needed),
    )


def _latency(slo: Slo, times: Distribution) -> Judgement:
    percentile = slo.percentile or 0.0
    value, count = times.percentile(percentile), times.total
    needed = requests_needed(percentile)
    if value is None:
        return False, msg("no request has a latency"), True
    evidence = msg(
        "p{percentile} was {value} of {count} requests",
        percentile=f"{percentile:g}",
        value=quantities.seconds(value / 1000),
        count=quantities.count(count),
    )
    held = slo.met_by(value)
    if count >= needed:
        return held, evidence, False
    if not held and _by_chance(times.over(slo.limit), count, 1 - percentile / 100) < 1 - CONFIDENCE:
        return False, evidence, False
    return False, _too_few(count, needed, slo.text), True


def _by_chance(over: int, count: int, share: float) -> float:
    """Probability that so many of `count` or more are over a limit that `share` of all are over."""
    return 1 - sum(math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(over))


@dataclass(frozen=True, slots=True)
class _Window:
    began: int
    judged: Judgement


def _windows(slo: Slo, recording: Recording) -> Judgement:
    if slo.scope is Scope.ENDPOINT:
        return _endpoint_windows(slo, recording, slo.subject)
    if slo.scope is Scope.JOURNEY or slo.measure in {Measure.PAYMENT_SUCCESS, Measure.DROPPED}:
        return False, msg("windows are not recorded for {slo}; ask it of the whole round", slo=slo.text), True
    return _worst(slo, [_Window(part[0].second, _window(slo, part)) for part in _parts(slo, recording)])


def _parts(slo: Slo, recording: Recording) -> Iterator[tuple[Moment, ...]]:
    """Whole windows within the schedule; the rest at its end is in the last one."""
    size = slo.window_seconds or 1
    moments = [each for each in recording.moments if each.second < recording.seconds]
    whole = max(len(moments) // size, 1) if moments else 0
    for index in range(whole):
        yield tuple(moments[index * size : (index + 1) * size if index + 1 < whole else None])


def _window(slo: Slo, part: Sequence[Moment]) -> Judgement:
    if slo.measure is Measure.LATENCY:
        return _latency(slo, merge(decode(each.latency) for each in part))
    if slo.measure is Measure.THROUGHPUT:
        value = sum(each.completed for each in part) / len(part)
        return slo.met_by(value), msg("{rate} were answered", rate=quantities.rate(value)), False
    count = sum(each.offered for each in part)
    if not count:
        return False, msg("nothing was asked of the mall"), True
    return _share(slo, sum(each.failed for each in part), count)


def _endpoint_windows(slo: Slo, recording: Recording, name: str) -> Judgement:
    """An endpoint's seconds hold p95 and p99 and no histogram: a window's percentile lies between its seconds' smallest and largest."""
    judged: list[_Window] = []
    for part in _parts(slo, recording):
        own = [each for moment in part for each in moment.endpoints if each.name == name and each.offered]
        count = sum(each.offered for each in own)
        if not count:
            continue
        if slo.measure in {Measure.ERRORS, Measure.SUCCESS}:
            judged.append(_Window(part[0].second, _share(slo, sum(each.failed for each in own), count)))
            continue
        values = [value for value in (_of_second(each, slo.percentile) for each in own) if value is not None]
        judged.append(_Window(part[0].second, _bounded(slo, values, count)))
    return _worst(slo, judged)


def _of_second(moment: EndpointMoment, percentile: float | None) -> float | None:
    return {95.0: moment.p95_ms, 99.0: moment.p99_ms}.get(percentile or 0.0)


def _bounded(slo: Slo, values: Sequence[float], count: int) -> Judgement:
    needed = requests_needed(slo.percentile or 0)
    if slo.measure is not Measure.LATENCY or not values:
        return False, msg("windows are not recorded for {slo}; ask it of the whole round", slo=slo.text), True
    if count < needed:
        return False, _too_few(count, needed, slo.text), True
    low, high = min(values), max(values)
    evidence = msg(
        "its seconds lay between {low} and {high}",
        low=quantities.seconds(low / 1000),
        high=quantities.seconds(high / 1000),
    )
    if slo.met_by(high):
        return True, evidence, False
    return False, evidence, slo.met_by(low)


def _worst(slo: Slo, windows: Sequence[_Window]) -> Judgement:
    """Broken when one window is; unproven when none could be judged."""
    broken = [each for each in windows if not each.judged[0] and not each.judged[2]]
    unproven = [each for each in windows if each.judged[2]]
    if broken:
        first = broken[0]
        evidence = msg(
            "{broken} of {count} windows broke it, the first at second {second}: {evidence}",
            broken=len(broken),
            count=len(windows),
            second=first.began,
            evidence=first.judged[1],
        )
        return False, evidence, False
    if len(unproven) == len(windows):
        why = unproven[0].judged[1] if unproven else msg("no window was recorded")
        return (
            False,
            msg("no window of {seconds} s could be judged: {reason}", seconds=slo.window_seconds or 0, reason=why),
            True,
        )
    evidence = msg(
        "{held} windows held it, {unproven} had too few requests to be judged",
        held=len(windows) - len(unproven),
        unproven=len(unproven),
    )
    return True, evidence, False
