"""A forged snapshot gets no further than the shadow's database: what it tries is refused and listed, and the rest is planned."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import psycopg2
import pytest

from facts.planner import Candidate, KeyPart, UnplannableError
from facts.postgres import PostgresFacts, Setting
from facts.schema import Column, ColumnStatistics, Constraint, Definition, Index, Schema, Table
from shadow.open import _open_one
from shadow.planner import ShadowPlanner
from shadow.server import Server, running
from tests.shadow.conftest import Mall

SCRIPT = """
CREATE EXTENSION citext;
CREATE TABLE wares (id bigint PRIMARY KEY, name text NOT NULL, price numeric NOT NULL, label citext);
INSERT INTO wares SELECT n, 'Ware ' || n, n % 100, 'label ' || n % 9 FROM generate_series(1, 5000) n;
CREATE INDEX wares_name ON wares (name);
CREATE VIEW cheap AS SELECT id FROM wares WHERE price < 5;
"""
BYSTANDERS = (
    "SELECT * FROM wares WHERE id = $1",
    "SELECT * FROM wares WHERE name = $1",
    "SELECT * FROM wares WHERE price > $1",
)
SECRET = "the engine room's key"

Forge = Callable[[Schema], Schema]
Opened = Callable[[PostgresFacts], AbstractContextManager[ShadowPlanner]]


@dataclass(frozen=True)
class Trap:
    """A folder that the server's account may write to, and where everything forged would leave its mark."""

    folder: Path

    @property
    def mark(self) -> Path:
        return self.folder / "mark"

    def text(self, template: str) -> str:
        """With what it would run, write and read put in."""
        run = f"COPY (SELECT 1) TO PROGRAM 'touch {self.mark}'"
        return (
            template.replace("RUN", run).replace("MARK", str(self.mark)).replace("SECRET", str(self.folder / "secret"))
        )


@pytest.fixture
def trap() -> Iterator[Trap]:
    folder = Path(tempfile.mkdtemp(prefix="tenfold-tests-trap-", dir="/tmp"))
    folder.chmod(0o777)
    (folder / "secret").write_text(SECRET, encoding="utf-8")
    (folder / "secret").chmod(0o644)
    try:
        yield Trap(folder)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def opened(server: Server) -> Opened:
    numbers = count()
    return lambda facts: closing(_open_one(server, f"shadow_{next(numbers)}", facts))


@pytest.fixture(scope="module")
def wares(small_mall: Callable[[str, str], PostgresFacts]) -> PostgresFacts:
    return small_mall("wares", SCRIPT)


@pytest.fixture(scope="module")
def real(mall: Mall, wares: PostgresFacts) -> dict[str, float]:
    found = {}
    for statement in BYSTANDERS:
        document = mall.rows(wares.database, f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement}")[0][0]
        found[statement] = document[0]["Plan"]["Total Cost"]
    return found


def forged(facts: PostgresFacts, forge: Forge) -> PostgresFacts:
    assert facts.schema is not None
    return replace(facts, schema=forge(facts.schema))


def defined(kind: str, name: str, ddl: str, schema: str = "public") -> Forge:
    definition = Definition(kind=kind, schema=schema, name=name, ddl=ddl)
    return lambda given: replace(given, definitions=(*given.definitions, definition))


def indexed(definition: str) -> Forge:
    def change(given: Schema) -> Schema:
        index: Index = replace(given.indexes[0], oid=1, name="forged", definition=definition, constraint=None)
        return replace(given, indexes=(*given.indexes, index))

    return change


def another_table(given: Schema, column: Column, **changes: object) -> Schema:
    table: Table = replace(given.tables[0], oid=1, name="forged", columns=(column,), **changes)  # type: ignore[arg-type]
    return replace(given, tables=(*given.tables, table))


def with_column(**changes: str) -> Forge:
    column = Column(name="c", type="integer", not_null=False, collation=None, generated=None, statistics_target=None)
    return lambda given: another_table(given, replace(column, **changes))  # type: ignore[arg-type]


