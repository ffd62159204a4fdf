"""What was examined and what was not, with the reason and the remedy of each gap."""

from collections.abc import Iterable, Sequence

from advisors.workload import Workload
from facts.findings import Coverage, Skipped
from facts.message import Message, msg
from facts.readings import Omission, Reading, Status
from facts.snapshot import Snapshot

# These end a reading well: what was asked was answered.
_WELL = (Status.OK, Status.EMPTY)
_NOT_READ = msg("it was not read")


def coverage_of(
    snapshot: Snapshot,
    workloads: Sequence[Workload],
    planner_gaps: Iterable[tuple[str, Message]],
    skipped: Iterable[Skipped],
) -> Coverage:
    """Targets, gaps and the examined share of database time.

    Args:
        snapshot: Everything that was read.
        workloads: One for each database.
        planner_gaps: (database, sentence) for what the shadow planner left out.
        skipped: What the rules could not examine.
    """
    gaps = [*_reading_gaps(snapshot), *_workload_gaps(workloads)]
    gaps += [Skipped(subject=subject, reason=sentence) for subject, sentence in planner_gaps]
    return Coverage(
        workload_time_examined_ratio=_examined(workloads),
        targets=snapshot.targets,
        skipped=(*gaps, *skipped),
    )


def _examined(workloads: Sequence[Workload]) -> float | None:
    known = [workload for workload in workloads if workload.examined_ratio is not None]
    if not known:
        return None
    weights = [sum(family.total_seconds for family in workload.families) or 1e-9 for workload in known]
    ratios = [workload.examined_ratio or 0.0 for workload in known]
    # A database whose workload could not be read at all counts as unexamined, as one more of mean weight.
    missing = len(workloads) - len(known)
    whole = sum(weights) + missing * sum(weights) / len(weights)
    return round(sum(weight * ratio for weight, ratio in zip(weights, ratios, strict=True)) / whole, 4)


def _reading_gaps(snapshot: Snapshot) -> Iterable[Skipped]:
    for target in snapshot.targets:
        if target.unreachable:
            yield Skipped(subject=target.name, reason=target.detail or _NOT_READ, remedy=target.remedy)
    groups: list[tuple[str, str, str, Sequence[Reading]]] = [
        *(("postgres", each.target, f"{each.target}/{each.database}", each.readings) for each in snapshot.postgres),
        *(("redis", each.target, each.target, each.readings) for each in snapshot.redis),
        *(("host", each.target, each.target, each.readings) for each in snapshot.hosts),
        *(("http", each.target, each.target, each.readings) for each in snapshot.fronts),
    ]
    # By kind and name: a host may be called like the database on it.
    unreachable = {(target.kind, target.name) for target in snapshot.targets if target.unreachable}
    for kind, target_name, name, readings in groups:
        for reading in readings:
            if reading.status not in _WELL and (kind, target_name) not in unreachable:
                yield Skipped(
                    subject=f"{name}: {reading.collector}", reason=reading.detail or _NOT_READ, remedy=reading.remedy
                )
            for omission in _without_repetition(reading.partial):
                yield Skipped(subject=omission.subject, reason=omission.reason, remedy=omission.remedy)


def _without_repetition(omissions: Sequence[Omission]) -> Iterable[Omission]:
    return dict.fromkeys(omissions)


def _workload_gaps(workloads: Sequence[Workload]) -> Iterable[Skipped]:
    for workload in workloads:
        statements = workload.facts.statements
        if statements is None:
            continue
        name = "/".join(workload.key)
        if statements.hidden:
            yield Skipped(
                subject=name,
                reason=msg("{count} statements whose text the role may not read", count=statements.hidden),
                remedy=msg("GRANT pg_read_all_stats TO the role"),
            )
        if statements.evicted:
            yield Skipped(
                subject=name,
                reason=msg("pg_stat_statements was full and dropped entries {count} times", count=statements.evicted),
                remedy=msg("raise pg_stat_statements.max above {capacity}", capacity=statements.capacity),
            )
        for family in workload.families:
            if family.kind != "other" and family.tree is None:
                yield Skipped(
                    subject=family.text[:80],
                    reason=msg("the statement was not judged: {reason}", reason=family.unparsed_reason or ""),
                )
