"""CCH001: what a cache in front of the database would answer."""

import math

from advisors.rules.cch001_cache_gap import THRESHOLDS
from advisors.workload import mark_of
from facts.findings import Severity
from facts.front import FrontFacts
from facts.postgres import Statement
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import ABSENT, FOUND, LESS, MORE, Case

PRODUCT = "SELECT name FROM products WHERE id = $1"
HOME = "SELECT name FROM products ORDER BY sold LIMIT $1"
PRODUCTS = build.table("products", "id name:text sold", rows=1e9)
# A finding names the tables, after the page; without one the statement's mark tells it from others on the same table.
ON_PRODUCTS = f"public.products #{mark_of(PRODUCT)}"
HOME_ON_PRODUCTS = f"public.products #{mark_of(HOME)}"
CALLS = 6_000
RATE_AT_MULTIPLIER = CALLS / build.WINDOW * build.MULTIPLIER


def mall(*entries: Statement, distinct: float = 100.0, front: FrontFacts | None = None) -> Snapshot:
    """A shop that asks for products by id; `distinct` of them are ever asked for."""
    read = build.schema(PRODUCTS, statistics=(build.column_statistics(PRODUCTS, "id", distinct),))
    return build.snapshot(build.database(*entries, read=read), *((front,) if front else ()))


def reads(*, text: str = PRODUCT, calls: int = CALLS, cores: float = 1.0, route: str = "", job: str = "") -> Statement:
    tags = {name: value for name, value in (("route", route), ("job", job)) if value}
    return build.statement(text, calls=calls, seconds=build.seconds_for(cores), tags=tags)


def updates(rows: int) -> Statement:
    return build.statement("UPDATE products SET sold = $1 WHERE id = $2", calls=rows, seconds=0.01)


def inserts(rows: int) -> Statement:
    return build.statement("INSERT INTO products (id, name) VALUES ($1, $2)", calls=rows, seconds=0.01)


def distinct_for(ratio: float, seconds: float) -> float:
    """The number of keys at which calls at the multiplier's rate repeat with that ratio within so many seconds."""
    calls = RATE_AT_MULTIPLIER * seconds
    low, high = 1.0, 1e12
    for _ in range(200):
        keys = math.sqrt(low * high)
        repeats = 1 - keys * -math.expm1(-calls / keys) / calls
        low, high = (keys, high) if repeats > ratio else (low, keys)
    return low


def page(requests: int = 600) -> FrontFacts:
    """A product page whose two products everybody looks at."""
    return build.front(build.endpoint("GET /p/{id}", requests=requests, growth=(1, *(2,) * 10)))


def wide_page(requests: int = 600) -> FrontFacts:
    """A product page where, within the window, nine visitors of ten see a product of their own."""
    return build.front(
        build.endpoint("GET /p/{id}", requests=requests, growth=(1, 2, 4, 8, 16, 31, 60, 118, 231, 462, 600))
    )


def short_log(requests: int = 600) -> FrontFacts:
    """A product page of whose addresses the log tells next to nothing."""
    return build.front(build.endpoint("GET /p/{id}", requests=requests, growth=(1, 2, 4)))


BEHIND_PAGE = math.ceil(600 * THRESHOLDS.calls_per_request)
CHANGES = int(CALLS / THRESHOLDS.calls_per_change)
NEW_ROWS = int(CALLS / THRESHOLDS.calls_per_insert)

