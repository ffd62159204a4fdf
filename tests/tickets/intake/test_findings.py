"""Findings and rounds become alerts that one ticket a subject answers to."""

from typing import Any

import pytest

from tests.tickets.intake.sending import is_balanced, numbers, outcomes, send, ticket
from tickets.desk import Desk
from tickets.intake.findings import of_audit, of_rounds
from tickets.names import Urgency


def _finding(code: str, severity: str, subject: str = "public.orders") -> dict[str, Any]:
    return {
        "code": code, "area": "indexes", "target": "orders", "subject": subject, "severity": severity,
        "title": "An index is missing", "summary": "Each search reads a million rows.", "remedy": {"text": "Create it."},
    }  # fmt: skip


DOCUMENT = {
    "schema_version": 1,
    "mall": "practice",
    "findings": [_finding("SQL001", "low"), _finding("IDX001", "high"), _finding("IDX001", "critical", "public.users")],
    "rounds": [
        {"round": "capacity", "verdict": "NO-GO", "reasons": [{"rule": "p99", "ok": False, "evidence": "9 s"}]},
        {"round": "baseline", "verdict": "GO", "reasons": []},
    ],
}


def test_what_deserves_a_ticket_gets_one_and_the_next_audit_adds_to_it(desk: Desk) -> None:
    alerts = of_audit(DOCUMENT)
    receipt = send(desk, alerts, "alerts")
    assert len(receipt.tickets) == 3
    opened = [ticket(desk, number) for number in receipt.tickets]
    assert [each.urgency for each in opened] == [Urgency.IMPORTANT, Urgency.NORMAL, Urgency.IMPORTANT]
    assert [each.source for each in opened] == ["audit", "audit", "stress"]
    assert opened[0].keys == ("audit:IDX001:orders:public.users",)
    assert "Create it." in opened[0].summary
    assert opened[2].summary == "p99: 9 s"
    send(desk, of_audit(DOCUMENT), "alerts")
    assert len(numbers(desk)) == 3
    assert outcomes(desk)[3:] == [("merged", "repeat")] * 3
    assert is_balanced(desk)


def test_only_rounds_that_failed_are_told() -> None:
    assert [each["title"] for each in of_rounds(DOCUMENT["rounds"], "practice")] == ["NO-GO: capacity (practice)"]  # type: ignore[arg-type]


@pytest.mark.parametrize(("document", "at_least"), [({}, "high"), ({"findings": []}, "terrible")])
def test_what_is_no_audit_is_told_so(document: dict[str, Any], at_least: str) -> None:
    with pytest.raises(ValueError, match=r"findings.json|none of"):
        of_audit(document, at_least)
