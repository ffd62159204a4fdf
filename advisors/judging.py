"""Runs every rule over a snapshot and makes the report of it."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from advisors.causes import fold
from advisors.coverage import coverage_of
from advisors.listed_statements import FILE
from advisors.machines import processor_of
from advisors.rule import Context, Outcome, Rule, Searched, go_on
from advisors.rules import RULES
from advisors.time_split import first_sentence, split_time
from advisors.verdict import verdict_of
from advisors.workload import Workload, build_workload
from facts import quantities
from facts.findings import Area, Finding, Quiet, Report, Skipped, WorkloadShare
from facts.message import Message, msg
from facts.planner import Planner
from facts.postgres import PostgresFacts
from facts.promotion import Policy, Promotion
from facts.snapshot import Snapshot

SCHEMA_VERSION = 1
WORKLOAD_SHARES = 15

_log = logging.getLogger(__name__)


def judge(
    snapshot: Snapshot,
    *,
    promotion: Promotion,
    policy: Policy,
    planners: Mapping[tuple[str, str], Planner],
    planner_failures: Mapping[tuple[str, str], Message],
    tool_version: str,
    only: frozenset[Area] | None = None,
    rules: Sequence[Rule] = RULES,
    progress: Callable[[str], None] | None = None,
    searching: Callable[[Searched], bool] = go_on,
) -> Report:
    """The report on one snapshot.

    Args:
        snapshot: The facts, live or from a file.
        promotion: What the mall is getting ready for.
        policy: How strict to be, and what to ignore.
        planners: By (target, database).
        planner_failures: Why a database has no planner, by the same key.
        tool_version: For the report.
        only: Areas to judge; None for all.
        rules: The rules to run.
        progress: Told each rule's code before it runs.
        searching: See `advisors.rule.Context`.
    """
    factor = peak_factor(snapshot)
    workloads = tuple(
        build_workload(
            facts, promotion=promotion, peak_factor=factor, cores=cores_of(snapshot, facts), fronts=snapshot.fronts
        )
        for facts in snapshot.postgres
    )
    context = Context(
        snapshot=snapshot,
        promotion=promotion,
        policy=policy,
        workloads=workloads,
        planners=planners,
        planner_gaps=planner_failures,
        searching=searching,
    )
    outcomes: list[Outcome] = []
    for rule in rules:
        if only is None or rule.area in only:
            if progress:
                progress(rule.code)
            outcomes += _run(rule, context)
    findings = fold([each for each in outcomes if isinstance(each, Finding)])
    kept, ignored = _ignore(findings, policy, snapshot.taken_at)
    gaps = [(f"{key[0]}/{key[1]}", gap) for key, planner in planners.items() for gap in planner.gaps]
    counted = tuple(each.counted for each in workloads)
    coverage = coverage_of(snapshot, workloads, gaps, [each for each in outcomes if isinstance(each, Skipped)])
    split = split_time(snapshot, counted)
    ranked = sorted(kept, key=lambda finding: (finding.severity.rank, -finding.loss, finding.code, finding.subject))
    return Report(
        schema_version=SCHEMA_VERSION,
        tool_version=tool_version,
        mall=snapshot.mall,
        promotion=promotion,
        taken_at=snapshot.taken_at,
        areas=tuple(area for area in Area if only is None or area in only),
        verdict=verdict_of(kept, coverage.workload_time_examined_ratio),
        first_sentence=first_sentence(split),
        findings=tuple(ranked),
        ignored=tuple(ignored),
        quiet=_quiet(outcomes),
        coverage=coverage,
        time=split,
        workload=_shares(workloads),
        window=_window(snapshot),
        cost=snapshot.cost,
    )


def peak_factor(snapshot: Snapshot) -> float:
    """The everyday peak's request rate over the window's mean; 1 where no access log tells."""
    logs = [
        front.log for front in snapshot.fronts if front.log and front.log.window_requests and front.log.window_seconds
    ]
    mean = sum(log.window_requests / log.window_seconds for log in logs)
    return max(sum(log.peak_per_second for log in logs) / mean, 1.0) if mean else 1.0


def cores_of(snapshot: Snapshot, facts: PostgresFacts) -> float | None:
    """Cores of the database's machine, where it is known."""
    processor = processor_of(snapshot.hosts, facts.target)
    return float(processor.cores) if processor else None


def _run(rule: Rule, context: Context) -> list[Outcome]:
    """The rule's outcomes; a rule that fails is recorded, so that its silence is no all-clear."""
    try:
        if not rule.estimates:
            context = replace(context, workloads=tuple(each.counted for each in context.workloads))
        return list(rule.judge(context))
    except Exception as error:  # noqa: BLE001  (isolation is this function's purpose)
        _log.debug("rule %s failed", rule.code, exc_info=True)
        reason = msg("the rule failed: {error}. Please report it.", error=f"{type(error).__name__}: {error}")
        return [Skipped(code=rule.code, subject=f"{rule.code} {rule.name}", reason=reason)]


def _ignore(findings: Iterable[Finding], policy: Policy, now: datetime) -> tuple[list[Finding], list[Finding]]:
    live = [each for each in policy.ignores if each.until is None or each.until >= now.date()]
    chosen = {(each.code, each.subject) for each in live}
    kept: list[Finding] = []
    ignored: list[Finding] = []
    for finding in findings:
        (ignored if (finding.code, finding.subject) in chosen else kept).append(finding)
    return kept, ignored


def _quiet(outcomes: Iterable[Outcome]) -> tuple[Quiet, ...]:
    """One record for each (code, target, subject)."""
    found: dict[tuple[str, str, str], Quiet] = {}
    for each in outcomes:
        if isinstance(each, Quiet):
            found.setdefault((each.code, each.target, each.subject), each)
    return tuple(sorted(found.values(), key=lambda each: (each.code, each.target, each.subject)))


def _shares(workloads: Sequence[Workload]) -> tuple[WorkloadShare, ...]:
    families = [family for workload in workloads for family in workload.families if family.kind != "other"]
    families.sort(key=lambda family: -family.cores_at_multiplier)
    return tuple(
        WorkloadShare(
            id=family.id,
            text=family.text[:200],
            seconds_now=round(family.cores_now, 6),
            seconds_at_multiplier=round(family.cores_at_multiplier, 6),
            follows_storefront=family.follows_storefront,
        )
        for family in families[:WORKLOAD_SHARES]
    )


def _window(snapshot: Snapshot) -> Message:
    statements = [facts.statements for facts in snapshot.postgres if facts.statements]
    if not statements:
        return msg("No statement counters were read.")
    longest = max(statements, key=lambda each: (each.window_kind != FILE, each.window_seconds))
    if longest.window_kind == FILE:
        return msg(
            "No statement counters were read; the statements are those of the file, and their time is estimated from their plans."
        )
    if longest.window_kind == "two readings":
        return msg(
            "Counters are the difference of two readings {window} apart.",
            window=quantities.seconds(longest.window_seconds),
        )
    return msg(
        "Counters are those of the {window} since they were last reset.",
        window=quantities.seconds(longest.window_seconds),
    )
