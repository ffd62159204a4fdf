"""An index on an expression has statistics of its own: they are read, masked and restored like a column's."""

from collections.abc import Callable, Iterator

import pytest

from collectors import postgres as collector
from facts.postgres import PostgresFacts
from facts.schema import ColumnStatistics
from shadow import open_shadows
from shadow.planner import ShadowPlanner
from tests.shadow.conftest import Mall

DATABASE = "expressions"
SCRIPT = """
CREATE EXTENSION pg_trgm;
CREATE FUNCTION fold(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT translate(lower(word), 'ä-', 'a') $$;
CREATE TABLE members (
    id bigint PRIMARY KEY, email text NOT NULL, nickname text NOT NULL, profile jsonb NOT NULL, joined timestamp NOT NULL,
    phone text NOT NULL
);
INSERT INTO members
SELECT n, 'Member-' || n || '@Mall.example', (ARRAY['Ann', 'Ben', 'Änne'])[1 + n % 3],
       jsonb_build_object('city', 'Stadt ' || floor(60 * power(n / 20000.0, 3))::int, 'points', n % 400),
       timestamp '2025-01-01' + n * interval '5 minutes', '1380013' || lpad((n % 5000)::text, 4, '0')
FROM generate_series(1, 20000) n;
CREATE INDEX members_email ON members (fold(email));
CREATE INDEX members_nickname ON members (lower(nickname), id);
CREATE INDEX members_city ON members ((profile ->> 'city'), (profile ->> 'country'));
CREATE INDEX members_points ON members (((profile ->> 'points')::int));
CREATE INDEX members_day ON members (date_trunc('day', joined));
CREATE INDEX members_phone ON members ((phone::bigint));
CREATE INDEX members_words ON members USING gin (lower(email) gin_trgm_ops);
CREATE TABLE entries (id bigint NOT NULL, tag text NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE entries_1 PARTITION OF entries FOR VALUES FROM (0) TO (10000);
CREATE TABLE entries_2 PARTITION OF entries FOR VALUES FROM (10000) TO (20000);
CREATE INDEX entries_tag ON entries (upper(tag));
INSERT INTO entries SELECT n, 'Tag ' || n % 250 FROM generate_series(1, 19999) n;
CREATE TABLE "Läden" ("Name ; 'x" text);
INSERT INTO "Läden" SELECT 'Laden ' || n % 900 FROM generate_series(1, 9000) n;
CREATE INDEX "Läden nach 'x" ON "Läden" (lower("Name ; 'x"));
"""
# The real planner looks at the pages of a GIN index, which the shadow's has none of.
INVERTED = "SELECT id FROM members WHERE lower(email) LIKE '%17@mall%'"
STATEMENTS = [
    "SELECT id FROM members WHERE fold(email) = $1",
    "SELECT id FROM members WHERE fold(email) = 'member17@mall.example'",
    "SELECT id FROM members WHERE fold(email) > 'member9'",
    "SELECT id FROM members WHERE fold(email) LIKE 'member17%'",
    "SELECT id FROM members WHERE lower(nickname) = 'ann' AND id > 19000",
    "SELECT lower(nickname), count(*) FROM members GROUP BY 1",
    "SELECT id FROM members WHERE profile ->> 'city' = $1",
    "SELECT id FROM members WHERE profile ->> 'city' = 'Stadt 0'",
    "SELECT id FROM members WHERE profile ->> 'country' IS NOT NULL",
    "SELECT id FROM members WHERE (profile ->> 'points')::int BETWEEN 390 AND 395",
    "SELECT id FROM members WHERE date_trunc('day', joined) = $1",
    "SELECT id FROM members WHERE date_trunc('day', joined) > '2025-03-01'",
    "SELECT id FROM members WHERE phone::bigint = $1",
    INVERTED,
    "SELECT id FROM entries WHERE upper(tag) = $1",
    "SELECT id FROM entries WHERE upper(tag) = 'TAG 7'",
    'SELECT * FROM "Läden" WHERE lower("Name ; \'x") = $1',
]


@pytest.fixture(scope="module")
def kept(small_mall: Callable[[str, str], PostgresFacts]) -> PostgresFacts:
    return small_mall(DATABASE, SCRIPT)


@pytest.fixture(scope="module")
def masked(kept: PostgresFacts, mall: Mall) -> PostgresFacts:
    begun = collector.begin(kept.target, mall.dsn(kept.database), (), two_readings=False)
    return collector.finish(begun[0], keep_values=False)


@pytest.fixture(scope="module")
def planner(kept: PostgresFacts) -> Iterator[ShadowPlanner]:
    with open_shadows([kept]) as shadows:
        yield shadows.planners["mall", DATABASE]


def of_index(facts: PostgresFacts, index: str) -> list[ColumnStatistics]:
    assert facts.schema is not None
    (oid,) = [each.oid for each in facts.schema.indexes if each.name == index]
    return [each for each in facts.schema.statistics if each.table_oid == oid]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_condition_on_an_indexed_expression_costs_what_it_does_in_the_mall(
    mall: Mall, planner: ShadowPlanner, statement: str
) -> None:
    generic = "GENERIC_PLAN, " if "$1" in statement else ""
    real = mall.rows(DATABASE, f"EXPLAIN ({generic}FORMAT JSON) {statement}")[0][0][0]["Plan"]
    plan = planner.plan(statement)
    assert plan.nodes[0].rows == real["Plan Rows"]
    assert plan.nodes[0].kind == real["Node Type"]
    assert plan.cost == pytest.approx(real["Total Cost"], rel=0.01 if statement == INVERTED else 0, abs=0)


def test_nothing_is_missing_from_a_mall_that_indexes_expressions(planner: ShadowPlanner) -> None:
    assert planner.gaps == ()


def test_no_value_of_an_expression_is_in_a_masked_snapshot(kept: PostgresFacts, masked: PostgresFacts) -> None:
    assert of_index(kept, "members_nickname")[0].common_values is not None
    secrets = ("mall.example", "'ann'", "änne", "1380013")
    for name in ("members_email", "members_nickname", "members_phone", "members_words", "members_city"):
        assert all(each.masked for each in of_index(masked, name))
        assert not [secret for secret in secrets if secret in repr(of_index(masked, name)).lower()]
    assert any(secret in repr(of_index(kept, "members_nickname")).lower() for secret in secrets)


def test_a_masked_text_keeps_the_shares_of_its_values_and_another_type_only_their_number(
    kept: PostgresFacts, masked: PostgresFacts
) -> None:
    nickname = of_index(masked, "members_nickname")[0]
    assert nickname.common_values is not None
    assert nickname.common_ratios == of_index(kept, "members_nickname")[0].common_ratios
    for name in ("members_points", "members_day", "members_phone"):
        (figures,) = of_index(masked, name)
        assert (figures.common_values, figures.common_ratios, figures.histogram) == (None, None, None)
        assert figures.distinct == of_index(kept, name)[0].distinct


def test_masked_statistics_of_expressions_are_restored_too(mall: Mall, masked: PostgresFacts) -> None:
    with open_shadows([masked]) as shadows:
        planner = shadows.planners["mall", DATABASE]
        assert planner.gaps == ()
        for statement in (
            "SELECT id FROM members WHERE fold(email) = $1",
            "SELECT id FROM entries WHERE upper(tag) = $1",
        ):
            real = mall.rows(DATABASE, f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement}")[0][0][0]["Plan"]
            assert planner.plan(statement).cost == real["Total Cost"]
