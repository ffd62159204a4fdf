"""The findings of a mall's audit, one of each kind that a page shows differently."""

from dataclasses import replace

from facts.findings import (
    Alternative,
    Area,
    Check,
    Consequence,
    Evidence,
    Expected,
    Finding,
    QueryEvidence,
    Remedy,
    Severity,
)
from facts.message import msg
from facts.proofs import Outcome, Proof, ProofStatement

ORDERS_INDEX = "CREATE INDEX CONCURRENTLY idx_orders_user_id_created_at ON public.orders (user_id, created_at DESC)"
ORDERS_SUBJECT = "public.orders(user_id, created_at DESC)"
HISTORY = "SELECT id, status, total FROM orders WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2"
SEARCH = (
    "SELECT p.id, p.name, p.price, s.quantity FROM products p JOIN stock s ON s.product_id = p.id "
    "WHERE p.name ILIKE $1 AND p.on_sale ORDER BY p.sold DESC, p.id LIMIT $2 OFFSET $3"
)


def findings() -> tuple[Finding, ...]:
    """Ranked as the judge ranks them: by severity, then by loss."""
    return (
        _missing_index(),
        _search(),
        _eviction(),
        _page_loop(),
        _unused_index(),
        _stale_statistics(),
        _invalid_index(),
        _redundant_index(),
    )


def _missing_index() -> Finding:
    return Finding(
        code="IDX001",
        rule="missing-index",
        area=Area.INDEXES,
        target="orders/mall",
        subject=ORDERS_SUBJECT,
        severity=Severity.CRITICAL,
        title=msg("No index on {subject}", subject=ORDERS_SUBJECT),
        summary=msg(
            "{statements} of the workload's statements read {table} without it. The most expensive one ran {calls} times for {mean} each, "
            "and its plan gets {ratio} times cheaper with the index. At the multiplier these statements keep {cores} processor cores busy.",
            statements=2,
            table="public.orders",
            calls="1,204",
            mean="40.4 ms",
            ratio="2,310",
            cores="8.1",
        ),
        evidence=Evidence(
            queries=(
                QueryEvidence(
                    id="1001",
                    text=HISTORY,
                    calls=1204,
                    total_seconds=48.6,
                    mean_seconds=0.0404,
                    cost_before=19_632.5,
                    cost_after=8.5,
                    time_kept_ratio=0.004,
                    plan_before=(
                        "Limit  (cost 19,632, rows 20)",
                        "  Sort by created_at DESC  (cost 19,632, rows 20)",
                        "    Seq Scan on orders (user_id = $1)  (cost 19,631, rows 24)",
                    ),
                    plan_after=(
                        "Limit  (cost 8, rows 20)",
                        "  Index Scan using public.orders(user_id, created_at DESC) on orders (user_id = $1)  (cost 9, rows 24)",
                    ),
                    rows=17.3,
                    blocks=12_481.0,
                    tags={"route": "/account/orders", "application": "shop"},
                ),
                QueryEvidence(
                    id="1011",
                    text="SELECT count(*) FROM orders WHERE user_id = $1 AND status = $2",
                    calls=88,
                    total_seconds=2.9,
                    mean_seconds=0.033,
                    cost_before=18_001.0,
                    cost_after=12.25,
                ),
            ),
            figures={"table_rows": 1_000_000.0, "table_bytes": 151_003_136.0, "gain_cores_at_multiplier": 8.07},
        ),
        expected=Expected(seconds_before=0.81, seconds_after=0.0035, method="planner", at_multiplier_seconds=8.1),
        loss=8.07,
        remedy=Remedy(
            text=msg("Create the index; it takes about {size}.", size="30.1 MiB"),
            sql=(ORDERS_INDEX,),
            rollback=("DROP INDEX CONCURRENTLY IF EXISTS public.idx_orders_user_id_created_at",),
            check=(
                "SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indexrelid = 'public.idx_orders_user_id_created_at'::regclass",
                "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelid = 'public.idx_orders_user_id_created_at'::regclass",
            ),
            size_bytes=31_563_776,
            build_seconds=6.0,
            write_cost={"cores_at_multiplier": 0.0021},
            risk=msg(
                "It waits for open transactions and takes no lock that stops reads or writes. If it fails, it leaves an invalid index."
            ),
            before=(
                Check(
                    name="evidence-window",
                    says=msg("The statements were counted over {window}.", window="60 min"),
                ),
                Check(
                    name="statistics",
                    says=msg(
                        "Its statistics are {age} old; {share} of its rows have changed since.", age="3 d", share="14 %"
                    ),
                    against=True,
                ),
            ),
        ),
        proof=Proof(
            code="IDX001",
            target="orders/mall",
            subject=ORDERS_SUBJECT,
            method="replayed",
            outcome=Outcome.PROVEN,
            reason=msg(
                "on the copy its statements take {measured} of the time ({low} to {high}); {predicted} was predicted",
                measured="0.6 %",
                low="0.4 %",
                high="0.9 %",
                predicted="0.4 %",
            ),
            predicted_kept=0.0043,
            measured_kept=0.006,
            low=0.004,
            high=0.009,
            predicted_bytes=31_563_776,
            measured_bytes=32_112_640,
            build_seconds=4.8,
            statements=(
                ProofStatement(
                    id="1001",
                    text=HISTORY,
                    runs=10,
                    seconds_before=0.0391,
                    seconds_predicted=0.00017,
                    seconds_after=0.00022,
                    blocks_before=12_481.0,
                    blocks_after=23.0,
                ),
            ),
        ),
        alternatives=(
            Alternative(
                sql="CREATE INDEX CONCURRENTLY idx_orders_user_id ON public.orders (user_id)",
                why_not=msg(
                    "it would save {gain} cores at the multiplier, the chosen one {best}", gain="7.4", best="8.1"
                ),
            ),
        ),
        consequences=(
            Consequence(code="SQL001", subject=HISTORY, title=msg("One statement needs {cores} cores", cores="8.1")),
            Consequence(code="CCH001", subject="GET /account/orders", title=msg("Nothing is cached")),
        ),
    )


