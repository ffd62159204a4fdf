"""What the shadow cannot have is imitated and listed; the rest is planned as on the mall's own server."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import psycopg2
import pytest

from collectors import postgres as collector
from facts.planner import Candidate, KeyPart, UnplannableError
from facts.postgres import PostgresFacts, Setting
from facts.schema import Column, Definition, Schema
from mall.servers.processes import as_nobody, end, free_port, start
from shadow.open import _open_one
from shadow.planner import ShadowPlanner
from shadow.server import running
from tests.shadow.conftest import Mall
from tests.shadow.gaps import gaps_of

DEBIAN = Path("/usr/lib/postgresql/15/bin")
SCRIPT = """
CREATE FUNCTION fold(word text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT COST 7 AS $$ BEGIN RETURN lower(word); END $$;
CREATE TABLE goods (id bigint PRIMARY KEY, name text NOT NULL, folded text GENERATED ALWAYS AS (fold(name)) STORED,
                    place text, places text[], price numeric NOT NULL);
INSERT INTO goods (id, name, place, places, price)
SELECT n, 'Name ' || n, 'place ' || n % 50, ARRAY['a', 'b'], n % 1000 FROM generate_series(1, 20000) n;
CREATE INDEX goods_folded_name ON goods (fold(name));
CREATE INDEX goods_name ON goods (name);
CREATE INDEX goods_place ON goods (place);
"""


def cost(mall: Mall, database: str, statement: str) -> float:
    document = mall.rows(database, f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement}")[0][0]
    return float(document[0]["Plan"]["Total Cost"])


def column(facts: PostgresFacts, name: str, change: Callable[[Column], Column]) -> PostgresFacts:
    """The same facts with one column of another kind: what a server with other extensions would have given."""
    assert facts.schema is not None
    tables = tuple(
        replace(table, columns=tuple(change(each) if each.name == name else each for each in table.columns))
        for table in facts.schema.tables
    )
    return replace(facts, schema=replace(facts.schema, tables=tables))


def with_schema(facts: PostgresFacts, change: Callable[[Schema], Schema]) -> PostgresFacts:
    assert facts.schema is not None
    return replace(facts, schema=change(facts.schema))


@pytest.fixture(scope="module")
def goods(small_mall: Callable[[str, str], PostgresFacts]) -> PostgresFacts:
    return small_mall("goods", SCRIPT)


Opened = Callable[[PostgresFacts], AbstractContextManager[ShadowPlanner]]


@pytest.fixture(scope="module")
def opened() -> Iterator[Opened]:
    """Opens shadows on one server for all tests; how `open_shadows` starts and ends one is tested in a file of its own."""
    numbers = count()
    with running() as server:
        yield lambda facts: closing(_open_one(server, f"shadow_{next(numbers)}", facts))


def test_nothing_is_missing_from_an_ordinary_mall(
    opened: Opened, mall: Mall, small_mall: Callable[[str, str], PostgresFacts]
) -> None:
    facts = small_mall(
        "ordinary", "CREATE TABLE things (id bigint PRIMARY KEY, label text); INSERT INTO things VALUES (1, 'a')"
    )
    with opened(facts) as planner:
        assert planner.gaps == ()
        assert planner.version_number >= 180000
        statement = "SELECT * FROM things WHERE id = $1"
        assert planner.plan(statement).cost == cost(mall, "ordinary", statement)


def test_columns_of_an_unknown_type_are_imitated_as_text(opened: Opened, mall: Mall, goods: PostgresFacts) -> None:
    facts = column(goods, "place", lambda each: replace(each, type="gis.address(4)"))
    facts = column(facts, "places", lambda each: replace(each, type="gis.address[]"))
    extension = Definition(
        kind="extension", schema="public", name="gis", ddl="CREATE EXTENSION IF NOT EXISTS gis SCHEMA public"
    )
    facts = with_schema(facts, lambda schema: replace(schema, definitions=(*schema.definitions, extension)))
    with opened(facts) as planner:
        assert [gap for gap in gaps_of(planner) if gap.startswith("the extension gis is not to be had here")]
        assert "the type gis.address(4) is not to be had here; its columns are imitated as text" in gaps_of(planner)
        assert "the type gis.address[] is not to be had here; its columns are imitated as text" in gaps_of(planner)
        for statement in (
            "SELECT * FROM goods WHERE place = $1",
            "SELECT * FROM goods WHERE place = ANY (ARRAY[$1])",
            "SELECT * FROM goods WHERE id = $1",
        ):
            assert planner.plan(statement).cost == cost(mall, "goods", statement)


@pytest.mark.parametrize("collation", ['pg_catalog."zh-x-icu"', 'pg_catalog."zh_CN.utf8"', 'pg_catalog."Ö""rtlich"'])
def test_an_unknown_collation_is_imitated_by_one_that_does_not_sort_by_bytes(
    opened: Opened, goods: PostgresFacts, collation: str
) -> None:
    prefix = "SELECT * FROM goods WHERE name LIKE 'Name 17%'"
    with opened(goods) as planner:
        assert planner.plan(prefix).nodes[-1].index == "goods_name"
    with opened(column(goods, "name", lambda each: replace(each, collation=collation))) as planner:
        assert f"the collation {collation} is not to be had here; C.UTF-8 stands in for it" in gaps_of(planner)
        assert not [gap for gap in gaps_of(planner) if "left out" in gap]
        assert planner.plan(prefix).nodes[0].kind == "Seq Scan"
        assert planner.plan("SELECT * FROM goods WHERE name = $1").nodes[-1].index == "goods_name"


def test_a_function_in_an_unknown_language_is_imitated_for_indexes_and_generated_columns(
    opened: Opened, mall: Mall, goods: PostgresFacts
) -> None:
    def foreign(each: Definition) -> Definition:
        return (
            replace(each, ddl=each.ddl.replace("LANGUAGE plpgsql", "LANGUAGE plperlu")) if each.name == "fold" else each
        )

    facts = with_schema(goods, lambda schema: replace(schema, definitions=tuple(map(foreign, schema.definitions))))
    with opened(facts) as planner:
        assert [
            gap
            for gap in gaps_of(planner)
            if gap.startswith("the function public.fold is imitated and cannot be evaluated")
        ]
        assert not [gap for gap in gaps_of(planner) if "left out" in gap]
        assert planner.plan("SELECT * FROM goods WHERE fold(name) = $1").nodes[-1].index == "goods_folded_name"
        statement = "SELECT * FROM goods WHERE folded = $1 AND price < $2"
        assert planner.plan(statement).cost == cost(mall, "goods", statement)
        with pytest.raises(UnplannableError, match=r"the function public\.fold is only imitated here"):
            planner.plan("SELECT * FROM goods WHERE name = fold('NAME')")


def test_a_function_that_is_said_to_be_leakproof_is_made_by_a_role_that_may_not_say_so(
    opened: Opened, mall: Mall, small_mall: Callable[[str, str], PostgresFacts]
) -> None:
    script = """
    CREATE FUNCTION fold(word text) RETURNS text LANGUAGE sql IMMUTABLE LEAKPROOF COST 7 AS $$ SELECT replace(word, ' LEAKPROOF ', '') $$;
    CREATE TABLE rooms (id bigint PRIMARY KEY, name text NOT NULL);
    INSERT INTO rooms SELECT n, 'Room ' || n FROM generate_series(1, 5000) n;
    CREATE INDEX rooms_name ON rooms (fold(name));
    """
    statement = "SELECT * FROM rooms WHERE fold(name) = 'Room LEAKPROOF 17'"
    with opened(small_mall("leakproof", script)) as planner:
        assert planner.gaps == ()
        assert planner.plan(statement).nodes[0].index == "rooms_name"
        assert planner.plan(statement).cost == float(
            mall.rows("leakproof", f"EXPLAIN (FORMAT JSON) {statement}")[0][0][0]["Plan"]["Total Cost"]
        )


def test_a_generated_column_without_its_function_is_an_ordinary_one(
    opened: Opened, mall: Mall, goods: PostgresFacts
) -> None:
    def without_functions(schema: Schema) -> Schema:
        return replace(schema, definitions=tuple(each for each in schema.definitions if each.kind != "function"))

    with opened(with_schema(goods, without_functions)) as planner:
        assert [
            gap for gap in gaps_of(planner) if gap.startswith("the table public.goods is imitated without expressions")
        ]
        assert [gap for gap in gaps_of(planner) if gap.startswith("left out: CREATE INDEX goods_folded_name")]
        statement = "SELECT * FROM goods WHERE folded = $1"
        assert planner.plan(statement).cost == cost(mall, "goods", statement)


def test_a_broken_definition_costs_only_itself(opened: Opened, mall: Mall, goods: PostgresFacts) -> None:
    def broken(schema: Schema) -> Schema:
        indexes = tuple(
            replace(each, definition="CREATE INDEX (") if each.name == "goods_place" else each
            for each in schema.indexes
        )
        return replace(schema, indexes=indexes)

    with opened(with_schema(goods, broken)) as planner:
        assert 'left out: CREATE INDEX ( (syntax error at or near "(")' in gaps_of(planner)
        assert planner.plan("SELECT * FROM goods WHERE place = $1").nodes[0].kind == "Seq Scan"
        statement = "SELECT * FROM goods WHERE name = $1"
        assert planner.plan(statement).cost == cost(mall, "goods", statement)


def test_statistics_that_do_not_fit_their_column_are_listed_and_the_others_hold(
    opened: Opened, mall: Mall, goods: PostgresFacts
) -> None:
    def unfit(schema: Schema) -> Schema:
        statistics = tuple(
            replace(each, common_values=("cheap",), common_ratios=(0.5,)) if each.column == "price" else each
            for each in schema.statistics
        )
        return replace(schema, statistics=statistics)

    with opened(with_schema(goods, unfit)) as planner:
        assert [
            gap
            for gap in gaps_of(planner)
            if gap.startswith("statistics of public.goods.price could not be restored wholly")
        ]
        statement = "SELECT * FROM goods WHERE place = $1"
        assert planner.plan(statement).cost == cost(mall, "goods", statement)


def test_without_statistics_plans_rest_on_sizes_and_the_gap_is_said(opened: Opened, goods: PostgresFacts) -> None:
    with opened(with_schema(goods, lambda schema: replace(schema, statistics=()))) as planner:
        assert "no column statistics were read; plans rest on sizes alone" in gaps_of(planner)
        assert planner.plan("SELECT * FROM goods").nodes[0].rows == 20000


def test_an_index_on_an_expression_without_statistics_is_listed(opened: Opened, goods: PostgresFacts) -> None:
    def never_analyzed(schema: Schema) -> Schema:
        tables = {table.oid for table in schema.tables}
        return replace(schema, statistics=tuple(each for each in schema.statistics if each.table_oid in tables))

    gap = "the index public.goods_folded_name is on an expression that has no statistics, so its conditions are estimated by default"
    with opened(goods) as planner:
        assert gap not in gaps_of(planner)
    with opened(with_schema(goods, never_analyzed)) as planner:
        assert gap in gaps_of(planner)


def test_the_mall_s_planner_settings_are_taken_over(opened: Opened, goods: PostgresFacts) -> None:
    dear = Setting(
        name="random_page_cost", value="400", unit=None, source="file", boot_value="4", pending_restart=False
    )
    unknown = replace(dear, name="enable_seqscan", value="perhaps")
    others = tuple(each for each in goods.settings if each.name not in {dear.name, unknown.name})
    statement = "SELECT * FROM goods WHERE place = $1"
    with opened(goods) as planner:
        assert planner.plan(statement).nodes[0].kind == "Bitmap Heap Scan"
    with opened(replace(goods, settings=(*others, dear, unknown))) as planner:
        assert planner.plan(statement).nodes[0].kind == "Seq Scan"
        assert "the setting enable_seqscan = perhaps is not known to the shadow's planner" in gaps_of(planner)


@pytest.mark.parametrize("path", [(), ("$user",), ("",), ("$user", "public"), ("öde; DROP", "public")])
def test_any_search_path_can_be_taken_over(opened: Opened, goods: PostgresFacts, path: tuple[str, ...]) -> None:
    with opened(with_schema(goods, lambda schema: replace(schema, search_path=path))) as planner:
        assert planner.plan("SELECT * FROM public.goods WHERE id = $1").nodes[0].index == "goods_pkey"
        if "public" in path:
            assert planner.plan("SELECT * FROM goods WHERE id = $1").nodes[0].index == "goods_pkey"


HOSTILE = r"""
CREATE SCHEMA "Läden 店";
CREATE DOMAIN "Läden 店"."Geld; --" AS numeric(10, 2) NOT NULL;
CREATE TYPE "Läden 店"."O'Status" AS ENUM ('it''s', '"open"', '待付款');
CREATE TABLE "Läden 店"."Bestell""ung 🛒" (
    "id" bigint PRIMARY KEY, "Name; DROP TABLE x" text NOT NULL, "select" "Läden 店"."O'Status", "'%s'" "Läden 店"."Geld; --", "价格 $1" int
);
INSERT INTO "Läden 店"."Bestell""ung 🛒"
SELECT n, E'a"\\''\n' || n % 5000, '待付款', n % 100, n % 500 FROM generate_series(1, 20000) n;
CREATE INDEX "索引 ""🔑"" x" ON "Läden 店"."Bestell""ung 🛒" ("价格 $1" DESC) WHERE "'%s'" > 5;
CREATE VIEW "Läden 店"."View ""in"" view" AS SELECT * FROM "Läden 店"."Bestell""ung 🛒" WHERE "Name; DROP TABLE x" <> '%';
CREATE VIEW "outer view" AS SELECT * FROM "Läden 店"."View ""in"" view";
CREATE TABLE "group" ("user" int, "order" text, PRIMARY KEY ("user", "order")) PARTITION BY LIST ("order");
CREATE TABLE "group 'a'" PARTITION OF "group" FOR VALUES IN ('''a''', 'ü');
CREATE TABLE "group 🗑" PARTITION OF "group" DEFAULT;
INSERT INTO "group" SELECT n, CASE WHEN n % 2 = 0 THEN 'ü' ELSE 'x' || n END FROM generate_series(1, 5000) n;
"""


def test_names_with_quotes_spaces_chinese_and_emoji_are_names_like_others(
    opened: Opened, mall: Mall, small_mall: Callable[[str, str], PostgresFacts]
) -> None:
    facts = small_mall("hostile 商店", HOSTILE)
    table = '"Läden 店"."Bestell""ung 🛒"'
    name = Candidate(schema="Läden 店", table='Bestell"ung 🛒', keys=(KeyPart(column="Name; DROP TABLE x"),))
    parts = Candidate(
        schema="public", table="group", keys=(KeyPart(column="order", descending=True),), included=("user",)
    )
    with opened(facts) as planner:
        assert planner.gaps == ()
        for statement in (
            f"SELECT * FROM {table} WHERE id = $1",
            f"""SELECT "价格 $1" FROM {table} WHERE "'%s'" > 5 ORDER BY "价格 $1" DESC LIMIT 20""",
            f'SELECT count(*) FROM {table} GROUP BY "select"',
            'SELECT * FROM "outer view" WHERE id = 17',
            'SELECT * FROM "group" WHERE "user" = 7',
        ):
            generic = "GENERIC_PLAN, " if "= $1" in statement else ""
            real = mall.rows("hostile 商店", f"EXPLAIN ({generic}FORMAT JSON) {statement}")[0][0][0]["Plan"]
            assert planner.plan(statement).cost == real["Total Cost"], statement
        search = f'SELECT id FROM {table} WHERE "Name; DROP TABLE x" = $1'
        plan = planner.plan(search, [name])
        assert plan.candidates == {name}
        assert plan.nodes[-1].index == '"Läden 店"."Bestell""ung 🛒"("Name; DROP TABLE x")'
        assert plan.worst_cost < planner.plan(search).cost
        assert planner.plan('SELECT "user" FROM "group" WHERE "order" = $1', [parts]).candidates == {parts}


def test_only_the_tables_of_the_workload_are_rebuilt_with_their_views_parents_and_partitions(
    opened: Opened, mall: Mall, small_mall: Callable[[str, str], PostgresFacts]
) -> None:
    script = """
    CREATE EXTENSION pg_stat_statements;
    CREATE TABLE inner_table (id int); CREATE TABLE elsewhere (id int);
    CREATE VIEW first_view AS SELECT id FROM inner_table;
    CREATE VIEW second_view AS SELECT id FROM first_view;
    CREATE TABLE whole (id int) PARTITION BY RANGE (id);
    CREATE TABLE piece PARTITION OF whole FOR VALUES FROM (0) TO (10);
    CREATE TABLE other_piece PARTITION OF whole FOR VALUES FROM (10) TO (20);
    """
    small_mall("workload", script + "INSERT INTO inner_table VALUES (1);")
    mall.rows("workload", "CREATE ROLE shop; GRANT pg_read_all_data TO shop")
    mall.rows("workload", "SET ROLE shop; SELECT count(*) FROM second_view; SELECT count(*) FROM piece")
    facts = mall.facts("workload")
    assert facts.statements is not None
    with opened(facts) as planner:
        assert planner.gaps == ()
        assert {node.relation for node in planner.plan("SELECT * FROM second_view").nodes} == {"inner_table"}
        assert len(planner.plan("SELECT * FROM whole").nodes) == 3
        with pytest.raises(UnplannableError, match='relation "elsewhere" does not exist'):
            planner.plan("SELECT * FROM elsewhere")


@pytest.fixture(scope="module")
def older_mall() -> Iterator[str]:
    """A PostgreSQL 15 with ICU, as Debian ships it: its DSN."""
    if not (DEBIAN / "initdb").exists():
        pytest.skip("Debian's PostgreSQL 15 is not installed")
    folder = Path(tempfile.mkdtemp(prefix="tenfold-tests-older-", dir="/tmp"))
    port = free_port()
    try:
        shutil.chown(folder, **({"user": "nobody"} if as_nobody() else {"user": folder.owner()}))
        command = [str(DEBIAN / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        command += ["--locale-provider=icu", "--icu-locale=und", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **as_nobody())  # type: ignore[call-overload]
        server = [str(DEBIAN / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
        server += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
        process = start(server, log=folder / "log", unprivileged=True)
        try:
            dsn = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            _await(dsn)
            yield dsn
        finally:
            end(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _await(dsn: str) -> None:
    for _ in range(600):
        try:
            psycopg2.connect(dsn).close()
        except psycopg2.OperationalError:
            subprocess.run(["sleep", "0.05"], check=True)
        else:
            return
    pytest.fail("PostgreSQL 15 did not start")


@pytest.mark.debian_servers
def test_a_mall_on_postgresql_15_that_sorts_with_icu_gets_a_shadow(opened: Opened, older_mall: str) -> None:
    connection = psycopg2.connect(older_mall)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("""
        CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE wares (id bigint PRIMARY KEY, name text NOT NULL, pinyin text COLLATE "zh-x-icu", code text COLLATE blind,
                            plain text COLLATE "C");
        INSERT INTO wares SELECT n, 'Ware ' || n, '商品' || n, 'code' || n, 'w' || n FROM generate_series(1, 20000) n;
        CREATE INDEX wares_name ON wares (name);
        CREATE INDEX wares_pinyin ON wares (pinyin);
        CREATE INDEX wares_sorted ON wares (name COLLATE "de-x-icu");
        CREATE INDEX wares_code ON wares (code);
        CREATE INDEX wares_plain ON wares (plain);
        """)
        cursor.execute("VACUUM ANALYZE")
    facts = collector.finish(collector.begin("older", older_mall, (), two_readings=False)[0], keep_values=True)
    statements = [
        "SELECT * FROM wares WHERE name = 'Ware 17'",
        "SELECT * FROM wares WHERE name LIKE 'Ware 17%'",
        "SELECT * FROM wares WHERE plain LIKE 'w17%'",
        "SELECT * FROM wares WHERE pinyin = '商品17'",
        "SELECT * FROM wares WHERE code = 'CODE17'",
        """SELECT id FROM wares ORDER BY name COLLATE "de-x-icu" LIMIT 20""",
    ]
    with opened(facts) as planner:
        assert {gap.split(" is not")[0] for gap in gaps_of(planner)} == {
            "the collation public.blind", 'the collation pg_catalog."zh-x-icu"', 'the collation pg_catalog."de-x-icu"',
        }  # fmt: skip
        for statement in statements:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
                row = cursor.fetchone()
            assert row is not None
            real = row[0][0]["Plan"]
            plan = planner.plan(statement)
            assert plan.nodes[0].kind == real["Node Type"], statement
            assert plan.cost == pytest.approx(real["Total Cost"], rel=0.02), statement
    connection.close()
