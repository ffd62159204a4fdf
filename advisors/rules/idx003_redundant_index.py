"""An index does nothing that another one does not do as well.

What it finds:
    Btree indexes whose columns another index on the same table starts with, in the same order, direction, operator class and collation,
    and exact duplicates.
Why it hurts:
    Both are written by every change and both take cache and disk, while one would serve every statement.
Needs:
    The schema; the shadow planner tells what the statements that use it cost without it.
Quiet when:
    - distinct: no other index covers it
    - guards-data: it is unique, a primary key, backs a constraint or is the replica identity
    - different-predicate: the only index that starts with its columns covers other rows
    - worth-its-writes: statements would lose more without it than the writes would be spared
Before:
    orders (merchant_id) beside orders (merchant_id, placed_at)
After:
    DROP INDEX CONCURRENTLY on the first
Risk:
    The longer index is a little larger to scan. An index-only scan of the shorter one becomes one of the longer one.
Source:
    PostgreSQL documentation, "Multicolumn Indexes": a btree serves any prefix of its columns.
"""

from collections import defaultdict
from collections.abc import Iterable

from advisors.evidence import owner, query
from advisors.index_removal import Removal, without
from advisors.indexing import drop
from advisors.rule import Context, Outcome, Rule
from advisors.rules.idx001_missing_index import THRESHOLDS
from advisors.workload import Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Severity
from facts.message import Message, msg, msg_n
from facts.planner import Planner
from facts.schema import Index


def judge(context: Context) -> Iterable[Outcome]:
    """Compares every index with the others of its table, the longest first: what goes takes nothing over."""
    for workload in context.workloads:
        schema, planner = workload.facts.schema, context.planners.get(workload.key)
        standing: dict[int, list[Index]] = defaultdict(list)
        for index in schema.indexes if schema else ():
            if index.valid:
                standing[index.table_oid].append(index)
        for indexes in standing.values():
            gone: set[str] = set()
            for index in sorted(indexes, key=lambda each: -len(each.keys)):
                others = [each for each in indexes if each.oid != index.oid and each.subject not in gone]
                outcome = _outcome(index, others, workload, planner, frozenset(gone))
                if isinstance(outcome, Finding):
                    gone.add(index.subject)
                yield outcome


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


def _outcome(
    index: Index, others: list[Index], workload: Workload, planner: Planner | None, gone: frozenset[str]
) -> Outcome:
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
    removal = without(index, workload, planner, THRESHOLDS, gone) if planner is not None else None
    if removal is not None and removal.is_net_loss:
        return quiet("worth-its-writes")
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
            queries=tuple(query(each.family, each.before, each.after) for each in removal.users) if removal else (),
            figures={"size_bytes": float(index.size_bytes or 0), "scans": float(index.scans or 0)},
            facts=(msg("{definition}", definition=index.definition), msg("{definition}", definition=kept.definition)),
        ),
        remedy=drop(
            index,
            msg("Drop it; {other} takes over.", other=kept.subject),
            _risk(index, removal),
        ),
        loss=removal.spared - removal.lost if removal is not None else 0.0,
    )


def _risk(index: Index, removal: Removal | None) -> Message:
    if removal is None:
        return msg("What its statements would cost without it was not asked; the other index is there already.")
    if removal.users:
        return msg_n(
            "{count} statement is planned with it. Without it, it costs {ratio} times as much.",
            "{count} statements are planned with it. Without it the worst of them costs {ratio} times as much.",
            len(removal.users),
            ratio=f"{removal.users[0].ratio:.2f}",
        )
    if removal.unseen:
        return msg_n(
            "{count} statement on its table could not be planned, so nobody knows whether it uses this index.",
            "{count} statements on its table could not be planned, so nobody knows whether they use this index.",
            removal.unseen,
        )
    if index.scans:
        return msg(
            "It was scanned {scans} times, by none of the statements that were seen: look for what uses it before it goes.",
            scans=quantities.count(index.scans),
        )
    return msg("None known: no statement that was seen is planned with it, and the other index is there already.")


def _kept_before(index: Index, other: Index) -> bool:
    """Which of two equal indexes stays: one that guards data, else the one that is used more, else the older."""
    guards = (other.unique, other.scans or 0, -other.oid)
    return (index.unique, index.scans or 0, -index.oid) > guards


RULE = Rule(
    code="IDX003",
    name="redundant-index",
    area=Area.INDEXES,
    judge=judge,
    reasons=("distinct", "guards-data", "different-predicate", "worth-its-writes"),
)
