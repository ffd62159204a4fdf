"""What a proof on a copy changes in a report: findings carry what was measured, and a remedy that was refuted is proposed no longer."""

from collections.abc import Iterable
from dataclasses import replace

from facts.findings import Expected, Finding, Report
from facts.message import msg
from facts.proofs import Outcome, Proof


def with_proofs(report: Report, proofs: Iterable[Proof]) -> Report:
    """The report with what was measured.

    A finding whose remedy was refuted stays: its statements are as expensive as they were, and what it explains is explained by it still.

    Args:
        report: As judged.
        proofs: Of some of its findings.
    """
    found = {(each.code, each.target, each.subject): each for each in proofs}

    def proven(finding: Finding) -> Finding:
        proof = found.get((finding.code, finding.target, finding.subject))
        if proof is None:
            return finding
        return _refuted(finding, proof) if proof.outcome is Outcome.REFUTED else _measured(finding, proof)

    return replace(report, findings=tuple(map(proven, report.findings)))


def _refuted(finding: Finding, proof: Proof) -> Finding:
    text = msg(
        "Do not create the index that the planner would take: {reason}. Look for another remedy.", reason=proof.reason
    )
    remedy = replace(finding.remedy, text=text, sql=(), rollback=(), check=(), before=(), risk=None, build_seconds=None)
    return replace(finding, proof=proof, expected=None, remedy=remedy)


def _measured(finding: Finding, proof: Proof) -> Finding:
    expected = finding.expected
    if expected is not None and proof.outcome is Outcome.PROVEN and proof.measured_kept is not None:
        expected = Expected(
            seconds_before=expected.seconds_before,
            seconds_after=round(expected.seconds_before * proof.measured_kept, 6),
            method="measured",
            at_multiplier_seconds=expected.at_multiplier_seconds,
        )
    return replace(finding, proof=proof, expected=expected)
