"""The demo's whole story in short: every planted fault is named, what was applied is gone, and the healthy mall is left in peace."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from facts.findings import Report, Severity
from mall import FAULTS, Mall, open_mall
from tenfold.cli.options import Terminal
from tenfold.demo.story import TOGETHER, Act, FaultOutcome, act, apply, create_role, names_fault, outcomes, settings_for

# With the lead before it, just long enough to prove an index unused.
WINDOW_SECONDS = 22.0


@pytest.fixture(scope="module", params=[None, 7], ids=["plain", "scrambled"])
def mall(request: pytest.FixtureRequest, server_folder: Path) -> Iterator[Mall]:
    folder = server_folder / ("practice" if request.param is None else "practice-scrambled")
    with open_mall(folder, scramble=request.param) as opened:
        create_role(opened)
        yield opened


@pytest.fixture(scope="module")
def healthy(mall: Mall) -> Act:
    """The audit of the mall without faults; it comes first, while nothing was changed."""
    return act(mall, settings_for(mall, window=WINDOW_SECONDS), Terminal(quiet=True), seed=5)


@pytest.fixture(scope="module")
def story(mall: Mall, healthy: Act) -> tuple[Act, Act, list[str]]:
    """Both audits of the demo and the statements that could not be applied in between."""
    assert healthy.report.findings is not None
    for name in TOGETHER:
        mall.turn(name, on=True)
    settings = settings_for(mall, window=WINDOW_SECONDS)
    before = act(mall, settings, Terminal(quiet=True), seed=1)
    failures = apply(mall, before.report)
    after = act(mall, settings, Terminal(quiet=True), seed=2)
    return before, after, failures


@pytest.fixture(scope="module")
def found(mall: Mall, story: tuple[Act, Act, list[str]]) -> dict[str, FaultOutcome]:
    before, after, _ = story
    return {each.fault.name: each for each in outcomes(mall, list(TOGETHER), before.report, after.report)}


def alarming(report: Report) -> list[str]:
    return [
        f"{each.severity} {each.code} {each.subject}: {each.title}"
        for each in report.findings
        if each.severity in {Severity.CRITICAL, Severity.HIGH}
    ]


def test_the_healthy_mall_has_no_critical_and_no_high_finding(healthy: Act) -> None:
    assert alarming(healthy.report) == []


def test_nearly_all_of_the_healthy_malls_database_time_was_examined(healthy: Act) -> None:
    assert (healthy.report.coverage.workload_time_examined_ratio or 0.0) >= 0.95


def test_every_rule_says_of_the_healthy_mall_what_it_looked_at(healthy: Act) -> None:
    spoke = {each.code for each in healthy.report.quiet} | {each.code for each in healthy.report.findings}
    assert spoke >= {fault.code for fault in FAULTS if fault.code}


def test_no_fault_is_named_where_none_was_planted(mall: Mall, healthy: Act) -> None:
    named = [fault.name for fault in FAULTS if fault.code and names_fault(mall, fault, healthy.report)]
    assert named == []


@pytest.mark.parametrize("name", TOGETHER)
def test_the_first_audit_names_the_fault_by_code_and_subject(found: dict[str, FaultOutcome], name: str) -> None:
    assert found[name].found


def test_every_statement_of_the_report_can_be_applied_as_it_stands(story: tuple[Act, Act, list[str]]) -> None:
    assert story[2] == []


@pytest.mark.parametrize(
    "name",
    [
        "missing-order-index",
        "slow-search",
        "stale-statistics",
        "redundant-index",
        "unused-index",
        "invalid-index",
        "unindexed-foreign-key",
        "function-on-column",
        "weak-settings",
    ],
)
def test_what_was_applied_is_quiet_with_a_reason_in_the_second_audit(found: dict[str, FaultOutcome], name: str) -> None:
    assert found[name].after == "gone"
    assert found[name].reason


def test_what_needs_the_applications_code_is_still_there(found: dict[str, FaultOutcome]) -> None:
    assert found["n-plus-one"].after == "still there"


def test_a_pool_that_suffices_once_the_statements_are_quick_says_so(found: dict[str, FaultOutcome]) -> None:
    """Indexes shorten what a connection is held for; whether two are then enough for the multiplier depends on the machine."""
    pool = found["small-pool"]
    assert (pool.after, pool.reason) in {("still there", ""), ("better", ""), ("gone", "enough")}


def test_the_missing_index_is_worth_what_was_expected_of_it(story: tuple[Act, Act, list[str]]) -> None:
    before, after, _ = story
    finding = next(each for each in before.report.findings if each.code == "IDX001")
    (statement,) = [each for each in finding.evidence.queries if "LIMIT" in each.text][:1]
    assert after.snapshot.postgres[0].statements is not None
    measured = next(each for each in after.snapshot.postgres[0].statements.statements if each.id == statement.id)
    # The planner promised hundreds of times; scheduling noise leaves at least a factor of five.
    assert measured.mean_seconds < statement.mean_seconds / 5
