"""An index does nothing that another one does not do as well.

What it finds:
    Btree indexes whose columns another index on the same table starts with, in the same order, direction, operator class and collation,
    and exact duplicates.
Why it hurts:
    Both are written by every change and both take cache and disk, while one would serve every statement.
Needs:
    The schema.
Quiet when:
    - distinct: no other index covers it
    - guards-data: it is unique, a primary key, backs a constraint or is the replica identity
    - different-predicate: the only index that starts with its columns covers other rows
Before:
    orders (merchant_id) beside orders (merchant_id, placed_at)
After:
    DROP INDEX CONCURRENTLY on the first
Risk:
    The longer index is a little larger to scan. An index-only scan of the shorter one becomes one of the longer one.
Source:
    PostgreSQL documentation, "Multicolumn Indexes": a btree serves any prefix of its columns.
"""

from collections.abc import Iterable

from advisors.evidence import owner
from advisors.indexing import drop
from advisors.rule import Context, Outcome, Rule
from advisors.workload import Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Severity
from facts.message import msg
from facts.schema import Index


def judge(context: Context) -> Iterable[Outcome]:
    """Compares every index with the others of its table."""
    for workload in context.workloads:
        schema = workload.facts.schema
        for index in schema.indexes if schema else ():
            if index.valid and schema is not None:
                others = [
                    each
                    for each in schema.indexes
                    if each.table_oid == index.table_oid and each.oid != index.oid and each.valid
                ]
                yield _outcome(index, others, workload)


def covers(longer: Index, shorter: Index) -> bool:
    """Whether `longer` starts with everything that `shorter` is, for all the rows that it has."""
    count = len(shorter.keys)
    same_start = (
        longer.method == shorter.method == "btree"
        and longer.keys[:count] == shorter.keys
        and longer.key_options[:count] == shorter.key_options
        and longer.operator_classes[:count] == shorter.operator_classes
        and longer.collations[:count] == shorter.collations
    )
    return same_start and set(shorter.included) <= {*longer.included, *longer.keys}


def _outcome(index: Index, others: list[Index], workload: Workload) -> Outcome:
    def quiet(reason: str) -> Quiet:
        return Quiet(code="IDX003", target=owner(workload), subject=index.subject, reason=reason)

    if index.unique or index.primary or index.exclusion or index.constraint or index.replica_identity:
        return quiet("guards-data")
    covering = [other for other in others if covers(other, index)]
    if not covering:
        return quiet("distinct")
    serving = [other for other in covering if not other.predicate or other.predicate == index.predicate]
    # Of two equal ones the later stays quiet, so that not both are dropped.
    kept = next((other for other in serving if not (covers(index, other) and _kept_before(index, other))), None)
    if kept is None:
        return quiet("distinct" if serving else "different-predicate")
    return Finding(
        code="IDX003",
        rule="redundant-index",
        area=Area.INDEXES,
        target=owner(workload),
        subject=index.subject,
        severity=Severity.LOW,
        title=msg("Index {name} is covered by {other}", name=index.subject, other=kept.subject),
        summary=msg(
            "Every statement that it serves, {other} serves as well; it takes {size} and a write with every change.",
            other=kept.subject,
            size=quantities.size(index.size_bytes or 0),
        ),
        evidence=Evidence(
            figures={"size_bytes": float(index.size_bytes or 0), "scans": float(index.scans or 0)},
            facts=(msg("{definition}", definition=index.definition), msg("{definition}", definition=kept.definition)),
        ),
        remedy=drop(
            index,
            msg("Drop it; {other} takes over.", other=kept.subject),
            msg("None known: the other index is there already."),
        ),
    )


def _kept_before(index: Index, other: Index) -> bool:
    """Which of two equal indexes stays: one that guards data, else the one that is used more, else the older."""
    guards = (other.unique, other.scans or 0, -other.oid)
    return (index.unique, index.scans or 0, -index.oid) > guards


RULE = Rule(
    code="IDX003",
    name="redundant-index",
    area=Area.INDEXES,
    judge=judge,
    reasons=("distinct", "guards-data", "different-predicate"),
)
