"""Functions of a forged snapshot run as nobody: they may calculate, and reach nothing outside of the shadow's database."""

from dataclasses import replace

import pytest

from facts.planner import UnplannableError
from facts.postgres import PostgresFacts
from facts.schema import ColumnStatistics, Schema
from tests.shadow.forging import (
    SECRET,
    Opened,
    Trap,
    assert_the_rest_is_planned,
    defined,
    forged,
    function,
    together,
    with_column,
)
from tests.shadow.gaps import gaps_of


@pytest.mark.parametrize(
    ("language", "body"), [("c", "libc', 'system"), ("c", "MARK"), ("internal", "pg_read_file"), ("plpython3u", "RUN")]
)
def test_a_function_in_an_untrusted_language_is_imitated(
    opened: Opened, wares: PostgresFacts, real: dict[str, float], trap: Trap, language: str, body: str
) -> None:
    with opened(forged(wares, function("forged", trap.text(body), language, "text"))) as planner:
        (gap,) = gaps_of(planner)
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
        (gap,) = gaps_of(planner)
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
