"""A text is taken for as many statements as the server would take it for."""

import pytest

from shadow.scanner import statements_in

ONE = [
    "SELECT 1",
    " SELECT 1 ; ;; -- that is all\n",
    "SELECT ';', \";\", $$;$$, $a$ ; $$ ; $a$, E'\\'; ', U&'\\0041;', B'1;'",
    "SELECT 'it''s;' || E'it\\\\';",
    "SELECT 1 /* ; /* ; */ ; */ + 1",
    "SELECT a$b, $1, c$b$ FROM t",
    "SELECT $1$$;$$",
    'CREATE INDEX "x;" ON "a""; b" (c)',
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END",
    "CREATE OR REPLACE FUNCTION f()\n RETURNS int\n LANGUAGE sql\n BEGIN  ATOMIC\n SELECT 1;\nEND\n",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $function$ BEGIN RETURN 1; END $function$",
    "SELECT '商品;', 标$x FROM 店",
]
SEVERAL = [
    ("SELECT 1; SELECT 2", 2),
    ("SELECT 1;;COPY t TO PROGRAM 'x';", 2),
    ("CREATE INDEX x ON t (c) -- ;\n; DROP TABLE t", 2),
    ("SELECT '\\'; DROP TABLE t; --'", 2),
    ("SELECT e'\\''; DROP TABLE t", 2),
    ("SELECT xe'\\'; DROP TABLE t; --'", 2),
    ("SELECT \u00a0e'\\'; DROP TABLE t; --'", 2),
    ("SELECT $a$ $a$; DROP TABLE t", 2),
    ("SELECT $1a$;$1a$", 2),
    ("SELECT begin atomic; DROP TABLE t", 2),
    ("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END; DROP TABLE t", 2),
]
OPEN = [
    "",
    " -- nothing",
    "SELECT 'a",
    'SELECT "a',
    "SELECT $a$ $b$",
    "SELECT 1 /* /* */",
    "SELECT E'\\'",
    "SELECT 'a\0b'",
    "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; DROP TABLE t",
    "SELECT E'a'\n'\\''; DROP TABLE t; --'",
    "SELECT E'a' -- so\n'\\''; DROP TABLE t; --'",
]


@pytest.mark.parametrize("text", ONE)
def test_a_whole_statement_is_one(text: str) -> None:
    assert statements_in(text) == 1


@pytest.mark.parametrize(("text", "count"), SEVERAL)
def test_what_follows_the_end_is_another(text: str, count: int) -> None:
    assert statements_in(text) == count


@pytest.mark.parametrize("text", OPEN)
def test_what_is_left_open_is_none(text: str) -> None:
    assert statements_in(text) == 0
