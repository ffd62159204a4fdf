"""The report's first words: fits, at risk, falls over, or not enough evidence."""

from collections.abc import Sequence

from facts.findings import Finding, Severity, Verdict

# Below this share of examined database time nobody can say that the mall fits.
COVERAGE_AT_LEAST = 0.8


def verdict_of(findings: Sequence[Finding], examined: float | None) -> Verdict:
    """What the findings mean for the promotion; never an all-clear on too little evidence.

    Args:
        findings: Those that were not ignored.
        examined: Share of database time that was examined; None when no workload was read.
    """
    severities = {finding.severity for finding in findings}
    if Severity.CRITICAL in severities:
        return Verdict.FALLS_OVER
    if examined is None or examined < COVERAGE_AT_LEAST:
        return Verdict.NOT_ENOUGH_EVIDENCE
    return Verdict.AT_RISK if Severity.HIGH in severities else Verdict.FITS
