"""apply.sql and rollback.sql: guarded, quoted, in the right order, and deaf to what stands in names and comments."""

import re
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from advisors.indexing import build_statements
from collectors import postgres as collector
from facts.findings import Finding
from facts.identifiers import qualified, quote
from facts.planner import Candidate, KeyPart
from pages.apply_sql import apply_sql, rollback_sql
from tests.conftest import DEBIAN_POSTGRES, PostgresServer
from tests.pages.hostile_sample import HOSTILE, HOSTILE_NAME, hostile_report
from tests.pages.sample import rich_report
from tests.pages.sample_findings import ORDERS_INDEX

PSQL = DEBIAN_POSTGRES / "psql"
# What somebody may call a table, a column and an index.
TABLE = """t'; DROP TABLE kept; -- "x" :DBNAME \\! touch /tmp/hacked \\gexec 🛒"""
COLUMN = "name $1 {0} %s ''"
OURS = {"\\set", "\\gset", "\\gexec", "\\g", "\\if", "\\endif", "\\echo"}
INDEX = "it's \"quoted\" :'USER' $$"


def literal(text: str) -> str:
    """The value of an SQL string constant."""
    assert text.startswith("'")
    assert text.endswith("'")
    assert "'" not in text[1:-1].replace("''", "")
    return text[1:-1].replace("''", "'")


def commands(script: str) -> str:
    """The script without its comment lines."""
    return "\n".join(line for line in script.splitlines() if not line.startswith("--"))


def only(finding: Finding, sql: tuple[str, ...], rollback: tuple[str, ...] = ()) -> list[Finding]:
    return [replace(finding, remedy=replace(finding.remedy, sql=sql, rollback=rollback))]


def test_both_scripts_stop_at_the_first_error_and_never_wait_long_for_a_lock() -> None:
    for script, name in (
        (apply_sql(rich_report().findings), "apply.sql"),
        (rollback_sql(rich_report().findings), "rollback.sql"),
    ):
        assert f"-f {name} " in script
        assert "\n\\set ON_ERROR_STOP on\nSET lock_timeout = '3s';\nSET statement_timeout = 0;\n" in script


def test_an_index_is_created_only_where_it_is_missing() -> None:
    script = apply_sql(rich_report().findings)
    assert f"SELECT '{ORDERS_INDEX}' AS build, 'public.idx_orders_user_id_created_at' AS name \\gset\n" in script
    assert "SELECT :'build' WHERE to_regclass(:'name') IS NULL \\gexec\n" in script


def test_the_invalid_leftover_of_an_earlier_attempt_is_dropped_before_the_index_is_created() -> None:
    script = apply_sql(rich_report().findings)
    leftover = script.index(
        "SELECT format('DROP INDEX CONCURRENTLY IF EXISTS %s', indexrelid::regclass) FROM pg_index\n"
        "WHERE indexrelid = to_regclass(:'name') AND NOT indisvalid \\gexec"
    )
    assert script.index(ORDERS_INDEX) < leftover < script.index("SELECT :'build' WHERE")


def test_other_statements_stand_as_they_are() -> None:
    script = apply_sql(rich_report().findings)
    assert "\n-- SQL006 public.carts\nANALYZE public.carts;\n" in script
    assert "\nALTER TABLE public.carts RESET (autovacuum_enabled);\n" in script
    assert "\nDROP INDEX CONCURRENTLY IF EXISTS public.idx_orders_note;\n" in script


def test_the_changes_come_most_valuable_first_and_go_back_last_first() -> None:
    report = rich_report()
    statements = [each for finding in report.findings for each in finding.remedy.sql]
    script = apply_sql(report.findings)
    assert [script.index(each) for each in statements] == sorted(script.index(each) for each in statements)
    way_back = [each for finding in report.findings for each in finding.remedy.rollback]
    script = rollback_sql(report.findings)
    assert len(way_back) > 3
    assert [script.index(each) for each in way_back] == sorted((script.index(each) for each in way_back), reverse=True)


def test_the_statements_of_one_finding_go_back_in_their_own_order() -> None:
    finding, other = rich_report().findings[:2]
    back = ("ALTER SYSTEM RESET autovacuum", "SELECT pg_reload_conf()")
    script = rollback_sql([*only(finding, (), back), *only(other, (), ("DROP INDEX b",))])
    assert script.index("DROP INDEX b") < script.index(back[0]) < script.index(back[1])