def checked(definition: str) -> Forge:
    def change(given: Schema) -> Schema:
        table = given.tables[0].oid
        check = Constraint(name="forged", table_oid=table, kind="c", definition=definition, index_oid=None)
        return replace(given, constraints=(*given.constraints, check))

    return change


def together(*forges: Forge) -> Forge:
    def change(given: Schema) -> Schema:
        for forge in forges:
            given = forge(given)
        return given

    return change


def function(
    name: str, body: str, language: str = "plpgsql", arguments: str = "", volatility: str = "IMMUTABLE"
) -> Forge:
    head = (
        f"CREATE OR REPLACE FUNCTION public.{name}({arguments})\n RETURNS text\n LANGUAGE {language}\n {volatility}\n"
    )
    return defined("function", name, f"{head}AS $function$ {body} $function$\n")


def assert_the_rest_is_planned(planner: ShadowPlanner, real: dict[str, float], trap: Trap) -> None:
    assert {statement: planner.plan(statement).cost for statement in BYSTANDERS} == real
    candidate = Candidate(schema="public", table="wares", keys=(KeyPart(column="price"),))
    assert planner.plan("SELECT * FROM wares WHERE price = 7", [candidate]).candidates == {candidate}
    assert not trap.mark.exists()
    assert not [gap for gap in planner.gaps if SECRET in gap]


TRICKS = {
    "a program in a view's place": ("view", "RUN"),
    "a program after a view": ("view", "CREATE VIEW public.v AS SELECT 1; RUN"),
    "a program after a view that cannot be": ("view", "CREATE VIEW public.v AS SELECT * FROM nowhere; RUN"),
    "a program after a type": ("enum", "CREATE TYPE public.t AS ENUM ('a''); '); RUN"),
    "a program in a block": ("function", "DO $$ BEGIN RUN; END $$"),
    "a program after a function": ("function", "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; RUN"),
    "a program behind a comment": ("collation", 'CREATE COLLATION public.k FROM "C" -- ;\n; RUN'),
    "an open quotation": ("domain", "CREATE DOMAIN public.d AS text DEFAULT '"),
    "an open comment": ("domain", "CREATE DOMAIN public.d AS text /*"),
    "a server's setting": ("collation", "ALTER SYSTEM SET archive_command = 'touch MARK'"),
    "the superuser's rights": ("enum", "RESET SESSION AUTHORIZATION"),
    "the superuser's role": ("composite", "SET ROLE postgres"),
    "a transaction left open": ("composite", "BEGIN"),
    "no time limit": ("enum", "SET statement_timeout = 0"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "ddl"), TRICKS.values(), ids=TRICKS)
def test_a_definition_that_does_something_else_is_listed(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap, kind: str, ddl: str
) -> None:
    facts = forged(wares, defined(kind, "forged", trap.text(ddl)))
    with opened(facts) as planner:
        (gap,) = planner.gaps
        assert gap.startswith("left out: ")
        assert gap.endswith("(it is not one statement that creates something)")
        assert_the_rest_is_planned(planner, real, trap)


