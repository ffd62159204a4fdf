"""The search for indexes, beyond what the table of cases shows of it."""

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from advisors.index_search import Advice, search
from advisors.index_search.advice import Thresholds
from advisors.index_search.candidates import candidates_for
from advisors.index_search.upkeep import (
    DEFAULT_CHECKPOINT_SECONDS,
    PAGE_BYTES,
    Write,
    WritePrices,
    Written,
    checkpoint_seconds,
    upkeep,
    writes_of,
    written_tables,
)
from advisors.references import table_uses
from advisors.rule import Searched
from advisors.rules import idx001_missing_index
from advisors.workload import build_workload
from facts.postgres import Statement
from facts.promotion import Policy, Promotion
from facts.syntax import parse
from tests.advisors import build
from tests.advisors.case import Case, report_on
from tests.advisors.planner import SimplePlanner, candidate

ORDERS = build.table("orders")
HISTORY = "SELECT id FROM orders WHERE user_id = $1 ORDER BY created_at LIMIT $2"
ON_USER = "public.orders(user_id)"
ON_USER_AND_TIME = "public.orders(user_id, created_at)"
SMALL, LARGE = 8 * build.MEBIBYTE, 16 * build.MEBIBYTE


def searched(*entries: Statement, planner: SimplePlanner, policy: Policy | None = None) -> Advice:
    facts = build.database(*entries, read=build.schema(ORDERS))
    workload = build_workload(
        facts, promotion=Promotion(multiplier=build.MULTIPLIER), peak_factor=1.0, cores=None, fronts=()
    )
    return search(workload, planner, policy or Policy(), Thresholds())


def history(cores: float = 1.0) -> Statement:
    return build.statement(HISTORY, seconds=build.seconds_for(cores))


def proposed(text: str, *, columns: str = "id user_id status:text created_at total note:json") -> list[str]:
    """The subjects of all candidates on orders for a statement."""
    orders = build.table("orders", columns)
    read = build.schema(orders, build.table("lines", "id order_id sku:text"))
    (use,) = (each for each in table_uses(parse(text), read) if each.table.name == "orders")
    found = candidates_for(use, {"user_id": 1000.0, "status": 5.0})
    assert len(found) == len(set(found))
    return [each.subject.removeprefix("public.orders") for each in found]


@pytest.mark.parametrize(
    ("text", "some"),
    [
        (
            "SELECT * FROM orders WHERE status = $1 AND user_id = $2",
            ["(user_id, status)", "(status, user_id)", "(user_id)"],
        ),
        ("SELECT * FROM orders WHERE user_id = $1 ORDER BY created_at DESC", ["(user_id, created_at)"]),
        (
            "SELECT * FROM orders WHERE user_id = $1 ORDER BY created_at DESC, total",
            ["(user_id, created_at DESC, total)"],
        ),
        ("SELECT * FROM orders WHERE status = $1 AND created_at > $2", ["(status, created_at)", "(created_at)"]),
        ("SELECT * FROM orders WHERE user_id = $1 OR total = $2", ["(user_id)", "(total)"]),
        ("SELECT user_id, sum(total) FROM orders GROUP BY user_id", ["(user_id)", "(user_id) INCLUDE (total)"]),
        ("SELECT max(created_at) FROM orders WHERE user_id = $1", ["(user_id, created_at)"]),
        ("SELECT total FROM orders WHERE user_id = $1", ["(user_id) INCLUDE (total)"]),
        (
            "SELECT sku FROM orders JOIN lines ON order_id = orders.id WHERE status = $1",
            ["(id)", "(id, status)", "(status, id)", "(status) INCLUDE (id)"],
        ),
    ],
)
def test_candidates_of_a_statement(text: str, some: list[str]) -> None:
    assert set(some) <= set(proposed(text))


