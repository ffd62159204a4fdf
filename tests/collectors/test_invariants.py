"""Declared invariants are read within limits on every server, and judged; a statement that does more than read is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from collectors import invariants as collector
from collectors import postgres_connection
from collectors.invariants import declared, measure, numbers
from facts.invariants import (
    Check,
    Invariant,
    InvariantError,
    Measured,
    judge,
    parse_invariants,
    reasons,
    refuse_statement,
)
from facts.rounds import Figures, Loop, Recording
from mall.servers.processes import free_port
from tests.collectors.conftest import Audited

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def offenders(statement: str, name: str = "rows") -> Invariant:
    return Invariant(name=name, check=Check.OFFENDERS, statement=statement)


def conserved(statement: str, name: str = "number") -> Invariant:
    return Invariant(name=name, check=Check.CONSERVED, statement=statement)


def read(mall: Audited, *wanted: Invariant, since: datetime = LONG_AGO) -> tuple[Measured, ...]:
    return measure(mall.server.dsn(mall.database), wanted, since=since)


def test_offending_rows_come_back_as_text_with_their_columns(mall: Audited) -> None:
    (found,) = read(mall, offenders("SELECT id, email FROM public.users WHERE id <= 2 ORDER BY id -- the first two"))
    assert found.offenders == ('{"id":1,"email":"user1@shop.example"}', '{"id":2,"email":"user2@shop.example"}')
    assert not found.more


def test_more_rows_and_longer_ones_than_a_report_can_show_are_cut_on_the_server(mall: Audited) -> None:
    many, wide = read(
        mall, offenders("SELECT id FROM public.users"), offenders("SELECT repeat('长', 2000000) AS text", "wide")
    )
    assert many.offenders is not None
    assert (len(many.offenders), many.more) == (100, True)
    assert wide.offenders is not None
    assert len(wide.offenders[0]) == 300
    (told,) = judge([offenders("", "rows")], [], [many], None)
    assert (told.held, len(told.offenders)) == (False, 5)
    assert "more than 100 rows" in str(told.evidence)


def test_a_number_is_exact(mall: Audited) -> None:
    big, part = read(
        mall,
        conserved("SELECT 9007199254740993", "big"),
        conserved("WITH a AS (SELECT 0.1::numeric AS n) SELECT n FROM a", "part"),
    )
    assert (big.number, part.number) == (Decimal(9007199254740993), Decimal("0.1"))


def test_since_is_the_rounds_beginning_and_percent_signs_and_casts_stay_what_they_are(mall: Audited) -> None:
    statement = (
        "SELECT count(*) FROM sales.orders WHERE placed_at >= :since AND state::text LIKE 'p%' "
        "AND ':since' <> '100 %s' AND placed_at::timestamptz < :since + interval '1 day'"
    )
    (all_day,) = read(mall, conserved(statement), since=datetime(2026, 11, 1, tzinfo=UTC))
    assert all_day.number is not None
    (none,) = read(mall, conserved(statement), since=datetime(2027, 1, 1, tzinfo=UTC))
    assert all_day.number > 0
    assert none.number == 0
    (plain,) = read(mall, conserved("SELECT count(*) FROM public.users WHERE email LIKE 'user1%' AND 7 % 4 = 3"))
    assert plain.number == 111


def test_one_that_fails_costs_no_other_and_says_why(mall: Audited) -> None:
    found = {
        each.name: str(each.failure)
        for each in read(
            mall,
            conserved("SELECT count(*) FROM users", "unqualified"),
            conserved("SELECT 1 FROM public.users", "many"),
            conserved("SELECT NULL", "null"),
            conserved("SELECT 'NaN'::numeric", "nan"),
            conserved("SELECT 'x'", "text"),
            conserved("SELECT 1/0", "division"),
            offenders("SELECT id FROM public.users FOR UPDATE", "locking"),
            conserved("SELECT count(*) FROM public.users", "fine"),
        )
    }
    assert "public.orders" in found["unqualified"]
    assert "more than one row" in found["many"]
    assert found["null"] == found["nan"] == "its statement gave no number"
    assert "invalid input syntax" in found["text"]
    assert "division by zero" in found["division"]
    assert "read-only" in found["locking"]
    assert found["fine"] == "None"


def test_nothing_can_be_written(mall: Audited) -> None:
    mall.execute(
        "CREATE OR REPLACE FUNCTION public.write() RETURNS integer LANGUAGE sql AS 'DELETE FROM public.users RETURNING 1'"
    )
    try:
        (found,) = read(mall, conserved("SELECT public.write()"))
    finally:
        mall.execute("DROP FUNCTION public.write()")
    assert "read-only" in str(found.failure)


def test_a_statement_without_end_is_ended(mall: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = tuple(each.replace("15000", "200") for each in postgres_connection.PROLOGUE)
    monkeypatch.setattr(postgres_connection, "PROLOGUE", limits)
    slow, fine = read(
        mall, conserved("SELECT count(*) FROM generate_series(1, 100000000000)"), conserved("SELECT 1", "fine")
    )
    assert "time limit" in str(slow.failure)
    assert fine.number == 1


def test_all_together_have_a_limit_too(mall: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "ALL_TOGETHER_SECONDS", -1.0)
    (found,) = read(mall, conserved("SELECT 1"))
    assert "took all of" in str(found.failure)


def test_a_database_that_is_not_there_is_told_for_each() -> None:
    found = measure(
        f"postgresql://a@127.0.0.1:{free_port()}/mall", [conserved("SELECT 1"), offenders("SELECT 1")], since=LONG_AGO
    )
    assert [str(each.failure) for each in found] == ["nothing listens there"] * 2
    outcomes = judge([conserved("SELECT 1"), offenders("SELECT 1")], [], found, None)
    assert [each.held for each in outcomes] == [None, None]
    assert reasons(outcomes) == ()


def test_the_canarys_numbers_leave_out_what_could_not_be_read(mall: Audited) -> None:
    found = numbers(
        mall.server.dsn(mall.database),
        {"users": "SELECT count(*) FROM public.users", "x": "SELECT 1 FROM nowhere"},
        since=LONG_AGO,
    )
    assert found == {"users": 500.0}
    with pytest.raises(InvariantError, match="'bad' is no SELECT"):
        numbers("", {"bad": "TABLE users"}, since=LONG_AGO)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("", "no SELECT"), ("DELETE FROM users", "does more"), ("TABLE users", "no SELECT"), ("(SELECT 1)", "no SELECT"),
        ("-- SELECT", "no SELECT"),
        ("SELECT 1; DELETE FROM users", "semicolon"), ("SELECT 1;", "semicolon"), ("SELECT 1 --\n; COMMIT", "semicolon"),
        ("SELECT '\\'' ; COMMIT; DELETE FROM users; --'", "backslash"), ("SELECT U&'\\0027'", "U&"), ('SELECT U&"\\0070g_sleep"(1)', "U&"),
        ("SELECT /* /* */ 1 */ 1; COMMIT", "semicolon"), ("SELECT $a$ $b$ $a$; COMMIT", "semicolon"),
        ("WITH a AS (DELETE FROM users RETURNING 1) SELECT * FROM a", "'delete'"), ("SELECT 1 INTO x", "'into'"),
        ("SELECT pg_sleep(10)", "'pg_sleep'"),
        ('SELECT "pg_sleep"(10)', "'pg_sleep'"), ("SELECT Pg_Terminate_Backend(1)", "'pg_terminate_backend'"),
        ("SELECT pg_catalog.pg_read_file('x')", "'pg_catalog'"),
        ("SELECT * FROM dblink('x', 'y')", "'dblink'"), ("SELECT lo_import('x')", "'lo_import'"),
        ("SELECT set_config('a', 'b', false)", "'set_config'"), ("SELECT nextval('s')", "'nextval'"),
        ("SELECT 1) AS a, (SELECT 2", "parentheses"),
        ("SELECT (1", "parentheses"), ("SELECT 1\0", "zero byte"), ("SELECT " + "1 + " * 3000 + "1", "longer"),
    ],
)  # fmt: skip
def test_what_is_no_single_harmless_select_is_refused(statement: str, said: str) -> None:
    assert said in str(refuse_statement(statement) or "")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM public.orders WHERE note = 'a; DELETE FROM x' AND placed_at >= :since",
        'with a as (select "update", "order" from public.t) select * from a -- done; really',
        "SELECT E'\\'' || $$ ; $$ || ')'",
        "/* why */ SELECT 1 /* ; */",
    ],
)
def test_what_only_looks_like_more_is_not(statement: str) -> None:
    assert refuse_statement(statement) is None


GOOD = {"name": "a", "check": "offenders", "sql": "SELECT 1"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "[[invariant]]"), ({"invariant": []}, "[[invariant]]"), ({"invariants": [GOOD]}, "[[invariant]]"),
        ({"invariant": [1]}, "no table"),
        ({"invariant": [{"name": "a"}]}, "needs a name and a sql"), ({"invariant": [{**GOOD, "x": 1}]}, "unknown key 'x'"),
        ({"invariant": [{**GOOD, "check": "maybe"}]}, "offenders, conserved, reconciled"),
        ({"invariant": [GOOD, GOOD]}, "two invariants"),
        ({"invariant": [{**GOOD, "sql": "DROP TABLE x"}]}, "is no SELECT"),
        ({"invariant": [{**GOOD, "endpoints": ["GET /"]}]}, "'reconciled'"),
        ({"invariant": [{**GOOD, "check": "reconciled"}]}, "it needs them"), ({"invariant": [{**GOOD, "endpoints": "x"}]}, "no list"),
        ({"invariant": [{**GOOD, "name": str(n)} for n in range(51)]}, "at most 50"),
    ],
)  # fmt: skip
def test_a_declaration_that_cannot_be_used_says_why(document: dict[str, object], said: str) -> None:
    with pytest.raises(InvariantError) as refused:
        parse_invariants(document)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"), [("x = ", "no TOML"), ("\xff", "no TOML"), ("[[invariant]]\nname = 'a'", "needs a name")]
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(InvariantError, match=f"rules.toml.*{said}"):
        declared(path)
    with pytest.raises(InvariantError, match=r"none\.toml cannot be read"):
        declared(tmp_path / "none.toml")


FIGURES = Figures(name="GET /pay/{}", scheduled=110, sent=100, dropped=10, failed=15, not_the_malls={"429": 2})
RECORDING = Recording(
    loop=Loop.OPEN, started_at=LONG_AGO, seconds=1.0, ended="finished", seed=1, arrivals="constant", arrivals_per_second=1.0,
    offered_per_second=1.0, achieved_per_second=1.0, journeys_scheduled=1, journeys_started=1, journeys_dropped=0, overall=FIGURES,
    endpoints=(FIGURES,), journeys=(), moments=(), generators=(),
)  # fmt: skip
PAYMENTS = Invariant(name="payments", check=Check.RECONCILED, statement="SELECT 1", endpoints=("GET /pay/{}",))


@pytest.mark.parametrize(("grown", "held"), [(92, False), (93, True), (98, True), (100, True), (101, False)])
def test_counts_reconcile_within_what_timeouts_leave_open(grown: int, *, held: bool) -> None:
    # 100 were sent; 5 of them failed and 2 were answered by somebody else: at least 93 arrived.
    before, after = Measured(name="payments", number=Decimal(7)), Measured(name="payments", number=Decimal(7 + grown))
    (found,) = judge([PAYMENTS], [before], [after], RECORDING)
    assert found.held is held
    assert f"{grown} more" in str(found.evidence)
    (reason,) = reasons([found])
    assert (reason.rule, reason.ok, reason.invalidates) == ("invariant payments", held, False)


def test_what_was_not_known_before_or_not_recorded_is_no_all_clear() -> None:
    after = Measured(name="payments", number=Decimal(7))
    assert judge([PAYMENTS], [], [after], RECORDING)[0].held is None
    assert judge([PAYMENTS], [after], [], RECORDING)[0].held is None
    assert judge([PAYMENTS], [after], [after], None)[0].held is None
    assert judge([PAYMENTS], [after], [after], replace(RECORDING, endpoints=()))[0].held is None
    assert judge([conserved("SELECT 1")], [], [Measured(name="number", number=Decimal(1))], None)[0].held is None


def test_a_number_that_moved_is_told_with_both(mall: Audited) -> None:
    rule = conserved("SELECT count(*) FROM sales.orders WHERE placed_at < :since")
    began = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)
    (found,) = judge([rule], read(mall, rule, since=began), read(mall, rule, since=began + timedelta(minutes=2)), None)
    assert found.held is False
    (same,) = judge([rule], read(mall, rule, since=began), read(mall, rule, since=began), None)
    assert same.held is True
