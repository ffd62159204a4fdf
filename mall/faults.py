"""The faults that can be planted, and what a good audit must say about each."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg2
import redis

if TYPE_CHECKING:
    from mall.practice import Mall

Action = Callable[["Mall"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        name: What `tenfold demo faults on NAME` calls it.
        hurts: What goes wrong, in one sentence.
        code: The rule that must name it; empty where a later one will (`audit_says` says which).
        subject: What that rule must name, in the mall's plain names; a part of the subject is enough.
        audit_says: What a good audit says about it.
        switch: The shop's switch, for faults in its code.
        plant_sql, mend_sql: For faults in the database.
        plant_redis, mend_redis: For faults in the cache.
    """

    name: str
    hurts: str
    audit_says: str
    code: str = ""
    subject: str = ""
    switch: str = ""
    plant_sql: tuple[str, ...] = ()
    mend_sql: tuple[str, ...] = ()
    plant_redis: Action | None = None
    mend_redis: Action | None = None

    def plant(self, mall: "Mall") -> None:
        """Switches the fault on."""
        for text in self.plant_sql:
            # The fault `invalid-index` consists of this failure.
            with contextlib.suppress(psycopg2.errors.UniqueViolation):
                mall.run_sql(text)
        if self.plant_redis:
            self.plant_redis(mall)
        if self.switch:
            mall.set_switch(self.switch, on=True)

    def mend(self, mall: "Mall") -> None:
        """Switches the fault off."""
        self.undo_in_database(mall)
        if self.mend_redis:
            self.mend_redis(mall)
        if self.switch:
            mall.set_switch(self.switch, on=False)

    def undo_in_database(self, mall: "Mall") -> None:
        """Undoes what it did to the database; doing it twice changes nothing."""
        if self.mend_sql:
            mall.run_sql(*self.mend_sql)


def _cache(mall: "Mall") -> Any:  # redis.Redis is generic in ways that its own stubs do not agree on
    return redis.Redis.from_url(mall.redis_url)


def _plant_big_key(mall: "Mall") -> None:
    cache = _cache(mall)
    pipeline = cache.pipeline(transaction=False)
    for start in range(0, 120_000, 2000):
        pipeline.hset(
            "recommendations:all",
            mapping={f"user:{n}": f"{n},{n + 1},{n + 2},{n + 3}" for n in range(start, start + 2000)},
        )
    pipeline.execute()


def _mend_big_key(mall: "Mall") -> None:
    _cache(mall).unlink("recommendations:all")


def _plant_no_eviction(mall: "Mall") -> None:
    cache = _cache(mall)
    used = int(cache.info("memory")["used_memory"])
    cache.config_set("maxmemory", int(used * 1.3))
    cache.config_set("maxmemory-policy", "noeviction")


def _plant_evicting(mall: "Mall") -> None:
    cache = _cache(mall)
    cache.flushall()
    cache.config_set("maxmemory-policy", "allkeys-random")
    cache.config_set("maxmemory", int(cache.info("memory")["used_memory"]) + 120_000)


def _mend_limit(mall: "Mall") -> None:
    from mall.servers.redis import MEMORY_LIMIT, POLICY

    cache = _cache(mall)
    cache.config_set("maxmemory", MEMORY_LIMIT)
    cache.config_set("maxmemory-policy", POLICY)


def _forget_keys(mall: "Mall") -> None:
    _cache(mall).flushall()


