"""A statement reads and throws away thousands of rows to reach its page.

What it finds:
    SELECT … OFFSET $n statements that touch far more blocks than the rows they return could need.
Why it hurts:
    OFFSET 18000 produces 18,020 rows to return 20. Crawlers and comparison sites go to the last page.
Needs:
    pg_stat_statements.
Quiet when:
    - shallow: it touches few blocks for each row that it returns
    - no-offset: the statement has no OFFSET
Before:
    SELECT … ORDER BY sold_count DESC, id LIMIT 20 OFFSET 18000
After:
    SELECT … WHERE (sold_count, id) < ($1, $2) ORDER BY sold_count DESC, id DESC LIMIT 20
Risk:
    A change of the application: pages are reached from their neighbors, not by number.
Source:
    Winand, "SQL Performance Explained", paging through results (keyset pagination).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from advisors.evidence import expected, owner, query
from advisors.rule import Context, Outcome, Rule
from advisors.rules.sql001_over_budget import subject
from advisors.severity import severity_of
from advisors.workload import Family, Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy
from facts.message import msg


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When OFFSET is deep.

    Attributes:
        blocks_per_row: A row fetched through an index costs its block and about one index block; ten times that is reading for nothing.
        blocks_per_call: Below this the whole statement is cheap whatever it throws away.
    """

    blocks_per_row: float = 20.0
    blocks_per_call: float = 500.0


THRESHOLDS = Thresholds()


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at every statement with an OFFSET."""
    for workload in context.workloads:
        for family in workload.families:
            if family.kind != "select" or family.tree is None:
                continue
            if family.tree.find(exp.Offset) is None:
                continue
            per_call = family.shared_blocks / max(family.calls, 1)
            per_row = family.shared_blocks / max(family.rows, 1)
            if per_call >= THRESHOLDS.blocks_per_call and per_row >= THRESHOLDS.blocks_per_row:
                yield _finding(family, workload, per_call, per_row)
            else:
                yield Quiet(code="SQL003", target=owner(workload), subject=subject(family), reason="shallow")
        read = workload.facts.statements is not None
        if read and not any(family.tree is not None and family.tree.find(exp.Offset) for family in workload.families):
            yield Quiet(code="SQL003", target=owner(workload), subject=owner(workload), reason="no-offset")


def _finding(family: Family, workload: Workload, per_call: float, per_row: float) -> Finding:
    kept = THRESHOLDS.blocks_per_row / 10 / per_row
    lost = family.cores_at_multiplier * (1 - kept)
    return Finding(
        code="SQL003",
        rule="deep-offset",
        area=Area.QUERIES,
        target=owner(workload),
        subject=subject(family),
        severity=severity_of(lost, workload.cores),
        title=msg("A statement with OFFSET reads {blocks} blocks for each row", blocks=f"{per_row:.0f}"),
        summary=msg(
            "Each call touches {blocks} blocks and returns {rows} rows; what stands before the page is read and thrown away. "
            "It takes {mean} on average.",
            blocks=quantities.count(per_call),
            rows=f"{family.rows / max(family.calls, 1):.0f}",
            mean=quantities.seconds(family.mean_seconds),
        ),
        evidence=Evidence(
            queries=(query(family),),
            figures={"blocks_per_call": round(per_call, 1), "blocks_per_row": round(per_row, 1)},
        ),
        expected=expected([family], kept, "counted"),
        loss=lost,
        remedy=Remedy(
            text=msg(
                "Page by key: WHERE (sort columns) is beyond the last row seen, with the same ORDER BY and LIMIT; and cap the page number."
            ),
            risk=msg("A change of the application's code; links to a page number need a cap or a redirect."),
        ),
    )


RULE = Rule(code="SQL003", name="deep-offset", area=Area.QUERIES, judge=judge, reasons=("shallow", "no-offset"))