def _search() -> Finding:
    return Finding(
        code="SQL004",
        rule="leading-wildcard",
        area=Area.QUERIES,
        target="orders/mall",
        subject="public.products.name",
        severity=Severity.CRITICAL,
        title=msg(
            "A search reads the whole table for each {kind} on {place}", kind="ILIKE", place="public.products.name"
        ),
        summary=msg(
            "It ran {calls} times for {mean} each and returned {rows} rows a call out of {table_rows}.",
            calls="310",
            mean="81.3 ms",
            rows="12",
            table_rows="240,000",
        ),
        evidence=Evidence(
            queries=(QueryEvidence(id="1002", text=SEARCH, calls=310, total_seconds=25.2, mean_seconds=0.0813),),
            figures={"blocks_per_call": 6_211.4, "table_pages": 6_200.0},
            facts=(
                msg("Patterns of one or two characters are not served by trigrams: put a cache in front of those."),
            ),
        ),
        expected=Expected(seconds_before=0.42, seconds_after=None, method="counted", at_multiplier_seconds=4.2),
        loss=4.2,
        remedy=Remedy(
            text=msg("Create a trigram index, and keep a cache in front of frequent searches."),
            sql=("CREATE INDEX CONCURRENTLY idx_products_name_trgm ON public.products USING gin (name gin_trgm_ops)",),
            rollback=("DROP INDEX CONCURRENTLY IF EXISTS public.idx_products_name_trgm",),
            risk=msg("A trigram index is about as large as the column and slows writes to it."),
        ),
    )


def _eviction() -> Finding:
    return Finding(
        code="RDS001",
        rule="no-eviction",
        area=Area.CACHE,
        target="cache",
        subject="maxmemory-policy",
        severity=Severity.HIGH,
        title=msg("Redis refuses writes when its memory is full"),
        summary=msg("It holds {used} of {limit} and grows with the promotion.", used="3.1 GiB", limit="4 GiB"),
        evidence=Evidence(figures={"memory_used_bytes": 3_328_599_654.0, "memory_limit_bytes": 4_294_967_296.0}),
        loss=0.0,
        remedy=Remedy(
            text=msg("Let it evict what was used least."),
            commands=("redis-cli CONFIG SET maxmemory-policy allkeys-lfu", "redis-cli CONFIG REWRITE"),
            risk=msg("Keys that are no cache must not be evicted: keep them in another server."),
        ),
    )


