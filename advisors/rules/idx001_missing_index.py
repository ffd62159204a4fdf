"""Statements read far more than they need, and an index would spare it.

What it finds:
    An index that does not exist and that the planner would use: for equality, range, join, sort and group columns, up to three of them,
    and with further columns (INCLUDE) where the table then need not be read; on an expression that is compared; GIN for documents and
    arrays that are searched; BRIN for ranges of a column in whose order the rows lie; hash for long values that are compared whole.
    Chosen as a set, weighted by the time of all statements at the multiplier and by what the tables' writes pay for it.
Why it hurts:
    A scan costs in proportion to the table, and the promotion multiplies the scans. An order table without an index on its buyer
    makes every visit to the order history read every order of every buyer.
Needs:
    pg_stat_statements, the schema, and the shadow planner; column statistics make the sizes of results right.
Quiet when:
    - small-table: the table has fewer than 64 pages, and reading it whole is as fast
    - served-by-existing-index: an index starts with those columns already
    - no-gain: no index makes a statement cheaper by the threshold, or not for longer than its upkeep takes
    - over-budget: the index would help and does not fit into the storage budget
Before:
    SELECT * FROM orders WHERE user_id = $1 ORDER BY created_at DESC LIMIT 20, a sequential scan of 1,000,000 rows
After:
    CREATE INDEX CONCURRENTLY idx_orders_user_id_created_at ON orders (user_id, created_at), an index scan of 20 rows
Risk:
    CREATE INDEX CONCURRENTLY locks no reads or writes, but waits for open transactions, reads the table twice and leaves an invalid
    index when it fails. Every insert and every update of its columns pays for one more index. On a partitioned table it has to be built
    per partition and attached.
Source:
    Plans of PostgreSQL itself with the mall's statistics; the cheapest set by a mixed-integer program after Dash, Polyzotis and
    Ailamaki, "CoPhy: A Scalable, Portable, and Interactive Index Advisor for Large Workloads", PVLDB 4, 2011.
"""

from collections.abc import Iterable

from advisors.evidence import expected, owner, query
from advisors.index_search import Choice, search
from advisors.index_search.advice import Thresholds
from advisors.index_search.pricing import Prices
from advisors.index_search.selecting import CLOSE
from advisors.indexing import build_statements, drop_statements, index_name
from advisors.rule import Context, Outcome, Rule
from advisors.runbook import Proposal, checks, size_error
from advisors.severity import severity_of
from advisors.workload import Family, Workload
from facts import quantities
from facts.findings import Alternative, Area, Evidence, Finding, Quiet, Remedy, Skipped
from facts.identifiers import literal, qualified
from facts.message import msg
from facts.schema import Schema, Table
from facts.snapshot import Snapshot

THRESHOLDS = Thresholds()
# CREATE INDEX CONCURRENTLY reads the heap twice and sorts; about 25 MB of heap a second on a busy server, both passes included.
BUILD_BYTES_PER_SECOND = 25e6


def judge(context: Context) -> Iterable[Outcome]:
    """Searches each database's workload for indexes worth having."""
    for workload in context.workloads:
        if workload.facts.schema is None or not workload.families:
            continue
        planner = context.planners.get(workload.key)
        if planner is None:
            reason = context.planner_gaps.get(workload.key, msg("the shadow planner did not start"))
            yield Skipped(code="IDX001", subject=owner(workload), reason=reason)
            continue
        advice = search(workload, planner, context.policy, THRESHOLDS, context.searching)
        for family, why in advice.unplannable:
            yield Skipped(
                code="IDX001",
                subject=family.text[:80],
                reason=msg("this statement could not be planned: {reason}", reason=why),
            )
        if advice.distance > CLOSE:
            reason = msg(
                "the search was ended early; of the statements that were looked at, the best set of indexes could leave up to {share} less",
                share=quantities.percent(advice.distance),
            )
            yield Skipped(code="IDX001", subject=owner(workload), reason=reason)
        schema = workload.facts.schema
        advised = set()
        for choice in advice.choices:
            advised.add((choice.candidate.schema, choice.candidate.table))
            yield _finding(choice, workload, schema, context.snapshot, advice.prices)
        for candidate, index in sorted(advice.served.items()):
            yield Quiet(
                code="IDX001",
                target=owner(workload),
                subject=candidate,
                reason="served-by-existing-index",
                detail=msg("{index} serves it", index=index),
            )
        tables = {table.oid: table for table in schema.tables}
        for oid, reason_word in sorted(advice.quiet.items()):
            table = tables[oid]
            if (table.schema, table.name) not in advised:
                yield Quiet(code="IDX001", target=owner(workload), subject=table.subject, reason=reason_word)


