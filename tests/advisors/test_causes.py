"""One fault is ranked once: what another finding explains is listed inside it."""

from collections.abc import Iterator
from itertools import permutations

import pytest

from advisors.causes import CAUSES, fold
from advisors.rules import RULES
from facts.findings import Area, Evidence, Finding, QueryEvidence, Remedy, Severity
from facts.message import msg
from tests.advisors import build
from tests.advisors.case import Case, report_on
from tests.advisors.planner import SimplePlanner


def finding(
    code: str,
    *statements: str,
    subject: str = "",
    loss: float = 1.0,
    severity: Severity = Severity.MEDIUM,
    target: str = build.TARGET,
) -> Finding:
    queries = (QueryEvidence(id=each, text=each, calls=1, total_seconds=1.0, mean_seconds=1.0) for each in statements)
    return Finding(
        code=code,
        rule="rule",
        area=Area.QUERIES,
        target=target,
        subject=subject or f"{code} {' '.join(statements)}",
        severity=severity,
        title=msg("the title"),
        summary=msg("the summary"),
        evidence=Evidence(queries=tuple(queries)),
        remedy=Remedy(text=msg("the remedy"), sql=(f"-- {subject}",)),
        loss=loss,
    )


def outline(findings: list[Finding]) -> list[tuple[str, list[str]]]:
    return [(each.code, [consequence.code for consequence in each.consequences]) for each in findings]


def every_order(*findings: Finding) -> Iterator[list[Finding]]:
    return (list(each) for each in permutations(findings))


def test_the_missing_index_explains_the_slow_statement_and_the_cache() -> None:
    for findings in every_order(finding("SQL001", "a"), finding("IDX001", "a"), finding("CCH001", "a")):
        assert outline(fold(findings)) == [("IDX001", ["CCH001", "SQL001"])]


def test_a_cause_takes_the_worst_severity_and_the_greatest_loss() -> None:
    (cause,) = fold(
        [
            finding("IDX001", "a", severity=Severity.LOW, loss=0.5),
            finding("SQL001", "a", severity=Severity.CRITICAL, loss=2.0),
        ]
    )
    assert (cause.code, cause.severity, cause.loss) == ("IDX001", Severity.CRITICAL, 2.0)


def test_a_mild_consequence_takes_nothing_away() -> None:
    (cause,) = fold(
        [
            finding("IDX001", "a", severity=Severity.HIGH, loss=2.0),
            finding("SQL001", "a", severity=Severity.LOW, loss=0.5),
        ]
    )
    assert (cause.severity, cause.loss) == (Severity.HIGH, 2.0)


def test_a_consequence_names_what_it_was() -> None:
    (cause,) = fold([finding("IDX001", "a"), finding("SQL001", "a", subject="SELECT a")])
    (consequence,) = cause.consequences
    assert (consequence.code, consequence.subject, str(consequence.title)) == ("SQL001", "SELECT a", "the title")


def test_what_is_explained_only_in_part_stands_by_itself() -> None:
    assert outline(fold([finding("IDX001", "a"), finding("SQL002", "a", "b")])) == [("IDX001", []), ("SQL002", [])]


def test_several_causes_together_explain_a_page() -> None:
    folded = fold([finding("IDX001", "a", loss=2.0), finding("IDX001", "b"), finding("CCH001", "a", "b")])
    assert sorted(code for _, codes in outline(folded) for code in codes) == ["CCH001"]
    assert [each.code for each in folded] == ["IDX001", "IDX001"]


def test_of_several_causes_the_first_one_gets_the_consequence() -> None:
    for number in range(64):
        one, other = f"one {number}", f"other {number}"
        folded = fold([finding("IDX001", one, loss=2.0), finding("SQL005", other), finding("CCH001", one, other)])
        assert outline(folded) == [("IDX001", ["CCH001"]), ("SQL005", [])]


def test_two_findings_of_one_rule_never_hide_each_other_however_else_they_are_explained() -> None:
    # `a` is explained by the first SQL004 alone, which brings another index
    findings = [finding("IDX001", "b"), finding("SQL004", "a", loss=2.0), finding("SQL004", "a", "b")]
    for each in every_order(*findings):
        assert outline(fold(each)) == [("IDX001", []), ("SQL004", []), ("SQL004", [])]


def test_the_same_statement_of_another_database_is_another_fault() -> None:
    assert len(fold([finding("IDX001", "a"), finding("SQL001", "a", target="stock")])) == 2


def test_findings_without_statements_explain_nothing_and_stay() -> None:
    findings = [finding("CFG001"), finding("RDS001"), finding("IDX005", subject="public.reviews(user_id)")]
    assert sorted(outline(fold(findings))) == [("CFG001", []), ("IDX005", []), ("RDS001", [])]


def test_a_rule_that_explains_no_statement_is_never_folded() -> None:
    assert sorted(outline(fold([finding("IDX001", "a"), finding("CAP001", "a")]))) == [("CAP001", []), ("IDX001", [])]


@pytest.mark.parametrize(
    ("proposed", "wanted", "folded"),
    [
        ("public.reviews(user_id)", "public.reviews(user_id)", True),
        ("public.reviews(user_id, created_at)", "public.reviews(user_id)", True),
        ("public.reviews(user_id_of_shop)", "public.reviews(user_id)", False),
        ("public.reviews(created_at, user_id)", "public.reviews(user_id)", False),
    ],
)
def test_a_proposed_index_that_serves_the_foreign_key_explains_it(proposed: str, wanted: str, *, folded: bool) -> None:
    found = fold([finding("IDX005", subject=wanted), finding("IDX001", "a", subject=proposed)])
    assert (len(found) == 1) is folded


def test_nothing_is_lost() -> None:
    findings = [finding(code, "a") for code in CAUSES]
    (only,) = fold(findings)
    assert only.code == CAUSES[0]
    assert {each.code for each in only.consequences} == set(CAUSES[1:])


def test_causes_are_rules() -> None:
    assert set(CAUSES) <= {rule.code for rule in RULES}


def test_two_indexes_for_one_statement_are_both_proposed() -> None:
    first = finding("IDX001", "a", "b", subject="public.orders(id)", loss=2.0)
    second = finding("IDX001", "b", subject="public.lines(id)")
    proposed = {statement for each in fold([first, second]) for statement in each.remedy.sql}
    assert proposed == {"-- public.orders(id)", "-- public.lines(id)"}


def test_through_the_judge_the_slow_statement_is_not_ranked_beside_its_cause() -> None:
    text = "SELECT id FROM orders WHERE user_id = $1"
    read = build.database(
        build.statement(text, seconds=build.seconds_for(3.0)), read=build.schema(build.table("orders"))
    )
    subject = "public.orders(user_id)"
    case = Case(
        story="",
        facts=build.snapshot(read),
        subject=subject,
        outcome="found",
        planners={(build.TARGET, build.TARGET): SimplePlanner(kept={subject: 0.1})},
    )
    report = report_on(case, RULES)
    # rules that look at the table alone may have their own to say
    (cause,) = (each for each in report.findings if each.evidence.queries)
    assert (cause.code, cause.severity) == ("IDX001", Severity.CRITICAL)
    assert "SQL001" in {each.code for each in cause.consequences}
