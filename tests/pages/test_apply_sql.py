"""apply.sql and rollback.sql: guarded, quoted, in the right order, and deaf to what stands in names and comments."""

import re
from dataclasses import replace

from facts.findings import Finding
from pages.apply_sql import apply_sql, rollback_sql
from tests.pages.sample import HOSTILE, HOSTILE_NAME, ORDERS_INDEX, hostile_report, rich_report


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
    assert (
        f"SELECT '{ORDERS_INDEX}' WHERE to_regclass('public.idx_orders_user_id_created_at') IS NULL \\gexec\n"
        in apply_sql(rich_report().findings)
    )


def test_the_invalid_leftover_of_an_earlier_attempt_is_dropped_before_the_index_is_created() -> None:
    script = apply_sql(rich_report().findings)
    leftover = script.index(
        "SELECT format('DROP INDEX CONCURRENTLY IF EXISTS %s', indexrelid::regclass) FROM pg_index\n"
        "WHERE indexrelid = to_regclass('public.idx_orders_user_id_created_at') AND NOT indisvalid \\gexec"
    )
    assert leftover < script.index(ORDERS_INDEX)


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
    assert [script.index(f"{each};") for each in way_back] == sorted(
        (script.index(f"{each};") for each in way_back), reverse=True
    )


def test_a_script_without_statements_is_no_script() -> None:
    without = [replace(each, remedy=replace(each.remedy, sql=(), rollback=())) for each in rich_report().findings]
    assert apply_sql(without) == rollback_sql(without) == ""
    assert apply_sql([]) == ""


def test_the_statement_and_the_name_survive_their_quotes() -> None:
    finding = hostile_report().findings[0]
    found = re.findall(
        r"^SELECT ('(?:[^']|'')*') WHERE to_regclass\(('(?:[^']|'')*')\) IS NULL \\gexec$",
        apply_sql([finding]),
        re.MULTILINE,
    )
    assert [(literal(statement), literal(name)) for statement, name in found] == [(finding.remedy.sql[0], HOSTILE_NAME)]


def test_outside_of_quotes_psql_sees_no_command_and_no_variable_but_ours() -> None:
    for script in (apply_sql(hostile_report().findings), rollback_sql(hostile_report().findings)):
        unquoted = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", "", commands(script))
        assert set(re.findall(r"\\\S*", unquoted)) <= {"\\set", "\\gexec"}
        assert not re.search(r"(?<!:):[A-Za-z'\"{]", unquoted)


def test_a_subject_stays_inside_its_comment() -> None:
    for script in (apply_sql(hostile_report().findings), rollback_sql(hostile_report().findings)):
        assert "touch /tmp/hacked" in script
        assert "touch /tmp/hacked" not in commands(script)
        assert "\\! true" not in commands(script)


def test_line_breaks_of_every_kind_end_no_comment() -> None:
    finding = replace(rich_report().findings[5], subject="a\rb\nc\x0bd\x0ce\x85f\u2028g")
    assert "-- SQL006 a b c d e f g\n" in apply_sql([finding])


def test_each_statement_of_a_finding_is_guarded_by_its_own_name() -> None:
    finding = rich_report().findings[0]
    script = apply_sql(
        only(
            finding,
            ("CREATE INDEX CONCURRENTLY a ON t (x)", "CREATE INDEX CONCURRENTLY b ON t (y)"),
            ("DROP INDEX CONCURRENTLY IF EXISTS public.a", "DROP INDEX CONCURRENTLY IF EXISTS public.b"),
        )
    )
    assert "SELECT 'CREATE INDEX CONCURRENTLY a ON t (x)' WHERE to_regclass('public.a') IS NULL" in script
    assert "SELECT 'CREATE INDEX CONCURRENTLY b ON t (y)' WHERE to_regclass('public.b') IS NULL" in script


def test_what_a_mall_names_its_tables_is_not_what_the_script_formats() -> None:
    finding = replace(rich_report().findings[0], subject="{code} {0} %s {statement}")
    assert "-- IDX001 {code} {0} %s {statement}\n" in apply_sql([finding])
    assert HOSTILE.count("{0}") == apply_sql([replace(finding, subject=HOSTILE)]).count("{0}")
