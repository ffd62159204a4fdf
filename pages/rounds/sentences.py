"""The sentences of round pages: what the verdict means, what a round carried, what to know before believing it."""

from collections.abc import Sequence

from facts import quantities
from facts.message import Message, msg
from facts.rounds import Round, RoundVerdict
from pages.rounds.endings import FINISHED, ending
from pages.rounds.rehearsal import Rehearsal, confirmed, has_slo, overall_verdict
from pages.rounds.rule_words import listed, unjudged
from pages.rounds.words import KINDS, journeys, milliseconds, rate, requests

CLOSED_LOOP = msg(
    "Closed loop: each simulated user waited for an answer before it sent the next request, so a slow mall was sent less. All rates, "
    "latencies, percentiles and errors of this round are closed-loop figures and look better than what shoppers would feel."
)
_WITHOUT_SLO = msg(
    "Nothing was asked of this round (no SLO), so it can be relied on as a measurement and says nothing about readiness."
)


def headline(rehearsal: Rehearsal) -> Message:
    """What the overall verdict means, in words; it never promises more than the rounds have shown."""
    rounds = rehearsal.rounds
    verdict = overall_verdict(rounds)
    if not rounds:
        return msg("no round was run")
    if verdict is RoundVerdict.INVALID:
        return msg("the measurement cannot be relied on")
    if verdict is RoundVerdict.NO_GO:
        return msg("the mall does not hold what was asked of it")
    if confirmed(rounds) and rehearsal.multiplier is not None:
        return msg("the mall holds {multiplier} times the everyday peak", multiplier=f"{rehearsal.multiplier:g}")
    if rehearsal.multiplier is None and any(has_slo(each) for each in rounds):
        return msg("what was asked of the round held")
    if any(has_slo(each) for each in rounds):
        return msg("what was asked of the rounds held; the multiplier is not confirmed")
    return msg("a valid measurement; nothing was asked of the mall")


def lead(rehearsal: Rehearsal) -> Message:
    """The first sentence: of the round that decided, what broke, or what it carried."""
    if not rehearsal.rounds:
        return msg("Run a round first.")
    verdict = overall_verdict(rehearsal.rounds)
    deciding = [each for each in rehearsal.rounds if each.verdict is verdict][-1]
    broken = broken_rules(deciding)
    if not broken:
        return carried(deciding)
    open_questions = [each.rule for each in deciding.reasons if unjudged(each)]
    certain = [each for each in broken if each not in open_questions]
    if not certain:
        return msg("{round}: {rules} could not be judged.", round=KINDS[deciding.kind], rules=listed(broken))
    return msg("{round}: {rules} did not hold.", round=KINDS[deciding.kind], rules=listed(certain))


def broken_rules(one: Round) -> list[str]:
    """The rules that decided its verdict: what made it invalid first, else the objectives that were missed."""
    invalid = [each.rule for each in one.reasons if not each.ok and each.invalidates]
    missed = [each.rule for each in one.reasons if not each.ok and not each.invalidates]
    return invalid if one.verdict is RoundVerdict.INVALID and invalid else missed or invalid


def carried(one: Round) -> Message:
    """How much was sent and how it was answered."""
    run = one.recording
    whole = run.overall
    failed = quantities.percent(whole.failed / whole.scheduled) if whole.scheduled else "–"
    return msg(
        "{round}: {offered} offered, {achieved} achieved, p99 {p99}, {failed} failed.",
        round=KINDS[one.kind],
        offered=requests(run.offered_per_second),
        achieved=rate(run.achieved_per_second),
        p99=milliseconds(whole.latency_ms.p99 if whole.latency_ms else None),
        failed=failed,
    )


def further(one: Round) -> Sequence[Message]:
    """What there is to say beside it: the knee, and how close the mix came to the mall's own."""
    return [each for each in (_knee_sentence(one), _fidelity_sentence(one)) if each is not None]


def _knee_sentence(one: Round) -> Message | None:
    """The knee with its range; None for a round that did not look for one."""
    knee = one.knee
    if knee is None:
        return None
    if knee.high is None:
        return msg("Knee: at least {rate}; no rate that was tried failed.", rate=journeys(knee.per_second))
    return msg(
        "Knee: {rate}, between {low} and {high}.",
        rate=journeys(knee.per_second),
        low=rate(knee.low),
        high=rate(knee.high),
    )


def ended_sentence(one: Round) -> Message | None:
    """Why the round ended before its time; None where it ran to its end."""
    if one.recording.ended == FINISHED:
        return None
    return msg("This round did not run to its end: {reason}.", reason=ending(one.recording.ended))


def warnings(one: Round) -> Sequence[Message]:
    """What a reader must know before believing any figure of the round."""
    found = [ended_sentence(one)]
    if one.recording.loop == "closed":
        found.append(CLOSED_LOOP)
    if one.verdict is RoundVerdict.GO and not has_slo(one):
        found.append(_WITHOUT_SLO)
    return [each for each in found if each is not None]


def _fidelity_sentence(one: Round) -> Message | None:
    """How close the round's mix of requests came to the access log's; None where no log was known."""
    if one.fidelity is None:
        return None
    return msg(
        "Its mix of requests matches the access log's by {share}.",
        share=quantities.percent(one.fidelity),
    )
