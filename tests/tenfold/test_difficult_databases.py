"""Databases that lack something, hold nothing, hold too much, or are named strangely: the audit ends and says what it could not see."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from facts.identifiers import quote
from tests.conftest import PostgresServer
from tests.tenfold.conftest import SHOP, SHOPPER, Program, Shop, codes, prepared, skipped

MANY = 5000
STRANGE = ('we"ird', "two words", "订单", "🛒", "SELECT", "a;b--c", "%s {0}")
# ESC ] 0 ; … BEL sets a terminal's title; U+202E turns the reading direction.
HOSTILE = "\x1b]0;owned\x07\u202etable"


def audit(program: Program, dsn: str) -> dict[str, object]:
    ended = program("audit", dsn, "--window", "0", "--json")
    assert ended.code == 0, ended.stderr
    return ended.document


def test_without_pg_stat_statements_the_schema_is_judged_and_the_gap_is_told(
    tenfold: Program, postgres18: PostgresServer
) -> None:
    database = prepared(postgres18, SHOP.replace("CREATE EXTENSION pg_stat_statements;", ""))
    document = audit(tenfold, f"postgresql://tenfold@127.0.0.1:{postgres18.port}/{database}")
    assert "CREATE EXTENSION pg_stat_statements" in skipped(document)
    assert document["coverage"]["workload_time_examined_ratio"] is None  # type: ignore[index]
    assert "IDX003" in codes(document)
    assert "IDX001" not in codes(document)


def test_a_role_without_privileges_sees_little_and_the_report_says_which_grant_mends_it(
    tenfold: Program, shop: Shop
) -> None:
    shop.server.create_role("outsider")
    document = audit(tenfold, shop.dsn.replace("tenfold@", "outsider@"))
    gaps = skipped(document)
    assert "GRANT pg_read_all_stats TO the role" in gaps
    assert "tenfold.column_statistics()" in gaps
    assert document["verdict"] == "not enough evidence"


def test_an_empty_database_is_no_all_clear(tenfold: Program, postgres18: PostgresServer) -> None:
    database = postgres18.create_database("CREATE EXTENSION pg_stat_statements")
    document = audit(tenfold, postgres18.dsn(database))
    assert document["verdict"] == "not enough evidence"
    assert not document["findings"]


@pytest.fixture
def many_tables(postgres18: PostgresServer) -> Iterator[str]:
    """A database of 5,000 tables and one statement on each of a few of them."""
    create = f"""
    CREATE EXTENSION pg_stat_statements;
    DO $$ BEGIN
      FOR i IN 1..{MANY} LOOP
        EXECUTE format('CREATE TABLE part_%s (id int, user_id int)', i);
        IF i % 500 = 0 THEN COMMIT; END IF;
      END LOOP;
    END $$
    """
    extension, block = create.split(";", 1)
    postgres18.create_role(SHOPPER)
    database = postgres18.create_database(extension, block, "GRANT SELECT ON part_1, part_2 TO shopper")
    for number in (1, 2):
        postgres18.execute(database, f"SELECT * FROM part_{number} WHERE user_id = 7", role=SHOPPER)
    yield database
    postgres18.execute("postgres", f"DROP DATABASE {database} WITH (FORCE)")


@pytest.mark.timeout(120)  # it takes four seconds; what grows with the square of the tables would not end here
def test_five_thousand_tables_are_read_within_the_limits_of_one_statement(
    tenfold: Program, postgres18: PostgresServer, many_tables: str
) -> None:
    document = audit(tenfold, f"postgresql://postgres@127.0.0.1:{postgres18.port}/{many_tables}")
    assert "timed out" not in str(document["coverage"])
    assert document["coverage"]["workload_time_examined_ratio"] == 1.0  # type: ignore[index]
    shown = tenfold("snapshot", "show", "tenfold-runs/latest/snapshot.tfz", "--json")
    assert shown.document["postgres"][0]["tables"] == MANY


def test_names_with_quotes_spaces_chinese_and_emoji_are_judged_like_any_other(
    tenfold: Program, postgres18: PostgresServer
) -> None:
    """Every strange name is a schema, a table and a column at once, in the workload too, and its advice can be run."""
    ddl = ["CREATE EXTENSION pg_stat_statements"]
    looks = []
    for name in STRANGE:
        place, column = f"{quote(name)}.{quote(name)}", quote(name)
        ddl += [
            f"CREATE SCHEMA {quote(name)}",
            f"CREATE TABLE {place} (id int PRIMARY KEY, {column} int, state text)",
            f"INSERT INTO {place} SELECT n, n * 7919 % 9000, 'x' FROM generate_series(1, 40000) n",
            f"CREATE INDEX {quote(name + ' 1')} ON {place} (state)",
            f"CREATE INDEX {quote(name + ' 2')} ON {place} (state)",
            f"GRANT USAGE ON SCHEMA {quote(name)} TO {SHOPPER}",
            f"GRANT SELECT ON {place} TO {SHOPPER}",
        ]
        looks += [f"SELECT * FROM {place} WHERE {column} = {number}" for number in range(1, 40)]
    database = prepared(postgres18, *ddl, name='sh"op 商城 🛒')
    postgres18.execute(database, *looks, role=SHOPPER)
    document = audit(tenfold, postgres18.dsn(database, role="tenfold"))
    assert document["coverage"]["workload_time_examined_ratio"] == 1.0, skipped(document)  # type: ignore[index]
    findings = {(each["code"], each["subject"]): each for each in document["findings"]}  # type: ignore[attr-defined]
    for name in STRANGE:
        wanted = f"{quote(name)}.{quote(name)}({quote(name)})"
        assert ("IDX001", wanted) in findings, [key for key in findings if key[0] == "IDX001"]
    scripts = ("apply.sql", "rollback.sql") if shutil.which("psql") else ()
    for kind in scripts:
        script = tenfold.folder / "tenfold-runs" / "latest" / kind
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script), postgres18.dsn(database)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_a_hostile_name_does_nothing_to_the_terminal(tenfold: Program, postgres18: PostgresServer) -> None:
    table = quote(HOSTILE)
    database = prepared(
        postgres18,
        "CREATE EXTENSION pg_stat_statements",
        f"CREATE TABLE {table} (id int, state text)",
        f"INSERT INTO {table} SELECT n, 'x' FROM generate_series(1, 40000) n",
        f"CREATE INDEX one ON {table} (state)",
        f"CREATE INDEX two ON {table} (state)",
    )
    ended = tenfold("audit", f"postgresql://tenfold@127.0.0.1:{postgres18.port}/{database}", "--window", "0")
    explained = tenfold("explain", "SQL006", "table")
    shown = tenfold("snapshot", "show", "tenfold-runs/latest/snapshot.tfz")
    assert "IDX003" in ended.stdout
    assert "SQL006 public." in explained.stdout
    for each in (ended, explained, shown):
        assert each.code == 0, each.stderr
        assert "\x1b" not in each.everything
        assert "\u202e" not in each.everything
