"""Whatever stands in a statement, a key or a name, the judge ends with a report, and no rule is lost over it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisors.rules import RULES
from facts.findings import Report
from facts.identifiers import quote
from facts.message import verbatim
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import Case, report_on
from tests.advisors.planner import SimplePlanner, filtering

FRAGMENTS = (
    "SELECT id", "SELECT * FROM orders", "UPDATE orders SET", "DELETE FROM orders", "INSERT INTO orders VALUES",
    "WITH a AS (", "MERGE INTO orders USING", "FROM orders o", 'FROM "select"', "JOIN 订单 ON", "LATERAL", "WHERE",
    "AND", "OR", "NOT", "IN", "LIKE", "ILIKE", "= ANY ($1)", "$1", "$2::jsonb", "$$", "$x$", ":p1", "%s", "{0}",
    "{name}", "}", "user_id", '"用户 名"', "o.user_id", "lower(title)", "date_trunc($1, created_at)",
    "created_at::date", "(", ")", "[", "]", ",", ";", "'", "''", '"', '""', "--", "/*", "*/", "\\", "\x00",
    "\ud7ff", "😀", "é", "\u202e", "\t", "\n", "ORDER BY", "LIMIT $1", "OFFSET $2", "FOR UPDATE", "UNION ALL",
    "EXISTS (SELECT 1", "=", "<>", ">=", "BETWEEN", "IS NULL", "CASE WHEN", "END", "INTERVAL '1 day'", "E'\\''",
    "U&'\\00'", "1e309", "0x", "::", "->>", "@>", "AS", "null",
)  # fmt: skip
FREE = st.text(max_size=4_096)
PIECED = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=12), max_size=60).map(" ".join)
STARTED = st.builds(
    lambda start, rest: f"{start} {rest}"[:4_096],
    st.sampled_from(["SELECT", "UPDATE", "WITH", "INSERT INTO", "DELETE"]),
    FREE,
)
TEXTS = PIECED | STARTED | FREE

BROKEN = (
    "",
    " ",
    "select",
    "SELECT '",
    'SELECT "',
    "SELECT $$",
    "SELECT [",
    "SELECT " + "(" * 4_000,
    "SELECT " + "x" * 4_089,
    "SELECT id FROM orders WHERE title ILIKE '%耳机%' AND user_id = $1",
    "SELECT id FROM orders WHERE lower(title) = '😀' OFFSET $1",
    'SELECT id FROM "select" WHERE "from" = $1 ORDER BY "order" DESC LIMIT $2',
    "SELECT id FROM orders WHERE title = '{subject}' AND title LIKE '%(name)s' -- {0}",
    "SELECT id FROM orders; DROP TABLE orders; --",
    "SELECT id FROM orders WHERE user_id = " + "-" * 3_000 + "1",
    "SELECT " + ", ".join(f"c{number}" for number in range(800)) + " FROM orders WHERE user_id = $1",
    "SELECT id FROM orders WHERE user_id = $99999999999999999999",
    "INSERT INTO orders VALUES " + ", ".join(["($1, $2)"] * 400),
    "SELECT id FROM orders WHERE " + " OR ".join(["id=$1"] * 450),
    "SELECT id FROM orders WHERE " + "NOT " * 1_000 + "true",
    "COPY orders FROM STDIN",
    "\ufeffSELECT id FROM orders",
    "SELECT\u00a0id\u3000FROM orders",
)  # fmt: skip


def hostile_mall(text: str) -> Snapshot:
    """The text is a statement, and a part of it the name of everything else."""
    name = text[:60] or "x"
    orders = build.table("orders", "id user_id title:text created_at:timestamp")
    reserved = build.table("select", "from order")
    named = replace(build.table("named", "id user_id"), name=name, schema=name)
    read = build.schema(
        orders,
        reserved,
        named,
        indexes=(
            build.index(orders, "user_id", name=name, scans=0),
            build.index(orders, "title", valid=False),
            build.index(orders, "created_at"),
            build.index(reserved, "from"),
        ),
        foreign_keys=(build.foreign_key(named, orders, "user_id", name=name),),
        search_path=(name, "public"),
    )
    shop = build.application(name, connections=1, idle_seconds=600.0, role=name)
    tags = {"route": f"/p/{name}", "controller": name}
    return build.snapshot(
        build.database(
            build.statement(text, seconds=600.0, calls=10_000, blocks=10**9, id="1"),
            build.statement(f"{text} ", seconds=300.0, calls=10_000, blocks=10**9, id="2", tags=tags),
            build.statement(f"SELECT id FROM {quote(name)} WHERE user_id = $1", seconds=60.0, id="3"),
            read=read,
            activity=build.activity(shop, sessions=(build.session(text, name=name),)),
            settings={"autovacuum": text},
        ),
        build.redis(build.key_group(name, without_ttl=100, largest=text, largest_bytes=2**30)),
        build.front(build.endpoint(f"GET /p/{name}", mean=1.0)),
        mall=name,
    )


def judged(text: str) -> Report:
    nodes = (filtering("orders", text),)
    planner = SimplePlanner(kept={"public.orders(user_id)": 0.1}, nodes=nodes, gaps=(verbatim(f"left out: {text}"),))
    case = Case(
        story="", facts=hostile_mall(text), subject="", outcome="", planners={(build.TARGET, build.TARGET): planner}
    )
    return report_on(case, RULES)


def assert_whole(report: Report) -> None:
    assert [str(each.reason) for each in report.coverage.skipped if "rule failed" in str(each.reason)] == []
    for finding in (*report.findings, *report.ignored):
        sentences = (finding.title, finding.summary, finding.remedy.text, *finding.evidence.facts)
        assert all(str(sentence) for sentence in sentences)
    assert all(str(each.reason) for each in report.coverage.skipped)
    assert str(report.first_sentence)


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: repr(text[:40]))
def test_texts_that_broke_others(text: str) -> None:
    assert_whole(judged(text))


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(text=TEXTS)
def test_no_text_takes_a_rule_down(text: str) -> None:
    assert_whole(judged(text))


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(text=TEXTS)
def test_a_text_that_is_not_understood_costs_coverage(text: str) -> None:
    report = judged(text)
    blind = [each for each in report.coverage.skipped if "was not judged" in str(each.reason)]
    examined = report.coverage.workload_time_examined_ratio
    assert examined is not None
    assert (examined < 1) == bool(blind)