@pytest.mark.parametrize(
    ("text", "none"),
    [
        ("SELECT * FROM orders WHERE note = $1", r"note"),
        ("SELECT * FROM orders WHERE user_id = $1", r"INCLUDE"),
        ("SELECT note FROM orders WHERE user_id = $1", r"INCLUDE"),
        ("SELECT a, b, c, d, e FROM orders WHERE user_id = $1", r"INCLUDE"),
        ("UPDATE orders SET total = $1 WHERE user_id = $2", r"INCLUDE"),
        (
            "SELECT * FROM orders WHERE user_id = $1 AND status = $2 AND total = $3 AND a = $4",
            r"\(\w+, \w+, \w+, \w+\)",
        ),
    ],
)
def test_candidates_that_there_are_not(text: str, none: str) -> None:
    wide = "id user_id status:text created_at total note:json a b c d e"
    assert not [each for each in proposed(text, columns=wide) if re.search(none, each)]


def test_a_choice_tells_what_it_helps_and_what_else_was_weighed() -> None:
    planner = SimplePlanner(kept={ON_USER: 0.5, ON_USER_AND_TIME: 0.1})
    (choice,) = searched(history(), planner=planner).choices
    assert choice.candidate.subject == ON_USER_AND_TIME
    assert choice.gain == pytest.approx(0.9)
    assert [(each.family.text, each.before.cost, each.after.cost) for each in choice.helped] == [
        (HISTORY, 1000.0, 100.0)
    ]
    ((other, gain),) = choice.rejected
    assert (other.subject, round(gain, 6)) == (ON_USER, 0.5)


@pytest.mark.parametrize("most", [0, 1, 2])
def test_no_more_indexes_are_chosen_than_the_policy_allows(most: int) -> None:
    entries = [
        build.statement(f"SELECT id FROM orders WHERE {column} = $1", seconds=build.seconds_for(1.0))
        for column in ("user_id", "created_at")
    ]
    planner = SimplePlanner(kept={ON_USER: 0.1, "public.orders(created_at)": 0.1})
    assert len(searched(*entries, planner=planner, policy=Policy(max_indexes=most)).choices) == most


def test_without_a_schema_nothing_is_searched() -> None:
    facts = build.database(history())
    workload = build_workload(facts, promotion=Promotion(), peak_factor=1.0, cores=None, fronts=())
    assert search(workload, SimplePlanner(), Policy(), Thresholds()) == Advice()


def test_an_update_of_another_column_pays_nothing_for_the_index() -> None:
    columns = build.table("orders", "id user_id created_at status:text")
    facts = build.database(
        build.statement("SELECT id FROM orders WHERE user_id = $1", seconds=build.seconds_for(1.0)),
        build.statement("UPDATE orders SET status = $1 WHERE id = $2", calls=100_000, seconds=0.1),
        read=build.schema(columns),
    )
    workload = build_workload(facts, promotion=Promotion(), peak_factor=1.0, cores=None, fronts=())
    (choice,) = search(workload, SimplePlanner(kept={ON_USER: 0.1}), Policy(), Thresholds()).choices
    assert choice.write_cost == 0.0


def test_an_update_below_with_pays_like_any_other() -> None:
    update = "WITH moved AS (UPDATE orders SET {} = $1 WHERE id = $2 RETURNING id) SELECT id FROM moved"
    for column, pays in (("user_id", True), ("created_at", False)):
        entries = (
            build.statement("SELECT id FROM orders WHERE user_id = $1", seconds=build.seconds_for(1.0)),
            build.statement(update.format(column), calls=60_000, seconds=0.1),
        )
        (choice,) = searched(*entries, planner=SimplePlanner(kept={ON_USER: 0.1})).choices
        assert (choice.write_cost > 0) is pays


def test_an_update_of_its_own_column_pays_for_every_row() -> None:
    facts = (
        build.statement("SELECT id FROM orders WHERE user_id = $1", seconds=build.seconds_for(1.0)),
        build.statement("UPDATE orders SET user_id = $1 WHERE id = $2", calls=60_000, seconds=0.1),
    )
    (choice,) = searched(*facts, planner=SimplePlanner(kept={ON_USER: 0.1})).choices
    rows, pages = 60_000 / build.WINDOW * build.MULTIPLIER, choice.size_bytes / PAGE_BYTES
    touched = pages * (1 - math.exp(-rows * DEFAULT_CHECKPOINT_SECONDS / pages)) / DEFAULT_CHECKPOINT_SECONDS
    assert choice.write_cost == pytest.approx(rows * Thresholds().entry_seconds + touched * Thresholds().page_seconds)


