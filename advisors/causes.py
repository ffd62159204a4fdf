"""Links consequences to their causes, so that one fault is ranked once.

A slow statement, the cache that would hide it and the index that it lacks are one fault. Findings that rest on the same statements are
folded into the one that stands first in the order of causes.
"""

from collections.abc import Sequence
from dataclasses import replace

from facts.findings import Consequence, Finding

# What explains a statement's time, the most specific first. A rule that is not here explains no statement.
CAUSES = ("IDX004", "SQL006", "IDX001", "SQL005", "SQL004", "SQL003", "SQL002", "IDX005", "CCH001", "SQL001")


def fold(findings: Sequence[Finding]) -> list[Finding]:
    """The findings with each consequence inside its cause.

    A finding is a consequence when every statement that it rests on is already explained by causes of other kinds that stand before
    it; two findings of one rule are two faults, each with its own remedy.
    """
    explained: dict[tuple[str, str], int] = {}
    kept: list[Finding] = []
    for finding in sorted(findings, key=_order):
        wider = next((place for place, each in enumerate(kept) if _serves(each, finding)), None)
        if wider is not None:
            kept[wider] = _with(kept[wider], finding)
            continue
        statements = {(finding.target, each.id) for each in finding.evidence.queries}
        causes = [
            explained[statement]
            for statement in statements
            if statement in explained and kept[explained[statement]].code != finding.code
        ]
        if finding.code in CAUSES and statements and len(causes) == len(statements):
            first = min(causes)
            kept[first] = _with(kept[first], finding)
            continue
        kept.append(finding)
        if finding.code in CAUSES:
            for statement in statements:
                explained.setdefault(statement, len(kept) - 1)
    return kept


def _serves(cause: Finding, finding: Finding) -> bool:
    """Whether the index that one finding proposes serves the foreign key that another one misses an index for."""
    wanted = finding.subject.removesuffix(")")
    proposed = (cause.code, finding.code) == ("IDX001", "IDX005") and cause.target == finding.target
    return proposed and cause.subject.startswith((f"{wanted})", f"{wanted},"))


def _order(finding: Finding) -> tuple[int, float, str]:
    place = CAUSES.index(finding.code) if finding.code in CAUSES else len(CAUSES)
    return place, -finding.loss, finding.subject


def _with(cause: Finding, finding: Finding) -> Finding:
    consequence = Consequence(code=finding.code, subject=finding.subject, title=finding.title)
    worst = min((cause.severity, finding.severity), key=lambda severity: severity.rank)
    return replace(
        cause, severity=worst, loss=max(cause.loss, finding.loss), consequences=(*cause.consequences, consequence)
    )
