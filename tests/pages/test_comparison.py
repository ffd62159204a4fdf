"""Two audits side by side: nothing is called gone that was not looked at."""

import json
from dataclasses import replace
from typing import Any

import pytest

from facts.findings import Area, Consequence, Finding, QueryEvidence, Quiet, Report, Severity, Skipped
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


def audit(
    *findings: Finding,
    quiet: tuple[Quiet, ...] = (),
    ignored: tuple[Finding, ...] = (),
    skipped: tuple[Skipped, ...] = (),
    areas: tuple[Area, ...] = tuple(Area),
    **statuses: Status,
) -> Document:
    """An audit of the rich report's targets, with other findings and other targets' statuses."""
    report = rich_report()
    targets = tuple(replace(each, status=statuses.get(each.name, each.status)) for each in report.coverage.targets)
    coverage = replace(report.coverage, targets=targets, skipped=skipped)
    return document(replace(report, findings=findings, quiet=quiet, ignored=ignored, areas=areas, coverage=coverage))


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


def test_a_quiet_subject_of_another_target_says_nothing_about_this_one() -> None:
    here = finding(target="cache", code="RDS001", area=Area.CACHE, subject="session:{hex}")
    elsewhere = Quiet(code="RDS001", target="other-cache", subject="session:{hex}", reason="expires")
    # The cache itself answered only in part.
    change = only(compare(audit(here), audit(quiet=(elsewhere,))))
    assert (change.what, change.reason) == ("not examined", "")


def test_a_finding_of_a_database_that_was_not_read_this_time_is_not_examined() -> None:
    other = Quiet(code="IDX001", target="orders/archive", subject="public.old", reason="small-table")
    assert only(compare(audit(finding()), audit(quiet=(other,)))).what == "not examined"
    same = Quiet(code="IDX001", target="orders/mall", subject="public.small", reason="small-table")
    assert only(compare(audit(finding()), audit(quiet=(other, same)))).what == "gone"


def test_a_finding_that_is_ignored_from_now_on_is_still_there() -> None:
    change = only(compare(audit(finding()), audit(ignored=(finding(),))))
    assert (change.what, change.loss_after) == ("unchanged", None)
    elsewhere = finding(target="orders/archive")
    assert only(compare(audit(finding()), audit(ignored=(elsewhere,)))).what == "gone"


def test_what_was_there_before_without_being_a_finding_of_its_own_is_not_new() -> None:
    change = only(compare(audit(ignored=(finding(),)), audit(finding(loss=2.0))))
    assert (change.what, change.loss_before, change.loss_after) == ("unchanged", None, 2.0)
    consequence = Consequence(code="SQL001", subject="SELECT 1", title=msg("One statement needs much"))
    slow = finding(code="SQL001", rule="over-budget", subject="SELECT 1", loss=1.0)
    changes = {each.code: each.what for each in compare(audit(finding(consequences=(consequence,))), audit(slow))}
    assert changes == {"SQL001": "unchanged", "IDX001": "gone"}


def test_a_finding_whose_rule_failed_is_not_examined() -> None:
    failed = Skipped(code="IDX001", subject="IDX001 missing-index", reason=msg("the rule failed"))
    assert only(compare(audit(finding()), audit(skipped=(failed,)))).what == "not examined"
    of_another_rule = replace(failed, code="IDX002", subject="IDX002 unused-index")
    assert only(compare(audit(finding()), audit(skipped=(of_another_rule,)))).what == "gone"


def test_a_finding_of_a_database_without_a_planner_is_not_examined() -> None:
    def without(target: str) -> Document:
        return audit(skipped=(Skipped(code="IDX001", subject=target, reason=msg("the planner did not start")),))

    assert only(compare(audit(finding()), without("orders/mall"))).what == "not examined"
    assert only(compare(audit(finding()), without("orders/archive"))).what == "gone"


def test_a_finding_whose_statement_could_not_be_planned_is_not_examined() -> None:
    def unplanned(statement: str) -> Document:
        return audit(skipped=(Skipped(code="IDX001", subject=statement[:80], reason=msg("not planned")),))

    statement = finding().evidence.queries[1].text
    assert only(compare(audit(finding()), unplanned(statement))).what == "not examined"
    assert only(compare(audit(finding()), unplanned("SELECT * FROM carts"))).what == "gone"


def test_a_finding_of_an_area_that_was_not_judged_is_not_examined() -> None:
    before = audit(finding(), finding(code="RDS003", area=Area.CACHE, target="shop.example", subject="maxmemory"))
    changes = {each.code: each.what for each in compare(before, audit(areas=(Area.CACHE, Area.CONFIG)))}
    assert changes == {"IDX001": "not examined", "RDS003": "gone"}


def test_an_audit_from_before_areas_were_written_down_judged_them_all() -> None:
    after = audit()
    del after["areas"]
    assert only(compare(audit(finding()), after)).what == "gone"


def test_a_finding_is_not_examined_when_something_of_its_target_could_be_read_no_more() -> None:
    lost = Skipped(subject="orders/mall: postgres_statements", reason=msg("pg_stat_statements is not loaded"))
    assert only(compare(audit(finding()), audit(skipped=(lost,)))).what == "not examined"
    # The earlier audit found it all the same.
    assert only(compare(audit(finding(), skipped=(lost,)), audit(skipped=(lost,)))).what == "gone"
    elsewhere = replace(lost, subject="orders/archive: postgres_statements")
    assert only(compare(audit(finding()), audit(skipped=(elsewhere,)))).what == "gone"


def test_what_the_planner_estimates_by_default_does_not_hide_what_is_gone() -> None:
    remark = Skipped(subject="orders/mall", reason=msg("the index public.a is on an expression"))
    assert only(compare(audit(finding()), audit(skipped=(remark,)))).what == "gone"


def test_a_finding_whose_statement_is_no_longer_understood_is_not_examined() -> None:
    text = "SELECT jsonb_path_query(payload, $1) FROM events WHERE " + "a = $2 AND " * 20
    query = QueryEvidence(id="1", text=text, calls=1, total_seconds=1.0, mean_seconds=1.0)
    before = audit(finding(evidence=replace(finding().evidence, queries=(query,))))
    gap = Skipped(subject=text[:80], reason=msg("the statement was not understood"))
    assert only(compare(before, audit(skipped=(gap,)))).what == "not examined"


def test_of_two_findings_on_one_subject_the_worse_one_is_compared() -> None:
    worse = finding(code="SQL005", loss=3.0)
    milder = finding(code="SQL005", loss=0.1, severity=Severity.LOW)
    change = only(compare(audit(worse, milder), audit(worse, milder)))
    assert (change.what, change.severity, change.loss_before) == ("unchanged", "critical", 3.0)
    assert only(compare(audit(worse, milder), audit(milder))).what == "better"


def test_two_audits_without_findings_have_nothing_to_compare() -> None:
    assert compare(audit(), audit()) == []
