"""The shadow plans as the mall's own server does, for what exists and for what is only proposed."""

from collections.abc import Iterator

import pytest

from facts.planner import Candidate, KeyPart, PlanNode, UnplannableError
from facts.postgres import PostgresFacts
from shadow import explain, open_shadows
from shadow.planner import ShadowPlanner
from tests.shadow import history
from tests.shadow.conftest import Mall

DATABASE = "history"
# The real planner looks up the true ends of a column in the index; the shadow knows the ends of the sample.
ENDS_OF_COLUMNS = {"merge of two sorted sides"}


def orders(*columns: str, predicate: str = "", included: tuple[str, ...] = ()) -> Candidate:
    return on("orders", *columns, predicate=predicate, included=included)


def on(
    table: str, *columns: str, method: str = "btree", predicate: str = "", included: tuple[str, ...] = ()
) -> Candidate:
    keys = tuple(KeyPart(expression=each) if "(" in each else KeyPart(column=each) for each in columns)
    return Candidate(schema="public", table=table, keys=keys, method=method, predicate=predicate, included=included)


@pytest.fixture(scope="module")
def facts(mall: Mall) -> PostgresFacts:
    mall.create(DATABASE, history.SCRIPT)
    # Parallel plans are asked for, because they depend on more of the sizes.
    mall.rows(DATABASE, f"ALTER DATABASE {DATABASE} SET max_parallel_workers_per_gather = 2")
    mall.rows(DATABASE, "VACUUM ANALYZE")
    return mall.facts(DATABASE)


@pytest.fixture(scope="module")
def planner(facts: PostgresFacts) -> Iterator[ShadowPlanner]:
    with open_shadows([facts]) as shadows:
        assert shadows.failures == {}
        yield shadows.planners["mall", DATABASE]


class Built:
    """What the mall's own server says, with the candidate really built while it is asked."""

    def __init__(self, mall: Mall, candidate: Candidate, statement: str) -> None:
        mall.rows(DATABASE, candidate.ddl("really_built"))
        try:
            rows = mall.rows(
                DATABASE,
                "SELECT relid::text, pg_relation_size(relid) FROM pg_partition_tree('really_built') "
                "UNION SELECT 'really_built', pg_relation_size('really_built')",
            )
            self.size_bytes = sum(size for _, size in rows)
            self.nodes = asked(mall, statement, {name: candidate.subject for name, _ in rows})
        finally:
            mall.rows(DATABASE, "DROP INDEX really_built")


def asked(mall: Mall, statement: str, names: dict[str, str] | None = None) -> tuple[PlanNode, ...]:
    generic = ", GENERIC_PLAN" if "$1" in statement else ""
    document = mall.rows(DATABASE, f"EXPLAIN (FORMAT JSON{generic}) {statement}")[0][0]
    return explain.nodes(document, names or {})


def shape(nodes: tuple[PlanNode, ...]) -> list[tuple[int, str, str, str]]:
    return [(node.depth, node.kind, node.alias, node.index) for node in nodes]


@pytest.mark.parametrize("name", history.STATEMENTS)
def test_an_existing_schema_gives_the_same_plan_at_the_same_cost(mall: Mall, planner: ShadowPlanner, name: str) -> None:
    statement = history.STATEMENTS[name]
    real = asked(mall, statement)
    plan = planner.plan(statement)
    assert shape(plan.nodes) == shape(real)
    assert plan.variant == "generic"
    assert plan.worst_cost >= plan.cost
    tolerance = 1e-4 if name in ENDS_OF_COLUMNS else 0
    assert plan.cost == pytest.approx(real[0].total_cost, rel=tolerance, abs=0)


def test_the_statements_reach_every_kind_of_scan_and_join(planner: ShadowPlanner) -> None:
    kinds = {node.kind for text in history.STATEMENTS.values() for node in planner.plan(text).nodes}
    assert {
        "Seq Scan", "Index Scan", "Index Only Scan", "Hash Join", "Merge Join", "Nested Loop", "Append", "Gather", "Gather Merge",
        "Sort", "Aggregate", "Limit", "ModifyTable",
    } <= kinds  # fmt: skip