def test_a_script_without_statements_is_no_script() -> None:
    without = [replace(each, remedy=replace(each.remedy, sql=(), rollback=())) for each in rich_report().findings]
    assert apply_sql(without) == rollback_sql(without) == ""
    assert apply_sql([]) == ""


def test_the_statement_and_the_name_survive_their_quotes() -> None:
    finding = hostile_report().findings[0]
    found = re.findall(
        r"^SELECT ('(?:[^']|'')*') AS build, ('(?:[^']|'')*') AS name \\gset$",
        apply_sql([finding]),
        re.MULTILINE,
    )
    assert [(literal(statement), literal(name)) for statement, name in found] == [(finding.remedy.sql[0], HOSTILE_NAME)]


def test_outside_of_quotes_psql_sees_no_command_and_no_variable_but_ours() -> None:
    for script in (apply_sql(hostile_report().findings), rollback_sql(hostile_report().findings)):
        unquoted = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", "", commands(script))
        assert set(re.findall(r"\\\S*", unquoted)) <= OURS
        named = set(re.findall(r"(?<!:):[A-Za-z'\"{]\w*", unquoted))
        assert named <= {":again", ":missing"}


def test_a_subject_stays_inside_its_comment() -> None:
    for script in (apply_sql(hostile_report().findings), rollback_sql(hostile_report().findings)):
        assert "touch /tmp/hacked" in script
        assert "touch /tmp/hacked" not in commands(script)
        assert "\\! true" not in commands(script)


def test_line_breaks_of_every_kind_end_no_comment() -> None:
    finding = replace(rich_report().findings[5], subject="a\rb\nc\x0bd\x0ce\x85f\u2028g")
    assert "-- SQL006 a b c d e f g\n" in apply_sql([finding])


def test_a_comment_cannot_command_the_terminal_of_its_reader() -> None:
    finding = replace(rich_report().findings[5], subject="carts\x1b[2J\x9b2J\x07\u202egnp")
    assert "-- SQL006 carts2Jgnp\n" in apply_sql([finding])


def test_each_statement_of_a_finding_is_guarded_by_its_own_name() -> None:
    finding = rich_report().findings[0]
    script = apply_sql(
        only(
            finding,
            ("CREATE INDEX CONCURRENTLY a ON public.t (x)", "CREATE INDEX CONCURRENTLY b ON shop.t (y)"),
            ("DROP INDEX CONCURRENTLY IF EXISTS public.a", "DROP INDEX CONCURRENTLY IF EXISTS public.b"),
        )
    )
    assert "SELECT 'CREATE INDEX CONCURRENTLY a ON public.t (x)' AS build, 'public.a' AS name" in script
    assert "SELECT 'CREATE INDEX CONCURRENTLY b ON shop.t (y)' AS build, 'shop.b' AS name" in script


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("CREATE INDEX a ON public.t USING btree (x)", "public.a"),
        ("CREATE UNIQUE INDEX CONCURRENTLY a ON shop.t USING btree (x)", "shop.a"),
        ("CREATE INDEX CONCURRENTLY a$1 ON t (x)", "a$1"),
        ('CREATE INDEX CONCURRENTLY "A ON b" ON "S.s"."T ""t""" (x)', '"S.s"."A ON b"'),
        ("CREATE UNIQUE INDEX 索引 ON public.订单 USING btree (x)", "public.索引"),
    ],
)
def test_whoever_creates_an_index_is_guarded_by_the_name_in_the_statement(statement: str, name: str) -> None:
    finding = rich_report().findings[0]
    for script in (apply_sql(only(finding, (statement,))), rollback_sql(only(finding, (), (statement,)))):
        found = re.findall(r"^SELECT ('.*') AS build, ('.*') AS name \\gset$", script, re.MULTILINE)
        assert [(literal(one), literal(other)) for one, other in found] == [(statement, name)]
        assert f"\n{statement};" not in script