def _page_loop() -> Finding:
    return Finding(
        code="SQL002",
        rule="n-plus-one",
        area=Area.QUERIES,
        target="orders/mall",
        subject="SELECT * FROM order_lines WHERE order_id = $1",
        severity=Severity.HIGH,
        title=msg("{count} statements run up to {ratio} times for each page", count=1, ratio="21"),
        summary=msg("The account page asks once for each order that it shows."),
        evidence=Evidence(
            queries=(
                QueryEvidence(
                    id="1003",
                    text="SELECT * FROM order_lines WHERE order_id = $1",
                    calls=25_284,
                    total_seconds=10.2,
                    mean_seconds=0.0004,
                    tags={"route": "/account/orders"},
                ),
            ),
        ),
        expected=Expected(seconds_before=0.17, seconds_after=0.012, method="counted", at_multiplier_seconds=1.7),
        loss=1.58,
        remedy=Remedy(text=msg("Ask once with order_id = ANY($1).")),
    )


def _unused_index() -> Finding:
    definition = "CREATE INDEX idx_orders_note ON public.orders USING btree (note)"
    return Finding(
        code="IDX002",
        rule="unused-index",
        area=Area.INDEXES,
        target="orders/mall",
        subject="public.idx_orders_note",
        severity=Severity.MEDIUM,
        title=msg("Index {name} is used by nobody", name="public.idx_orders_note"),
        summary=msg("It takes {size} and was not scanned once in {time}.", size="1.2 GiB", time="64 d"),
        evidence=Evidence(
            figures={"size_bytes": 1_288_490_188.0, "scans": 0.0, "evidence_seconds": 5_529_600.0},
            facts=(msg("{definition}", definition=definition),),
        ),
        loss=0.02,
        remedy=Remedy(
            text=msg("Drop it."),
            sql=("DROP INDEX CONCURRENTLY IF EXISTS public.idx_orders_note",),
            rollback=(definition.replace("INDEX", "INDEX CONCURRENTLY", 1),),
        ),
    )


def _stale_statistics() -> Finding:
    return Finding(
        code="SQL006",
        rule="stale-statistics",
        area=Area.QUERIES,
        target="orders/mall",
        subject="public.carts",
        severity=Severity.MEDIUM,
        title=msg("Statistics of {table} are stale", table="public.carts"),
        summary=msg("{changed} rows changed since it was last analyzed.", changed="1,920,332"),
        evidence=Evidence(facts=(msg("Autovacuum is switched off for this table."),)),
        remedy=Remedy(
            text=msg("Analyze it, and give it back to autovacuum."),
            sql=("ANALYZE public.carts", "ALTER TABLE public.carts RESET (autovacuum_enabled)"),
            check=("SELECT last_analyze FROM pg_stat_user_tables WHERE relid = 'public.carts'::regclass",),
        ),
    )


def _invalid_index() -> Finding:
    return Finding(
        code="IDX004",
        rule="invalid-index",
        area=Area.INDEXES,
        target="orders/mall",
        subject="public.idx_coupons_code",
        severity=Severity.MEDIUM,
        title=msg("Index {name} is invalid", name="public.idx_coupons_code"),
        summary=msg("A build of it failed. No query uses it, and writes may still pay for it."),
        evidence=Evidence(figures={"size_bytes": 8_192.0}),
        remedy=Remedy(
            text=msg("Drop it."), sql=("DROP INDEX CONCURRENTLY IF EXISTS public.idx_coupons_code",), risk=msg("None.")
        ),
    )


def _redundant_index() -> Finding:
    return Finding(
        code="IDX003",
        rule="redundant-index",
        area=Area.INDEXES,
        target="orders/mall",
        subject="public.idx_lines_order",
        severity=Severity.LOW,
        title=msg("Index {name} is covered by {other}", name="public.idx_lines_order", other="public.order_lines_pkey"),
        summary=msg("Every statement that it serves, {other} serves as well.", other="public.order_lines_pkey"),
        evidence=Evidence(figures={"size_bytes": 402_653_184.0, "scans": 12.0}),
        remedy=Remedy(
            text=msg("Drop it; {other} takes over.", other="public.order_lines_pkey"),
            sql=("DROP INDEX CONCURRENTLY IF EXISTS public.idx_lines_order",),
            rollback=("CREATE INDEX CONCURRENTLY idx_lines_order ON public.order_lines USING btree (order_id)",),
        ),
    )


def _ignored() -> Finding:
    return replace(_redundant_index(), subject="public.idx_known_to_us", target="orders/mall")


# What a shopper, or whoever names a table, could get into a statement's text, a key or an error message.
