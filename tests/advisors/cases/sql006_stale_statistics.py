"""SQL006: tables that changed since the planner last looked."""

import math
from datetime import datetime

from advisors.rules.sql006_stale_statistics import THRESHOLDS
from facts.findings import Severity
from facts.schema import Table
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import ABSENT, FOUND, Case

SUBJECT = "public.coupons"
ROWS = 2 * THRESHOLDS.min_rows
STALE = math.ceil(ROWS * THRESHOLDS.changed_share)


def mall(coupons: Table) -> Snapshot:
    return build.snapshot(build.database(read=build.schema(coupons)))


def coupons(
    *,
    rows: float = ROWS,
    live: int | None = None,
    changed: int = ROWS,
    analyzed: datetime | None = build.TAKEN_AT,
    **options: object,
) -> Table:
    counted = build.counters(live=int(max(rows, 0)) if live is None else live, changed=changed, analyzed=analyzed)
    return build.table("coupons", "id", rows=rows, counted=counted, **options)  # type: ignore[arg-type]


CASES = (
    Case(
        story="a bulk load changed everything",
        facts=mall(coupons()),
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.MEDIUM,
    ),
    Case(
        story="just enough of it changed",
        facts=mall(coupons(changed=STALE)),
        subject=SUBJECT,
        outcome=FOUND,
        just_above="changed_share",
    ),
    Case(
        story="just too little of it changed",
        facts=mall(coupons(changed=STALE - 1)),
        subject=SUBJECT,
        outcome="fresh",
        just_below="changed_share",
    ),
    Case(
        story="it is just large enough",
        facts=mall(coupons(rows=THRESHOLDS.min_rows)),
        subject=SUBJECT,
        outcome=FOUND,
        just_above="min_rows",
    ),
    Case(
        story="it is just too small",
        facts=mall(coupons(rows=THRESHOLDS.min_rows - 1)),
        subject=SUBJECT,
        outcome="small-table",
        just_below="min_rows",
    ),
    Case(
        story="it was never analyzed",
        facts=mall(coupons(rows=-1.0, live=ROWS, changed=0)),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="an older server's zero says the same",
        facts=mall(coupons(rows=0.0, live=ROWS, changed=0, analyzed=None)),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="it was empty when it was analyzed, and nothing changed since",
        facts=mall(coupons(rows=0.0, live=ROWS, changed=0)),
        subject=SUBJECT,
        outcome="fresh",
    ),
    Case(
        story="autovacuum is off for it",
        facts=mall(coupons(options=("autovacuum_enabled=false",))),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="autovacuum is off in another spelling",
        facts=mall(coupons(options=("fillfactor=90", "autovacuum_enabled=no"))),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="a partitioned table has no counters of its own",
        facts=mall(coupons(kind="p")),
        subject=SUBJECT,
        outcome=ABSENT,
    ),
    Case(
        story="its counters were not read",
        facts=mall(build.table("coupons", "id", rows=ROWS)),
        subject=SUBJECT,
        outcome=ABSENT,
    ),
)
