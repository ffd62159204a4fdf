"""Masking changes no advice: the sick mall is judged with its values and without them, and both reports say the same."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest

from collectors.masking.definitions import mask_schema
from facts.findings import Report
from facts.snapshot import Snapshot
from mall import Mall
from tenfold.demo.story import TOGETHER, settings_for
from tests.proofs.conftest import Audit, judged, read

# Long enough to prove an index unused, by the demo's own lowered threshold.
SHOPPING_SECONDS = 21.0


@dataclass(frozen=True, slots=True)
class Reports:
    """The mall with its values, the same snapshot masked afterwards, and a second reading that was masked at once."""

    kept: Audit
    twin: Audit
    masked: Audit


@pytest.fixture(scope="module")
def reports(mall: Mall) -> Reports:
    for name in TOGETHER:
        mall.turn(name, on=True)
    try:
        mall.reset_statistics()
        driven = mall.shop(SHOPPING_SECONDS, seed=3)
        assert driven.journeys > SHOPPING_SECONDS
        # Nobody shops any more, and both read at the same time: the same counters since their last reset, over the same time.
        settings = settings_for(mall, window=0)
        with ThreadPoolExecutor() as readers:
            readings = [readers.submit(read, settings, keep_values=keep) for keep in (True, False)]
            kept, masked = (reading.result() for reading in readings)
    finally:
        for name in TOGETHER:
            mall.turn(name, on=False)
    return Reports(*(Audit(settings, each, judged(each, settings)) for each in (kept, masked_twin(kept), masked)))


def masked_twin(snapshot: Snapshot) -> Snapshot:
    """The snapshot as it would have been read with masking."""
    databases = []
    for facts in snapshot.postgres:
        assert facts.schema is not None
        databases.append(replace(facts, schema=mask_schema(facts.schema)))
    return replace(snapshot, masked=True, postgres=tuple(databases))


def advice(report: Report) -> dict[tuple[str, str, str], tuple[object, ...]]:
    """What a reader acts upon, by code, target and subject."""
    return {
        (each.code, each.target, each.subject): (
            each.severity,
            each.remedy.sql,
            each.remedy.rollback,
            each.remedy.commands,
            {(consequence.code, consequence.subject) for consequence in each.consequences},
        )
        for each in report.findings
    }


def test_the_sick_mall_gives_enough_to_compare(reports: Reports) -> None:
    found = reports.kept.report.findings
    assert len({each.code for each in found}) >= 10
    assert {"IDX001", "SQL004", "SQL005", "CCH001"} <= {each.code for each in found} | {
        consequence.code for each in found for consequence in each.consequences
    }
    assert any(
        each.masked for facts in reports.masked.snapshot.postgres if facts.schema for each in facts.schema.statistics
    )


def test_the_masked_twin_gives_the_same_advice(reports: Reports) -> None:
    assert advice(reports.twin.report) == advice(reports.kept.report)


def test_the_masked_twin_is_ranked_alike_and_quiet_about_the_same(reports: Reports) -> None:
    ours, theirs = reports.twin.report, reports.kept.report
    assert [(each.code, each.subject) for each in ours.findings] == [
        (each.code, each.subject) for each in theirs.findings
    ]
    assert {(each.code, each.subject, each.reason) for each in ours.quiet} == {
        (each.code, each.subject, each.reason) for each in theirs.quiet
    }
    assert (ours.verdict, ours.coverage) == (theirs.verdict, theirs.coverage)


def test_a_second_reading_that_was_masked_at_once_gives_the_same_advice(reports: Reports) -> None:
    assert advice(reports.masked.report) == advice(reports.kept.report)


def test_both_readings_read_the_same(reports: Reports) -> None:
    """Else equal advice would be luck."""
    (kept,), (masked,) = reports.kept.snapshot.postgres, reports.masked.snapshot.postgres
    assert kept.statements is not None
    assert masked.statements is not None
    counted = [{each.id: each.calls for each in facts.statements} for facts in (kept.statements, masked.statements)]
    assert counted[0] == counted[1]
