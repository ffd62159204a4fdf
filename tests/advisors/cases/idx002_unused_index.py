"""IDX002: indexes that nobody scanned."""

from datetime import datetime, timedelta

from advisors.rules.idx002_unused_index import THRESHOLDS
from facts.findings import Severity
from facts.postgres import Replication
from facts.promotion import Policy
from facts.schema import ForeignKey, Index
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import ABSENT, FOUND, Case

ORDERS = build.table("orders", "id user_id address:text")
USERS = build.table("users", "id")
SUBJECT = "public.idx_orders_address"
MINIMUM = Policy().min_evidence_seconds
LONG_AGO = build.TAKEN_AT - timedelta(seconds=2 * MINIMUM)


def counted_for(seconds: float) -> datetime:
    """When the statistics must have been reset to count for that long at the end of the window."""
    return build.TAKEN_AT - timedelta(seconds=seconds - build.WINDOW)


def mall(
    index: Index,
    *,
    reset_at: datetime | None = LONG_AGO,
    replication: Replication | None = build.replication(),  # noqa: B008  (a frozen record)
    foreign_keys: tuple[ForeignKey, ...] = (),
) -> Snapshot:
    read = build.schema(ORDERS, USERS, indexes=(index,), foreign_keys=foreign_keys)
    return build.snapshot(build.database(read=read, reset_at=reset_at, replication=replication))


def unused(**options: object) -> Index:
    return build.index(ORDERS, "address", scans=0, **options)  # type: ignore[arg-type]


CASES = (
    Case(
        story="its table was not read, as when it was made in the meantime",
        facts=build.snapshot(
            build.database(read=build.schema(indexes=(unused(),)), reset_at=LONG_AGO, replication=build.replication())
        ),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="nobody scanned it for two months",
        facts=mall(unused()),
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.LOW,
    ),
    Case(
        story="of a gigabyte it is more than a line in the list",
        facts=mall(unused(size=THRESHOLDS.large_bytes)),
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.MEDIUM,
        just_above="large_bytes",
    ),
    Case(
        story="just below a gigabyte it is low",
        facts=mall(unused(size=THRESHOLDS.large_bytes - 1)),
        subject=SUBJECT,
        outcome=FOUND,
        severity=Severity.LOW,
        just_below="large_bytes",
    ),
    Case(
        story="one of a mebibyte is noticed",
        facts=mall(unused(size=THRESHOLDS.small_bytes)),
        subject=SUBJECT,
        outcome=FOUND,
        just_above="small_bytes",
    ),
    Case(
        story="a smaller one is not",
        facts=mall(unused(size=THRESHOLDS.small_bytes - 1)),
        subject=SUBJECT,
        outcome="small",
        just_below="small_bytes",
    ),
    Case(
        story="one scan is a use",
        facts=mall(build.index(ORDERS, "address", scans=1)),
        subject=SUBJECT,
        outcome="used",
    ),
    Case(
        story="a unique index guards the data",
        facts=mall(unused(unique=True)),
        subject=SUBJECT,
        outcome="guards-data",
    ),
    Case(
        story="an exclusion constraint guards the data",
        facts=mall(unused(exclusion=True)),
        subject=SUBJECT,
        outcome="guards-data",
    ),
    Case(
        story="logical replication identifies rows by it",
        facts=mall(unused(replica_identity=True)),
        subject=SUBJECT,
        outcome="guards-data",
    ),
    Case(
        story="checks of the foreign key need it",
        facts=mall(
            build.index(ORDERS, "user_id", scans=0), foreign_keys=(build.foreign_key(ORDERS, USERS, "user_id"),)
        ),
        subject="public.idx_orders_user_id",
        outcome="backs-foreign-key",
    ),
    Case(
        story="a standby may use it",
        facts=mall(unused(), replication=build.replication("standby-1")),
        subject=SUBJECT,
        outcome="replica-not-read",
    ),
    Case(
        story="standbys were not read at all",
        facts=mall(unused(), replication=None),
        subject=SUBJECT,
        outcome="replica-not-read",
    ),
    Case(
        story="the statistics are a second too young",
        facts=mall(unused(), reset_at=counted_for(MINIMUM - 1)),
        subject=SUBJECT,
        outcome="too-little-evidence",
    ),
    Case(
        story="the statistics are just old enough",
        facts=mall(unused(), reset_at=counted_for(MINIMUM)),
        subject=SUBJECT,
        outcome=FOUND,
    ),
    Case(
        story="nobody knows since when scans are counted",
        facts=mall(unused(), reset_at=None),
        subject=SUBJECT,
        outcome="too-little-evidence",
    ),
    Case(
        story="an invalid index is the subject of IDX004",
        facts=mall(unused(valid=False)),
        subject=SUBJECT,
        outcome=ABSENT,
    ),
)
