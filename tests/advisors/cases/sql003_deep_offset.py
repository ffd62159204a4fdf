"""SQL003: pages that are reached by throwing rows away."""

from advisors.rules.sql003_deep_offset import THRESHOLDS
from facts.findings import Severity
from facts.postgres import Statement
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import ABSENT, FOUND, Case

PAGE = "SELECT id FROM products ORDER BY sold LIMIT $1 OFFSET $2"
FIRST = "SELECT id FROM products ORDER BY sold LIMIT $1"


def mall(*entries: Statement) -> Snapshot:
    return build.snapshot(build.database(*entries))


def page(*, calls: int, rows: int, blocks: int, cores: float = 1.0) -> Statement:
    return build.statement(PAGE, calls=calls, rows=rows, blocks=blocks, seconds=build.seconds_for(cores))


PER_CALL = int(THRESHOLDS.blocks_per_call * 10)
PER_ROW = int(THRESHOLDS.blocks_per_row * 100)

CASES = (
    Case(
        story="a crawler goes to the last page",
        facts=mall(page(calls=10, rows=200, blocks=200_000)),
        subject=PAGE,
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(
        story="each call reads just enough to matter",
        facts=mall(page(calls=10, rows=10, blocks=PER_CALL)),
        subject=PAGE,
        outcome=FOUND,
        just_above="blocks_per_call",
    ),
    Case(
        story="each call reads just too little to matter",
        facts=mall(page(calls=10, rows=10, blocks=PER_CALL - 1)),
        subject=PAGE,
        outcome="shallow",
        just_below="blocks_per_call",
    ),
    Case(
        story="each row costs just enough blocks",
        facts=mall(page(calls=1, rows=100, blocks=PER_ROW)),
        subject=PAGE,
        outcome=FOUND,
        just_above="blocks_per_row",
    ),
    Case(
        story="each row costs just too few blocks",
        facts=mall(page(calls=1, rows=100, blocks=PER_ROW - 1)),
        subject=PAGE,
        outcome="shallow",
        just_below="blocks_per_row",
    ),
    Case(
        story="no statement has an OFFSET",
        facts=mall(build.statement(FIRST, blocks=1_000_000)),
        subject=build.TARGET,
        outcome="no-offset",
    ),
    Case(
        story="statements that were not read have no OFFSET that anybody knows of",
        facts=build.snapshot(build.database(unread=True)),
        subject=build.TARGET,
        outcome=ABSENT,
    ),
)
