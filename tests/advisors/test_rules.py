"""Every case of every rule, through the judge: the outcome is the one expected, and what is shown of it can be read."""

import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from advisors.rule import Context, Outcome, Rule
from advisors.rules import RULES
from facts.findings import Finding, Quiet, Remedy
from facts.message import Message
from tests.advisors.case import ABSENT, FOUND, Case, cases_of, report_on

EVERY_CASE = [(rule, case) for rule in RULES for case in cases_of(rule)]
# What cannot be taken back and need not be: it changes no definition.
NOTHING_TO_TAKE_BACK = ("ANALYZE ", "SELECT pg_reload_conf()", "CREATE EXTENSION IF NOT EXISTS ")

every_case = pytest.mark.parametrize(
    ("rule", "case"), [pytest.param(rule, case, id=f"{rule.code}: {case.story}") for rule, case in EVERY_CASE]
)


@every_case
def test_the_rule_gives_the_outcome(rule: Rule, case: Case) -> None:
    report = report_on(case, (rule,))
    found = [each for each in report.findings if (each.target, each.subject) == (case.target, case.subject)]
    quiet = [each for each in report.quiet if (each.target, each.subject) == (case.target, case.subject)]
    outcome = FOUND if found else quiet[0].reason if quiet else ABSENT
    assert outcome == case.outcome, (report.findings, report.quiet, report.coverage.skipped)
    assert {each.code for each in found} | {each.code for each in quiet} <= {rule.code}
    if case.severity is not None:
        assert [each.severity for each in found] == [case.severity]


@every_case
def test_each_subject_ends_in_one_outcome(rule: Rule, case: Case) -> None:
    outcomes: list[Outcome] = []

    def overheard(context: Context) -> Iterator[Outcome]:
        for each in rule.judge(context):
            outcomes.append(each)
            yield each

    report_on(case, (replace(rule, judge=overheard),))
    times = Counter((each.target, each.subject) for each in outcomes if isinstance(each, Finding | Quiet))
    assert max(times.values(), default=1) == 1, times


@every_case
def test_no_rule_fails_on_the_facts_of_another(rule: Rule, case: Case) -> None:
    report = report_on(case, RULES)
    failed = [str(each.reason) for each in report.coverage.skipped if "rule failed" in str(each.reason)]
    assert not failed, rule.code
    reasons = {each.code: each.reasons for each in RULES}
    assert all(each.reason in reasons[each.code] for each in report.quiet)
    assert all(_readable(each) for finding in report.findings for each in _sentences(finding))


@every_case
def test_findings_can_be_read_and_judged(rule: Rule, case: Case) -> None:
    for finding in report_on(case, (rule,)).findings:
        assert (finding.code, finding.rule, finding.area) == (rule.code, rule.name, rule.area)
        assert all(_readable(each) for each in _sentences(finding))
        assert finding.evidence.queries or finding.evidence.figures or finding.evidence.facts
        assert finding.loss >= 0
        if finding.expected is not None:
            assert finding.expected.method in {"planner", "measured", "counted"}
            assert finding.expected.seconds_before >= 0
            after = finding.expected.seconds_after
            assert after is None or 0 <= after <= finding.expected.seconds_before


@every_case
def test_statements_of_a_remedy_have_their_way_back(rule: Rule, case: Case) -> None:
    for finding in report_on(case, (rule,)).findings:
        for statement in finding.remedy.sql:
            if not statement.startswith(NOTHING_TO_TAKE_BACK):
                assert _has_way_back(statement, finding.remedy), statement


@every_case
def test_statements_of_a_remedy_have_no_places_left_to_fill(rule: Rule, case: Case) -> None:
    for finding in report_on(case, (rule,)).findings:
        for statement in (*finding.remedy.sql, *finding.remedy.rollback, *finding.remedy.check):
            assert not re.search(r"%\(|\$\d|:p\d|\{|\}", statement), statement


def _sentences(finding: Finding) -> Iterable[Message]:
    yield from (finding.title, finding.summary, finding.remedy.text, *finding.evidence.facts)
    yield from (each.why_not for each in finding.alternatives)
    yield from (each.title for each in finding.consequences)
    if finding.remedy.risk is not None:
        yield finding.remedy.risk


def _readable(sentence: Message) -> bool:
    """Whether each place of the sentence is filled and nothing is left over."""
    places = {name for _, name, _, _ in string.Formatter().parse(sentence.template) if name is not None}
    return places == sentence.values.keys() and bool(str(sentence).strip())


def _has_way_back(statement: str, remedy: Remedy) -> bool:
    """Whether a rollback names what the statement makes, drops or sets."""
    made = re.match(r"CREATE INDEX (?:CONCURRENTLY )?(\S+) ON", statement)
    if made:
        return any(each.startswith("DROP INDEX") and each.endswith(f".{made.group(1)}") for each in remedy.rollback)
    dropped = re.match(r"DROP INDEX CONCURRENTLY IF EXISTS \S+\.(\S+)", statement)
    if dropped:
        wanted = re.compile(rf"CREATE (UNIQUE )?INDEX CONCURRENTLY {re.escape(dropped.group(1))} ON ")
        return any(wanted.match(each) for each in remedy.rollback)
    changed = re.match(r"ALTER (SYSTEM|ROLE \S+|TABLE \S+) (?:SET|RESET) \(?(\w+)", statement)
    return changed is not None and any(
        each.startswith(f"ALTER {changed.group(1)}") and changed.group(2) in each for each in remedy.rollback
    )
