"""Statements that the user listed get a place, a rate and a time."""

import pytest

from advisors.listed_statements import FILE, SECONDS_PER_UNIT, is_listed, priced, with_listed
from advisors.workload import build_workload
from facts.listed import Listed
from facts.postgres import PostgresFacts, Statement
from facts.promotion import Promotion
from tests.advisors import build
from tests.advisors.planner import SimplePlanner

ORDERS, LINES = build.table("orders"), build.table("lines")
ON_ORDERS, ON_LINES = "SELECT id FROM orders WHERE user_id = $1", "SELECT id FROM lines WHERE id = $1"


def one(text: str, per_second: float = 5.0) -> Listed:
    return Listed(text=text, tags={"file": "mall.sql:1"}, per_second=per_second)


def the_listed(facts: PostgresFacts) -> list[Statement]:
    return [each for each in facts.statements.statements if is_listed(each)] if facts.statements else []


def test_each_goes_to_the_database_that_has_its_tables() -> None:
    first = build.database(read=build.schema(ORDERS), name="a")
    second = build.database(read=build.schema(ORDERS, LINES), name="b")
    found = with_listed([first, second], [one(ON_ORDERS), one(ON_LINES), one("SELECT 1 FROM nowhere")], 1.0)
    assert [[each.text for each in the_listed(facts)] for facts in found] == [
        [ON_ORDERS, "SELECT 1 FROM nowhere"],
        [ON_LINES],
    ]


def test_its_calls_are_those_of_the_window_at_the_mean_rate() -> None:
    (facts,) = with_listed([build.database(read=build.schema(ORDERS), window=60.0)], [one(ON_ORDERS, 6.0)], 3.0)
    (statement,) = the_listed(facts)
    assert statement.calls == 120


def test_a_server_without_counters_has_the_list_alone() -> None:
    (facts,) = with_listed([build.database(read=build.schema(ORDERS), unread=True)], [one(ON_ORDERS)], 1.0)
    assert facts.statements is not None
    assert facts.statements.window_kind == FILE
    (statement,) = the_listed(priced(facts, SimplePlanner(cost=1000.0), [one(ON_ORDERS)], 1.0))
    assert statement.mean_seconds == pytest.approx(1000.0 * SECONDS_PER_UNIT)


def test_a_unit_of_cost_takes_what_it_takes_on_this_mall() -> None:
    """100 calls of 500 units took 10 s: 0.2 ms a unit; what cannot be planned tells nothing, and gets no time."""
    counted = build.statement(ON_LINES, calls=100, seconds=10.0)
    (facts,) = with_listed([build.database(counted, read=build.schema(ORDERS, LINES))], [one(ON_ORDERS)], 1.0)
    listed = [one(ON_ORDERS)]
    (statement,) = the_listed(priced(facts, SimplePlanner(cost=500.0), listed, 1.0))
    assert statement.mean_seconds == pytest.approx(0.1)
    assert statement.total_seconds == pytest.approx(0.1 * statement.calls)
    (statement,) = the_listed(priced(facts, SimplePlanner(cost=500.0, unplannable={"lines": "no"}), listed, 1.0))
    assert statement.mean_seconds == pytest.approx(500.0 * SECONDS_PER_UNIT)
    assert priced(facts, SimplePlanner(unplannable={"orders": "no"}), listed, 1.0) == facts
    assert priced(facts, None, listed, 1.0) == facts


def test_what_runs_once_a_day_costs_a_part_of_a_call() -> None:
    listed = [one(ON_ORDERS, 1 / 86_400)]
    (facts,) = with_listed([build.database(read=build.schema(ORDERS), window=60.0)], listed, 1.0)
    (statement,) = the_listed(priced(facts, SimplePlanner(cost=1000.0), listed, 1.0))
    assert statement.calls == 1
    assert statement.total_seconds == pytest.approx(1000.0 * SECONDS_PER_UNIT * 60 / 86_400)


