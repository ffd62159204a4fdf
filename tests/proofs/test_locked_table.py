"""Somebody holds the strongest lock on the mall's busiest table for the whole audit: it costs that table's advice and no more."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from facts.readings import Status
from mall import Mall
from tests.proofs.conftest import Audit, audit, rows

# Findings that need no shoppers, on other tables and on the locked one.
FAULTS_ELSEWHERE = ("invalid-index", "stale-statistics", "unindexed-foreign-key", "redis-no-eviction")
LOCKED = "orders"
SHOPPING_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Both:
    """The audit with nobody in the way, and the one with the lock."""

    free: Audit
    locked: Audit
    still_held: bool


@pytest.fixture(scope="module")
def both(mall: Mall) -> Iterator[Both]:
    faults = (*FAULTS_ELSEWHERE, "redundant-index")
    for name in faults:
        mall.turn(name, on=True)
    try:
        mall.reset_statistics()
        mall.shop(SHOPPING_SECONDS, rate=12.0, seed=11)
        free = audit(mall, window=0)
        with mall.connection() as holder, holder.cursor() as cursor:
            cursor.execute(f"BEGIN; LOCK TABLE {LOCKED} IN ACCESS EXCLUSIVE MODE")
            locked = audit(mall, window=0)
            held = rows(
                mall,
                "SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND mode = 'AccessExclusiveLock' AND granted",
                [LOCKED],
            )
            cursor.execute("ROLLBACK")
        yield Both(free, locked, bool(held))
    finally:
        for name in faults:
            mall.turn(name, on=False)


def named(report: Audit) -> set[tuple[str, str]]:
    return {(each.code, each.subject) for each in report.report.findings}


def test_the_audit_ends_while_the_lock_is_still_held(both: Both) -> None:
    assert both.still_held
    (facts,) = both.locked.snapshot.postgres
    assert {reading.status for reading in facts.readings} <= {Status.OK, Status.EMPTY}
    # Each wait is cut short by the server, so that our place in the lock's queue never stops a shopper for longer.
    assert 0 < both.locked.snapshot.cost.longest_lock_wait_seconds < 1


def test_the_findings_of_other_tables_stay(both: Both) -> None:
    elsewhere = {(code, subject) for code, subject in named(both.free) if LOCKED not in subject}
    assert len(elsewhere) >= 4
    assert elsewhere <= named(both.locked)


def test_nothing_is_said_of_the_locked_table_that_was_not_seen_before(both: Both) -> None:
    said = {(code, subject) for code, subject in named(both.locked) if subject.startswith(f"public.{LOCKED}")}
    assert said <= named(both.free)


def test_the_report_says_which_table_it_lost_and_what_to_do(both: Both) -> None:
    assert both.free.report.coverage.skipped == ()
    skipped = [each for each in both.locked.report.coverage.skipped if each.subject == f"public.{LOCKED}"]
    assert skipped
    assert all("locked" in str(each.reason) for each in skipped)
    assert all(each.remedy for each in skipped)


def test_only_the_locked_table_and_what_reads_it_is_lost(both: Both) -> None:
    (free,), (locked,) = both.free.snapshot.postgres, both.locked.snapshot.postgres
    assert free.schema is not None
    assert locked.schema is not None
    oid = next(table.oid for table in free.schema.tables if table.schema == "public" and table.name == LOCKED)
    assert {table.name for table in locked.schema.tables} == {table.name for table in free.schema.tables}
    lost = {index.table_oid for index in free.schema.indexes} - {index.table_oid for index in locked.schema.indexes}
    assert lost == {oid}
    unsized = {table.oid for table in locked.schema.tables if table.heap_bytes is None}
    assert unsized == {oid}
    assert len(locked.schema.statistics) >= len(free.schema.statistics) - 1
