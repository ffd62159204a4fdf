"""Normalized statements are plannable again: parameters get types and values, and what has no plan says why."""

from collections.abc import Callable, Iterator

import pytest

from facts.planner import Candidate, KeyPart, UnplannableError
from facts.postgres import PostgresFacts
from shadow import open_shadows, statements
from shadow.planner import ShadowPlanner
from shadow.statistics import array_literal
from tests.shadow.conftest import Mall

DATABASE = "parameters"
SCRIPT = r"""
CREATE TYPE state AS ENUM ('open', 'paid');
CREATE TABLE baskets (
    id bigint PRIMARY KEY, user_id bigint NOT NULL, state state NOT NULL, total numeric(10, 2) NOT NULL, code varchar(40),
    note text, tags text[] NOT NULL, added date NOT NULL
);
INSERT INTO baskets
SELECT n, n % 700, (CASE WHEN n % 40 = 0 THEN 'open' ELSE 'paid' END)::state, n % 90, 'C' || n % 30,
       (ARRAY['it''s "quoted"', E'two\nlines\tand a tab', 'back\slash', '100%_off', '优惠券 🎁', '', 'NULL', '{a,b}'])[1 + n % 8],
       ARRAY['new', 'tag "' || n % 4 || '"'], date '2026-01-01' + n % 300
FROM generate_series(1, 20000) n;
CREATE INDEX baskets_user_id ON baskets (user_id);
"""


@pytest.fixture(scope="module")
def facts(small_mall: Callable[[str, str], PostgresFacts]) -> PostgresFacts:
    return small_mall(DATABASE, SCRIPT)


@pytest.fixture(scope="module")
def planner(facts: PostgresFacts) -> Iterator[ShadowPlanner]:
    with open_shadows([facts]) as shadows:
        yield shadows.planners["mall", DATABASE]


# After each condition what PostgreSQL 18 itself plans when the parameter has the column's type.
TYPED = [
    ("id = ANY ($1)", "id = ANY ($1::bigint[])"),
    ("id = ANY (ARRAY[$1])", "id = ANY (ARRAY[$1::bigint])"),
    ("id = ANY (ARRAY[$1, $2, $3])", "id = ANY (ARRAY[$1::bigint, $2, $3])"),
    ("id = ANY (ARRAY[$1 /*, ... */])", "id = ANY (ARRAY[$1::bigint])"),
    ("id IN ($1, $2)", "id IN ($1::bigint, $2)"),
    ("id IN ($1 /*, ... */)", "id IN ($1::bigint)"),
    ("id NOT IN ($1, $2)", "id NOT IN ($1::bigint, $2)"),
    ("id = ANY (VALUES ($1), ($2))", "id = ANY (VALUES ($1::bigint), ($2))"),
    ("id <> ALL (ARRAY[$1])", "id <> ALL (ARRAY[$1::bigint])"),
    ("total = ANY (ARRAY[$1])", "total = ANY (ARRAY[$1::numeric(10, 2)])"),
    ("state = ANY (ARRAY[$1])", "state = ANY (ARRAY[$1::state])"),
    ("code = ANY (ARRAY[$1])", "code = ANY (ARRAY[$1])"),
    ("note LIKE ANY (ARRAY[$1, $2])", "note LIKE ANY (ARRAY[$1, $2])"),
    ("id = coalesce($1, $2)", "id = coalesce($1::bigint, $2)"),
    ("(user_id, id) IN (($1, $2), ($3, $4))", "(user_id, id) IN (($1::bigint, $2::bigint), ($3, $4))"),
    ("$1 IS NULL OR user_id = $1", "$1::bigint IS NULL OR user_id = $1"),
    ("$1::bigint IS NULL OR user_id = $1", "$1::bigint IS NULL OR user_id = $1"),
    ("$1 IS NULL", "$1::text IS NULL"),
    ("id = ANY (ARRAY[$1]) AND $2 IS NULL", "id = ANY (ARRAY[$1::bigint]) AND $2::text IS NULL"),
    ("added > current_date - $1", "added > current_date - $1::interval"),
    ("added > now() - interval $1", "added > now() - $1::interval"),
    ("EXTRACT($1 FROM added) = $2", "extract(epoch FROM added) = $2"),
    ("tags @> $1", "tags @> $1"),
    ("$1 = ANY (tags)", "$1 = ANY (tags)"),
    ("b.id = ANY (ARRAY[$1]) AND b.USER_ID = $2", "b.id = ANY (ARRAY[$1::bigint]) AND user_id = $2"),
]


@pytest.mark.parametrize(("condition", "typed"), TYPED, ids=[condition for condition, _ in TYPED])
def test_a_parameter_gets_the_type_of_the_column_that_it_is_compared_with(
    mall: Mall, planner: ShadowPlanner, condition: str, typed: str
) -> None:
    plan = planner.plan(f"SELECT * FROM baskets b WHERE {condition}")
    statement = f"SELECT * FROM baskets b WHERE {typed}"
    real = mall.rows(DATABASE, f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement}")[0][0][0]["Plan"]
    assert plan.variant == "generic"
    assert (plan.nodes[0].kind, plan.cost) == (real["Node Type"], real["Total Cost"])


def test_many_untyped_parameters_are_no_hindrance(planner: ShadowPlanner) -> None:
    filters = " AND ".join(f"(${number} IS NULL OR user_id = ${number})" for number in range(1, 15))
    assert planner.plan(f"SELECT * FROM baskets WHERE {filters}").variant == "generic"


CONDITIONS = (
    "{column} = $1", "{column} IN ($1, $2)", "{column} = ANY ($1)", "{column} = ANY (ARRAY[$1, $2])", "{column} <> ALL ($1)",
    "{column} BETWEEN $1 AND $2",
)  # fmt: skip
FILLED = [
    each.format(column=column) for each in CONDITIONS for column in "id user_id state total code note added".split()
]