PLACES = {
    "after an index": (indexed("CREATE INDEX forged ON public.wares USING btree (name); RUN"), "left out: CREATE INDEX forged"),
    "in an index's place": (indexed("RUN"), "left out: COPY "),
    "in a column's type": (with_column(type="integer); RUN; --"), "the type integer); COPY "),
    "in a column's collation": (with_column(type="text", collation='"C"); RUN; --'), "left out: CREATE TABLE public.forged"),
    "in a generated column": (with_column(generated="1) STORED); RUN; --"), "left out: CREATE TABLE public.forged"),
    "in a check": (checked("CHECK (true); RUN"), "left out: ALTER TABLE public.wares ADD CONSTRAINT forged"),
    "in an extension's name": (
        defined("extension", "citext; RUN", "CREATE EXTENSION citext; RUN"),
        "the extension citext; COPY ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_second_statement_is_listed_wherever_it_hides(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap, place: str
) -> None:
    forge, beginning = PLACES[place]
    facts = forged(wares, lambda schema: _filled(forge(schema), trap))
    with opened(facts) as planner:
        assert [gap for gap in planner.gaps if gap.startswith(beginning)], planner.gaps
        assert_the_rest_is_planned(planner, real, trap)


def _filled(schema: Schema, trap: Trap) -> Schema:
    """The forged records with the trap's paths in their texts."""

    def fill(value: object) -> object:
        return trap.text(value) if isinstance(value, str) else value

    def column(each: Column) -> Column:
        return replace(
            each,
            type=trap.text(each.type),
            collation=each.collation and trap.text(each.collation),
            generated=each.generated and trap.text(each.generated),
        )

    return replace(
        schema,
        tables=tuple(replace(each, columns=tuple(map(column, each.columns))) for each in schema.tables),
        indexes=tuple(replace(each, definition=trap.text(each.definition)) for each in schema.indexes),
        constraints=tuple(replace(each, definition=trap.text(each.definition)) for each in schema.constraints),
        definitions=tuple(
            replace(each, ddl=trap.text(each.ddl), name=trap.text(each.name)) for each in schema.definitions
        ),
    )


def test_a_name_is_a_name_whatever_it_says(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap
) -> None:
    name = trap.text('x"; RUN; --')
    facts = forged(
        wares,
        together(
            defined("schema", name, f"CREATE SCHEMA {name}"), with_column(type="text", collation='pg_catalog."; RUN"')
        ),
    )
    dear = Setting(
        name="work_mem", value=trap.text("4MB'; RUN"), unit=None, source="file", boot_value="4", pending_restart=False
    )
    others = tuple(each for each in facts.settings if each.name != dear.name)
    with opened(replace(facts, settings=(*others, dear))) as planner:
        assert [gap for gap in planner.gaps if gap.startswith("the setting work_mem = 4MB'; COPY")]
        assert 'the collation pg_catalog."; RUN" is not to be had here; C.UTF-8 stands in for it' in planner.gaps
        assert len(planner.gaps) == 2
        assert_the_rest_is_planned(planner, real, trap)


@pytest.mark.parametrize("name", ["dblink", "file_fdw", "postgres_fdw", "lo", "plpython3u", "adminpack"])
def test_an_extension_that_reaches_outside_is_not_brought_in(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap, name: str
) -> None:
    with opened(forged(wares, defined("extension", name, f"CREATE EXTENSION {name}"))) as planner:
        assert planner.gaps == (
            f"the extension {name} is not to be had here (it is not among those that stay within the database)",
        )
        assert_the_rest_is_planned(planner, real, trap)


@pytest.mark.parametrize("name", ["pageinspect", "pg_buffercache", "pg_repack"])
def test_a_tool_of_the_mall_s_administrators_is_left_out_and_not_missed(
    opened: Opened, wares: PostgresFacts, name: str
) -> None:
    with opened(forged(wares, defined("extension", name, f"CREATE EXTENSION {name}"))) as planner:
        assert planner.gaps == ()
        with planner._connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [name])
            assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("language", "body"), [("c", "libc', 'system"), ("c", "MARK"), ("internal", "pg_read_file"), ("plpython3u", "RUN")]
)
def test_a_function_in_an_untrusted_language_is_imitated(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap, language: str, body: str
) -> None:
    with opened(forged(wares, function("forged", trap.text(body), language, "text"))) as planner:
        (gap,) = planner.gaps
        assert gap.startswith("the function public.forged is imitated and cannot be evaluated")
        with pytest.raises(UnplannableError, match="only imitated here"):
            planner.plan("SELECT * FROM wares WHERE name = forged('x')")
        assert_the_rest_is_planned(planner, real, trap)


