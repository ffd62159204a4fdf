"""A forged snapshot gets no further than the shadow's database: what it tries is refused and listed, and the rest is planned."""

from dataclasses import replace

import pytest

from facts.planner import Candidate, KeyPart, UnplannableError
from facts.postgres import PostgresFacts, Setting
from tests.shadow.forging import (
    Opened,
    Trap,
    assert_the_rest_is_planned,
    checked,
    defined,
    filled,
    forged,
    indexed,
    together,
    with_column,
)
from tests.shadow.gaps import gaps_of

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
        (gap,) = gaps_of(planner)
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
    facts = forged(wares, lambda schema: filled(forge(schema), trap))
    with opened(facts) as planner:
        assert [gap for gap in gaps_of(planner) if gap.startswith(beginning)], gaps_of(planner)
        assert_the_rest_is_planned(planner, real, trap)


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
        assert [gap for gap in gaps_of(planner) if gap.startswith("the setting work_mem = 4MB'; COPY")]
        assert 'the collation pg_catalog."; RUN" is not to be had here; C.UTF-8 stands in for it' in gaps_of(planner)
        assert len(gaps_of(planner)) == 2
        assert_the_rest_is_planned(planner, real, trap)


@pytest.mark.parametrize("name", ["dblink", "file_fdw", "postgres_fdw", "lo", "plpython3u", "adminpack"])
def test_an_extension_that_reaches_outside_is_not_brought_in(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap, name: str
) -> None:
    with opened(forged(wares, defined("extension", name, f"CREATE EXTENSION {name}"))) as planner:
        assert gaps_of(planner) == (
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
