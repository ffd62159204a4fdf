"""Two audits side by side: nothing is called gone that was not looked at."""

import json
from dataclasses import replace
from typing import Any

import pytest

from facts.findings import Consequence, Finding, Quiet, Report
from facts.message import msg
from facts.readings import Status
from pages.comparison import NOISE_RATIO, Change, compare
from pages.findings_json import findings_json
from tests.pages.sample import rich_report

Document = dict[str, Any]


def document(report: Report) -> Document:
    """As it is read back from a run folder."""
    loaded: Document = json.loads(json.dumps(findings_json(report, "en")))
    return loaded


def audit(*findings: Finding, quiet: tuple[Quiet, ...] = (), **statuses: Status) -> Document:
    """An audit of the rich report's targets, with other findings and other targets' statuses."""
    report = rich_report()
    targets = tuple(replace(each, status=statuses.get(each.name, each.status)) for each in report.coverage.targets)
    return document(replace(report, findings=findings, quiet=quiet, coverage=replace(report.coverage, targets=targets)))


def finding(**changes: Any) -> Finding:
    return replace(rich_report().findings[0], **{"consequences": (), **changes})


def only(changes: list[Change]) -> Change:
    assert len(changes) == 1
    return changes[0]


def test_an_audit_compared_with_itself_is_unchanged() -> None:
    same = document(rich_report())
    changes = compare(same, same)
    assert {each.what for each in changes} == {"unchanged"}
    assert len(changes) == len(rich_report().findings)
    assert all(each.loss_before == each.loss_after for each in changes)


def test_a_finding_is_gone_when_the_later_audit_looked_and_was_quiet() -> None:
    well = Quiet(code="IDX001", target="orders/mall", subject=finding().subject, reason="served-by-existing-index")
    change = only(compare(audit(finding(loss=8.0)), audit(quiet=(well,))))
    assert (change.what, change.reason) == ("gone", "served-by-existing-index")
    assert (change.loss_before, change.loss_after) == (8.0, None)
    assert change.severity == "critical"


@pytest.mark.parametrize("status", [Status.OK, Status.EMPTY])
def test_a_finding_is_gone_when_its_target_answered_and_nobody_reports_it(status: Status) -> None:
    assert only(compare(audit(finding()), audit(orders=status))).what == "gone"


@pytest.mark.parametrize("status", [Status.FAILED, Status.FORBIDDEN, Status.UNSUPPORTED, Status.TIMED_OUT])
def test_a_finding_of_a_target_that_did_not_answer_is_not_examined(status: Status) -> None:
    change = only(compare(audit(finding()), audit(orders=status)))
    assert (change.what, change.reason) == ("not examined", "")


def test_a_finding_of_a_target_that_is_no_longer_configured_is_not_examined() -> None:
    assert only(compare(audit(finding(target="moved/mall")), audit())).what == "not examined"


def test_a_finding_that_was_not_there_before_is_new() -> None:
    change = only(compare(audit(), audit(finding(loss=2.0))))
    assert (change.what, change.loss_before, change.loss_after) == ("new", None, 2.0)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (4.0, 4.0 * (1 - NOISE_RATIO), "unchanged"),
        (4.0, 4.0 * (1 - NOISE_RATIO) - 0.01, "better"),
        (4.0, 4.0 * (1 + NOISE_RATIO), "unchanged"),
        (4.0, 4.0 * (1 + NOISE_RATIO) + 0.01, "worse"),
        (0.0, 0.0, "unchanged"),
        (0.0, 0.5, "worse"),
        (0.5, 0.0, "better"),
    ],
)
def test_a_change_counts_when_it_is_larger_than_traffics_own(before: float, after: float, what: str) -> None:
    change = only(compare(audit(finding(loss=before)), audit(finding(loss=after))))
    assert (change.what, change.loss_before, change.loss_after) == (what, before, after)


def test_a_finding_that_another_one_now_explains_is_still_there() -> None:
    consequence = Consequence(code="SQL001", subject="SELECT 1", title=msg("One statement needs much"))
    slow = finding(code="SQL001", rule="over-budget", subject="SELECT 1", loss=1.0)
    changes = {each.code: each.what for each in compare(audit(slow), audit(finding(consequences=(consequence,))))}
    assert changes == {"SQL001": "unchanged", "IDX001": "new"}


def test_the_same_subject_on_two_servers_is_two_findings() -> None:
    changes = compare(
        audit(finding(loss=1.0), finding(target="cache", loss=2.0)),
        audit(finding(loss=1.0), finding(target="cache", loss=4.0)),
    )
    assert [(each.target, each.what) for each in changes] == [("cache", "worse"), ("orders/mall", "unchanged")]


def test_the_worst_news_comes_first() -> None:
    def at(subject: str, loss: float) -> Finding:
        return finding(subject=subject, loss=loss)

    before = audit(at("steady", 1.0), at("grown", 1.0), at("shrunk", 4.0), at("done", 9.0), finding(target="lost"))
    after = audit(at("steady", 1.0), at("grown", 2.0), at("shrunk", 1.0), at("small", 0.1), at("large", 3.0))
    assert [(each.what, each.subject) for each in compare(before, after)] == [
        ("worse", "grown"),
        ("new", "large"),
        ("new", "small"),
        ("unchanged", "steady"),
        ("not examined", finding().subject),
        ("better", "shrunk"),
        ("gone", "done"),
    ]


def test_two_audits_without_findings_have_nothing_to_compare() -> None:
    assert compare(audit(), audit()) == []
