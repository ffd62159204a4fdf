"""A failed build left an index that every write maintains and no query uses.

What it finds:
    Indexes with indisvalid = false that nobody is building at this moment.
Why it hurts:
    The planner ignores it, so the statements that it was meant for still scan; writes may maintain it all the same; and a second
    CREATE INDEX
    IF NOT EXISTS of that name does nothing.
Needs:
    The schema.
Quiet when:
    - valid: it is valid
    - being-built: a CREATE INDEX CONCURRENTLY is running for it
Before:
    CREATE UNIQUE INDEX CONCURRENTLY failed on a duplicate
After:
    DROP INDEX CONCURRENTLY, the duplicates resolved, the index built again
Risk:
    Dropping an invalid index changes no plan.
Source:
    PostgreSQL documentation, CREATE INDEX, "Building Indexes Concurrently".
"""

from collections.abc import Iterable

from advisors.evidence import owner
from advisors.indexing import drop
from advisors.rule import Context, Outcome, Rule
from facts.findings import Area, Evidence, Finding, Quiet, Severity
from facts.message import msg


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at every index's flags."""
    for workload in context.workloads:
        schema = workload.facts.schema
        partitioned = {table.oid for table in schema.tables if table.kind == "p"} if schema else set()
        for index in schema.indexes if schema else ():
            if index.valid or index.progress or index.table_oid in partitioned:
                reason = "being-built" if index.progress else "valid"
                yield Quiet(code="IDX004", target=owner(workload), subject=index.subject, reason=reason)
                continue
            yield Finding(
                code="IDX004",
                rule="invalid-index",
                area=Area.INDEXES,
                target=owner(workload),
                subject=index.subject,
                severity=Severity.MEDIUM,
                title=msg("Index {name} is invalid", name=index.subject),
                summary=msg("A build of it failed. No query uses it, and writes may still pay for it."),
                evidence=Evidence(
                    figures={"size_bytes": float(index.size_bytes or 0)},
                    facts=(msg("{definition}", definition=index.definition),),
                ),
                remedy=drop(
                    index,
                    msg("Drop it, find out in the server's log why the build failed, and build it again."),
                    msg("None: the planner does not use it."),
                ),
            )


RULE = Rule(code="IDX004", name="invalid-index", area=Area.INDEXES, judge=judge, reasons=("valid", "being-built"))
