"""IDX004: what failed builds left behind."""

from facts.findings import Severity
from facts.schema import Index, Table
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import FOUND, Case

ORDERS = build.table("orders")
SUBJECT = "public.idx_orders_user_id"


def mall(index: Index, orders: Table = ORDERS) -> Snapshot:
    return build.snapshot(build.database(read=build.schema(orders, indexes=(index,))))


CASES = (
    Case(
        story="a build failed",
        facts=mall(build.index(ORDERS, "user_id", valid=False)),
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.MEDIUM,
    ),
    Case(story="all is well", facts=mall(build.index(ORDERS, "user_id")), subject=SUBJECT, outcome="valid"),
    Case(
        story="a build is running",
        facts=mall(build.index(ORDERS, "user_id", valid=False, progress=True)),
        subject=SUBJECT,
        outcome="being-built",
    ),
    Case(
        story="a partitioned table's index waits for its parts",
        facts=mall(build.index(ORDERS, "user_id", valid=False), build.table("orders", kind="p")),
        subject=SUBJECT,
        outcome="valid",
    ),
)