def test_a_second_index_is_worth_only_what_the_first_one_left() -> None:
    planner = SimplePlanner(
        kept={ON_USER: 0.01, ON_USER_AND_TIME: 0.005},
        worst={ON_USER: 10.0, ON_USER_AND_TIME: 10.0},
        sizes={ON_USER: SMALL, ON_USER_AND_TIME: LARGE},
    )
    assert [each.candidate.subject for each in searched(history(), planner=planner).choices] == [ON_USER]


def test_a_search_that_is_ended_at_once_says_what_it_has_not_looked_at() -> None:
    facts = build.database(history(), read=build.schema(ORDERS))
    workload = build_workload(
        facts, promotion=Promotion(multiplier=build.MULTIPLIER), peak_factor=1.0, cores=None, fronts=()
    )
    planner = SimplePlanner(kept={ON_USER: 0.1})
    advice = search(workload, planner, Policy(), Thresholds(), lambda _: False)
    assert (advice.choices, advice.ended) == ([], True)
    assert [str(reason) for _, reason in advice.unplannable] == ["the search was ended before its turn"]
    assert advice.quiet == {}, "of what was not looked at nothing is said"


def test_where_nothing_could_be_planned_nobody_says_that_an_index_would_not_help() -> None:
    advice = searched(history(), planner=SimplePlanner(unplannable={"user_id": "it cannot be planned"}))
    assert (advice.choices, advice.quiet, len(advice.unplannable)) == ([], {}, 1)


@pytest.mark.parametrize(
    ("statement", "pays"),
    [
        ("UPDATE orders SET USER_ID = $1 WHERE id = $2", True),
        ("UPDATE orders SET (user_id, created_at) = ($1, $2) WHERE id = $3", True),
        ("UPDATE orders SET created_at = $1 WHERE id = $2", False),
        ("UPDATE archive SET user_id = orders.user_id FROM orders WHERE orders.id = archive.id", False),
        ("INSERT INTO archive (id) SELECT id FROM orders", False),
        ("DELETE FROM archive USING orders WHERE orders.id = archive.id", False),
        ("INSERT INTO orders_1 (id) VALUES ($1)", True),
        (
            "WITH gone AS (DELETE FROM orders WHERE id = $1 RETURNING id) INSERT INTO archive (id) SELECT id FROM gone",
            True,
        ),
        (
            "MERGE INTO orders USING archive ON orders.id = archive.id WHEN NOT MATCHED THEN INSERT (id) VALUES (1)",
            True,
        ),
        ("MERGE INTO orders USING archive ON orders.id = archive.id WHEN MATCHED THEN DELETE", True),
        (
            "MERGE INTO orders USING archive ON orders.id = archive.id WHEN MATCHED THEN UPDATE SET created_at = 1",
            False,
        ),
    ],
)
def test_only_what_is_written_to_the_table_pays_for_its_index(statement: str, pays: bool) -> None:  # noqa: FBT001
    partition = replace(build.table("orders_1"), parent=ORDERS.oid)
    read = build.schema(ORDERS, partition, build.table("archive"))
    facts = build.database(build.statement(statement, calls=60_000, seconds=0.1), read=read)
    workload = build_workload(
        facts, promotion=Promotion(multiplier=build.MULTIPLIER), peak_factor=1.0, cores=None, fronts=()
    )
    found = writes_of(workload).get(ORDERS.oid, ())
    cost = upkeep(found, candidate("orders", "user_id"), 0, Written(), WritePrices(1.0, 0.0, 300.0))
    assert cost == pytest.approx(60_000 / build.WINDOW * build.MULTIPLIER if pays else 0.0)


ROWS = 1000.0
INSERTED, UPDATED = Write(ROWS, None), Write(ROWS, frozenset({"user_id"}))
ENTRY, PAGE = WritePrices(1.0, 0.0, 300.0), WritePrices(0.0, 1.0, 300.0)


