"""What the measurements of a proof say of a claim."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from facts import quantities
from facts.claims import Claim
from facts.findings import QueryEvidence
from facts.message import Message, msg
from facts.proofs import Outcome, Proof, ProofStatement
from proving.replay import Run

REPLAYED = "replayed"
DRAWS = 2000
CONFIDENCE = 0.95
# Of fewer sets of values no interval can be drawn.
LEAST_FOR_INTERVAL = 3
# What was measured has to be this share of the claim's time; else it speaks for too little of it.
LEAST_MEASURED = 0.5

Judge = Callable[[float, float], Outcome]
Pair = tuple[Run, Run]


@dataclass(frozen=True, slots=True)
class Measured:
    """One statement family: its runs without the indexes and with them, or why there are none."""

    pairs: tuple[Pair, ...]
    failure: Message | None


def proof_of(claim: Claim, measured: Mapping[str, Measured], indexes: frozenset[str], judge: Judge) -> Proof:
    """The proof of one claim.

    Args:
        claim: What was predicted.
        measured: By a query's id.
        indexes: Names of those that were built for it.
        judge: See `proving.proof.prove`.
    """
    statements = tuple(_statement(query, measured[query.id]) for query in claim.queries)
    told = [
        (query.total_seconds, query.kept_ratio, measured[query.id].pairs)
        for query in claim.queries
        if query.kept_ratio is not None and measured[query.id].pairs
    ]
    proof = Proof(
        code=claim.code,
        target=claim.target,
        subject=claim.subject,
        method=REPLAYED,
        outcome=Outcome.NOT_TOLD,
        reason=msg("none of its statements could be replayed"),
        predicted_bytes=claim.size_bytes,
        statements=statements,
    )
    whole = sum(query.total_seconds for query in claim.queries)
    if not told or sum(weight for weight, _, _ in told) < LEAST_MEASURED * whole:
        return replace(proof, reason=_why_not(statements, told=bool(told)))
    weights = [weight for weight, _, _ in told]
    predicted = _weighted([ratio for _, ratio, _ in told], weights)
    kept, low, high = _kept([pairs for _, _, pairs in told], weights)
    used = {name for _, _, pairs in told for _, run in pairs for name in run.indexes}
    outcome, reason = _judged(judge, predicted, kept, low, high), _said(predicted, kept, low, high)
    if not used & indexes:
        outcome, reason = Outcome.REFUTED, msg("no plan on the copy uses it")
    return replace(
        proof,
        outcome=outcome,
        reason=reason,
        predicted_kept=round(predicted, 4),
        measured_kept=round(kept, 4),
        low=None if low is None else round(low, 4),
        high=None if high is None else round(high, 4),
    )


def _judged(judge: Judge, predicted: float, kept: float, low: float | None, high: float | None) -> Outcome:
    """Where the interval holds both answers, there is none."""
    outcome = judge(predicted, kept)
    if low is None or high is None:
        return outcome
    if outcome is Outcome.PROVEN:
        return outcome if high < 1 else Outcome.NOT_TOLD
    return outcome if judge(predicted, low) is outcome else Outcome.NOT_TOLD


def _why_not(statements: Sequence[ProofStatement], *, told: bool) -> Message:
    note = next((each.note for each in statements if each.note), msg("it names no statement"))
    if told:
        return msg("most of its statements' time could not be replayed: {reason}", reason=note)
    return msg("none of its statements could be replayed: {reason}", reason=note)


def _said(predicted: float, kept: float, low: float | None, high: float | None) -> Message:
    if low is None or high is None:
        return msg(
            "on the copy its statements take {measured} of the time; {predicted} was predicted",
            measured=quantities.percent(kept),
            predicted=quantities.percent(predicted),
        )
    return msg(
        "on the copy its statements take {measured} of the time ({low} to {high}); {predicted} was predicted",
        measured=quantities.percent(kept),
        low=quantities.percent(low),
        high=quantities.percent(high),
        predicted=quantities.percent(predicted),
    )


def _statement(query: QueryEvidence, measured: Measured) -> ProofStatement:
    pairs = measured.pairs
    if not pairs:
        return ProofStatement(
            id=query.id,
            text=query.text,
            runs=0,
            seconds_before=None,
            seconds_predicted=None,
            seconds_after=None,
            note=measured.failure or msg("not measured"),
        )
    before = fmean(run.seconds for run, _ in pairs)
    kept = query.kept_ratio
    return ProofStatement(
        id=query.id,
        text=query.text,
        runs=len(pairs),
        seconds_before=round(before, 6),
        seconds_predicted=None if kept is None else round(before * kept, 6),
        seconds_after=round(fmean(run.seconds for _, run in pairs), 6),
        blocks_before=round(fmean(run.blocks for run, _ in pairs), 1),
        blocks_after=round(fmean(run.blocks for _, run in pairs), 1),
        note=_oddity(pairs),
    )


def _oddity(pairs: Sequence[Pair]) -> Message | None:
    if any(before.rows is None or after.rows is None for before, after in pairs):
        return msg("some runs reached the time limit and were ended")
    if any(before.rows != after.rows for before, after in pairs):
        return msg("the copy was changed by somebody in between: other numbers of rows came back")
    return None


def _kept(families: Sequence[Sequence[Pair]], weights: Sequence[float]) -> tuple[float, float | None, float | None]:
    """The share of time left, weighted by what each family costs the mall, with its interval."""
    kept = _weighted([_ratio(pairs) for pairs in families], weights)
    if max(len(pairs) for pairs in families) < LEAST_FOR_INTERVAL:
        return kept, None, None
    chance = random.Random(0)  # noqa: S311  (a bootstrap, no secret)
    drawn = sorted(
        _weighted([_ratio(chance.choices(pairs, k=len(pairs))) for pairs in families], weights) for _ in range(DRAWS)
    )
    tail = int((1 - CONFIDENCE) / 2 * DRAWS)
    return kept, drawn[tail], drawn[-tail - 1]


def _ratio(pairs: Sequence[Pair]) -> float:
    return sum(run.seconds for _, run in pairs) / max(sum(run.seconds for run, _ in pairs), 1e-9)


def _weighted(values: Sequence[float], weights: Sequence[float]) -> float:
    total = sum(weights)
    return (
        sum(value * weight for value, weight in zip(values, weights, strict=True)) / total if total else fmean(values)
    )
