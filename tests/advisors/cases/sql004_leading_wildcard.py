"""SQL004: searches that match anywhere in a text."""

from advisors.rules.idx001_missing_index import THRESHOLDS as INDEX_THRESHOLDS
from advisors.rules.sql004_leading_wildcard import THRESHOLDS
from facts.findings import Severity
from facts.schema import Index, Table
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import ABSENT, FOUND, Case

SEARCH = "SELECT id FROM products WHERE title ILIKE $1"
SUBJECT = "public.products.title"
COLUMNS = "id title:text brand:text"
PRODUCTS = build.table("products", COLUMNS, pages=1_000)
CALLS = 100
ENOUGH = int(PRODUCTS.pages * THRESHOLDS.table_share * CALLS)


def mall(
    *,
    text: str = SEARCH,
    blocks: int = PRODUCTS.pages * CALLS,
    products: Table = PRODUCTS,
    indexes: tuple[Index, ...] = (),
) -> Snapshot:
    search = build.statement(text, calls=CALLS, blocks=blocks, seconds=build.seconds_for(1.0))
    return build.snapshot(build.database(search, read=build.schema(products, indexes=indexes)))


TRIGRAMS = build.index(PRODUCTS, "title", method="gin", operator_classes=("public.gin_trgm_ops",))

CASES = (
    Case(
        story="every search reads every product",
        facts=mall(),
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(
        story="the same with LIKE",
        facts=mall(text="SELECT id FROM products WHERE title LIKE $1"),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="under OR each column has its own line",
        facts=mall(text="SELECT id FROM products WHERE title ILIKE $1 OR brand ILIKE $1"),
        subject="public.products.brand",
        outcome=FOUND,
    ),
    Case(
        story="it reads just enough of the table",
        facts=mall(blocks=ENOUGH),
        subject=SUBJECT,
        outcome=FOUND,
        just_above="table_share",
    ),
    Case(
        story="it reads a sliver of the table",
        facts=mall(blocks=ENOUGH - 1),
        subject=SUBJECT,
        outcome="cheap",
        just_below="table_share",
    ),
    Case(story="trigrams serve it", facts=mall(indexes=(TRIGRAMS,)), subject=SUBJECT, outcome="trigram-index"),
    Case(
        story="a btree on the title serves only beginnings",
        facts=mall(indexes=(build.index(PRODUCTS, "title"),)),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="a table below 64 pages is read whole as fast",
        facts=mall(products=build.table("products", COLUMNS, pages=INDEX_THRESHOLDS.small_pages - 1)),
        subject=SUBJECT,
        outcome="small-table",
        just_below="small_pages",
    ),
    Case(
        story="a table of 64 pages is searched for long enough",
        facts=mall(products=build.table("products", COLUMNS, pages=INDEX_THRESHOLDS.small_pages)),
        subject=SUBJECT,
        outcome=FOUND,
        just_above="small_pages",
    ),
    Case(
        story="no pattern, nothing to say",
        facts=mall(text="SELECT id FROM products WHERE title = $1"),
        subject=SUBJECT,
        outcome=ABSENT,
    ),
)
