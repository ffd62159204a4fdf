"""IDX003: indexes that another one makes needless."""

from advisors.rules.idx001_missing_index import THRESHOLDS
from facts.findings import Severity
from facts.planner import Planner, PlanNode
from facts.schema import Index
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import FOUND, LESS, MORE, Case
from tests.advisors.planner import SimplePlanner

ORDERS = build.table("orders", "id merchant_id placed_at status:text")
SHORT = build.index(ORDERS, "merchant_id", name="short")
LONG = build.index(ORDERS, "merchant_id", "placed_at", name="long")
SUBJECT = "public.short"


def mall(*indexes: Index) -> Snapshot:
    return build.snapshot(build.database(read=build.schema(ORDERS, indexes=indexes)))


BY_MERCHANT = "SELECT status FROM orders WHERE merchant_id = $1"
INSERT = "INSERT INTO orders (merchant_id) VALUES ($1)"
USES = PlanNode(
    kind="Index Scan", depth=0, startup_cost=0.0, total_cost=1000.0, rows=1.0, width=8, relation="orders", index="short"
)
ROWS_PER_SECOND = 1000.0


def bereft(times: float) -> dict[tuple[str, str], Planner]:
    """Statements use the index, and cost so many times as much without it."""
    return {(build.TARGET, build.TARGET): SimplePlanner(nodes=(USES,), bereft={SUBJECT: times})}


def read_and_written(cores: float, *more: Index) -> Snapshot:
    """Of the statements that use the index, and of inserts that pay an entry and hardly a page."""
    calls = round(ROWS_PER_SECOND * build.WINDOW / build.MULTIPLIER)
    return build.snapshot(
        build.database(
            build.statement(BY_MERCHANT, seconds=build.seconds_for(cores)),
            build.statement(INSERT, seconds=1e-9, calls=calls),
            read=build.schema(ORDERS, indexes=(build.index(ORDERS, "merchant_id", name="short", size=0), LONG, *more)),
        )
    )


# What the writes are spared, in cores.
SPARED = ROWS_PER_SECOND * THRESHOLDS.entry_seconds

CASES = (
    Case(
        story="a statement would lose nearly as much as the writes are spared",
        facts=read_and_written(SPARED * 0.999),
        planners=bereft(2.0),
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.LOW,
    ),
    Case(
        story="a statement would lose more than the writes are spared",
        facts=read_and_written(SPARED * 1.001),
        planners=bereft(2.0),
        subject=SUBJECT,
        outcome="worth-its-writes",
    ),
    Case(
        story="what the planner's errors explain is no loss",
        facts=read_and_written(50.0),
        planners=bereft(THRESHOLDS.slower * LESS),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="a little more is one",
        facts=read_and_written(50.0),
        planners=bereft(THRESHOLDS.slower * MORE),
        subject=SUBJECT,
        outcome="worth-its-writes",
    ),
    Case(
        story="a longer index starts with it",
        facts=mall(SHORT, LONG),
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.LOW,
    ),
    Case(story="the longer index itself stays", facts=mall(SHORT, LONG), subject="public.long", outcome="distinct"),
    Case(story="it is the only one", facts=mall(SHORT), subject=SUBJECT, outcome="distinct"),
    Case(
        story="the other index has its column second",
        facts=mall(SHORT, build.index(ORDERS, "placed_at", "merchant_id")),
        subject=SUBJECT,
        outcome="distinct",
    ),
    Case(
        story="the other index sorts the other way",
        facts=mall(SHORT, build.index(ORDERS, "merchant_id", "placed_at", options=(3, 0))),
        subject=SUBJECT,
        outcome="distinct",
    ),
    Case(
        story="the other index has another operator class",
        facts=mall(
            build.index(ORDERS, "status", name="short", operator_classes=("pg_catalog.text_ops",)),
            build.index(
                ORDERS, "status", "id", operator_classes=("pg_catalog.text_pattern_ops", "pg_catalog.int8_ops")
            ),
        ),
        subject=SUBJECT,
        outcome="distinct",
    ),
    Case(
        story="the other index has another collation",
        facts=mall(
            build.index(ORDERS, "status", name="short", collations=('pg_catalog."C"',)),
            build.index(ORDERS, "status", "id", collations=('pg_catalog."default"', "")),
        ),
        subject=SUBJECT,
        outcome="distinct",
    ),
    Case(
        story="it carries a column that the other one does not have",
        facts=mall(build.index(ORDERS, "merchant_id", name="short", included=("status",)), LONG),
        subject=SUBJECT,
        outcome="distinct",
    ),
    Case(
        story="what it carries is a key of the other one",
        facts=mall(build.index(ORDERS, "merchant_id", name="short", included=("placed_at",)), LONG),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="a hash index serves no prefix",
        facts=mall(SHORT, build.index(ORDERS, "merchant_id", method="hash", name="hashed")),
        subject=SUBJECT,
        outcome="distinct",
    ),
    Case(
        story="an invalid longer index takes nothing over",
        facts=mall(SHORT, build.index(ORDERS, "merchant_id", "placed_at", valid=False)),
        subject=SUBJECT,
        outcome="distinct",
    ),
    Case(
        story="a unique index guards the data",
        facts=mall(build.index(ORDERS, "merchant_id", name="short", unique=True), LONG),
        subject=SUBJECT,
        outcome="guards-data",
    ),
    Case(
        story="an index backs a constraint",
        facts=mall(build.index(ORDERS, "merchant_id", name="short", constraint="one_merchant"), LONG),
        subject=SUBJECT,
        outcome="guards-data",
    ),
    Case(
        story="the longer index has other rows only",
        facts=mall(SHORT, build.index(ORDERS, "merchant_id", "placed_at", predicate="(status = 'open'::text)")),
        subject=SUBJECT,
        outcome="different-predicate",
    ),
    Case(
        story="both have the same rows only",
        facts=mall(
            build.index(ORDERS, "merchant_id", name="short", predicate="(status = 'open'::text)"),
            build.index(ORDERS, "merchant_id", "placed_at", predicate="(status = 'open'::text)"),
        ),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="of two equal ones the one that is used less goes",
        facts=mall(
            build.index(ORDERS, "merchant_id", name="short", oid=1, scans=5),
            build.index(ORDERS, "merchant_id", name="twin", oid=2, scans=6),
        ),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="and the one that is used more stays",
        facts=mall(
            build.index(ORDERS, "merchant_id", name="short", oid=1, scans=6),
            build.index(ORDERS, "merchant_id", name="twin", oid=2, scans=5),
        ),
        subject=SUBJECT,
        outcome="distinct",
    ),
    Case(
        story="of two equal ones that are used alike the younger goes",
        facts=mall(
            build.index(ORDERS, "merchant_id", name="short", oid=2),
            build.index(ORDERS, "merchant_id", name="twin", oid=1),
        ),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="of three each of which starts with the other the middle one goes",
        facts=mall(SHORT, LONG, build.index(ORDERS, "merchant_id", "placed_at", "status", name="longest")),
        subject="public.long",
        outcome=FOUND,
    ),
    Case(
        story="and the shortest one, for which the longest takes over, is worth more than its writes",
        facts=read_and_written(SPARED * 2, build.index(ORDERS, "merchant_id", "placed_at", "status", name="longest")),
        planners=bereft(2.0),
        subject=SUBJECT,
        outcome="worth-its-writes",
    ),
    Case(
        story="a unique twin takes over",
        facts=mall(SHORT, build.index(ORDERS, "merchant_id", name="twin", unique=True, scans=0)),
        subject=SUBJECT,
        outcome=FOUND,
    ),
)
