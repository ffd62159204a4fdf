"""The search for indexes, beyond what the table of cases shows of it, and the names of what it proposes."""

import re
from dataclasses import replace
from typing import Any

import pytest

from advisors.index_search import Advice, search
from advisors.index_search.advice import Thresholds
from advisors.index_search.candidates import candidates_for
from advisors.index_search.upkeep import upkeep, writes_of
from advisors.indexing import HASH_DIGITS, NAME_LIMIT, index_name
from advisors.references import table_uses
from advisors.rule import Rule, Searched
from advisors.rules import (
    cch001_cache_gap,
    idx001_missing_index,
    idx005_unindexed_foreign_key,
    sql001_over_budget,
    sql002_n_plus_one,
    sql004_leading_wildcard,
    sql005_wrapped_column,
)
from advisors.rules.sql001_over_budget import SUBJECT_LIMIT
from advisors.workload import build_workload
from facts.findings import Finding, Report
from facts.planner import Candidate, KeyPart
from facts.postgres import Statement
from facts.promotion import Policy, Promotion
from facts.schema import Index
from facts.syntax import parse
from tests.advisors import build
from tests.advisors.case import Case, report_on
from tests.advisors.planner import SimplePlanner

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
    assert [(family.text, before, after) for family, before, after in choice.helped] == [(HISTORY, 1000.0, 100.0)]
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
    assert choice.write_cost == pytest.approx(60_000 / build.WINDOW * build.MULTIPLIER * Thresholds().write_seconds)


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
    cost = upkeep(writes_of(workload).get(ORDERS.oid, ()), candidate("orders", "user_id"), 1.0)
    assert cost == pytest.approx(60_000 / build.WINDOW * build.MULTIPLIER if pays else 0.0)


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


def candidate(table: str, *columns: str, descending: bool = False) -> Candidate:
    keys = tuple(KeyPart(column=each, descending=descending) for each in columns)
    return Candidate(schema="public", table=table, keys=keys)


def test_a_name_says_table_and_keys() -> None:
    trigrams = KeyPart(column="title", operator_class="gin_trgm_ops")
    assert index_name(candidate("orders", "user_id", "created_at"), ()) == "idx_orders_user_id_created_at"
    assert index_name(candidate("orders", "created_at", descending=True), ()) == "idx_orders_created_at_desc"
    assert index_name(replace(candidate("products"), keys=(trigrams,), method="gin"), ()) == "idx_products_title_trgm"
    assert index_name(replace(candidate("products", "tags"), method="gin"), ()) == "idx_products_tags_gin"


@pytest.mark.parametrize("table", ["x" * 63, "订" * 21, "😀" * 15, 'a"b c;--' * 7])
def test_a_name_fits_the_servers_limit_and_is_never_taken(table: str) -> None:
    of = build.table(table)
    existing: list[Index] = []
    for _ in range(12):
        name = index_name(candidate(table, "user_id"), existing)
        assert len(name.encode()) <= NAME_LIMIT
        assert name not in {each.name for each in existing}
        assert '"' not in name
        existing.append(build.index(of, "user_id", name=name))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (candidate("x" * 60, "user_id"), candidate("x" * 60, "created_at")),
        (candidate("x" * 60, "user_id"), candidate("x" * 60, "user_id", descending=True)),
        (candidate("a-b", "id"), candidate("a b", "id")),
        (replace(candidate("users"), keys=(KeyPart(expression="a + b"),)), candidate("users", "a", "b")),
        (
            replace(candidate("users"), keys=(KeyPart(expression="a + b"),)),
            replace(candidate("users"), keys=(KeyPart(expression="a - b"),)),
        ),
        (candidate("users", "id"), replace(candidate("users", "id"), included=("email",))),
        (candidate("users", "id"), replace(candidate("users", "id"), predicate="email IS NULL")),
    ],
)
def test_what_a_name_cannot_say_its_hash_tells_apart(one: Candidate, other: Candidate) -> None:
    names = [index_name(each, ()) for each in (one, other, one, other)]
    assert names[:2] == names[2:]
    assert len(set(names)) == 2
    assert any(re.search(rf"_[0-9a-f]{{{HASH_DIGITS}}}$", name) for name in names[:2])


def test_a_name_that_exists_in_another_schema_is_free() -> None:
    elsewhere = build.table("orders", schema="archive")
    name = index_name(candidate("orders", "user_id"), ())
    taken = build.index(elsewhere, "user_id", name=name)
    assert index_name(candidate("orders", "user_id"), (taken,)) == name
    assert index_name(candidate("orders", "user_id"), (build.index(ORDERS, "id", name=name),)) != name