@pytest.mark.parametrize(
    ("write", "table", "prices", "pays"),
    [
        (INSERTED, Written(), ENTRY, ROWS),
        (INSERTED, Written((10, 20)), ENTRY, ROWS),
        # HOT today: the other two indexes are written too from then on.
        (UPDATED, Written((10, 20)), ENTRY, 3 * ROWS),
        (UPDATED, Written((10, 20), hot_ratio=0.5), ENTRY, 2 * ROWS),
        (UPDATED, Written((10, 20), hot_ratio=0.0), ENTRY, ROWS),
        # The 300,000 entries between two checkpoints touch each of 1,000 pages.
        (INSERTED, Written(), PAGE, 1000 / 300.0),
        (INSERTED, Written(ordered=frozenset({"user_id"})), PAGE, 0.0),
        (UPDATED, Written((3000,), ordered=frozenset({"user_id"})), PAGE, 3000 / 300.0),
    ],
)
def test_what_an_index_pays(write: Write, table: Written, prices: WritePrices, pays: float) -> None:
    index = candidate("orders", "user_id")
    assert upkeep([write], index, 1000 * PAGE_BYTES, table, prices) == pytest.approx(pays, rel=1e-6)


def test_a_summarizing_index_keeps_updates_hot() -> None:
    summary = replace(candidate("orders", "user_id"), method="brin")
    assert upkeep([UPDATED], summary, 0, Written((10, 20)), ENTRY) == pytest.approx(0.1 * ROWS)


@pytest.mark.parametrize(
    ("settings", "wal_bytes", "seconds"),
    [
        ({}, 0, DEFAULT_CHECKPOINT_SECONDS),
        ({"checkpoint_timeout": "900"}, 0, 900.0),
        # Half of 1 GB, at 2 MB a second.
        ({"checkpoint_timeout": "900"}, 2, 256.0),
        ({"checkpoint_timeout": "900", "max_wal_size": "128"}, 2, 32.0),
        ({"checkpoint_timeout": "30"}, 2, 30.0),
    ],
)
def test_checkpoints_come_sooner_the_more_is_written(
    settings: dict[str, str], wal_bytes: float, seconds: float
) -> None:
    written = round(wal_bytes * 2**20 * build.WINDOW / build.MULTIPLIER)
    entry = replace(build.statement("UPDATE orders SET total = $1"), wal_bytes=written)
    facts = build.database(entry, read=build.schema(ORDERS), settings=settings)
    workload = build_workload(
        facts, promotion=Promotion(multiplier=build.MULTIPLIER), peak_factor=1.0, cores=None, fronts=()
    )
    assert checkpoint_seconds(workload) == pytest.approx(seconds)


def test_an_index_much_larger_than_what_is_written_pays_for_a_page_nearly_every_time() -> None:
    pays = upkeep([INSERTED], candidate("orders", "user_id"), 10**9 * PAGE_BYTES, Written(), PAGE)
    assert pays == pytest.approx(ROWS, rel=1e-3)


def test_a_table_is_as_its_counters_and_statistics_show_it() -> None:
    counted = replace(build.counters(), updated=200, hot_updated=50)
    orders = build.table("orders", "id user_id created_at:timestamptz total", counted=counted)
    known = [
        replace(build.column_statistics(orders, name, -1.0), correlation=correlation)
        for name, correlation in (("id", 0.99), ("total", 0.1), ("user_id", None))
    ]
    read = build.schema(
        orders, indexes=(build.index(orders, "id"), build.index(orders, "total", valid=False)), statistics=known
    )
    found = written_tables(read, {orders.oid})[orders.oid]
    assert (len(found.index_pages), found.hot_ratio) == (1, 0.25)
    assert found.ordered == {"id", "created_at"}


def test_without_a_budget_nothing_is_over_it() -> None:
    planner = SimplePlanner(kept={ON_USER: 0.1})
    entries = [
        history(),
        build.statement("SELECT id FROM orders WHERE created_at = $1", seconds=build.seconds_for(1.0)),
    ]
    advice = searched(*entries, planner=planner, policy=Policy(max_indexes=1))
    assert "over-budget" not in advice.quiet.values()