def _finding(choice: Choice, workload: Workload, schema: Schema, snapshot: Snapshot, prices: Prices | None) -> Finding:
    candidate = choice.candidate
    families = [each.family for each in choice.helped]
    kept = sum(each.family.cores_at_multiplier * each.kept for each in choice.helped)
    total = sum(family.cores_at_multiplier for family in families)
    table = next(each for each in schema.tables if (each.schema, each.name) == (candidate.schema, candidate.table))
    name = index_name(candidate, schema.indexes)
    worst = max(choice.helped, key=lambda each: each.family.cores_at_multiplier)
    return Finding(
        code="IDX001",
        rule="missing-index",
        area=Area.INDEXES,
        target=owner(workload),
        subject=candidate.subject,
        severity=severity_of(choice.gain - choice.write_cost, workload.cores),
        title=msg("No index on {subject}", subject=candidate.subject),
        summary=msg(
            "Statements that read {table} without it: {statements}. The most expensive one ran {calls} times for {mean} each, "
            "and its plan gets {ratio} times cheaper with the index. At the multiplier these statements keep {cores} processor cores busy.",
            statements=len(families),
            table=table.subject,
            calls=quantities.count(worst.family.calls),
            mean=quantities.seconds(worst.family.mean_seconds),
            ratio=quantities.cores(worst.before.cost / max(worst.after.cost, 0.01)),
            cores=quantities.cores(total),
        ),
        evidence=Evidence(
            queries=tuple(
                query(each.family, each.before, each.after, each.kept if prices is not None else None)
                for each in choice.helped
            ),
            figures={
                "table_rows": max(table.row_estimate, 0.0),
                "table_bytes": float(table.heap_bytes or 0),
                "gain_cores_at_multiplier": round(choice.gain, 4),
            },
        ),
        expected=expected(families, kept / total if total else None, "planner"),
        loss=choice.gain - choice.write_cost,
        remedy=_remedy(choice, name, table, workload, schema, snapshot, prices),
        alternatives=tuple(
            Alternative(
                sql=other.ddl(index_name(other, schema.indexes), concurrently=table.kind != "p"),
                why_not=msg(
                    "it would save {gain} cores at the multiplier, the chosen one {best}",
                    gain=quantities.cores(gain),
                    best=quantities.cores(choice.gain),
                ),
            )
            for other, gain in choice.rejected
        ),
    )


def _calls_per_second(family: Family, workload: Workload) -> float:
    return family.calls / workload.window_seconds * workload.growth(family)


def _remedy(
    choice: Choice,
    name: str,
    table: Table,
    workload: Workload,
    schema: Schema,
    snapshot: Snapshot,
    prices: Prices | None,
) -> Remedy:
    candidate = choice.candidate
    index = qualified(candidate.schema, name)
    risk = msg(
        "It waits for open transactions and takes no lock that stops reads or writes. If it fails, it "
        "leaves an invalid index: drop it and try again."
    )
    if table.kind == "p":
        risk = msg(
            "The table is partitioned: the index is made for the parent alone, then on each partition concurrently, and attached; the last "
            "one makes it valid. If one fails, run apply.sql again: what is done already is left alone."
        )
    return Remedy(
        text=msg("Create the index; it takes about {size}.", size=quantities.size(choice.size_bytes)),
        sql=build_statements(candidate, name, schema),
        rollback=drop_statements(candidate, name, schema),
        check=(
            f"SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indexrelid = {literal(index)}::regclass",
            f"SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelid = {literal(index)}::regclass",
        ),
        size_bytes=choice.size_bytes,
        size_error_ratio=size_error(candidate, table, schema),
        build_seconds=round((table.heap_bytes or 0) / BUILD_BYTES_PER_SECOND, 1),
        write_cost={"cores_at_multiplier": round(choice.write_cost, 6)},
        risk=risk,
        before=checks(
            Proposal(
                candidate=candidate,
                table=table,
                size_bytes=choice.size_bytes,
                pays=choice.write_cost,
                writes=choice.writes,
                worst_ratio=max(each.after.worst_cost / max(each.after.cost, 0.01) for each in choice.helped),
                reads_per_second=sum(_calls_per_second(each.family, workload) for each in choice.helped),
                slowed=[(each.family.text, each.kept) for each in choice.slowed],
                priced=prices,
                statements=[each.family.tree for each in choice.helped if each.family.tree is not None],
            ),
            workload.facts,
            snapshot,
        ),
    )


RULE = Rule(
    code="IDX001",
    name="missing-index",
    area=Area.INDEXES,
    judge=judge,
    estimates=True,
    reasons=("small-table", "served-by-existing-index", "no-gain", "over-budget"),
)
