"""Proofs on a real server: what helps is proven, what does not is refuted, and the copy is left as it was found."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import psycopg2
import pytest

from advisors.outcomes import outcome_of
from facts.claims import Claim
from facts.findings import QueryEvidence
from facts.message import Message
from facts.proofs import Outcome, Proof
from facts.schema import Schema
from proving.copy import PREFIX, Copy, RefusedCopyError, open_copy
from proving.proof import prove
from proving.values import filled
from tests.advisors import build
from tests.conftest import PostgresServer

ORDERS = """
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL, state text, created_at timestamptz);
INSERT INTO orders SELECT n, n * 7919 % 5000, CASE WHEN n % 50 = 0 THEN 'refunded' ELSE 'paid' END,
    '2026-01-01'::timestamptz + n * interval '1 min' FROM generate_series(1, 60000) n;
CREATE TABLE events (id bigint, shopper bigint, day date) PARTITION BY RANGE (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO events SELECT n, n % 3000, '2026-01-01'::date + n % 50 FROM generate_series(1, 60000) n;
"""
HISTORY = "SELECT * FROM orders WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2"
ON_USER = "CREATE INDEX CONCURRENTLY idx_orders_user_id ON public.orders (user_id, created_at)"
SHAPES = "SELECT relname FROM pg_class WHERE relkind IN ('i', 'I') ORDER BY 1"


def schema(*, pages: int = 600) -> Schema:
    return build.schema(
        build.table("orders", "id user_id state:text created_at:timestamptz", pages=pages),
        build.table("events", "id shopper day:date", pages=0, kind="p"),
    )


def claim(sql: str | Sequence[str], *texts: str, costs: tuple[float, float] | None = (1000.0, 10.0)) -> Claim:
    before, after = costs or (None, None)
    return Claim(
        code="IDX001",
        target="orders",
        subject=str(sql),
        sql=(sql,) if isinstance(sql, str) else tuple(sql),
        queries=tuple(
            QueryEvidence(
                id=text,
                text=text,
                calls=100,
                total_seconds=1.0,
                mean_seconds=0.01,
                cost_before=before,
                cost_after=after,
            )
            for text in texts
        ),
        size_bytes=1_500_000,
    )


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer) -> tuple[PostgresServer, str]:
    return postgres_server, postgres_server.create_database(ORDERS, "VACUUM ANALYZE")


@pytest.fixture
def copy(database: tuple[PostgresServer, str]) -> Iterator[Copy]:
    """The copy; every test leaves the indexes that it found."""
    server, name = database
    before = server.execute(name, SHAPES)
    with open_copy(server.dsn(name), []) as opened:
        yield opened
    assert server.execute(name, SHAPES) == before


def proven(copy: Copy, *claims: Claim, steps: list[str] | None = None) -> list[Proof]:
    def step(sentence: Message) -> None:
        if steps is not None:
            steps.append(str(sentence))

    settings = {"work_mem": "4096", "no_such_setting": "1"}
    found, left = prove(copy, claims, schema(), settings, judge=outcome_of, step=step)
    assert left == ()
    return list(found)


def test_an_index_that_helps_is_proven_with_time_blocks_size_and_interval(copy: Copy) -> None:
    steps: list[str] = []
    (proof,) = proven(copy, claim(ON_USER, HISTORY), steps=steps)
    assert proof.outcome is Outcome.PROVEN, proof
    assert proof.measured_kept is not None
    assert proof.low is not None
    assert proof.high is not None
    assert 0 < proof.low <= proof.measured_kept <= proof.high < 0.5
    assert proof.predicted_kept == 0.01
    (statement,) = proof.statements
    assert statement.runs == 10, "ten shoppers, each with the values of a row of the table"
    assert statement.note is None
    assert statement.seconds_before is not None
    assert statement.seconds_after is not None
    assert statement.seconds_before > statement.seconds_after > 0
    assert statement.blocks_before is not None
    assert statement.blocks_after is not None
    assert statement.blocks_before > 300
    assert 0 < statement.blocks_after < 30
    assert proof.measured_bytes is not None
    assert 1_000_000 < proof.measured_bytes < 4_000_000
    assert proof.build_seconds is not None
    assert any("Building on the copy" in each for each in steps)


def test_an_index_that_no_plan_uses_is_refuted(copy: Copy) -> None:
    (proof,) = proven(copy, claim("CREATE INDEX idx_orders_state ON public.orders (state)", HISTORY))
    assert proof.outcome is Outcome.REFUTED
    assert "no plan on the copy uses it" in str(proof.reason)


def test_an_index_that_is_used_and_spares_much_less_than_promised_is_refuted(copy: Copy) -> None:
    """Every row is counted anyway: the index is smaller than the table, and its entries still have to be read one by one."""
    text = "SELECT sum(length(md5(id::text))) FROM orders WHERE user_id >= 0"
    wide = "CREATE INDEX idx_orders_all ON public.orders (user_id, id)"
    promised = claim(wide, text, costs=(1e6, 1.0))
    ((proof,), _) = prove(copy, [promised], schema(), {"enable_seqscan": "off"}, judge=outcome_of, step=lambda _: None)
    assert proof.outcome is Outcome.REFUTED, proof
    assert proof.measured_kept is not None
    assert proof.measured_kept > 0.5


def test_what_cannot_be_replayed_says_why_and_costs_the_others_nothing(copy: Copy) -> None:
    change = "UPDATE orders SET state = $1 WHERE user_id = $2"
    arithmetic = "SELECT id FROM orders WHERE user_id * $1 > created_at - id"
    foreign = "SELECT * FROM nowhere"
    proofs = proven(
        copy,
        claim(ON_USER, HISTORY),
        claim("CREATE INDEX a ON public.orders (state, id)", change),
        claim("CREATE INDEX b ON public.orders (created_at)", arithmetic),
        claim("CREATE INDEX c ON public.nowhere (x)", HISTORY),
        claim("CREATE INDEX d ON public.orders (id, state)", foreign),
    )
    assert proofs[0].outcome is Outcome.PROVEN
    assert [each.outcome for each in proofs[1:]] == [Outcome.NOT_TOLD] * 4
    reasons = [str(each.reason) for each in proofs[1:]]
    assert "read-only transaction" in reasons[0]
    assert "$1" in reasons[1]
    assert 'could not be built on the copy: relation "public.nowhere" does not exist' in reasons[2]
    assert 'relation "nowhere" does not exist' in reasons[3]


def test_a_partitioned_table_gets_its_index_on_every_partition_and_keeps_those_that_it_has(
    database: tuple[PostgresServer, str], copy: Copy
) -> None:
    """The parent's index is not built: it would take over a partition's own, and take that with it when it is dropped."""
    server, name = database
    server.execute(name, "CREATE INDEX own ON events_2 (shopper)")
    try:
        statements = [
            "CREATE INDEX idx_events ON ONLY public.events (shopper)",
            "CREATE INDEX CONCURRENTLY idx_events_1 ON public.events_1 (shopper)",
            "ALTER INDEX public.idx_events ATTACH PARTITION public.idx_events_1",
            "ALTER INDEX public.idx_events ATTACH PARTITION public.own",
        ]
        (proof,) = proven(copy, claim(statements, "SELECT id FROM events WHERE shopper = $1"))
        assert proof.outcome is Outcome.PROVEN, proof
        assert proof.measured_bytes is not None
        assert proof.measured_bytes > 100_000
        assert server.execute(name, "SELECT 1 FROM pg_class WHERE relname = 'own'")
    finally:
        server.execute(name, "DROP INDEX own")


def test_a_range_whose_width_nobody_knows_is_not_replayed(copy: Copy) -> None:
    """With a single row's moment at both ends every range would be empty, and any index a marvel."""
    both = "SELECT count(*) FROM orders WHERE created_at >= $1 AND created_at < $2"
    index = "CREATE INDEX x ON public.orders (created_at)"
    for text in (both, "SELECT count(*) FROM orders WHERE created_at BETWEEN $1 AND $2"):
        (proof,) = proven(copy, claim(index, text))
        assert proof.outcome is Outcome.NOT_TOLD
        assert "how wide the ranges of created_at are" in str(proof.reason)
    narrowed = "SELECT count(*) FROM orders WHERE user_id = $1 AND created_at > $2"
    (proof,) = proven(copy, claim(ON_USER, narrowed))
    assert proof.outcome is Outcome.PROVEN


def test_several_values_for_one_column_are_those_of_several_rows(copy: Copy) -> None:
    text = "SELECT id FROM orders WHERE id IN ($1, $2, $3)"
    texts = filled(copy, text, schema())
    assert len(texts) == 10
    assert all(len(set(re.findall(r"'(\d+)'", each))) == 3 for each in texts), texts


def test_a_value_that_the_server_quotes_stays_on_the_copy(copy: Copy) -> None:
    text = "SELECT id FROM orders WHERE state = $1 AND length(state) > state::int"
    (proof,) = proven(copy, claim(ON_USER, text))
    assert "INVALID_TEXT_REPRESENTATION" in str(proof.reason)
    assert "paid" not in str(proof.reason)


def test_an_index_that_cannot_be_dropped_is_told_and_tells_nothing(
    database: tuple[PostgresServer, str], copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, name = database
    monkeypatch.setattr("proving.copy.LOCK_TIMEOUT_SECONDS", 1)
    with server.connection(name) as other, other.cursor() as cursor:

        def step(sentence: Message) -> None:
            if "Replaying with the" in str(sentence):
                cursor.execute("BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE")

        ((proof,), left) = prove(copy, [claim(ON_USER, HISTORY)], schema(), {}, judge=outcome_of, step=step)
        assert proof.outcome is Outcome.NOT_TOLD
        assert left == ('DROP INDEX IF EXISTS "public"."tenfold_proof_0_0"',)
        with pytest.raises(RefusedCopyError, match="of an earlier proof could not be dropped"):
            proven(copy, claim(ON_USER, HISTORY))
    assert copy.sweep() == ()


def test_a_copy_that_was_never_analyzed_tells_nothing(postgres_server: PostgresServer) -> None:
    fresh = postgres_server.create_database()
    quiet = ORDERS.replace("created_at timestamptz)", "created_at timestamptz) WITH (autovacuum_enabled = off)")
    postgres_server.execute(fresh, quiet)
    with open_copy(postgres_server.dsn(fresh), []) as copy:
        (proof,) = proven(copy, claim("CREATE INDEX x ON public.orders (user_id)", HISTORY))
    assert proof.outcome is Outcome.NOT_TOLD
    assert "never analyzed" in str(proof.reason)


def test_a_copy_with_a_part_of_the_rows_tells_nothing(copy: Copy) -> None:
    ((proof,), _) = prove(
        copy, [claim(ON_USER, HISTORY)], schema(pages=5000), {}, judge=outcome_of, step=lambda _: None
    )
    assert proof.outcome is Outcome.NOT_TOLD
    assert "39.1 MiB on the mall" in str(proof.reason)


def test_what_a_killed_proof_left_behind_is_dropped_by_the_next(
    database: tuple[PostgresServer, str], copy: Copy
) -> None:
    server, name = database
    server.execute(name, f"CREATE INDEX {PREFIX}7_0 ON orders (state)")
    proven(copy, claim(ON_USER, HISTORY))


def test_a_build_that_is_interrupted_leaves_nothing(copy: Copy) -> None:
    """Ctrl-C between two statements of the second phase; the fixture looks for what is left."""
    calls = 0

    def step(sentence: Message) -> None:
        nonlocal calls
        calls += "Replaying with" in str(sentence)
        if calls:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prove(copy, [claim(ON_USER, HISTORY)], schema(), {}, judge=outcome_of, step=step)


def test_nothing_but_indexes_is_ever_changed(copy: Copy) -> None:
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        copy.rows("DELETE FROM orders RETURNING id")


def test_a_server_that_was_audited_is_refused(postgres18: PostgresServer) -> None:
    ((started,),) = postgres18.execute("postgres", "SELECT pg_postmaster_start_time()")
    with pytest.raises(RefusedCopyError, match="the audit has read"), open_copy(postgres18.dsn(), [started]):
        pass


def test_a_copy_on_which_somebody_works_is_refused(database: tuple[PostgresServer, str]) -> None:
    server, name = database
    with (
        server.connection(name),
        pytest.raises(RefusedCopyError, match="1 other sessions are connected"),
        open_copy(server.dsn(name), []),
    ):
        pass


def test_two_proofs_on_one_copy_do_not_meet(database: tuple[PostgresServer, str], copy: Copy) -> None:
    server, name = database
    with pytest.raises(RefusedCopyError, match="another proof is running"), open_copy(server.dsn(name), []):
        pass
    assert copy.database == name


def test_a_backslash_in_a_value_is_nothing_but_a_backslash(postgres18: PostgresServer) -> None:
    careless = postgres18.create_database()
    postgres18.execute("postgres", f"ALTER DATABASE {careless} SET standard_conforming_strings = off")
    with open_copy(postgres18.dsn(careless), []) as copy:
        assert copy.rows("SHOW standard_conforming_strings") == [("on",)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1; DROP TABLE orders",
        "SELECT 1; COMMIT; DROP TABLE orders; CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS case; END",
        "SELECT 1 /* ; COMMIT; DROP TABLE orders",
    ],
)
def test_the_hostile_text_of_a_statement_runs_nothing(copy: Copy, text: str) -> None:
    (proof,) = proven(copy, claim(ON_USER, text))
    assert proof.outcome is Outcome.NOT_TOLD
    (proof,) = proven(copy, claim(ON_USER, HISTORY))
    assert proof.outcome is Outcome.PROVEN


def test_a_long_text_that_was_cut_is_not_replayed(copy: Copy) -> None:
    whole = claim(ON_USER, HISTORY)
    cut = replace(whole, queries=(replace(whole.queries[0], text="SELECT * FROM orders WHERE user_…"),))
    (proof,) = proven(copy, cut)
    assert "too long" in str(proof.reason)
