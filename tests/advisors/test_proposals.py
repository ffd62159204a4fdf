"""What rules propose and call by name, beyond what the table of cases shows of it: names of indexes, subjects of statements."""

import re
from dataclasses import replace

import pytest

from advisors.indexing import HASH_DIGITS, NAME_LIMIT, index_name
from advisors.rule import Rule
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
from facts.findings import Finding, Report
from facts.planner import Candidate, KeyPart
from facts.schema import Index
from tests.advisors import build
from tests.advisors.case import Case, report_on
from tests.advisors.planner import SimplePlanner, candidate

ORDERS = build.table("orders")
SMALL = 8 * build.MEBIBYTE


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
    remedy = wrapped("lower(email)", SimplePlanner(sizes={"public.users((lower(email)))": SMALL})).remedy
    (create,) = remedy.sql
    name = index_name(replace(candidate("users"), keys=(KeyPart(expression="lower(email)"),)), ())
    assert create == f"CREATE INDEX CONCURRENTLY {name} ON public.users ((lower(email)))"
    assert remedy.size_bytes == SMALL
    assert wrapped("lower(email)").remedy.sql == (create,)


@pytest.mark.parametrize("expression", ["substr(email, $2, $3)", "coalesce(email, $2)", "email || $2"])
def test_an_expression_with_a_value_that_nobody_knows_gets_no_index(expression: str) -> None:
    assert (wrapped(expression).remedy.sql, wrapped(expression).remedy.rollback) == ((), ())


def test_an_expression_that_the_server_cannot_index_gets_no_index() -> None:
    planner = SimplePlanner(unplannable={"email_day(": "functions in index expression must be marked IMMUTABLE"})
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