DEEDS = {
    "runs a program": ("RUN; RETURN 'x';", "permission denied to COPY to or from an external program"),
    "writes a file": ("COPY (SELECT 1) TO 'MARK'; RETURN 'x';", "permission denied to COPY to a file"),
    "writes a large object": ("PERFORM lo_export(lo_from_bytea(0, 'x'), 'MARK'); RETURN 'x';", "permission denied for function lo_export"),
    "reads a file": ("RETURN pg_read_file('SECRET');", "permission denied for function pg_read_file"),
    "reads a file into a table": (
        "CREATE TEMPORARY TABLE booty (t text); COPY booty FROM 'SECRET'; RETURN (SELECT t FROM booty);",
        "permission denied to COPY from a file",
    ),
    "lists a folder": ("RETURN (SELECT min(n) FROM pg_ls_dir('/') n);", "permission denied for function pg_ls_dir"),
    "changes the server": ("ALTER SYSTEM SET archive_command = 'MARK'; RETURN 'x';", "ALTER SYSTEM cannot be executed from a function"),
    "becomes the superuser": ("SET ROLE postgres; RUN; RETURN 'x';", "permission denied to set role"),
    "becomes who it was": ("RESET SESSION AUTHORIZATION; RUN; RETURN 'x';", "permission denied to COPY"),
    "brings in an extension": ("CREATE EXTENSION hstore; RETURN 'x';", "permission denied to create extension"),
    "forges an index": ("UPDATE pg_class SET relfilenode = 0; RETURN 'x';", "permission denied for table pg_class"),
}  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
def test_a_function_that_planning_evaluates_may_do_no_harm(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap, deed: str
) -> None:
    body, refusal = DEEDS[deed]
    # The planner evaluates what is said to be immutable, and that may call what is not.
    forge = together(
        function("deed", f"BEGIN {trap.text(body)} END", volatility="VOLATILE"),
        function("forged", "BEGIN RETURN deed(); END"),
    )
    facts = forged(wares, forge)
    with opened(facts) as planner:
        assert planner.gaps == ()
        with pytest.raises(UnplannableError, match=refusal) as refused:
            planner.plan("SELECT * FROM wares WHERE name = forged()")
        assert SECRET not in str(refused.value)
        assert_the_rest_is_planned(planner, real, trap)


def test_a_domain_s_check_runs_as_nobody_when_statistics_are_restored(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap
) -> None:
    check = trap.text("BEGIN RUN; RETURN value; END")
    figures = ColumnStatistics(
        table_oid=1, column="c", inherited=False, null_ratio=0, average_width=4, distinct=2, common_values=("a",),
        common_ratios=(0.5,), histogram=None, correlation=None, common_elements=None, common_element_ratios=None,
        element_count_histogram=None, masked=False,
    )  # fmt: skip
    forge = together(
        function("forged", check, arguments="value text", volatility="VOLATILE"),
        defined("domain", "guarded", "CREATE DOMAIN public.guarded AS text CHECK (forged(VALUE) = 'x')"),
        with_column(type="public.guarded"),
        lambda schema: replace(schema, statistics=(*schema.statistics, figures)),
    )

    def domain_after_function(schema: Schema) -> Schema:
        # The domain is made before the functions, so its function is one of its own kind.
        return replace(
            schema,
            definitions=tuple(
                replace(each, kind="domain") if each.name == "forged" else each for each in schema.definitions
            ),
        )

    with opened(forged(wares, together(forge, domain_after_function))) as planner:
        (gap,) = planner.gaps
        assert gap.startswith("statistics of public.forged.c could not be restored wholly")
        assert "permission denied to COPY to or from an external program" in gap
        assert_the_rest_is_planned(planner, real, trap)


def test_no_function_of_the_snapshot_stands_in_for_the_catalogue_s(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap
) -> None:
    victim = trap.folder / "secret"
    way = f"../../../../../../../../../../..{victim}"
    facts = forged(
        wares,
        together(
            *(function("pg_relation_filepath", f"SELECT '{way}'", "sql", kind) for kind in ("oid", "regclass")),
            function("hijack", "BEGIN PERFORM set_config('search_path', 'public, pg_catalog', false); RETURN 'x'; END"),
        ),
    )
    with opened(facts) as planner:
        assert planner.plan("SELECT * FROM wares WHERE name = hijack()").nodes
        with planner._connection.cursor() as cursor:
            cursor.execute("SELECT pg_relation_filepath(0::oid)")
            assert cursor.fetchall() == [(way,)], "the function would be found"
        assert_the_rest_is_planned(planner, real, trap)
        assert victim.read_text(encoding="utf-8") == SECRET


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("SELECT 1; RUN", "it is more than one statement"),
        ("SELECT 1 /* */ ;; RUN", "it is more than one statement"),
        ("RUN", "it is not a query"),
        ("VALUES (1); RESET SESSION AUTHORIZATION; RUN", "it is more than one statement"),
        ("SELECT 1 FROM pg_authid", "permission denied for table pg_authid"),
        ("SELECT pg_read_file('SECRET')", "permission denied for function pg_read_file"),
        ("SELECT lo_export(1, 'MARK')", "permission denied for function lo_export"),
        ("SELECT 1\0; RUN", "it holds a zero character"),
    ],
)
def test_a_statement_of_the_workload_is_planned_or_refused_and_never_run(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap, statement: str, refusal: str
) -> None:
    with opened(wares) as planner:
        with pytest.raises(UnplannableError, match=refusal):
            planner.plan(trap.text(statement))
        assert_the_rest_is_planned(planner, real, trap)


