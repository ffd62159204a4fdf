"""The report's first words are never kinder than the evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisors.verdict import COVERAGE_AT_LEAST, verdict_of
from facts.findings import Area, Evidence, Finding, Remedy, Severity, Verdict
from facts.message import msg

ENOUGH = COVERAGE_AT_LEAST
TOO_LITTLE = COVERAGE_AT_LEAST - 1e-9
SEVERITIES = st.lists(st.sampled_from(Severity))
COVERAGES = st.none() | st.floats(min_value=0, max_value=1)


def of(*severities: Severity) -> list[Finding]:
    return [
        Finding(
            code="SQL001",
            rule="over-budget",
            area=Area.QUERIES,
            target="orders",
            subject="",
            severity=each,
            title=msg("-"),
            summary=msg("-"),
            evidence=Evidence(),
            remedy=Remedy(text=msg("-")),
        )
        for each in severities
    ]


@pytest.mark.parametrize(
    ("severities", "examined", "verdict"),
    [
        ((), 1.0, Verdict.FITS),
        ((Severity.LOW, Severity.MEDIUM), ENOUGH, Verdict.FITS),
        ((Severity.HIGH,), ENOUGH, Verdict.AT_RISK),
        ((Severity.HIGH, Severity.CRITICAL), ENOUGH, Verdict.FALLS_OVER),
        ((), TOO_LITTLE, Verdict.NOT_ENOUGH_EVIDENCE),
        ((), None, Verdict.NOT_ENOUGH_EVIDENCE),
        ((Severity.HIGH,), TOO_LITTLE, Verdict.NOT_ENOUGH_EVIDENCE),
        ((Severity.CRITICAL,), 0.0, Verdict.FALLS_OVER),
        ((Severity.CRITICAL,), None, Verdict.FALLS_OVER),
    ],
)
def test_verdicts(severities: tuple[Severity, ...], examined: float | None, verdict: Verdict) -> None:
    assert verdict_of(of(*severities), examined) is verdict


@given(severities=SEVERITIES, examined=COVERAGES)
def test_there_is_no_all_clear_on_too_little_evidence(severities: list[Severity], examined: float | None) -> None:
    verdict = verdict_of(of(*severities), examined)
    if verdict in {Verdict.FITS, Verdict.AT_RISK}:
        assert examined is not None
        assert examined >= COVERAGE_AT_LEAST
    assert (verdict is Verdict.FALLS_OVER) == (Severity.CRITICAL in severities)