@pytest.mark.parametrize("condition", [*FILLED, "tags = $1", "$1 = ANY (tags)"])
def test_sampled_values_make_valid_literals_for_every_type(mall: Mall, planner: ShadowPlanner, condition: str) -> None:
    variants = planner._variants(f"SELECT * FROM baskets WHERE {condition}")
    filled = [each.text for each in variants if each.name == "values"]
    assert filled
    for each in filled:
        assert "$" not in each
        assert mall.rows(DATABASE, f"EXPLAIN {each}")


def test_sampled_values_are_values_of_the_column_to_the_last_character(mall: Mall, planner: ShadowPlanner) -> None:
    variants = planner._variants("SELECT count(*) FROM baskets WHERE note = ANY ($1)")
    counts = [mall.rows(DATABASE, each.text)[0][0] for each in variants if each.name == "values"]
    assert counts == [2500, 2500]
    everything = array_literal([row[0] for row in mall.rows(DATABASE, "SELECT DISTINCT note FROM baskets")])
    filled = statements.with_values("SELECT count(*) FROM baskets WHERE note = ANY ($1)", {1: everything})
    assert mall.rows(DATABASE, filled) == [(20000,)]


def test_the_elements_of_an_array_column_are_sampled_as_elements(mall: Mall, planner: ShadowPlanner) -> None:
    variants = planner._variants("SELECT count(*) FROM baskets WHERE $1 = ANY (tags)")
    counts = [mall.rows(DATABASE, each.text)[0][0] for each in variants if each.name == "values"]
    assert counts[0] > 0
    assert counts[-1] > 0


def test_a_pattern_is_sampled_with_its_wildcards_and_the_value_taken_literally(
    mall: Mall, planner: ShadowPlanner
) -> None:
    variants = planner._variants("SELECT count(*) FROM baskets WHERE note LIKE $1")
    filled = [each.text for each in variants if each.name == "values"]
    assert len(filled) == 2
    assert all(mall.rows(DATABASE, each)[0][0] >= 2500 for each in filled)


def test_a_rare_and_a_common_value_show_the_worst_case(planner: ShadowPlanner) -> None:
    index = Candidate(schema="public", table="baskets", keys=(KeyPart(column="state"),))
    plan = planner.plan("SELECT * FROM baskets WHERE state = $1", [index])
    assert plan.variant == "generic"
    assert plan.worst_cost > plan.cost
    assert plan.candidates == {index}


def test_a_limit_is_taken_for_a_page_of_a_shop_and_not_for_a_tenth_of_the_rows(planner: ShadowPlanner) -> None:
    plan = planner.plan("SELECT * FROM baskets ORDER BY id LIMIT $1 OFFSET $2")
    assert plan.nodes[0].rows == statements.TYPICAL_LIMIT
    assert plan.nodes[1].index == "baskets_pkey"


UNPLANNABLE = [
    ("VACUUM baskets", "it is not a query, so it has no plan"),
    ("COPY baskets TO STDOUT", "it is not a query, so it has no plan"),
    ("", "it is not a query, so it has no plan"),
    ("SELECT * FROM trolleys", 'relation "trolleys" does not exist'),
    ("SELECT colour FROM baskets", 'column "colour" does not exist'),
    ("SELECT * FROM baskets WHERE (", "syntax error at end of input"),
    ("SELECT * FRO…", "syntax error"),
    ("SELECT 'unfinished", "unterminated quoted string"),
    ("SELECT barcode(id) FROM baskets", "function barcode(bigint) does not exist"),
    ("SELECT * FROM baskets WHERE id = ANY (ARRAY[$1]) AND colour = $2", 'column "colour" does not exist'),
    ("SELECT 1; DROP TABLE baskets", "it is more than one statement"),
]


@pytest.mark.parametrize(("text", "reason"), UNPLANNABLE, ids=[text[:30] for text, _ in UNPLANNABLE])
def test_what_cannot_be_planned_says_why_in_one_sentence(planner: ShadowPlanner, text: str, reason: str) -> None:
    for _ in range(2):
        with pytest.raises(UnplannableError) as refused:
            planner.plan(text)
        assert reason in str(refused.value)
        assert "\n" not in str(refused.value)
    assert planner.plan("SELECT * FROM baskets").nodes, "the shadow goes on"


def test_a_semicolon_in_a_literal_or_at_the_end_is_no_second_statement(planner: ShadowPlanner) -> None:
    assert planner.plan("SELECT * FROM baskets WHERE note = 'a;b';").nodes


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (
            Candidate(schema="public", table="trolleys", keys=(KeyPart(column="id"),)),
            "there is no table public.trolleys",
        ),
        (
            Candidate(schema="public", table="baskets", keys=(KeyPart(column="colour"),)),
            'column "colour" does not exist',
        ),
        (
            Candidate(schema="public", table="baskets", keys=(KeyPart(column="id"),), predicate="id >"),
            "syntax error",
        ),
        (
            Candidate(schema="public", table="baskets", keys=(KeyPart(column="note"),), method="gin"),
            "has no default operator class",
        ),
    ],
    ids=["unknown table", "unknown column", "broken predicate", "unfit method"],
)
def test_a_candidate_that_cannot_be_built_says_why_and_leaves_the_table_as_it_was(
    planner: ShadowPlanner, candidate: Candidate, reason: str
) -> None:
    before = planner.plan("SELECT * FROM baskets WHERE note = $1")
    for _ in range(2):
        with pytest.raises(UnplannableError, match=reason):
            planner.size_bytes(candidate)
    again = planner.plan("SELECT * FROM baskets WHERE note = $1 ")
    assert again.cost == before.cost