@pytest.mark.parametrize(
    ("definition", "serves"),
    [
        ({"options": (0,)}, True),
        ({"options": (3,)}, True),
        ({"options": (1,)}, False),
        ({"options": (2,)}, False),
        ({"operator_classes": ("pg_catalog.text_pattern_ops",)}, False),
    ],
)
def test_an_index_serves_only_what_it_is_in_the_order_of(definition: dict[str, Any], serves: bool) -> None:  # noqa: FBT001
    users = build.table("users", "id email:text")
    facts = build.database(
        build.statement("SELECT id FROM users WHERE email = $1", seconds=build.seconds_for(1.0)),
        read=build.schema(users, indexes=(build.index(users, "email", **definition),)),
    )
    workload = build_workload(facts, promotion=Promotion(), peak_factor=1.0, cores=None, fronts=())
    assert ("public.users(email)" in search(workload, SimplePlanner(), Policy(), Thresholds()).served) is serves


def test_a_search_that_is_ended_later_proposes_the_best_set_so_far() -> None:
    told: list[Searched] = []

    def searching(searched: Searched) -> bool:
        told.append(searched)
        return searched.kept_ratio is None

    facts = build.database(history(), read=build.schema(ORDERS))
    workload = build_workload(
        facts, promotion=Promotion(multiplier=build.MULTIPLIER), peak_factor=1.0, cores=None, fronts=()
    )
    advice = search(workload, SimplePlanner(kept={ON_USER: 0.1}), Policy(), Thresholds(), searching)
    assert [each.candidate.subject for each in advice.choices] == [ON_USER]
    assert advice.ended
    assert [(each.planned, each.statements) for each in told] == [(0, 1), (0, 1), (1, 1)]
    assert told[-1].kept_ratio == pytest.approx(0.1 + Thresholds().min_gain_cores)


def test_alternatives_on_a_partitioned_table_can_be_run() -> None:
    orders = build.table("orders", kind="p", pages=0)
    planner = SimplePlanner(kept={ON_USER: 0.5, ON_USER_AND_TIME: 0.1})
    facts = build.snapshot(build.database(history(), read=build.schema(orders)))
    planners = {(build.TARGET, build.TARGET): planner}
    case = Case(story="", facts=facts, subject="", outcome="", planners=planners)
    (finding,) = report_on(case, (idx001_missing_index.RULE,)).findings
    assert finding.alternatives
    # The server refuses to build one concurrently on the parent.
    assert not [each for each in finding.alternatives if "CONCURRENTLY" in each.sql]
    assert finding.remedy.sql[0].startswith("CREATE INDEX idx_orders_user_id_created_at ON ONLY")


HARMED = "SELECT note FROM orders WHERE user_id + 1 > $1"
OTHERS = tuple(
    build.statement(f"SELECT {column} FROM orders WHERE total = $1", seconds=0.6, calls=10)
    for column in ("id", "user_id", "status", "created_at", "total")
)


def test_a_statement_for_which_no_index_was_thought_of_is_asked_whether_it_would_suffer() -> None:
    """In the planner's units a further index never hurts; in time it may, and half a core is not worth ten."""
    planner = SimplePlanner(kept={ON_USER: 0.5}, slows={"note": 2.0}, worked=True)
    by_user = build.statement("SELECT id FROM orders WHERE user_id = $1", seconds=build.seconds_for(1.0), calls=100)
    alone = searched(by_user, *OTHERS, planner=planner)
    assert [each.candidate.subject for each in alone.choices] == [ON_USER]
    assert alone.prices is not None
    harmed = build.statement(HARMED, seconds=build.seconds_for(10.0), calls=1000)
    beside = searched(by_user, harmed, *OTHERS, planner=planner)
    assert beside.choices == []


def test_what_gets_slower_and_is_worth_it_is_named() -> None:
    planner = SimplePlanner(kept={ON_USER: 0.1}, slows={"note": 1.5}, worked=True)
    by_user = build.statement("SELECT id FROM orders WHERE user_id = $1", seconds=build.seconds_for(1.0), calls=100)
    harmed = build.statement(HARMED, seconds=build.seconds_for(0.1), calls=10)
    (choice,) = searched(by_user, harmed, *OTHERS, planner=planner).choices
    (slowed,) = choice.slowed
    assert slowed.family.text == HARMED
    assert slowed.kept == pytest.approx(1.5, rel=0.05)
