"""A foreign key has no index on the side that refers.

What it finds:
    Foreign keys whose columns no index of their table starts with.
Why it hurts:
    Deleting a row of the referenced table, or changing its key, reads the whole referring table for each row, and holds locks for
    that long.
Needs:
    The schema.
Quiet when:
    - indexed: an index starts with its columns
    - small-table: the referring table has fewer than 64 pages
Before:
    DELETE FROM users WHERE id = $1, which reads every review
After:
    CREATE INDEX CONCURRENTLY ON reviews (user_id)
Risk:
    As for any new index: waits for open transactions, one more index to write.
Source:
    PostgreSQL documentation, "Foreign Keys": "it is often a good idea to index the referencing columns too".
"""

from collections.abc import Iterable

from advisors.evidence import owner, query
from advisors.indexing import index_name
from advisors.rule import Context, Outcome, Rule
from advisors.rules.idx001_missing_index import THRESHOLDS
from advisors.severity import severity_of
from advisors.workload import Family, Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy, Severity
from facts.identifiers import literal, qualified
from facts.message import msg
from facts.planner import Candidate, KeyPart
from facts.schema import ForeignKey, Index, Schema, Table


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at every foreign key."""
    for workload in context.workloads:
        schema = workload.facts.schema
        if schema is None:
            continue
        tables = {table.oid: table for table in schema.tables}
        for key in schema.foreign_keys:
            table = tables.get(key.table_oid)
            if table is None or table.kind == "p":
                continue
            candidate = Candidate(
                schema=table.schema, table=table.name, keys=tuple(KeyPart(column=name) for name in key.columns)
            )
            reason = _quiet_reason(key, table, schema.indexes)
            if reason:
                yield Quiet(code="IDX005", target=owner(workload), subject=candidate.subject, reason=reason)
            else:
                yield _finding(key, table, candidate, workload, schema)


def _quiet_reason(key: ForeignKey, table: Table, indexes: Iterable[Index]) -> str | None:
    for index in indexes:
        starts = set(index.keys[: len(key.columns)]) == set(key.columns)
        if (
            index.table_oid == key.table_oid
            and index.method == "btree"
            and index.valid
            and starts
            and _whole(index, key)
        ):
            return "indexed"
    return "small-table" if table.pages < THRESHOLDS.small_pages else None


def _whole(index: Index, key: ForeignKey) -> bool:
    """An index of only the rows that refer to something is as good as a whole one."""
    return not index.predicate or any(index.predicate == f"({name} IS NOT NULL)" for name in key.columns)


def _finding(key: ForeignKey, table: Table, candidate: Candidate, workload: Workload, schema: Schema) -> Finding:
    referenced = schema.table(key.referenced_oid)
    parent = referenced.subject if referenced else "?"
    deletes = [
        family for family in workload.families if family.kind == "delete" and key.referenced_oid in family.tables
    ]
    name = index_name(candidate, schema.indexes)
    cores = sum(family.cores_at_multiplier for family in deletes)
    return Finding(
        code="IDX005",
        rule="unindexed-foreign-key",
        area=Area.INDEXES,
        target=owner(workload),
        subject=candidate.subject,
        severity=_severity(cores, deletes, workload),
        title=msg("No index for the foreign key {name}", name=key.name),
        summary=msg(
            "Each delete in {parent} reads {rows} rows of {table} to see whether one refers to it.",
            parent=parent,
            rows=quantities.count(max(table.row_estimate, 0)),
            table=table.subject,
        ),
        evidence=Evidence(
            queries=tuple(query(family) for family in deletes), figures={"table_rows": max(table.row_estimate, 0.0)}
        ),
        loss=cores,
        remedy=Remedy(
            text=msg("Create the index."),
            sql=(candidate.ddl(name, concurrently=True),),
            rollback=(f"DROP INDEX CONCURRENTLY IF EXISTS {qualified(candidate.schema, name)}",),
            check=(
                f"SELECT indisvalid FROM pg_index WHERE indexrelid = {literal(qualified(candidate.schema, name))}::regclass",
            ),
            risk=msg("It waits for open transactions and takes no lock that stops reads or writes."),
        ),
    )


def _severity(cores: float, deletes: list[Family], workload: Workload) -> Severity:
    """Only deletes that really happen make it more than a hint."""
    return severity_of(cores, workload.cores) if deletes else Severity.LOW


RULE = Rule(
    code="IDX005",
    name="unindexed-foreign-key",
    area=Area.INDEXES,
    judge=judge,
    reasons=("indexed", "small-table"),
)
