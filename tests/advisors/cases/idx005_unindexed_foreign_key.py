"""IDX005: foreign keys without an index on the referring side."""

from advisors.rules.idx001_missing_index import THRESHOLDS
from facts.findings import Severity
from facts.postgres import Statement
from facts.schema import Index, Table
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import ABSENT, FOUND, Case

USERS = build.table("users", "id shop_id")
REVIEWS = build.table("reviews", "id user_id shop_id")
SUBJECT = "public.reviews(user_id)"


def mall(
    *entries: Statement,
    reviews: Table = REVIEWS,
    indexes: tuple[Index, ...] = (),
    columns: tuple[str, ...] = ("user_id",),
) -> Snapshot:
    read = build.schema(USERS, reviews, indexes=indexes, foreign_keys=(build.foreign_key(reviews, USERS, *columns),))
    return build.snapshot(build.database(*entries, read=read))


def deletes(cores: float) -> Statement:
    return build.statement("DELETE FROM users WHERE id = $1", seconds=build.seconds_for(cores))


CASES = (
    Case(
        story="nobody deletes, so it is a hint",
        facts=mall(),
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.LOW,
    ),
    Case(
        story="deletes take a machine's cores",
        facts=mall(deletes(3.0)),
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.CRITICAL,
    ),
    Case(
        story="an index starts with its column",
        facts=mall(indexes=(build.index(REVIEWS, "user_id", "id"),)),
        subject=SUBJECT,
        outcome="indexed",
    ),
    Case(
        story="an index of only the rows that refer is as good",
        facts=mall(indexes=(build.index(REVIEWS, "user_id", predicate="(user_id IS NOT NULL)"),)),
        subject=SUBJECT,
        outcome="indexed",
    ),
    Case(
        story="an index of other rows is not",
        facts=mall(indexes=(build.index(REVIEWS, "user_id", predicate="(shop_id = 1)"),)),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="the column stands second in the index",
        facts=mall(indexes=(build.index(REVIEWS, "id", "user_id"),)),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="an invalid index serves nobody",
        facts=mall(indexes=(build.index(REVIEWS, "user_id", valid=False),)),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="a key of two columns is served in either order",
        facts=mall(indexes=(build.index(REVIEWS, "shop_id", "user_id"),), columns=("user_id", "shop_id")),
        subject="public.reviews(user_id, shop_id)",
        outcome="indexed",
    ),
    Case(
        story="the referring table is small",
        facts=mall(reviews=build.table("reviews", "id user_id", pages=THRESHOLDS.small_pages - 1)),
        subject=SUBJECT,
        outcome="small-table",
        just_below="small_pages",
    ),
    Case(
        story="the referring table is just large enough",
        facts=mall(reviews=build.table("reviews", "id user_id", pages=THRESHOLDS.small_pages)),
        subject=SUBJECT,
        outcome=FOUND,
        just_above="small_pages",
    ),
    Case(
        story="a partitioned table is judged by its parts",
        facts=mall(reviews=build.table("reviews", "id user_id", kind="p")),
        subject=SUBJECT,
        outcome=ABSENT,
    ),
)
