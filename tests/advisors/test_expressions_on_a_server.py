"""SQL005 says that an index serves an expression exactly where PostgreSQL itself uses it."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg2
import pytest

from advisors.rules import sql005_wrapped_column
from collectors import postgres as collector
from facts.findings import Report
from facts.identifiers import qualified
from mall.servers import postgres
from mall.servers.processes import free_port
from tests.advisors import build
from tests.advisors.case import Case, report_on


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement's condition, normalized and with values, and the key of the index beside it."""

    condition: str
    with_values: str
    key: str
    column: str


PAIRS = (
    Pair("lower(email) = $1", "lower(email) = 'a'", "lower(email)", "email"),
    Pair("lower(email) = $1", "lower(email) = 'a'", "upper(email)", "email"),
    Pair("lower(btrim(email)) = $1", "lower(btrim(email)) = 'a'", "lower(email)", "email"),
    Pair("lower(btrim(email)) = $1", "lower(btrim(email)) = 'a'", "lower(btrim(email))", "email"),
    Pair("joined::date = $1", "joined::date = '2026-01-01'", "(joined::date)", "joined"),
    Pair("CAST(joined AS date) = $1", "CAST(joined AS date) = '2026-01-01'", "(joined::date)", "joined"),
    Pair("joined::date = $1", "joined::date = '2026-01-01'", "(joined::time)", "joined"),
    Pair(
        "date_trunc($1, joined) = $2", "date_trunc('day', joined) = '2026-01-01'", "date_trunc('day', joined)", "joined"
    ),
    Pair("date_trunc($1, joined) = $2", "date_trunc('day', joined) = '2026-01-01'", "(joined::date)", "joined"),
    Pair("coalesce(email, $1) = $2", "coalesce(email, '') = 'a'", "coalesce(email, '')", "email"),
    Pair("email || $1 = $2", "email || 'x' = 'a'", "(email || 'x')", "email"),
    Pair('upper("Nick Name") = $1', "upper(\"Nick Name\") = 'A'", 'upper("Nick Name")', "Nick Name"),
    Pair("n % $1 = $2", "n % 1000 = 1", "(n % 1000)", "n"),
    Pair("n % $1 = $2", "n % 1000 = 1", "(n / 1000)", "n"),
)


def table(number: int) -> str:
    return f"members_{number}"


@pytest.fixture(scope="module")
def dsn() -> Iterator[str]:
    """A server with a table for each pair, whose column has a plain index and one on the pair's expression."""
    folder = Path(tempfile.mkdtemp(prefix="tenfold-tests-advisors-", dir="/tmp"))
    folder.chmod(0o755)
    postgres.initialize(folder / "postgres")
    port = free_port()
    process = postgres.start_server(folder / "postgres", port, folder / "log")
    try:
        address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        connection = psycopg2.connect(address)
        with connection, connection.cursor() as cursor:
            for number, pair in enumerate(PAIRS):
                cursor.execute(
                    f'CREATE TABLE {table(number)} (id bigint, email varchar(80), "Nick Name" text, joined timestamp, n int); '
                    f"INSERT INTO {table(number)} SELECT g, 'user' || g, 'nick' || g, '2026-01-01'::timestamp + g * interval '1 h', g "
                    f"FROM generate_series(1, 10000) g; "
                    f'CREATE INDEX ON {table(number)} ("{pair.column}"); '
                    f"CREATE INDEX {table(number)}_expression ON {table(number)} ({pair.key}); ANALYZE {table(number)}"
                )
        connection.close()
        yield address
    finally:
        postgres.stop_server(process)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def report(dsn: str) -> Report:
    begun = collector.begin("mall", dsn, (), two_readings=False)
    facts = collector.finish(begun[0], keep_values=False)
    entries = [
        build.statement(f"SELECT id FROM {table(number)} WHERE {pair.condition}") for number, pair in enumerate(PAIRS)
    ]
    snapshot = build.snapshot(replace(facts, statements=build.statements(entries)))
    return report_on(Case(story="", facts=snapshot, subject="", outcome=""), (sql005_wrapped_column.RULE,))


@pytest.mark.parametrize("number", range(len(PAIRS)), ids=[f"{pair.condition} by {pair.key}" for pair in PAIRS])
def test_the_rule_agrees_with_the_planner(number: int, dsn: str, report: Report) -> None:
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN SELECT id FROM {table(number)} WHERE {PAIRS[number].with_values}")
        used = f"{table(number)}_expression" in "\n".join(line for (line,) in cursor.fetchall())
    connection.close()
    subject = f"{qualified('public', table(number))}."
    reasons = [each.reason for each in report.quiet if each.subject.startswith(subject)]
    found = [each.subject for each in report.findings if each.subject.startswith(subject)]
    assert (reasons == ["expression-index"]) is used
    assert bool(found) is not used