def test_an_index_of_the_mall_is_hidden_as_if_it_were_dropped(
    mall: Mall, planner: ShadowPlanner, facts: PostgresFacts
) -> None:
    schema = facts.schema
    assert schema is not None
    whole = {each.oid for each in schema.tables if each.kind == "r" and each.parent is None}
    plain = {each.name: each for each in schema.indexes if each.constraint is None and each.table_oid in whole}
    hidden = set()
    for text in history.STATEMENTS.values():
        for name in {node.index for node in planner.plan(text).nodes} & plain.keys():
            connection = mall.connect(DATABASE)
            generic = ", GENERIC_PLAN" if "$1" in text else ""
            with connection.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute(f'DROP INDEX "{name}"')
                cursor.execute(f"EXPLAIN (FORMAT JSON{generic}) {text}")
                (document,) = cursor.fetchone() or ([],)
                cursor.execute("ROLLBACK")
            connection.close()
            real, plan = explain.nodes(document, {}), planner.plan(text, without=frozenset({plain[name].subject}))
            assert shape(plan.nodes) == shape(real)
            assert plan.cost == pytest.approx(real[0].total_cost, rel=1e-4)
            # Another text, so that it is planned anew.
            assert planner.plan(f"{text} -- again").cost < plan.cost, "it is there again"
            hidden.add(name)
    assert hidden
    with pytest.raises(UnplannableError, match="visits_seen_at cannot be hidden"):
        planner.plan(text, without=frozenset({"public.visits_seen_at"}))


def test_a_candidate_on_a_partition_lives_on_beside_one_on_its_parent(facts: PostgresFacts) -> None:
    of_one, of_all = "SELECT path FROM visits_q2 WHERE path = $1", "SELECT path FROM visits WHERE path = $1"
    one, whole = on("visits_q2", "path"), on("visits", "path")
    with open_shadows([facts]) as shadows:
        planner = shadows.planners["mall", DATABASE]
        alone = planner.plan(of_one, [one])
        assert alone.candidates == {one}
        # The parent's index takes the partition's for its own, as CREATE INDEX does, while the planner is shown that one.
        assert planner.plan(of_all, [whole]).candidates == {whole}
        assert planner.plan(f"{of_one} -- again", [one]).cost == alone.cost
        assert planner.plan(f"{of_all} -- again", [whole]).cost == planner.plan(of_all, [whole]).cost


USED = [
    ("equality without an index", orders("customer_id")),
    ("newest orders", orders("customer_id", "created_at")),
    ("range", orders("created_at")),
    ("range", on("orders", "created_at", method="brin")),
    ("exists", orders("status")),
    ("join", orders("customer_id", "status")),
    ("null test", orders("coupon")),
    ("array", on("order_lines", "order_id", included=("quantity",))),
    ("all partitions", on("visits", "customer_id", "seen_at")),
    ("case-blind equality", on("customers", "lower(email)")),
    ("open orders", orders("created_at", predicate="status = 'open'")),
]
STATEMENTS = history.STATEMENTS | {
    "case-blind equality": "SELECT id FROM customers WHERE lower(email) = $1",
    "open orders": "SELECT id FROM orders WHERE status = 'open' ORDER BY created_at LIMIT 20",
}


@pytest.mark.parametrize(("name", "candidate"), USED, ids=[f"{name}: {each.subject}" for name, each in USED])
def test_a_candidate_is_planned_with_as_if_it_were_built(
    mall: Mall, planner: ShadowPlanner, name: str, candidate: Candidate
) -> None:
    statement = STATEMENTS[name]
    without = planner.plan(statement)
    plan = planner.plan(statement, [candidate])
    built = Built(mall, candidate, statement)
    assert plan.candidates == {candidate}
    assert plan.cost < without.cost
    assert shape(plan.nodes) == shape(built.nodes)
    assert plan.cost == pytest.approx(built.nodes[0].total_cost, rel=0.05)