def names(report: Report) -> list[str]:
    """Of all indexes that the report proposes."""
    words = (statement.split() for finding in report.findings for statement in finding.remedy.sql)
    return [each[each.index("ON") - 1] for each in words if each[:2] == ["CREATE", "INDEX"]]


def test_two_proposed_indexes_have_two_names() -> None:
    table = build.table("x" * 60, "id user_id created_at")
    entries = (
        build.statement(f"SELECT id FROM {table.name} WHERE {column} = $1", seconds=build.seconds_for(1.0))
        for column in ("user_id", "created_at")
    )
    planner = SimplePlanner(kept={f"{table.subject}(user_id)": 0.1, f"{table.subject}(created_at)": 0.1})
    case = Case(
        story="",
        facts=build.snapshot(build.database(*entries, read=build.schema(table))),
        subject="",
        outcome="",
        planners={(build.TARGET, build.TARGET): planner},
    )
    proposed = names(report_on(case, (idx001_missing_index.RULE,)))
    assert len(proposed) == len(set(proposed)) == 2


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


def wrapped(expression: str, planner: SimplePlanner | None = None) -> Finding:
    """The finding about a column that a statement compares inside of the expression."""
    users = build.table("users", "id email:text")
    facts = build.database(
        build.statement(f"SELECT id FROM users WHERE {expression} = $1"),
        read=build.schema(users, indexes=(build.index(users, "email"),)),
    )
    planners = {(build.TARGET, build.TARGET): planner} if planner else {}
    case = Case(story="", facts=build.snapshot(facts), subject="", outcome="", planners=planners)
    (finding,) = report_on(case, (sql005_wrapped_column.RULE,)).findings
    return finding


def test_an_expression_without_values_can_be_indexed() -> None:
    remedy = wrapped("lower(email)", SimplePlanner(sizes={"public.users((LOWER(email)))": SMALL})).remedy
    (create,) = remedy.sql
    name = index_name(replace(candidate("users"), keys=(KeyPart(expression="LOWER(email)"),)), ())
    assert create == f"CREATE INDEX CONCURRENTLY {name} ON public.users ((LOWER(email)))"
    assert remedy.size_bytes == SMALL
    assert wrapped("lower(email)").remedy.sql == (create,)


@pytest.mark.parametrize("expression", ["substr(email, $2, $3)", "coalesce(email, $2)", "email || $2"])
def test_an_expression_with_a_value_that_nobody_knows_gets_no_index(expression: str) -> None:
    assert (wrapped(expression).remedy.sql, wrapped(expression).remedy.rollback) == ((), ())


def test_an_expression_that_the_server_cannot_index_gets_no_index() -> None:
    planner = SimplePlanner(unplannable={"EMAIL_DAY(": "functions in index expression must be marked IMMUTABLE"})
    assert wrapped("email_day(email)", planner).remedy.sql == ()


def test_two_searches_of_one_column_are_one_finding() -> None:
    products = build.table("products", "id title:text price", pages=1_000)
    entries = (
        build.statement(f"SELECT id FROM products WHERE title ILIKE $1 ORDER BY {each}", blocks=10**9)
        for each in ("id", "price")
    )
    facts = build.snapshot(build.database(*entries, read=build.schema(products)))
    report = report_on(Case(story="", facts=facts, subject="", outcome=""), (sql004_leading_wildcard.RULE,))
    (finding,) = report.findings
    assert finding.subject == "public.products.title"
    assert len(finding.evidence.queries) == 2
    assert finding.loss == pytest.approx(
        sum(each.total_seconds for each in finding.evidence.queries) / build.WINDOW * build.MULTIPLIER
    )


def test_a_search_that_stands_alone_gets_its_index_whatever_others_do() -> None:
    products = build.table("products", "id title:text price", pages=1_000)
    texts = ("title ILIKE $1 OR price = $2", "title ILIKE $1", "title LIKE $1")
    entries = [build.statement(f"SELECT id FROM products WHERE {each}", blocks=10**9) for each in texts[:2]]
    entries.append(build.statement(f"SELECT id FROM products WHERE {texts[2]}", blocks=0))
    facts = build.snapshot(build.database(*entries, read=build.schema(products)))
    report = report_on(Case(story="", facts=facts, subject="", outcome=""), (sql004_leading_wildcard.RULE,))
    (finding,) = report.findings
    assert names(report) == ["idx_products_title_trgm"]
    assert any("UNION" in str(each) for each in finding.evidence.facts)
    assert {each.text for each in finding.evidence.queries} == {each.text for each in entries[:2]}