def test_what_a_mall_names_its_tables_is_not_what_the_script_formats() -> None:
    finding = replace(rich_report().findings[0], subject="{code} {0} %s {statement}")
    assert "-- IDX001 {code} {0} %s {statement}\n" in apply_sql([finding])
    assert HOSTILE.count("{0}") == apply_sql([replace(finding, subject=HOSTILE)]).count("{0}")


def remedies() -> list[Finding]:
    """One finding for each kind of remedy, on tables with the worst of names."""
    finding = rich_report().findings[0]
    trigrams = Candidate(
        schema="public", table=TABLE, method="gin", keys=(KeyPart(column=COLUMN, operator_class="gin_trgm_ops"),)
    )
    plain = Candidate(schema="public", table=TABLE, keys=(KeyPart(column="id"),))
    search = (
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        trigrams.ddl("idx_search", concurrently=True),
    )
    unique = f"CREATE UNIQUE INDEX CONCURRENTLY {quote('Once $ only')} ON public.kept USING btree (id)"
    setting = ("ALTER SYSTEM SET checkpoint_timeout = '15min'", "SELECT pg_reload_conf()")
    way_back = ("ALTER SYSTEM RESET checkpoint_timeout", "SELECT pg_reload_conf()")
    return [
        *only(
            replace(finding, subject=HOSTILE),
            (plain.ddl(INDEX, concurrently=True),),
            (f"DROP INDEX CONCURRENTLY IF EXISTS {qualified('public', INDEX)}",),
        ),
        *only(
            replace(finding, code="SQL004", subject=f"{TABLE}\n{COLUMN}"),
            search,
            ("DROP INDEX CONCURRENTLY IF EXISTS public.idx_search",),
        ),
        *only(
            replace(finding, code="IDX002"),
            ('DROP INDEX CONCURRENTLY IF EXISTS public."Once $ only"',),
            (unique,),
        ),
        *only(replace(finding, code="CFG003"), setting, way_back),
        *only(replace(finding, code="SQL006"), (f"ANALYZE {qualified('public', TABLE)}",)),
    ]