@pytest.mark.parametrize("place", ["predicate", "expression", "operator class"])
def test_a_candidate_made_of_a_forged_text_is_refused(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap, place: str
) -> None:
    text = trap.text("true); RUN; --")
    key = KeyPart(column="name", operator_class=text) if place == "operator class" else KeyPart(column="name")
    key = KeyPart(expression=text) if place == "expression" else key
    candidate = Candidate(schema="public", table="wares", keys=(key,), predicate=text if place == "predicate" else "")
    with opened(wares) as planner:
        with pytest.raises(UnplannableError, match="it is not one statement"):
            planner.size_bytes(candidate)
        assert_the_rest_is_planned(planner, real, trap)


REFUSED = [
    "RUN", "COPY (SELECT 1) TO 'MARK'", "SELECT lo_export(lo_from_bytea(0, 'x'), 'MARK')", "SELECT lo_import('SECRET')",
    "SELECT pg_read_file('SECRET')", "SELECT pg_read_binary_file('SECRET')", "SELECT pg_stat_file('SECRET')", "SELECT pg_ls_dir('/')",
    "ALTER SYSTEM SET archive_command = 'touch MARK'", "SELECT pg_reload_conf()", "SELECT * FROM pg_hba_file_rules",
    "CREATE EXTENSION hstore", "CREATE EXTENSION dblink", "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'libc', 'getpid'",
    "CREATE FUNCTION f() RETURNS int LANGUAGE internal AS 'pg_read_file'", "LOAD 'SECRET'", "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres", "GRANT pg_execute_server_program TO CURRENT_USER", "ALTER ROLE CURRENT_USER SUPERUSER",
    "CREATE ROLE another", "CREATE DATABASE another", "CREATE SCHEMA another", "CREATE TABLESPACE another LOCATION '/tmp'",
    "CREATE FOREIGN DATA WRAPPER another", "CREATE EVENT TRIGGER another ON ddl_command_end EXECUTE FUNCTION f()",
    "CREATE SUBSCRIPTION another CONNECTION 'host=127.0.0.1' PUBLICATION p", "SET session_preload_libraries = 'SECRET'",
    "SET dynamic_library_path = '/tmp'", "UPDATE pg_class SET relfilenode = 0", "SET allow_system_table_mods = on",
]  # fmt: skip


@pytest.fixture(scope="module")
def planner(opened: Opened, wares: PostgresFacts) -> Iterator[ShadowPlanner]:
    with opened(wares) as planner:
        yield planner


@pytest.mark.parametrize("statement", REFUSED)
def test_the_shadow_s_role_may_not(planner: ShadowPlanner, trap: Trap, statement: str) -> None:
    with planner._connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(trap.text(statement))
    assert not trap.mark.exists()


def test_the_shadow_s_role_is_who_it_is_from_the_start(planner: ShadowPlanner) -> None:
    with planner._connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("RESET SESSION AUTHORIZATION")
        cursor.execute("DISCARD ALL")
        cursor.execute("SELECT session_user = current_user, rolsuper FROM pg_roles WHERE rolname = session_user")
        assert cursor.fetchall() == [(True, False)]
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        assert cursor.fetchall() == [("10s", "10s")]


def test_the_trap_would_catch_a_superuser(server: Server, trap: Trap) -> None:
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(trap.text("RUN"))
    assert trap.mark.exists()
