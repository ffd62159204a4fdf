"""SQL002: keyed reads that repeat for each page."""

import math

from advisors.rules.sql002_n_plus_one import THRESHOLDS
from advisors.workload import mark_of
from facts.findings import Severity
from facts.postgres import Statement
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import FOUND, Case

LIST = "SELECT id, user_id FROM orders WHERE user_id = $1"
LINES = "SELECT sku FROM lines WHERE order_id = $1"
ROUTE = "/orders"
ON_PAGE = "/orders: public.lines"
SCHEMA = build.schema(build.table("orders"), build.table("lines", "id order_id sku"))
PAGES = 100
REQUESTS = 600


def mall(*entries: Statement, requests: int = 0) -> Snapshot:
    fronts = (build.front(build.endpoint("GET /orders", requests=requests)),) if requests else ()
    return build.snapshot(build.database(*entries, read=SCHEMA), *fronts)


def listing(calls: int) -> Statement:
    return build.statement(LIST, calls=calls, rows=calls * 20, tags={"route": ROUTE})


def lines(
    calls: int, *, rows: int | None = None, seconds: float = 6.0, text: str = LINES, route: str = ROUTE
) -> Statement:
    return build.statement(text, calls=calls, rows=rows, seconds=seconds, tags={"route": route} if route else {})


PER_PAGE = math.ceil(THRESHOLDS.calls_per_list * PAGES)
PER_REQUEST = math.ceil(THRESHOLDS.calls_per_request * REQUESTS)
FEW_LISTS = max(int(THRESHOLDS.min_calls / THRESHOLDS.calls_per_list) - 1, 1)

CASES = (
    Case(
        story="the order list asks for each order's lines",
        facts=mall(listing(PAGES), lines(PAGES * 20, seconds=build.seconds_for(1.0))),
        subject=ON_PAGE,
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(
        story="just often enough for each list",
        facts=mall(listing(PAGES), lines(PER_PAGE)),
        subject=ON_PAGE,
        outcome=FOUND,
        just_above="calls_per_list",
    ),
    Case(
        story="just too seldom for each list",
        facts=mall(listing(PAGES), lines(PER_PAGE - 1)),
        subject=LINES,
        outcome="few-calls",
        just_below="calls_per_list",
    ),
    Case(
        story="without a route, just often enough for each request",
        facts=mall(lines(PER_REQUEST, route=""), requests=REQUESTS),
        subject=f"public.lines #{mark_of(LINES)}",
        outcome=FOUND,
        just_above="calls_per_request",
    ),
    Case(
        story="without a route, just too seldom for each request",
        facts=mall(lines(PER_REQUEST - 1, route=""), requests=REQUESTS),
        subject=LINES,
        outcome="few-calls",
        just_below="calls_per_request",
    ),
    Case(
        story="without a route and without a log nobody can tell",
        facts=mall(lines(PAGES * 20, route="")),
        subject=LINES,
        outcome="no-requests",
    ),
    Case(
        story="a key with its few children",
        facts=mall(listing(PAGES), lines(2_000, rows=int(2_000 * THRESHOLDS.rows_per_call))),
        subject=ON_PAGE,
        outcome=FOUND,
        just_below="rows_per_call",
    ),
    Case(
        story="a key with too many children is a list",
        facts=mall(listing(PAGES), lines(2_000, rows=int(2_000 * THRESHOLDS.rows_per_call) + 1)),
        subject=LINES,
        outcome="not-by-key",
        just_above="rows_per_call",
    ),
    Case(
        story="just enough calls to prove it",
        facts=mall(listing(FEW_LISTS), lines(THRESHOLDS.min_calls)),
        subject=ON_PAGE,
        outcome=FOUND,
        just_above="min_calls",
    ),
    Case(
        story="too few calls to prove it",
        facts=mall(listing(FEW_LISTS), lines(THRESHOLDS.min_calls - 1)),
        subject=LINES,
        outcome="few-calls",
        just_below="min_calls",
    ),
    Case(
        story="a join is no read by key",
        facts=mall(
            listing(PAGES),
            lines(2_000, text="SELECT l.sku FROM lines l JOIN orders o ON o.id = l.order_id WHERE o.id = $1"),
        ),
        subject="SELECT l.sku FROM lines l JOIN orders o ON o.id = l.order_id WHERE o.id = $1",
        outcome="not-by-key",
    ),
)
