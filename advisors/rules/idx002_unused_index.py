"""An index is maintained by every write and read by nobody.

What it finds:
    Indexes without a single scan for as long as the statistics reach, at least as long as the policy asks for.
Why it hurts:
    Every insert and most updates write to it, it fills the cache with pages that nobody reads, and it makes VACUUM and backups longer.
Needs:
    pg_stat_user_indexes, and the time since the statistics were last reset.
Quiet when:
    - used: it was scanned
    - too-little-evidence: the statistics are younger than `min_evidence`, 30 days by default
    - replica-not-read: a standby exists whose own use of the index is not seen from here
    - guards-data: it is unique, a primary key, backs a constraint or is the replica identity
    - backs-foreign-key: a foreign key needs it
    - small: it is below 1 MiB
Before:
    A 400 MB index on orders (shipping_address), 0 scans in 60 days
After:
    DROP INDEX CONCURRENTLY; 400 MB and one write for each order less
Risk:
    A yearly report or a rare support query may need it. Keep its definition; it can be built again.
Source:
    PostgreSQL documentation, "The Cumulative Statistics System", pg_stat_all_indexes.idx_scan.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from advisors.evidence import owner
from advisors.indexing import backs_foreign_key, drop
from advisors.rule import Context, Outcome, Rule
from advisors.workload import Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Severity
from facts.message import msg
from facts.schema import Index, Schema


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Sizes that matter.

    Attributes:
        small_bytes: Below this nobody notices the index.
        large_bytes: From this on it is worth more than a line in the list (a gigabyte is minutes of backup and of vacuum).
    """

    small_bytes: int = 2**20
    large_bytes: int = 2**30


THRESHOLDS = Thresholds()


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at every index of every database."""
    for workload in context.workloads:
        schema = workload.facts.schema
        if schema is None:
            continue
        partitioned = {table.oid for table in schema.tables if table.kind == "p"}
        for index in schema.indexes:
            if index.valid and index.table_oid not in partitioned:
                yield _outcome(index, schema, workload, context)


def evidence_seconds(workload: Workload, context: Context) -> float:
    """How long scans have been counted."""
    facts = workload.facts
    since = facts.database_facts.statistics_reset_at if facts.database_facts else None
    since = since or (facts.server.started_at if facts.server else None)
    return (context.snapshot.taken_at - since).total_seconds() + context.snapshot.window_seconds if since else 0.0


def _outcome(index: Index, schema: Schema, workload: Workload, context: Context) -> Outcome:
    reason = _quiet_reason(index, schema, workload, context)
    if reason is not None:
        return Quiet(code="IDX002", target=owner(workload), subject=index.subject, reason=reason)
    size = index.size_bytes or 0
    seconds = evidence_seconds(workload, context)
    return Finding(
        code="IDX002",
        rule="unused-index",
        area=Area.INDEXES,
        target=owner(workload),
        subject=index.subject,
        severity=Severity.MEDIUM if size >= THRESHOLDS.large_bytes else Severity.LOW,
        title=msg("Index {name} is used by nobody", name=index.subject),
        summary=msg(
            "It takes {size} and was not scanned once in {time}; every write to its table pays for it.",
            size=quantities.size(size),
            time=quantities.seconds(seconds),
        ),
        evidence=Evidence(figures={"size_bytes": float(size), "scans": 0.0, "evidence_seconds": round(seconds, 1)}),
        remedy=drop(
            index, msg("Drop it."), msg("A rare statement may need it; keep the definition, it can be built again.")
        ),
    )


def _quiet_reason(index: Index, schema: Schema, workload: Workload, context: Context) -> str | None:
    replication = workload.facts.replication
    checks = (
        (bool(index.scans), "used"),
        (
            index.unique or index.primary or index.exclusion or bool(index.constraint) or index.replica_identity,
            "guards-data",
        ),
        (backs_foreign_key(index, schema) is not None, "backs-foreign-key"),
        ((index.size_bytes or 0) < THRESHOLDS.small_bytes, "small"),
        (replication is None or bool(replication.replicas), "replica-not-read"),
        (evidence_seconds(workload, context) < context.policy.min_evidence_seconds, "too-little-evidence"),
    )
    return next((word for holds, word in checks if holds), None)


RULE = Rule(
    code="IDX002",
    name="unused-index",
    area=Area.INDEXES,
    judge=judge,
    reasons=("used", "too-little-evidence", "replica-not-read", "guards-data", "backs-foreign-key", "small"),
)
