"""The judge: every rule runs, one that fails costs nobody else anything, and the report says what was not examined."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from advisors.judging import cores_of, judge, peak_factor
from advisors.rule import Context, Outcome, Rule
from advisors.rules import RULES, cfg003_weak_settings, rds001_key_without_ttl, rds003_no_headroom, sql001_over_budget
from facts.findings import Area, Quiet, Report, Severity, Verdict
from facts.front import FrontFacts
from facts.message import Message, verbatim
from facts.planner import Planner
from facts.promotion import Ignore, Policy, Promotion
from facts.readings import Omission, Reading, Status, Target
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.planner import SimplePlanner

KEY = (build.TARGET, build.TARGET)
SEARCH = "SELECT id FROM orders WHERE user_id = $1"
TODAY = build.TAKEN_AT.date()


def judged(
    snapshot: Snapshot,
    *,
    rules: Sequence[Rule] = RULES,
    policy: Policy | None = None,
    planners: Mapping[tuple[str, str], Planner] | None = None,
    failures: Mapping[tuple[str, str], Message] | None = None,
    only: frozenset[Area] | None = None,
) -> Report:
    return judge(
        snapshot,
        promotion=Promotion(multiplier=build.MULTIPLIER),
        policy=policy or Policy(),
        planners=planners or {},
        planner_failures=failures or {},
        tool_version="0.1.0",
        only=only,
        rules=rules,
    )


def mall(cores: float = 1.0) -> Snapshot:
    """A busy search, autovacuum switched off, and sessions that never end."""
    return build.snapshot(
        build.database(
            build.statement(SEARCH, seconds=build.seconds_for(cores)),
            read=build.schema(build.table("orders")),
            settings={"autovacuum": "off"},
        ),
        build.redis(build.key_group("session:{id}", without_ttl=100)),
    )


def failing(error: Exception, *, after: int = 0) -> Rule:
    """A rule that gives some outcomes and then raises."""

    def judge_and_fail(_: Context) -> Iterator[Outcome]:
        for number in range(after):
            yield Quiet(code="SQL999", subject=str(number), reason="fine")
        raise error

    return Rule(code="SQL999", name="always-broken", area=Area.QUERIES, judge=judge_and_fail, reasons=("fine",))


@pytest.mark.parametrize("after", [0, 3])
@pytest.mark.parametrize("error", [ValueError("no such thing"), KeyError("{name}"), RecursionError("too deep")])
def test_a_rule_that_fails_is_recorded_and_the_rest_goes_on(error: Exception, after: int) -> None:
    broken = failing(error, after=after)
    report = judged(mall(), rules=(broken, *RULES, broken))
    without = judged(mall())
    assert report.findings == without.findings
    assert report.quiet == without.quiet
    (first, second) = (each for each in report.coverage.skipped if each.code == "SQL999")
    assert first == second
    assert first.subject == "SQL999 always-broken"
    assert type(error).__name__ in str(first.reason)


def test_a_rule_that_fails_at_once_is_recorded_too() -> None:
    def at_once(_: Context) -> list[Outcome]:
        raise RuntimeError("before the first outcome")

    report = judged(mall(), rules=(replace(failing(ValueError()), judge=at_once),))
    assert ["before the first outcome" in str(each.reason) for each in report.coverage.skipped] == [True]


def test_ctrl_c_is_no_failure_of_a_rule() -> None:
    def interrupted(_: Context) -> list[Outcome]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged(mall(), rules=(replace(failing(ValueError()), judge=interrupted),))


def test_the_same_facts_give_the_same_report() -> None:
    assert judged(mall()) == judged(mall())


def test_an_empty_reading_is_no_all_clear() -> None:
    report = judged(build.snapshot())
    assert report.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert report.coverage.workload_time_examined_ratio is None
    assert report.findings == ()
    assert "not known" in str(report.first_sentence)
    assert "No statement counters" in str(report.window)


def test_an_unreadable_workload_is_no_all_clear() -> None:
    assert judged(build.snapshot(build.database(unread=True))).verdict is Verdict.NOT_ENOUGH_EVIDENCE
    half = build.snapshot(build.database(build.statement("SELECT $1")), build.database(unread=True, target="stock"))
    assert judged(half).verdict is Verdict.NOT_ENOUGH_EVIDENCE


def test_a_small_workload_that_was_read_whole_fits() -> None:
    assert judged(build.snapshot(build.database(build.statement("SELECT $1", seconds=0.1)))).verdict is Verdict.FITS


def test_the_worst_comes_first_and_within_a_severity_the_greatest_loss() -> None:
    snapshot = build.snapshot(
        build.database(
            build.statement("SELECT a FROM t", seconds=build.seconds_for(0.9)),
            build.statement("SELECT b FROM t", seconds=build.seconds_for(1.2)),
            build.statement("SELECT c FROM t", seconds=build.seconds_for(3.0)),
            settings={"enable_seqscan": "off"},
        )
    )
    report = judged(snapshot, rules=(cfg003_weak_settings.RULE, sql001_over_budget.RULE))
    assert [(each.severity, each.subject) for each in report.findings] == [
        (Severity.CRITICAL, "SELECT c FROM t"),
        (Severity.HIGH, "SELECT b FROM t"),
        (Severity.HIGH, "SELECT a FROM t"),
        (Severity.MEDIUM, "enable_seqscan"),
    ]


@pytest.mark.parametrize("area", sorted({rule.area for rule in RULES}))
def test_only_the_areas_that_were_asked_for_are_judged(area: Area) -> None:
    report = judged(mall(), only=frozenset({area}))
    areas = {rule.code: rule.area for rule in RULES}
    assert report.areas == (area,)
    assert {each.area for each in report.findings} <= {area}
    assert {areas[each.code] for each in report.quiet} <= {area}


def test_progress_is_told_in_the_order_of_the_rules() -> None:
    told: list[str] = []
    judge(
        mall(),
        promotion=Promotion(),
        policy=Policy(),
        planners={},
        planner_failures={},
        tool_version="0.1.0",
        progress=told.append,
    )
    assert told == [rule.code for rule in RULES]


@pytest.mark.parametrize(
    ("until", "ignored"),
    [(None, True), (TODAY, True), (TODAY - timedelta(days=1), False), (TODAY + timedelta(days=1), True)],
)
def test_what_the_mall_chose_to_live_with_is_listed_apart(until: date | None, *, ignored: bool) -> None:
    ignore = Ignore(code="CFG003", subject="autovacuum", reason="we vacuum at night", until=until)
    report = judged(mall(), rules=(cfg003_weak_settings.RULE,), policy=Policy(ignores=(ignore,)))
    assert [each.subject for each in report.ignored] == ["autovacuum"] * ignored
    assert [each.subject for each in report.findings] == ["autovacuum"] * (not ignored)


def test_another_code_or_subject_is_not_ignored() -> None:
    ignores = (
        Ignore(code="CFG002", subject="autovacuum", reason="-"),
        Ignore(code="CFG003", subject="fsync", reason="-"),
    )
    report = judged(mall(), rules=(cfg003_weak_settings.RULE,), policy=Policy(ignores=ignores))
    assert [each.subject for each in report.findings] == ["autovacuum"]


def test_an_ignored_finding_does_not_make_the_mall_fall_over() -> None:
    only = (sql001_over_budget.RULE,)
    assert judged(mall(4.0), rules=only).verdict is Verdict.FALLS_OVER
    ignores = (Ignore(code="SQL001", subject=SEARCH, reason="we know"),)
    assert judged(mall(4.0), rules=only, policy=Policy(ignores=ignores)).verdict is Verdict.FITS


def test_without_a_planner_the_indexes_were_not_examined_and_the_reason_is_given() -> None:
    report = judged(mall(), failures={KEY: verbatim("the shadow has no free port")})
    (skipped,) = (each for each in report.coverage.skipped if each.code == "IDX001")
    assert (skipped.subject, str(skipped.reason)) == (build.TARGET, "the shadow has no free port")
    assert "IDX001" not in {each.code for each in report.findings} | {each.code for each in report.quiet}


def test_a_statement_that_cannot_be_planned_is_named() -> None:
    planner = SimplePlanner(unplannable={"user_id": "a function is missing"})
    report = judged(mall(), planners={KEY: planner})
    (skipped,) = (each for each in report.coverage.skipped if each.code == "IDX001")
    assert skipped.subject == SEARCH
    assert "a function is missing" in str(skipped.reason)


def test_what_the_planner_left_out_is_in_the_coverage() -> None:
    report = judged(mall(), planners={KEY: SimplePlanner(gaps=(verbatim("The collation zh_CN was imitated."),))})
    gaps = [each for each in report.coverage.skipped if "zh_CN" in str(each.reason)]
    assert [each.subject for each in gaps] == ["orders/orders"]


def test_a_sample_that_missed_keys_says_so() -> None:
    sampled = build.redis(build.key_group(), complete=False, keys=1_000_000)
    (skipped,) = (each for each in judged(build.snapshot(sampled)).coverage.skipped if each.code == "RDS002")
    assert "100 of 1,000,000 keys" in str(skipped.reason)
    assert skipped.remedy is not None


def test_readings_that_failed_are_gaps_with_their_remedies() -> None:
    readings = (
        Reading(
            collector="postgres_statements",
            status=Status.FORBIDDEN,
            detail=verbatim("not allowed"),
            remedy=verbatim("GRANT pg_monitor"),
        ),
        Reading(collector="postgres_replication", status=Status.EMPTY),
        Reading(
            collector="postgres_tables",
            status=Status.OK,
            partial=(Omission(subject="public.locked", reason=verbatim("it was locked")),) * 2,
        ),
    )
    facts = replace(build.database(), readings=readings)
    skipped = judged(build.snapshot(facts), rules=()).coverage.skipped
    assert [(each.subject, str(each.reason), each.remedy and str(each.remedy)) for each in skipped] == [
        ("orders/orders: postgres_statements", "not allowed", "GRANT pg_monitor"),
        ("public.locked", "it was locked", None),
    ]


def test_a_target_that_did_not_answer_is_one_gap_and_not_one_for_each_reading() -> None:
    target = Target(
        name="orders",
        kind="postgres",
        status=Status.FAILED,
        detail=verbatim("refused"),
        remedy=verbatim("start it"),
        unreachable=True,
    )
    refused = replace(
        build.database(unread=True),
        readings=(Reading(collector="postgres_connection", status=Status.FAILED, detail=verbatim("refused")),),
    )
    skipped = judged(build.snapshot(refused, targets=(target,)), rules=()).coverage.skipped
    assert [(each.subject, str(each.reason), str(each.remedy)) for each in skipped] == [
        ("orders", "refused", "start it")
    ]


@pytest.mark.parametrize(
    ("fronts", "factor"),
    [
        ((), 1.0),
        ((build.front(build.endpoint(requests=600), peak=30.0),), 3.0),
        ((build.front(build.endpoint(requests=600), peak=5.0),), 1.0),
        ((build.front(build.endpoint(requests=0), peak=30.0),), 1.0),
        (
            (
                build.front(build.endpoint(requests=600), peak=30.0),
                build.front(build.endpoint(requests=600), peak=10.0, target="mobile"),
            ),
            2.0,
        ),
    ],
)
def test_the_everyday_peak_is_the_busiest_minute_over_the_mean(fronts: tuple[FrontFacts, ...], factor: float) -> None:
    assert peak_factor(build.snapshot(*fronts)) == pytest.approx(factor)


def test_cores_are_those_of_the_machine_with_the_databases_name_or_of_the_only_one() -> None:
    facts = build.database()
    named, other = build.host(cores=16, target=build.TARGET), build.host(cores=8, target="web-1")
    assert cores_of(build.snapshot(facts, other, named), facts) == 16.0
    assert cores_of(build.snapshot(facts, other), facts) == 8.0
    assert cores_of(build.snapshot(facts, other, build.host(target="web-2")), facts) is None
    assert cores_of(build.snapshot(facts), facts) is None


def test_a_target_of_several_databases_is_named_with_the_database() -> None:
    facts = build.database(build.statement(SEARCH, seconds=600.0), name="mall")
    report = judged(build.snapshot(facts), rules=(sql001_over_budget.RULE,))
    assert [each.target for each in report.findings] == ["orders/mall"]


def test_the_chart_of_database_time_has_the_dearest_statements() -> None:
    entries = [build.statement(f"SELECT c{number} FROM t", seconds=float(number)) for number in range(1, 31)]
    report = judged(build.snapshot(build.database(*entries, build.statement("COMMIT", seconds=99.0))), rules=())
    assert [each.text for each in report.workload[:2]] == ["SELECT c30 FROM t", "SELECT c29 FROM t"]
    assert all(each.text != "COMMIT" for each in report.workload)
    assert report.workload[0].seconds_at_multiplier == pytest.approx(30.0 / build.WINDOW * build.MULTIPLIER)


def test_the_glob_of_a_key_pattern_is_safe_in_a_shell() -> None:
    group = build.key_group("session:{id}:it's:{hex}", without_ttl=100)
    (finding,) = judged(build.snapshot(build.redis(group)), rules=(rds001_key_without_ttl.RULE,)).findings
    assert "'session:*:it?s:*'" in finding.remedy.commands[0]


@pytest.mark.parametrize(("pattern", "kind", "evicts"), [("session:{id}", "string", True), ("stock", "hash", False)])
def test_a_server_of_data_alone_is_not_told_to_evict(pattern: str, kind: str, *, evicts: bool) -> None:
    full = build.redis_info(used=900 * build.MEBIBYTE, limit=1_000 * build.MEBIBYTE)
    group = build.key_group(pattern, kind=kind, without_ttl=100)
    (finding,) = judged(build.snapshot(build.redis(group, info=full)), rules=(rds003_no_headroom.RULE,)).findings
    assert any("maxmemory-policy" in command for command in finding.remedy.commands) is evicts
