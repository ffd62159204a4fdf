"""The sizes of indexes that are no btree, against those that PostgreSQL really builds: by method, and by what lies in the column."""

import dataclasses
from collections.abc import Iterator

import pytest

from facts.planner import Candidate, KeyPart
from facts.postgres import PostgresFacts
from shadow import open_shadows
from shadow.planner import ShadowPlanner
from tests.shadow.conftest import Mall

DATABASE = "index_sizes"
SCRIPT = """
CREATE EXTENSION pg_trgm;
SELECT setseed(0.5);
CREATE TABLE things AS
SELECT i AS id, md5(i::text) AS digest,
       'buyer' || (i * 7919 % 1000003) || '@' || (ARRAY['qq.com', '163.com', 'gmail.com'])[1 + i % 3] AS email,
       (SELECT string_agg((ARRAY['red', 'blue', 'cotton', 'silk', 'shirt', 'dress', 'shoe', 'bag', 'phone', 'case', 'winter',
        'summer', 'women', 'kids', 'leather', 'classic', 'vintage', 'slim'])[1 + (random() * 17)::int], ' ')
        FROM generate_series(1, 4 + i % 5)) AS title,
       (SELECT array_agg((random() * random() * 500)::int) FROM generate_series(1, 1 + i % 6)) AS tags,
       jsonb_build_object('color', (ARRAY['red', 'blue', 'green'])[1 + i % 3], 'size', i % 40, 'brand', 'b' || (i % 300),
                          'weight', (random() * 10000)::int) AS attributes,
       (random() * 30000)::int AS often, i % 50 AS few, (random() * random() * 1500)::int AS skewed, date '2020-01-01' + i / 100 AS day,
       CASE WHEN i % 10 <> 0 THEN 'x' || i END AS sometimes
FROM generate_series(1, 30000) i;
"""


@pytest.fixture(scope="module")
def facts(mall: Mall) -> PostgresFacts:
    mall.create(DATABASE, SCRIPT)
    mall.rows(DATABASE, "VACUUM ANALYZE")
    return mall.facts(DATABASE)


@pytest.fixture(scope="module")
def planner(facts: PostgresFacts) -> Iterator[ShadowPlanner]:
    with open_shadows([facts]) as shadows:
        assert shadows.failures == {}
        yield shadows.planners["mall", DATABASE]


def on(column: str, method: str, operator_class: str = "") -> Candidate:
    return Candidate(
        schema="public", table="things", keys=(KeyPart(column=column, operator_class=operator_class),), method=method
    )


def real_pages(mall: Mall, candidate: Candidate) -> int:
    mall.rows(DATABASE, candidate.ddl("really_built"))
    try:
        return int(mall.rows(DATABASE, "SELECT pg_relation_size('really_built') / 8192")[0][0])
    finally:
        mall.rows(DATABASE, "DROP INDEX really_built")


@pytest.mark.parametrize(
    ("column", "operator_class"),
    [
        ("digest", "gin_trgm_ops"), ("email", "gin_trgm_ops"), ("title", "gin_trgm_ops"), ("tags", ""), ("attributes", ""),
        ("attributes", "jsonb_path_ops"),
    ],
)  # fmt: skip
def test_a_gin_index_is_within_three_tenths(
    mall: Mall, planner: ShadowPlanner, column: str, operator_class: str
) -> None:
    candidate = on(column, "gin", operator_class)
    assert planner.size_bytes(candidate) / 8192 == pytest.approx(real_pages(mall, candidate), rel=0.3)


@pytest.mark.parametrize("column", ["id", "email", "often", "few", "skewed", "sometimes"])
def test_a_hash_index_is_within_a_twentieth(mall: Mall, planner: ShadowPlanner, column: str) -> None:
    candidate = on(column, "hash")
    assert planner.size_bytes(candidate) / 8192 == pytest.approx(real_pages(mall, candidate), rel=0.05)


@pytest.mark.parametrize("column", ["id", "day", "often", "sometimes"])
def test_a_brin_index_has_its_size(mall: Mall, planner: ShadowPlanner, column: str) -> None:
    candidate = on(column, "brin")
    assert planner.size_bytes(candidate) / 8192 == real_pages(mall, candidate)


def test_masked_values_still_give_a_size(facts: PostgresFacts) -> None:
    assert facts.schema is not None
    masked = tuple(dataclasses.replace(each, masked=True) for each in facts.schema.statistics)
    schema = dataclasses.replace(facts.schema, statistics=masked)
    with open_shadows([dataclasses.replace(facts, schema=schema)]) as shadows:
        planner = shadows.planners["mall", DATABASE]
        for column, operator_class in (("title", "gin_trgm_ops"), ("attributes", ""), ("tags", "")):
            assert planner.size_bytes(on(column, "gin", operator_class)) > 10 * 8192
