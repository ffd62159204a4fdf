"""Proofs as JSON and on a terminal: what became of each finding, and how well predictions are calibrated."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from facts import quantities
from facts.message import Message, msg
from facts.proofs import Calibration, Outcome, Proof, ProofStatement
from pages.plain import harmless
from pages.translation import Language, Translate, translator
from pages.wrapping import wrap

SCHEMA_VERSION = 1
OUTCOMES: dict[Outcome, Message] = {
    Outcome.PROVEN: msg("proven"),
    Outcome.REFUTED: msg("refuted"),
    Outcome.NOT_APPLIED: msg("not yet applied"),
    Outcome.NOT_TOLD: msg("not enough evidence"),
}
STYLES = {
    Outcome.PROVEN: "bold green",
    Outcome.REFUTED: "bold red",
    Outcome.NOT_APPLIED: "yellow",
    Outcome.NOT_TOLD: "dim",
}
_INDENT = 3
_NARROWEST = 20
_STATEMENTS_SHOWN = 5
_TEXT_SHOWN = 100


def proof_document(proof: Proof, say: Translate) -> dict[str, Any]:
    """One proof as JSON keeps it; the sentences in the language of `say`."""
    return {
        "code": proof.code,
        "target": proof.target,
        "subject": proof.subject,
        "method": proof.method,
        "outcome": str(proof.outcome),
        "reason": say(proof.reason),
        "predicted": {"kept_ratio": proof.predicted_kept, "size_bytes": proof.predicted_bytes},
        "measured": {
            "kept_ratio": proof.measured_kept,
            "low": proof.low,
            "high": proof.high,
            "size_bytes": proof.measured_bytes,
            "build_seconds": proof.build_seconds,
        },
        "statements": [
            {
                "id": each.id,
                "text": each.text,
                "runs": each.runs,
                "seconds_before": each.seconds_before,
                "seconds_predicted": each.seconds_predicted,
                "seconds_after": each.seconds_after,
                "blocks_before": each.blocks_before,
                "blocks_after": each.blocks_after,
                "note": say(each.note) if each.note else "",
            }
            for each in proof.statements
        ],
    }


def verification_document(
    proofs: Sequence[Proof], calibration: Calibration, taken_at: datetime, window_seconds: float, language: Language
) -> dict[str, Any]:
    """What `tenfold verify --json` prints and `verified.json` keeps.

    Args:
        proofs: Of the run's findings.
        calibration: Over all runs beside it.
        taken_at: When the mall was read again.
        window_seconds: Over which its statements were counted.
        language: Of the reasons.
    """
    say = translator(language)
    return {
        "schema_version": SCHEMA_VERSION,
        "taken_at": taken_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "window_seconds": window_seconds,
        "findings": [proof_document(each, say) for each in proofs],
        "calibration": {
            "predictions": calibration.predictions,
            "proven": calibration.proven,
            "saving_ratio": calibration.saving_ratio,
            "size_ratio": calibration.size_ratio,
        },
    }


def proofs_of(document: dict[str, Any]) -> tuple[Proof, ...]:
    """The figures of a kept verification, without its sentences and statements; what calibration needs.

    Raises:
        KeyError, ValueError, TypeError: It is none.
    """
    return tuple(
        Proof(
            code=each["code"],
            target=each["target"],
            subject=each["subject"],
            method=each["method"],
            outcome=Outcome(each["outcome"]),
            reason=msg("no longer found"),
            predicted_kept=each["predicted"]["kept_ratio"],
            measured_kept=each["measured"]["kept_ratio"],
            predicted_bytes=each["predicted"]["size_bytes"],
            measured_bytes=each["measured"]["size_bytes"],
        )
        for each in document["findings"]
    )


def print_verification(
    proofs: Sequence[Proof], calibration: Calibration, window_seconds: float, console: Console, language: Language
) -> None:
    """What became of each finding, and the calibration below."""
    say = translator(language)
    console.print()
    console.print(_headline(proofs, say))
    console.print(
        say("Statements were counted over {window}.").format(window=quantities.seconds(window_seconds)), style="dim"
    )
    for proof in sorted(proofs, key=lambda each: list(Outcome).index(each.outcome)):
        _print_proof(proof, console, say)
    sentence = calibration_sentence(calibration)
    if sentence is not None:
        console.print()
        console.print(Text(say(sentence)), soft_wrap=False)


def _headline(proofs: Sequence[Proof], say: Translate) -> Text:
    if not proofs:
        return Text(say("The run has no finding to verify."))
    counts = Counter(each.outcome for each in proofs)
    parts = [
        Text(say("{count} {severity}").format(count=counts[each], severity=say(OUTCOMES[each])), style=STYLES[each])
        for each in Outcome
        if counts[each]
    ]
    return Text(", ").join(parts)


def _print_proof(proof: Proof, console: Console, say: Translate) -> None:
    console.print()
    title = Text(say(OUTCOMES[proof.outcome]), style=STYLES[proof.outcome])
    title.append(f"  {proof.code} ", style="bold")
    title.append(harmless(proof.subject))
    console.print(title, soft_wrap=True)
    for sentence in proof_sentences(proof):
        for part in wrap(Text(harmless(say(sentence))), max(console.width - _INDENT, _NARROWEST)):
            console.print(Text(" " * _INDENT).append_text(part), soft_wrap=True)


def proof_sentences(proof: Proof) -> Iterator[Message]:
    """The proof in words: its reason, then the statements, then what building the index showed."""
    yield proof.reason
    for each in proof.statements[:_STATEMENTS_SHOWN]:
        yield _statement(each)
    if len(proof.statements) > _STATEMENTS_SHOWN:
        yield msg("… and {count} more in the JSON document", count=len(proof.statements) - _STATEMENTS_SHOWN)
    if proof.measured_bytes and proof.predicted_bytes:
        yield msg(
            "The index takes {measured}; {predicted} was predicted.",
            measured=quantities.size(proof.measured_bytes),
            predicted=quantities.size(proof.predicted_bytes),
        )
    if proof.build_seconds is not None:
        yield msg("Building it took {seconds}.", seconds=quantities.seconds(proof.build_seconds))


def _statement(each: ProofStatement) -> Message:
    text = " ".join(each.text.split())
    text = text if len(text) <= _TEXT_SHOWN else text[: _TEXT_SHOWN - 1] + "…"
    if each.seconds_before is None or each.seconds_after is None:
        return msg("{subject}: {reason}", subject=text, reason=each.note or msg("not measured"))
    before, after = quantities.seconds(each.seconds_before), quantities.seconds(each.seconds_after)
    if each.blocks_before is not None and each.blocks_after is not None:
        return msg(
            "{before} → {after}, {blocks_before} → {blocks_after} blocks, {runs} times: {text}",
            before=before,
            after=after,
            blocks_before=quantities.count(each.blocks_before),
            blocks_after=quantities.count(each.blocks_after),
            runs=quantities.count(each.runs),
            text=text,
        )
    if each.seconds_predicted is None:
        return msg("{before} → {after}, {runs} times: {text}", before=before, after=after, runs=each.runs, text=text)
    return msg(
        "{before} → {after} ({predicted} predicted), {runs} times: {text}",
        before=before,
        after=after,
        predicted=quantities.seconds(each.seconds_predicted),
        runs=quantities.count(each.runs),
        text=text,
    )


def calibration_sentence(calibration: Calibration) -> Message | None:
    """How good predictions have been; None while there was none to judge."""
    if not calibration.predictions or calibration.saving_ratio is None:
        return None
    if calibration.size_ratio is None:
        return msg(
            "Calibration over {count} predictions: {proven} proven; the median saving was {saving} of the predicted one.",
            count=calibration.predictions,
            proven=calibration.proven,
            saving=quantities.percent(calibration.saving_ratio),
        )
    return msg(
        "Calibration over {count} predictions: {proven} proven; the median saving was {saving} of the predicted one, "
        "the median index size {size}.",
        count=calibration.predictions,
        proven=calibration.proven,
        saving=quantities.percent(calibration.saving_ratio),
        size=quantities.percent(calibration.size_ratio),
    )
