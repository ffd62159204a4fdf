"""The planner believes in a table that is no longer there.

What it finds:
    Tables of which a large share changed since the last ANALYZE, or that were never analyzed.
Why it hurts:
    Plans are chosen for the old size and the old values: after a bulk load a nested loop that was right for a hundred rows runs a
    million times.
Needs:
    pg_stat_user_tables.
Quiet when:
    - fresh: little changed since the last ANALYZE
    - small-table: it has fewer than 10,000 rows
Before:
    coupons: 60,000 of 80,000 rows changed since the last ANALYZE, autovacuum off
After:
    ANALYZE coupons, and autovacuum on again
Risk:
    ANALYZE reads a sample of the table and takes a light lock; plans change at once.
Source:
    PostgreSQL documentation, "Updating Planner Statistics"; autovacuum_analyze_scale_factor is 0.1 by default.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from advisors.evidence import owner
from advisors.rule import Context, Outcome, Rule
from advisors.workload import Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy, Severity
from facts.message import Message, msg
from facts.schema import Table, TableCounters


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When statistics are stale.

    Attributes:
        changed_share: Changed rows over the rows of the last ANALYZE; autovacuum acts at 0.1, so that three times this means that
            it does not act.
        min_rows: Smaller tables are planned well enough on any statistics.
    """

    changed_share: float = 0.3
    min_rows: int = 10_000


THRESHOLDS = Thresholds()
# The spellings of true that PostgreSQL takes and keeps as they were written.
_ON = ("true", "tru", "tr", "t", "yes", "ye", "y", "on", "1")


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at every table's counters."""
    for workload in context.workloads:
        schema = workload.facts.schema
        for table in schema.tables if schema else ():
            if table.counters is not None and table.kind != "p":
                yield _outcome(table, table.counters, workload)


def _outcome(table: Table, counters: TableCounters, workload: Workload) -> Outcome:
    rows = max(counters.live_rows, table.row_estimate, 0)
    known = max(table.row_estimate, 1.0)
    changed = counters.modified_since_analyze / known
    never = table.row_estimate < 0 or (counters.last_analyzed_at is None and table.row_estimate <= 0 and rows > 0)
    if rows < THRESHOLDS.min_rows:
        return Quiet(code="SQL006", target=owner(workload), subject=table.subject, reason="small-table")
    if changed < THRESHOLDS.changed_share and not never:
        return Quiet(code="SQL006", target=owner(workload), subject=table.subject, reason="fresh")
    off = _switched_off(table)
    facts: tuple[Message, ...] = (
        (msg("Autovacuum is switched off for this table ({option}).", option=off),) if off else ()
    )
    reset = (f"ALTER TABLE {table.subject} RESET (autovacuum_enabled)",) if off else ()
    back = (f"ALTER TABLE {table.subject} SET ({off})",) if off else ()
    return Finding(
        code="SQL006",
        rule="stale-statistics",
        area=Area.QUERIES,
        target=owner(workload),
        subject=table.subject,
        severity=Severity.MEDIUM,
        title=msg("Statistics of {table} are stale", table=table.subject),
        summary=msg(
            "{changed} rows changed since the last ANALYZE, when there were {known}; plans are chosen for a table that is no longer there.",
            changed=quantities.count(counters.modified_since_analyze),
            known=quantities.count(max(table.row_estimate, 0)),
        ),
        evidence=Evidence(
            figures={
                "modified_since_analyze": float(counters.modified_since_analyze),
                "rows_at_analyze": max(table.row_estimate, 0.0),
                "live_rows": float(counters.live_rows),
            },
            facts=facts,
        ),
        remedy=Remedy(
            text=msg("Analyze the table, and find out why autovacuum did not."),
            sql=(f"ANALYZE {table.subject}", *reset),
            rollback=back,
            check=(
                (
                    f"SELECT n_mod_since_analyze, last_analyze FROM pg_stat_user_tables WHERE relid = "
                    f"'{table.subject.replace(chr(39), chr(39) * 2)}'::regclass"
                ),
            ),
            risk=msg("ANALYZE reads a sample and takes a light lock; plans change at once."),
        ),
    )


def _switched_off(table: Table) -> str:
    """The table's own option that keeps autovacuum away, as it was set; empty when there is none."""
    for option in table.options:
        name, _, value = option.partition("=")
        if name == "autovacuum_enabled" and value.lower() not in _ON:
            return option
    return ""


RULE = Rule(code="SQL006", name="stale-statistics", area=Area.QUERIES, judge=judge, reasons=("fresh", "small-table"))
