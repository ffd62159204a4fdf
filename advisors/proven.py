"""What a proof on a copy changes in a report: findings carry what was measured, and what was refuted is proposed no longer."""

from collections.abc import Iterable
from dataclasses import replace

from advisors.verdict import verdict_of
from facts.findings import Expected, Finding, Quiet, Report
from facts.proofs import Outcome, Proof

REFUTED = "refuted-on-copy"


def with_proofs(report: Report, proofs: Iterable[Proof]) -> Report:
    """The report with what was measured.

    Args:
        report: As judged.
        proofs: Of some of its findings.
    """
    found = {(each.code, each.target, each.subject): each for each in proofs}
    kept: list[Finding] = []
    quiet = list(report.quiet)
    for finding in report.findings:
        proof = found.get((finding.code, finding.target, finding.subject))
        if proof is None:
            kept.append(finding)
        elif proof.outcome is Outcome.REFUTED:
            quiet.append(
                Quiet(
                    code=finding.code,
                    target=finding.target,
                    subject=finding.subject,
                    reason=REFUTED,
                    detail=proof.reason,
                )
            )
        else:
            kept.append(_measured(finding, proof))
    return replace(
        report,
        findings=tuple(kept),
        quiet=tuple(sorted(quiet, key=lambda each: (each.code, each.target, each.subject))),
        verdict=verdict_of(kept, report.coverage.workload_time_examined_ratio),
    )


def _measured(finding: Finding, proof: Proof) -> Finding:
    expected = finding.expected
    if expected is not None and proof.outcome is Outcome.PROVEN and proof.measured_kept is not None:
        after = round(expected.seconds_before * proof.measured_kept, 6)
        expected = Expected(
            seconds_before=expected.seconds_before,
            seconds_after=after,
            method="measured",
            at_multiplier_seconds=expected.at_multiplier_seconds,
        )
    evidence = replace(finding.evidence, facts=(*finding.evidence.facts, proof.reason))
    return replace(finding, proof=proof, expected=expected, evidence=evidence)