def run(script: str, server: PostgresServer, database: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """As the script's own head says to run it."""
    file = folder / "script.sql"
    file.write_text(script, encoding="utf-8")
    command = [str(PSQL), "-X", "-v", "ON_ERROR_STOP=1", "-f", str(file), server.dsn(database)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.debian_servers
def test_both_scripts_can_be_run_twice_on_a_server_and_names_do_nothing(
    postgres15: PostgresServer, tmp_path: Path
) -> None:
    database = postgres15.create_database(
        "CREATE TABLE kept (id int)",
        f"CREATE TABLE {quote(TABLE)} (id int, {quote(COLUMN)} text)",
        f"INSERT INTO {quote(TABLE)} SELECT 1, 'headphones' FROM generate_series(1, 9)",
        'CREATE UNIQUE INDEX "Once $ only" ON kept (id)',
    )
    # Duplicates make an earlier attempt fail; it leaves an invalid index of the proposed name.
    with pytest.raises(Exception, match="could not create unique index"):
        postgres15.execute(database, f"CREATE UNIQUE INDEX CONCURRENTLY {quote(INDEX)} ON {quote(TABLE)} (id)")

    def indexes() -> list[tuple[str, bool]]:
        rows = postgres15.execute(
            database,
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE relnamespace = 'public'::regnamespace ORDER BY relname COLLATE \"C\"",
        )
        return [(str(name), bool(valid)) for name, valid in rows]

    def setting() -> list[tuple[object, ...]]:
        # The file, since a reload reaches the sessions only a moment later.
        return postgres15.execute(database, "SELECT setting FROM pg_file_settings WHERE name = 'checkpoint_timeout'")

    assert indexes() == [("Once $ only", True), (INDEX, False)]
    for attempt in ("first", "second"):
        done = run(apply_sql(remedies()), postgres15, database, tmp_path)
        assert done.returncode == 0, (attempt, done.stderr)
        assert indexes() == [("idx_search", True), (INDEX, True)], attempt
        assert setting() == [("15min",)]
    assert ("CREATE INDEX" in done.stdout, "already exists, skipping" in done.stderr) == (False, True)
    for attempt in ("first", "second"):
        done = run(rollback_sql(remedies()), postgres15, database, tmp_path)
        assert done.returncode == 0, (attempt, done.stderr)
        assert indexes() == [("Once $ only", True)], attempt
        assert setting() == []
    assert postgres15.execute(database, "SELECT count(*) FROM kept") == [(0,)]
    assert not Path("/tmp/hacked").exists()


@pytest.mark.debian_servers
def test_a_script_stops_at_the_first_statement_that_fails(postgres15: PostgresServer, tmp_path: Path) -> None:
    database = postgres15.create_database("CREATE TABLE kept (id int)")
    finding = rich_report().findings[0]
    script = apply_sql(only(finding, ("CREATE INDEX CONCURRENTLY a ON public.missing (id)", "DROP TABLE kept")))
    done = run(script, postgres15, database, tmp_path)
    assert done.returncode == 3
    assert 'relation "public.missing" does not exist' in done.stderr
    assert postgres15.execute(database, "SELECT count(*) FROM kept") == [(0,)]


class Holding:
    """A session that keeps a table from everybody until it has kept one attempt waiting for too long."""

    def __init__(self, server: PostgresServer, database: str, table: str) -> None:
        self.connection = psycopg2.connect(server.dsn(database))
        with self.connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        self.thread = threading.Timer(5.0, self.connection.close)
        self.thread.start()


@pytest.mark.debian_servers
def test_an_index_whose_table_is_locked_is_tried_again(postgres15: PostgresServer, tmp_path: Path) -> None:
    database = postgres15.create_database("CREATE TABLE kept (id int)")
    script = apply_sql(only(rich_report().findings[0], ("CREATE INDEX CONCURRENTLY a ON public.kept (id)",)))
    holding = Holding(postgres15, database, "kept")
    done = run(script, postgres15, database, tmp_path)
    holding.thread.join()
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("canceling statement due to lock timeout") == 1
    assert done.stdout.count("the next attempt follows in 10 s") == 1
    assert postgres15.execute(database, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a'::regclass") == [(True,)]


@pytest.mark.debian_servers
def test_an_index_on_a_partitioned_table_is_built_by_its_partitions_and_is_valid_at_the_end(
    postgres15: PostgresServer, tmp_path: Path
) -> None:
    database = postgres15.create_database(
        "CREATE TABLE visits (id int, seen date) PARTITION BY RANGE (seen)",
        "CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
        "CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY HASH (id)",
        'CREATE TABLE "visits 2a" PARTITION OF visits_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0)',
        "CREATE TABLE visits_2b PARTITION OF visits_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
    )
    begun = collector.begin("mall", postgres15.dsn(database), (), two_readings=False)
    schema = collector.finish(begun[0], keep_values=True).schema
    assert schema is not None
    candidate = Candidate(schema="public", table="visits", keys=(KeyPart(column="id"),))
    statements = build_statements(candidate, "idx_visits_id", schema)
    finding = only(rich_report().findings[0], statements, ("DROP INDEX IF EXISTS public.idx_visits_id",))

    def indexes() -> list[tuple[object, ...]]:
        found = "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid::regclass::text ~ 'visits' ORDER BY 1"
        return postgres15.execute(database, found)

    for attempt in ("first", "second"):
        done = run(apply_sql(finding), postgres15, database, tmp_path)
        assert done.returncode == 0, (attempt, done.stderr)
        assert len(indexes()) == 5
        assert all(valid for _, valid in indexes())
    assert run(rollback_sql(finding), postgres15, database, tmp_path).returncode == 0
    assert indexes() == []


def test_a_script_for_several_databases_asks_for_one_and_does_only_its_part() -> None:
    findings = [replace(each, target="a" if number % 2 else "b") for number, each in enumerate(rich_report().findings)]
    script = apply_sql(findings)
    assert "\\if :{?target}" in script
    parts = re.split(r"SELECT :'target' = '(\w)' AS here \\gset\n\\if :here\n", script)[1:]
    by_target = dict(zip(parts[::2], parts[1::2], strict=True))
    assert by_target.keys() == {"a", "b"}
    for finding in findings:
        for statement in finding.remedy.sql:
            other = "a" if finding.target == "b" else "b"
            assert statement.replace("'", "''") in by_target[finding.target] or statement in by_target[finding.target]
            assert statement not in by_target[other]