def test_two_long_statements_are_two_subjects() -> None:
    columns = ", ".join(f"column_number_{number}" for number in range(20))
    entries = (
        build.statement(f"SELECT {columns} FROM orders WHERE {each} = $1", seconds=600.0) for each in ("id", "user_id")
    )
    facts = build.snapshot(build.database(*entries))
    report = report_on(Case(story="", facts=facts, subject="", outcome=""), (sql001_over_budget.RULE,))
    assert len({each.subject for each in report.findings}) == 2
    again = report_on(Case(story="", facts=facts, subject="", outcome=""), (sql001_over_budget.RULE,))
    assert [each.subject for each in again.findings] == [each.subject for each in report.findings]
    assert all(f"SELECT {columns}".startswith(each.subject.partition("…")[0]) for each in report.findings)


def test_the_subject_of_a_page_does_not_change_with_its_pace() -> None:
    tables = (build.table("skus", "id", rows=100), build.table("products", "id", rows=100))

    def subjects(*calls: int) -> list[str]:
        entries = (
            build.statement(f"SELECT id FROM {each.name} WHERE id = $1", calls=count, tags={"route": "/p/{id}"})
            for each, count in zip(tables, calls, strict=True)
        )
        facts = build.snapshot(build.database(*entries, read=build.schema(*tables)))
        report = report_on(Case(story="", facts=facts, subject="", outcome=""), (cch001_cache_gap.RULE,))
        return [each.subject for each in report.findings]

    assert subjects(6_000, 6_001) == subjects(6_001, 6_000) == ["/p/{id}: public.products, public.skus"]


def test_each_statement_of_a_page_that_is_cheap_has_its_outcome() -> None:
    products = build.table("products", "id sku", rows=100)
    texts = [f"SELECT id FROM products WHERE {name} = $1" for name in ("id", "sku")]
    seconds = build.seconds_for(cch001_cache_gap.THRESHOLDS.min_saved_cores / 4)
    entries = (build.statement(each, calls=6_000, seconds=seconds, tags={"route": "/p/{id}"}) for each in texts)
    facts = build.snapshot(build.database(*entries, read=build.schema(products)))
    report = report_on(Case(story="", facts=facts, subject="", outcome=""), (cch001_cache_gap.RULE,))
    assert [(each.subject, each.reason) for each in report.quiet] == [(each, "cheap") for each in texts]


@pytest.mark.parametrize("rule", [cch001_cache_gap.RULE, sql002_n_plus_one.RULE], ids=lambda rule: rule.code)
def test_two_statements_on_one_table_are_two_subjects(rule: Rule) -> None:
    products = build.table("products", "id sku")
    statistics = (build.column_statistics(products, name, 100.0) for name in ("id", "sku"))
    entries = (
        build.statement(f"SELECT id FROM products WHERE {name} = $1", calls=6_000, seconds=6.0)
        for name in ("id", "sku")
    )
    facts = build.snapshot(
        build.database(*entries, read=build.schema(products, statistics=statistics)),
        build.front(build.endpoint("GET /p/{id}", requests=600)),
    )
    report = report_on(Case(story="", facts=facts, subject="", outcome=""), (rule,))
    assert len(report.findings) == 2
    assert len({each.subject for each in report.findings}) == 2


@pytest.mark.parametrize(("length", "cut"), [(SUBJECT_LIMIT, False), (SUBJECT_LIMIT + 1, True)])
def test_a_statement_that_is_too_long_to_name_a_finding_is_cut(length: int, *, cut: bool) -> None:
    text = "SELECT ".ljust(length, "x")
    facts = build.snapshot(build.database(build.statement(text, seconds=600.0)))
    (finding,) = report_on(Case(story="", facts=facts, subject="", outcome=""), (sql001_over_budget.RULE,)).findings
    assert len(finding.subject) == SUBJECT_LIMIT
    assert bool(re.search("… [0-9a-f]{6}$", finding.subject)) is cut


def test_the_check_of_a_foreign_keys_index_survives_a_quote_in_a_name() -> None:
    parent, child = (build.table(name, "id order_id", schema="o'brien") for name in ("orders", "lines"))
    read = build.schema(parent, child, foreign_keys=(build.foreign_key(child, parent, "order_id"),))
    case = Case(story="", facts=build.snapshot(build.database(read=read)), subject="", outcome="")
    (finding,) = report_on(case, (idx005_unindexed_foreign_key.RULE,)).findings
    assert all(check.count("'") % 2 == 0 for check in finding.remedy.check)
    assert "o''brien" in finding.remedy.check[0]
