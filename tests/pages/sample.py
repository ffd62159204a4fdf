"""Reports made by hand: a rich one, as a busy mall would get it, and a hostile one, whose every text came from an attacker."""

from dataclasses import replace
from datetime import UTC, datetime

from facts.findings import (
    Area,
    Coverage,
    Quiet,
    Report,
    Skipped,
    TimeSplit,
    Verdict,
    WorkloadShare,
)
from facts.message import msg, verbatim
from facts.promotion import Promotion
from facts.readings import Status, Target
from facts.snapshot import Cost
from tests.pages.sample_findings import (
    HISTORY,
    SEARCH,
    _ignored,
    findings,
)


def rich_report() -> Report:
    """A mall that falls over: findings of every severity, two databases, a cache that answered in part, a host that did not."""
    return Report(
        areas=tuple(Area),
        schema_version=1,
        tool_version="0.1.0",
        mall="Plum Blossom 梅花商城",
        promotion=Promotion(name="Singles' Day 双十一", starts=datetime(2026, 11, 11, tzinfo=UTC), multiplier=10.0),
        taken_at=datetime(2026, 10, 27, 20, 15, 30, 987654, tzinfo=UTC),
        verdict=Verdict.FALLS_OVER,
        first_sentence=msg(
            "A request takes {mean} on average: {application} of that in the application and the network around it, "
            "{database} in the database, {cache} in the cache.",
            mean="182 ms",
            application="31 %",
            database="66 %",
            cache="2.6 %",
        ),
        findings=findings(),
        ignored=(_ignored(),),
        quiet=quiet(),
        coverage=coverage(),
        time=TimeSplit(
            request_seconds=5_460.0,
            requests=30_000,
            parts={"application": 1_702.0, "database": 3_615.0, "cache": 143.0},
        ),
        workload=workload(),
        window=msg("Counters are the difference of two readings {window} apart.", window="60 s"),
        cost=Cost(
            statements=214, cpu_seconds=0.18, execution_seconds=0.42, longest_lock_wait_seconds=0.1, connections=3
        ),
    )


def coverage() -> Coverage:
    """Two targets that answered, one that answered in part, one that did not."""
    return Coverage(
        workload_time_examined_ratio=0.9712,
        targets=(
            Target(name="orders", kind="postgres", status=Status.OK),
            Target(
                name="cache",
                kind="redis",
                status=Status.FORBIDDEN,
                detail=verbatim("NOPERM: CONFIG GET is not allowed"),
            ),
            Target(
                name="web-1",
                kind="host",
                status=Status.FAILED,
                detail=verbatim("connection refused by 10.0.0.7:9100"),
                remedy=verbatim("systemctl start node_exporter"),
                unreachable=True,
            ),
            Target(name="shop.example", kind="http", status=Status.OK),
        ),
        skipped=(
            Skipped(
                subject="orders/mall: postgres_column_statistics",
                reason=msg("{reason}", reason="3 tables' statistics are hidden from the role"),
                remedy=msg("{remedy}", remedy="GRANT SELECT (id, status) ON public.payments TO tenfold"),
            ),
            Skipped(
                code="IDX001",
                subject="SELECT jsonb_path_query(payload, $1) FROM events",
                reason=msg("this statement could not be planned: {reason}", reason="syntax error at or near $1"),
            ),
            Skipped(
                subject="web-1",
                reason=msg("{reason}", reason="connection refused by 10.0.0.7:9100"),
                remedy=msg("{remedy}", remedy=verbatim("systemctl start node_exporter")),
            ),
        ),
    )


def quiet() -> tuple[Quiet, ...]:
    """Enough to make a filter worth having."""
    plain = [
        Quiet(code="IDX001", target="orders", subject=f"public.{table}", reason="small-table")
        for table in ("categories", "coupons", "couriers", "pages", "provinces", "settings", "tax_rates", "warehouses")
    ]
    return (
        *plain,
        Quiet(code="IDX002", target="orders", subject="public.orders_pkey", reason="guards-data"),
        Quiet(code="IDX002", target="orders", subject="public.idx_carts_updated_at", reason="used"),
        Quiet(
            code="SQL001",
            target="orders",
            subject="UPDATE carts SET updated_at = now() WHERE id = $1",
            reason="below-threshold",
            detail=msg("{cores} cores at the multiplier", cores="0.031"),
        ),
    )


def workload() -> tuple[WorkloadShare, ...]:
    """The busiest statements; a staff report does not grow with the storefront."""
    rows = (
        ("1001", HISTORY, 0.81, True),
        ("1002", SEARCH, 0.42, True),
        ("1003", "SELECT * FROM order_lines WHERE order_id = $1", 0.17, True),
        ("1004", "SELECT date_trunc($1, created_at), sum(total) FROM orders GROUP BY 1", 0.3, False),
        ("1005", "INSERT INTO orders (user_id, total, status) VALUES ($1, $2, $3) RETURNING id", 0.04, True),
        ("1006", "UPDATE stock SET quantity = quantity - $1 WHERE product_id = $2 AND quantity >= $1", 0.01, True),
    )
    return tuple(
        WorkloadShare(
            id=each,
            text=text,
            seconds_now=now,
            seconds_at_multiplier=now * (10 if grows else 1),
            follows_storefront=grows,
        )
        for each, text, now, grows in sorted(rows, key=lambda row: -row[2] * (10 if row[3] else 1))
    )


def empty_report() -> Report:
    """Nothing could be read: an audit still says so."""
    return replace(
        rich_report(),
        promotion=Promotion(),
        verdict=Verdict.NOT_ENOUGH_EVIDENCE,
        findings=(),
        ignored=(),
        quiet=(),
        coverage=Coverage(workload_time_examined_ratio=None, targets=(), skipped=()),
        time=TimeSplit(request_seconds=None, requests=None, parts={}),
        workload=(),
        cost=Cost(statements=0, cpu_seconds=None, execution_seconds=0.0, longest_lock_wait_seconds=0.0, connections=0),
    )