SIZED = [
    orders("id", "total"),  # unique, of a type that is never deduplicated
    orders("created_at"),  # unique
    orders("customer_id"),  # skewed: from one row to hundreds
    orders("status"),  # five values
    orders("coupon"),  # nulls for the most part
    orders("coupon", "id"),  # nulls that make a tuple smaller
    orders("customer_id", "status"),  # neither unique nor few
    orders("created_at", predicate="status = 'open'"),  # one row in fifty
    on("customers", "email"),  # unique texts
    on("customers", "lower(email)"),
    on("customers", "city"),
    on("customers", "vip", "joined"),  # the alignment between them
    on("order_lines", "sku", included=("quantity",)),  # included columns forbid deduplication
    on("visits", "path"),  # one index a partition
    on("orders", "created_at", method="brin"),
    on("customers", "email", method="hash"),
]


@pytest.mark.parametrize("candidate", SIZED, ids=[f"{each.subject} {each.method} {each.predicate}" for each in SIZED])
def test_a_candidate_has_nearly_the_size_that_it_has_when_built(
    mall: Mall, planner: ShadowPlanner, candidate: Candidate
) -> None:
    built = Built(mall, candidate, "SELECT 1")
    # ANALYZE looks at a sample: of an index of a few pages one more or less is chance.
    assert planner.size_bytes(candidate) == pytest.approx(built.size_bytes, rel=0.15, abs=3 * 8192)


def test_a_candidate_is_hidden_from_whoever_does_not_ask_for_it(planner: ShadowPlanner) -> None:
    statement = history.STATEMENTS["newest orders"]
    before = planner.plan(statement)
    asked_for = orders("customer_id", "total")
    better = orders("customer_id", "created_at", "id")
    assert planner.size_bytes(better) > 0
    plan = planner.plan(statement, [asked_for])
    assert {node.index for node in plan.nodes if node.index} == {asked_for.subject}
    assert planner.plan(statement, [asked_for, better]).candidates == {better}
    # The same question in other words: nothing remembered may answer it.
    again = planner.plan(statement + " ")
    assert again.nodes == before.nodes
    assert again.candidates == frozenset()


def test_what_was_planned_with_candidates_leaves_the_real_sizes_as_they_were(
    mall: Mall, planner: ShadowPlanner
) -> None:
    statement = "SELECT count(*) FROM orders WHERE total > $1 AND coupon = $2"
    planner.plan(statement, [orders("total"), orders("coupon", "total")])
    assert planner.plan(statement).cost == asked(mall, statement)[0].total_cost


def test_candidates_on_tables_that_a_statement_does_not_read_change_nothing(planner: ShadowPlanner) -> None:
    statement = history.STATEMENTS["equality on the key"]
    assert planner.plan(statement, [on("customers", "city")]) is planner.plan(statement)


def test_a_partitions_own_index_stays_as_it_is(mall: Mall) -> None:
    database = "own_index"
    mall.create(
        database,
        "CREATE TABLE visits (id bigint, customer_id bigint, seen date) PARTITION BY RANGE (seen);"
        "CREATE TABLE v1 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');"
        "CREATE TABLE v2 PARTITION OF visits FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');"
        "INSERT INTO visits SELECT n, n % 5000, date '2026-01-01' + (n % 59)::int FROM generate_series(1, 60000) n;"
        "CREATE INDEX own ON v1 (customer_id)",
    )
    mall.rows(database, "ANALYZE")
    statement = "SELECT * FROM v1 WHERE customer_id = 7"
    with open_shadows([mall.facts(database)]) as shadows:
        planner = shadows.planners["mall", database]
        before = planner.plan(statement)
        candidate = on("visits", "customer_id")
        whole = planner.size_bytes(candidate)
    with open_shadows([mall.facts(database)]) as shadows:
        planner = shadows.planners["mall", database]
        planner.prepare([candidate])
        assert planner.plan(statement).cost == before.cost
        with_it = planner.plan("SELECT * FROM visits WHERE customer_id = 7", [candidate])
        assert {node.index for node in with_it.nodes if node.index} == {"own", candidate.subject}
        assert planner.size_bytes(candidate) == whole < 2 * 2**20