def test_one_statement_that_waits_for_a_lock_tells_nothing_of_the_others() -> None:
    waiting = build.statement("UPDATE orders SET total = $1 WHERE id = $2", calls=3, seconds=9.0)
    others = [build.statement(f"SELECT {n} FROM lines WHERE id = $1", calls=100, seconds=4.0) for n in range(3)]
    (facts,) = with_listed([build.database(waiting, *others, read=build.schema(ORDERS, LINES))], [one(ON_ORDERS)], 1.0)
    (statement,) = the_listed(priced(facts, SimplePlanner(cost=500.0), [one(ON_ORDERS)], 1.0))
    assert statement.mean_seconds == pytest.approx(0.04)


def test_a_list_alone_is_no_evidence_that_the_mall_fits() -> None:
    """What nobody has counted neither covers the workload nor concerns any rule but the search for indexes."""
    (facts,) = with_listed([build.database(read=build.schema(ORDERS), unread=True)], [one(ON_ORDERS)], 1.0)
    facts = priced(facts, SimplePlanner(cost=1e9), [one(ON_ORDERS)], 1.0)
    workload = build_workload(facts, promotion=Promotion(multiplier=10.0), peak_factor=1.0, cores=None, fronts=())
    assert workload.examined_ratio is None
    assert [each.estimated for each in workload.families] == [True]
    assert workload.counted.families == ()


def test_no_list_changes_nothing() -> None:
    facts = build.database(read=build.schema(ORDERS))
    assert with_listed([facts], [], 1.0) == (facts,)
    assert with_listed([], [one(ON_ORDERS)], 1.0) == ()


def logged(text: str, per_second: float = 5.0, seconds: float = 0.25) -> Listed:
    return Listed(text=text, tags={"file": "mall.log"}, per_second=per_second, seconds=seconds)


def test_what_a_log_measured_is_taken_as_it_is() -> None:
    """Its rate is a mean already, and its time needs no plan."""
    listed = [logged(ON_ORDERS, 6.0)]
    (facts,) = with_listed([build.database(read=build.schema(ORDERS), window=60.0)], listed, 3.0)
    (statement,) = the_listed(priced(facts, SimplePlanner(cost=1e9), listed, 3.0))
    assert statement.calls == 360
    assert (statement.mean_seconds, statement.total_seconds) == (0.25, 90.0)


def test_what_the_server_counted_is_not_counted_again_from_its_log() -> None:
    counted = build.statement("SELECT id FROM orders WHERE user_id = $7", calls=100, seconds=1.0)
    database = build.database(counted, read=build.schema(ORDERS, LINES))
    (facts,) = with_listed([database], [logged(ON_ORDERS), logged(ON_LINES)], 1.0)
    assert [each.text for each in the_listed(facts)] == [ON_LINES]
    (facts,) = with_listed([database], [one(ON_ORDERS)], 1.0)
    assert [each.text for each in the_listed(facts)] == [ON_ORDERS], "what the user lists comes on top"


def test_the_words_for_truth_and_nothing_are_values_of_a_log() -> None:
    counted = build.statement(
        "SELECT id FROM orders WHERE user_id = $1 AND gone = $2 AND note IS NOT NULL", seconds=1.0
    )
    database = build.database(counted, read=build.schema(ORDERS))
    same = logged("SELECT id FROM orders WHERE user_id = $1 AND gone = false AND note IS NOT NULL")
    other = logged("SELECT id FROM orders WHERE user_id = $1 AND gone = false AND note IS NULL")
    (facts,) = with_listed([database], [same, other], 1.0)
    assert [each.text for each in the_listed(facts)] == [other.text]


def test_the_mean_of_a_log_is_what_it_measured_however_many_calls_fall_into_the_window() -> None:
    """A window of 15.4 calls has 15 of them, and one of less than a call a part of one."""
    for window, calls, total in ((15.4, 15, 15 * 0.25), (0.4, 1, 0.4 * 0.25)):
        (facts,) = with_listed(
            [build.database(read=build.schema(ORDERS), window=window)], [logged(ON_ORDERS, 1.0)], 1.0
        )
        (statement,) = the_listed(facts)
        assert (statement.calls, statement.mean_seconds) == (calls, 0.25)
        assert statement.total_seconds == pytest.approx(total)