FAULTS: tuple[Fault, ...] = (
    Fault(
        name="missing-order-index",
        hurts="Every visit to the order history reads every order of every buyer.",
        code="IDX001",
        subject="public.orders(user_id, placed_at)",
        audit_says="The index orders(user_id, placed_at) is missing, with its DDL and what it saves.",
        plant_sql=("DROP INDEX IF EXISTS orders_user_placed_idx",),
        mend_sql=("CREATE INDEX IF NOT EXISTS orders_user_placed_idx ON orders (user_id, placed_at)",),
    ),
    Fault(
        name="slow-search",
        hurts="Each search reads every product.",
        code="SQL004",
        subject="public.products.title",
        audit_says="The search's pattern starts with a wildcard and no trigram index serves it.",
        switch="slow_search",
        plant_sql=("DROP INDEX IF EXISTS products_title_trgm",),
        mend_sql=("CREATE INDEX IF NOT EXISTS products_title_trgm ON products USING gin (title gin_trgm_ops)",),
    ),
    Fault(
        name="n-plus-one",
        hurts="The order list asks the database again for each order's lines, SKU and product.",
        code="SQL002",
        subject="order_lines",
        audit_says="A statement by key runs many times for each request.",
        switch="n_plus_one",
    ),
    Fault(
        name="deep-offset",
        hurts="Page 900 of the best sellers reads and throws away 18,000 products.",
        code="SQL003",
        subject="products",
        audit_says="A statement with OFFSET reads far more than it returns.",
        switch="deep_offset",
    ),
    Fault(
        name="uncached-product",
        hurts="Hot product pages ask the database every time.",
        code="CCH001",
        subject="order_lines",
        audit_says="Read-mostly statements behind one page could be served from a cache.",
        switch="uncached_product",
    ),
    Fault(
        name="redis-no-ttl",
        hurts="Cache entries and sessions never expire, until memory is full.",
        code="RDS001",
        subject="session:",
        audit_says="Keys of a cache and of sessions have no TTL.",
        switch="redis_no_ttl",
        plant_redis=_forget_keys,
        mend_redis=_forget_keys,
    ),
    Fault(
        name="redis-big-key",
        hurts="One hash of many megabytes blocks the server whenever it is read or deleted whole.",
        code="RDS002",
        subject="recommendations:all",
        audit_says="The key is too big, with its size and length.",
        plant_redis=_plant_big_key,
        mend_redis=_mend_big_key,
    ),
    Fault(
        name="redis-no-eviction",
        hurts="At its memory limit Redis refuses every write.",
        code="RDS003",
        subject="maxmemory",
        audit_says="A memory limit without eviction, and too little headroom at the multiplier.",
        plant_redis=_plant_no_eviction,
        mend_redis=_mend_limit,
    ),
    Fault(
        name="redis-evicting",
        hurts="The cache is too small and throws away what is asked for next.",
        code="RDS004",
        subject="hit ratio",
        audit_says="The hit ratio is low because keys are evicted.",
        plant_redis=_plant_evicting,
        mend_redis=_mend_limit,
    ),
    Fault(
        name="hot-stock-lock",
        hurts="Checkouts of one hot SKU wait for each other's row lock.",
        code="SQL001",
        subject="UPDATE stock",
        audit_says="The UPDATE of stock takes its time waiting for locks.",
        switch="hot_stock_lock",
    ),
    Fault(
        name="idle-in-transaction",
        hurts="A forgotten transaction holds its locks and keeps vacuum from cleaning up.",
        code="CFG002",
        subject="shop-staff",
        audit_says="A session is idle in a transaction for long, and which application it is.",
        switch="idle_in_transaction",
    ),
    Fault(
        name="stale-statistics",
        hurts="After a bulk load the planner still believes in a small table.",
        code="SQL006",
        subject="public.coupons",
        audit_says="The statistics are stale: most rows changed since the last ANALYZE.",
        plant_sql=(
            "ALTER TABLE coupons SET (autovacuum_enabled = off)",
            "INSERT INTO coupons (coupon_code, user_id, off_cents) SELECT 'B' || n, 1 + n % 40000, 500 FROM generate_series(1, 60000) n",
        ),
        mend_sql=(
            "DELETE FROM coupons WHERE coupon_code LIKE 'B%'",
            "ALTER TABLE coupons RESET (autovacuum_enabled)",
            "ANALYZE coupons",
        ),
    ),
    Fault(
        name="redundant-index",
        hurts="Two indexes are kept where one does the work of both.",
        code="IDX003",
        subject="public.orders_merchant_copy_idx",
        audit_says="The shorter index is a prefix of the longer one and can go.",
        plant_sql=("CREATE INDEX IF NOT EXISTS orders_merchant_copy_idx ON orders (merchant_id)",),
        mend_sql=("DROP INDEX IF EXISTS orders_merchant_copy_idx",),
    ),
    Fault(
        name="unused-index",
        hurts="A large index is maintained by every order and read by nobody.",
        code="IDX002",
        subject="public.orders_address_idx",
        audit_says="The index was not used for as long as statistics reach.",
        plant_sql=("CREATE INDEX IF NOT EXISTS orders_address_idx ON orders (shipping_address, total_cents)",),
        mend_sql=("DROP INDEX IF EXISTS orders_address_idx",),
    ),
    Fault(
        name="invalid-index",
        hurts="A failed CREATE INDEX CONCURRENTLY left an index that every write maintains and no query uses.",
        code="IDX004",
        subject="public.login_log_user_once_idx",
        audit_says="The index is invalid; drop it, find out why it failed, build it again.",
        plant_sql=("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS login_log_user_once_idx ON login_log (user_id)",),
        mend_sql=("DROP INDEX IF EXISTS login_log_user_once_idx",),
    ),
    Fault(
        name="unindexed-foreign-key",
        hurts="Deleting a user reads every review.",
        code="IDX005",
        subject="public.reviews(user_id)",
        audit_says="The foreign key from reviews to users has no index.",
        plant_sql=("DROP INDEX IF EXISTS reviews_user_idx",),
        mend_sql=("CREATE INDEX IF NOT EXISTS reviews_user_idx ON reviews (user_id)",),
    ),
    Fault(
        name="function-on-column",
        hurts="Every login by e-mail reads every user.",
        code="SQL005",
        subject="public.users.email",
        audit_says="lower() around the column keeps its index from being used.",
        switch="function_on_column",
    ),
    Fault(
        name="implicit-cast",
        hurts="Every look at an order reads every payment.",
        code="SQL005",
        subject="public.payments.order_id",
        audit_says="The column is cast to the parameter's type, which keeps its index from being used.",
        switch="implicit_cast",
    ),
    Fault(
        name="small-pool",
        hurts="Pages wait for one of two database connections.",
        code="CFG001",
        subject="shop",
        audit_says="The application's connection pool is too small for the multiplier.",
        switch="small_pool",
    ),
    Fault(
        name="weak-settings",
        hurts="Autovacuum is off and checkpoints come every few seconds.",
        code="CFG003",
        subject="autovacuum",
        audit_says="Settings that a DBA would never leave, each with its source.",
        plant_sql=(
            "ALTER SYSTEM SET autovacuum = off",
            "ALTER SYSTEM SET max_wal_size = '64MB'",
            "ALTER SYSTEM SET checkpoint_timeout = '30s'",
            "SELECT pg_reload_conf()",
        ),
        mend_sql=("ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()"),
    ),
    Fault(
        name="cpu-bound-app",
        hurts="Every page computes for milliseconds before it is sent.",
        code="CAP001",
        subject="shop",
        audit_says="The application, not the database, is the bottleneck.",
        switch="cpu_bound_app",
    ),
    Fault(
        name="slow-payment-channel",
        hurts="One of the two payment channels answers after more than a second.",
        audit_says="Later: payment channel rules and tickets; the database is not blamed.",
        switch="slow_payment_channel",
    ),
    Fault(
        name="dead-payment-channel",
        hurts="One of the two payment channels does not answer.",
        audit_says="Later: payment channel rules and tickets.",
        switch="dead_payment_channel",
    ),
    Fault(
        name="paid-not-marked",
        hurts="Payments are captured and their orders stay unpaid.",
        audit_says="Later: the ORD rules (business integrity).",
        switch="paid_not_marked",
    ),
    Fault(
        name="md5-passwords",
        hurts="Passwords are stored as unsalted MD5.",
        audit_says="Later: the SEC rules.",
        plant_sql=("UPDATE users SET password_hash = md5(email) WHERE id <= 2000",),
        mend_sql=(
            "UPDATE users SET password_hash = 'pbkdf2_sha256$260000$' || md5(phone) || '$' || md5(email) WHERE length(password_hash) = 32",
        ),
    ),
    Fault(
        name="slow-network",
        hurts="Every answer takes 80 ms longer on its way.",
        audit_says="Later: the load test names the network.",
        switch="slow_network",
    ),
    Fault(
        name="shipment-down",
        hurts="Paid orders get no shipment.",
        audit_says="Later: the ORD rules and tickets.",
        switch="shipment_down",
    ),
    Fault(
        name="sms-down",
        hurts="No messages are sent.",
        audit_says="Later: the ORD rules and tickets.",
        switch="sms_down",
    ),
    Fault(
        name="wrong-commission",
        hurts="Commissions are booked at half the order's value.",
        audit_says="Later: the ORD rules.",
        switch="wrong_commission",
    ),
    Fault(
        name="fix-cache",
        hurts="No fault: the remedy of a cache in front of search and product pages.",
        audit_says="Findings about those pages are gone.",
        switch="fix_cache",
    ),
    Fault(
        name="fix-pool",
        hurts="No fault: the remedy of a larger connection pool.",
        audit_says="The pool finding is gone.",
        switch="fix_pool",
    ),
    Fault(
        name="write-heavy",
        hurts="No fault by itself: every page view of a product also counts it.",
        audit_says="Index advice weighs what writes pay.",
        switch="write_heavy",
    ),
)