CASES = (
    Case(
        story="everybody looks at the same hundred products",
        facts=mall(reads()),
        subject=ON_PRODUCTS,
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(story="an update is no answer to keep", facts=mall(updates(10)), subject=updates(10).text, outcome="writes"),
    Case(
        story="a row is read to be locked",
        facts=mall(reads(text=f"{PRODUCT} FOR UPDATE")),
        subject=f"{PRODUCT} FOR UPDATE",
        outcome="writes",
    ),
    Case(story="a nightly job reads it", facts=mall(reads(job="nightly")), subject=PRODUCT, outcome="not-storefront"),
    Case(
        story="just enough calls to prove anything",
        facts=mall(reads(calls=THRESHOLDS.min_calls), distinct=2.0),
        subject=ON_PRODUCTS,
        outcome=FOUND,
        just_above="min_calls",
    ),
    Case(
        story="too few calls to prove anything",
        facts=mall(reads(calls=THRESHOLDS.min_calls - 1), distinct=2.0),
        subject=PRODUCT,
        outcome="cheap",
        just_below="min_calls",
    ),
    Case(
        story="a cache would save just enough",
        facts=mall(reads(text=HOME, cores=THRESHOLDS.min_saved_cores * MORE)),
        subject=HOME_ON_PRODUCTS,
        outcome=FOUND,
        severity=Severity.LOW,
        just_above="min_saved_cores",
    ),
    Case(
        story="a cache would save just too little",
        facts=mall(reads(text=HOME, cores=THRESHOLDS.min_saved_cores * LESS)),
        subject=HOME,
        outcome="cheap",
        just_below="min_saved_cores",
    ),
    Case(
        story="it takes next to nothing",
        facts=mall(reads(cores=THRESHOLDS.min_saved_cores / 100)),
        subject=PRODUCT,
        outcome="cheap",
    ),
    Case(
        story="just enough calls for each row that changes",
        facts=mall(reads(), updates(CHANGES)),
        subject=ON_PRODUCTS,
        outcome=FOUND,
        just_above="calls_per_change",
    ),
    Case(
        story="just too few calls for each row that changes",
        facts=mall(reads(), updates(CHANGES + 1)),
        subject=PRODUCT,
        outcome="written-too-often",
        just_below="calls_per_change",
    ),
    Case(
        story="just enough calls for each new row",
        facts=mall(reads(), inserts(NEW_ROWS)),
        subject=ON_PRODUCTS,
        outcome=FOUND,
        just_above="calls_per_insert",
    ),
    Case(
        story="just too few calls for each new row",
        facts=mall(reads(), inserts(NEW_ROWS + 1)),
        subject=PRODUCT,
        outcome="written-too-often",
        just_below="calls_per_insert",
    ),
    Case(
        story="keys repeat just often enough",
        facts=mall(reads(), distinct=distinct_for(THRESHOLDS.hit_ratio * MORE, THRESHOLDS.ttl_seconds)),
        subject=ON_PRODUCTS,
        outcome=FOUND,
        just_above="hit_ratio",
    ),
    Case(
        story="keys repeat just too seldom",
        facts=mall(reads(), distinct=distinct_for(THRESHOLDS.hit_ratio * LESS, THRESHOLDS.ttl_seconds)),
        subject=PRODUCT,
        outcome="rarely-repeated",
        just_below="hit_ratio",
    ),
    Case(
        story="keys come round again just before the entry ends",
        facts=mall(reads(), distinct=distinct_for(THRESHOLDS.hit_ratio, THRESHOLDS.ttl_seconds * 0.99)),
        subject=ON_PRODUCTS,
        outcome=FOUND,
        just_below="ttl_seconds",
    ),
    Case(
        story="keys come round again just after the entry has ended",
        facts=mall(reads(), distinct=distinct_for(THRESHOLDS.hit_ratio, THRESHOLDS.ttl_seconds * 1.01)),
        subject=PRODUCT,
        outcome="rarely-repeated",
        just_above="ttl_seconds",
    ),
    Case(
        story="statistics that give different keys as a share of the rows",
        facts=mall(reads(), distinct=-1e-7),
        subject=ON_PRODUCTS,
        outcome=FOUND,
    ),
    Case(
        story="every row has a key of its own",
        facts=mall(reads(), distinct=-1.0),
        subject=PRODUCT,
        outcome="rarely-repeated",
    ),
    Case(
        story="the number of different keys is unknown",
        facts=mall(reads(), distinct=0.0),
        subject=PRODUCT,
        outcome="rarely-repeated",
    ),
    Case(
        story="every product is asked for once",
        facts=mall(reads(), distinct=1e12),
        subject=PRODUCT,
        outcome="rarely-repeated",
    ),
    Case(
        story="it runs as often as its page is asked for",
        facts=mall(reads(calls=BEHIND_PAGE, route="/p/{id}"), front=page()),
        subject="/p/{id}: public.products",
        outcome=FOUND,
        just_above="calls_per_request",
    ),
    Case(
        story="it runs clearly less often than its page is asked for",
        facts=mall(reads(calls=BEHIND_PAGE - 1, route="/p/{id}"), front=page()),
        subject=PRODUCT,
        outcome="already-cached",
        just_below="calls_per_request",
    ),
    Case(
        story="a cache that was empty at first has answered what was asked for twice",
        facts=mall(reads(calls=540, route="/p/{id}"), front=wide_page()),
        subject=PRODUCT,
        outcome="already-cached",
    ),
    Case(
        story="hardly anything is asked for twice yet, and nothing answers it",
        facts=mall(reads(calls=600, route="/p/{id}"), front=wide_page()),
        subject="/p/{id}: public.products",
        outcome=FOUND,
    ),
    Case(
        story="the log is too short to tell how much is asked for twice",
        facts=mall(reads(calls=540, route="/p/{id}"), front=short_log()),
        subject="/p/{id}: public.products",
        outcome=FOUND,
    ),
    Case(
        story="the account page asks for one person's rows under one address",
        facts=mall(reads(calls=600, route="/account"), front=build.front(build.endpoint("GET /account"))),
        subject=PRODUCT,
        outcome="personal",
    ),
    Case(
        story="the home page is the same for everybody",
        facts=mall(reads(text=HOME, calls=600, route="/"), front=build.front(build.endpoint("GET /"))),
        subject="/: public.products",
        outcome=FOUND,
    ),
    Case(
        story="a statement that begins WITH and updates is no answer to keep",
        facts=mall(reads(text="WITH due AS (SELECT id FROM products) UPDATE products SET sold = $1 FROM due")),
        subject="WITH due AS (SELECT id FROM products) UPDATE products SET sold = $1 FROM due",
        outcome="writes",
    ),
    Case(
        story="a sequence gives another number each time",
        facts=mall(reads(text="SELECT nextval($1)")),
        subject="",
        outcome=ABSENT,
    ),
)
