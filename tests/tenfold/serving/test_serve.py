"""`tenfold serve` on real servers: what a scrape gets, and what Prometheus' own tools say of it."""

import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator

import pytest
from prometheus_client.core import Metric

from tests.conftest import PostgresServer, RedisServer
from tests.tenfold.conftest import Program, prepared
from tests.tenfold.serving.conftest import Service, serving

PROMTOOL = shutil.which("promtool")
HOSTILE = 'shop"\\\n{x="y"} 1e400\N{HEAVY BLACK HEART}'


@pytest.fixture
def shop(postgres18: PostgresServer) -> str:
    database = prepared(
        postgres18,
        "CREATE EXTENSION IF NOT EXISTS pg_stat_statements",
        "CREATE TABLE orders (id int, channel text, outcome text)",
        "INSERT INTO orders SELECT n, 'alipay', 'paid' FROM generate_series(1, 7) n",
    )
    postgres18.execute(database, "GRANT SELECT ON orders TO tenfold")
    return database


@pytest.fixture
def service(tenfold: Program, postgres18: PostgresServer, redis6: RedisServer, shop: str) -> Iterator[Service]:
    log = tenfold.folder / "access.log"
    log.write_text("", encoding="utf-8")
    configuration = f"""
        [mall]
        name = "corner shop"
        [[postgres]]
        name = "orders"
        dsn = "{postgres18.dsn(shop, role="tenfold")}"
        [[redis]]
        name = "cache"
        url = "{redis6.url()}"
        [[host]]
        name = "this machine"
        [[metric]]
        name = "payments_total"
        sql = "SELECT channel, outcome, count(*) AS value FROM public.orders GROUP BY 1, 2"
        labels = ["channel", "outcome"]
    """
    with serving(tenfold, configuration) as running:
        yield running


def test_one_scrape_has_the_whole_mall(service: Service, shop: str) -> None:
    service.until("tenfold_collector_success", 1.0, collector="postgres_statements")
    scrape = service.scrape()
    assert scrape.status == 200
    mall = {"mall": "corner shop"}
    assert scrape.value("tenfold_postgres_up", target="orders", database=shop, **mall) == 1
    assert scrape.value("tenfold_redis_up", target="cache", **mall) == 1
    assert scrape.value("tenfold_host_up", target="this machine", **mall) == 1
    assert scrape.value("tenfold_mall_payments_total", channel="alipay", outcome="paid", **mall) == 7
    assert scrape.value("tenfold_postgres_database_commits_total", database=shop, **mall) > 0
    assert scrape.value("tenfold_postgres_statement_families_folded", **mall) >= 0
    assert scrape.value("process_open_fds") > 0
    assert scrape.value("tenfold_exporter_series") <= 2000


def test_a_fact_is_read_during_the_scrape(
    service: Service, postgres18: PostgresServer, redis6: RedisServer, shop: str
) -> None:
    labels = {"channel": "alipay", "outcome": "paid"}
    assert service.scrape().value("tenfold_mall_payments_total", **labels) == 7
    postgres18.execute(shop, "INSERT INTO orders VALUES (8, 'alipay', 'paid')")
    assert service.scrape().value("tenfold_mall_payments_total", **labels) == 8
    with redis6.client(9) as client:
        client.set("seen", "now")
        assert service.scrape().value("tenfold_redis_keys", database="db9") == 1
        client.delete("seen")


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is missing: apt-get install prometheus")
def test_promtool_finds_nothing_to_say(service: Service) -> None:
    service.until("tenfold_collector_success", 1.0, collector="postgres_tables")
    text = service.scrape().text
    assert PROMTOOL is not None
    checked = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_one_target_can_be_asked_for(service: Service) -> None:
    scrape = service.scrape("probe?target=cache")
    assert scrape.value("tenfold_redis_up", target="cache") == 1
    assert scrape.values("tenfold_postgres_up") == []
    assert scrape.values("process_open_fds") == []
    refused = service.get("probe?target=169.254.169.254")
    assert refused.status_code == 404
    assert "orders, cache, this machine" in refused.text
    assert service.get("probe").status_code == 400


def test_people_and_machines_see_that_it_is_well(service: Service) -> None:
    assert service.get("healthy").text == "healthy\n"
    service.scrape()
    assert service.get("ready").text == "ready\n"
    page = service.get("")
    assert "corner shop" in page.text
    assert "default-src 'none'" in page.text
    assert service.get("api/openapi.json").json()["info"]["title"] == "Tenfold"


@pytest.mark.parametrize("header", ["", "soon", "-3", "nan", "inf", "1e400", "0"])
def test_a_strange_time_limit_counts_as_none(service: Service, header: str) -> None:
    import httpx

    answer = httpx.get(service.url + "metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": header}, timeout=20)
    assert answer.status_code == 200


def test_openmetrics_is_spoken_to_who_asks_for_it(service: Service) -> None:
    import httpx

    answer = httpx.get(
        service.url + "metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}, timeout=20
    )
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_hostile_names_are_escaped(tenfold: Program, postgres18: PostgresServer, shop: str) -> None:
    from psycopg2.extensions import quote_ident

    with postgres18.connection(shop) as connection:
        name = quote_ident('t"\\\n{x="y"} 1', connection)
    postgres18.execute(shop, f"CREATE TABLE {name} AS SELECT 1 AS a")
    configuration = f"""
        [mall]
        name = {_toml(HOSTILE)}
        [[postgres]]
        name = {_toml(HOSTILE)}
        dsn = "{postgres18.dsn(shop, role="tenfold")}"
    """
    with serving(tenfold, configuration) as running:
        scrape = running.until("tenfold_collector_success", 1.0, collector="postgres_tables")
        assert scrape.value("tenfold_postgres_up", mall=HOSTILE, target=HOSTILE) == 1
        assert 'public.t"\\\n{x="y"} 1' in {
            sample.labels.get("table") for family in _families(scrape.text) for sample in family.samples
        }
        assert "<h1>" in running.get("").text
        if PROMTOOL:
            subprocess.run(
                [PROMTOOL, "check", "metrics"], input=scrape.text, text=True, check=True, capture_output=True
            )


def _families(text: str) -> Iterable[Metric]:
    from prometheus_client.parser import text_string_to_metric_families

    return text_string_to_metric_families(text)


def _toml(text: str) -> str:
    import json

    return json.dumps(text)


def test_found_databases_are_watched(tenfold: Program, postgres18: PostgresServer, shop: str) -> None:
    other = prepared(postgres18, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements", name="seen_by_pattern")
    configuration = f"""
        [[postgres]]
        name = "orders"
        dsn = "{postgres18.dsn(shop, role="tenfold")}"
        discover = ["seen_by_*"]
        exclude = ["seen_by_nobody"]
    """
    with serving(tenfold, configuration) as running:
        running.until("tenfold_postgres_up", 1.0, database=other)


def test_the_budget_of_series_is_kept_and_said(tenfold: Program, postgres18: PostgresServer, shop: str) -> None:
    configuration = f"""
        [[postgres]]
        name = "orders"
        dsn = "{postgres18.dsn(shop, role="tenfold")}"
        [serve]
        series = 100
    """
    with serving(tenfold, configuration) as running:
        scrape = running.scrape()
        assert scrape.value("tenfold_exporter_series") <= 100
        assert sum(scrape.values("tenfold_collector_series_dropped")) > 100


@pytest.mark.parametrize(
    ("configuration", "complaint"),
    [
        ("", "names nothing to watch"),
        ('[[host]]\nname = "a"\n[[metric]]\nname = "x"\nsql = "SELECT 1 AS value"\n', "no [[postgres]]"),
        ('[[host]]\nname = "a"\n[[metric]]\nname = "x"\nsql = "DELETE FROM orders"\n', "must begin with SELECT"),
        ('[[host]]\nname = "a"\n[[metric]]\nname = "x"\nsql = "SELECT 1; DROP TABLE t"\n', "must be one statement"),
        ('[[host]]\nname = "a"\n[[metric]]\nname = "carts"\nsql = "SELECT 1"\nlabels = ["mall"]\n', "has a meaning"),
        (
            '[[host]]\nname = "a"\n' + '[[metric]]\nname = "x"\nsql = "SELECT 1 AS value"\n' * 2,
            "two metrics are named 'x'",
        ),
        ('[[host]]\nname = "a"\n[[metric]]\nname = "payments_total"\nsql = "SELECT 1"\n', "channel, outcome"),
        ('[[host]]\nname = "a"\n[serve]\nlisten = "everywhere"\n', "no address to listen on"),
        ('[[host]]\nname = "a"\n[serve]\nport = 1\n', "unknown key"),
    ],
)
def test_a_mistake_in_the_configuration_is_told_before_anything_is_asked(
    tenfold: Program, configuration: str, complaint: str
) -> None:
    (tenfold.folder / "tenfold.toml").write_text(configuration, encoding="utf-8")
    ended = tenfold("serve")
    assert ended.code == 2
    assert complaint in ended.stderr


def test_without_a_configuration_it_says_how_to_write_one(tenfold: Program) -> None:
    ended = tenfold("serve")
    assert (ended.code, "tenfold init" in ended.stderr) == (2, True)


def test_a_port_that_is_taken_is_told(tenfold: Program, redis6: RedisServer) -> None:
    (tenfold.folder / "tenfold.toml").write_text('[[host]]\nname = "a"\n', encoding="utf-8")
    ended = tenfold("serve", "--listen", f"127.0.0.1:{redis6.port}")
    assert ended.code == 2
    assert "cannot be listened on" in ended.stderr
    assert "--listen" in ended.stderr


def test_the_first_look_says_what_is_wrong(tenfold: Program, postgres18: PostgresServer) -> None:
    configuration = f"""
        [[postgres]]
        name = "gone"
        dsn = "postgresql://tenfold@127.0.0.1:1/mall"
        [[postgres]]
        name = "orders"
        dsn = "{postgres18.dsn("postgres", role="guarded", password="wrong")}"
    """
    with serving(tenfold, configuration) as running:
        running.scrape()
        deadline = time.monotonic() + 20
        said = tenfold.folder / "said.txt"
        while not ("gone mall: " in said.read_text() and "orders postgres: " in said.read_text()):
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.1)
        assert "wrong" not in said.read_text().replace("wrong password", "")


def test_a_table_that_may_not_be_read_is_told_with_the_grant_that_mends_it(
    tenfold: Program, postgres18: PostgresServer, shop: str
) -> None:
    postgres18.execute(shop, "CREATE TABLE secret (id int)")
    configuration = f"""
        [[postgres]]
        name = "orders"
        dsn = "{postgres18.dsn(shop, role="tenfold")}"
        [[metric]]
        name = "secrets"
        sql = "SELECT count(*) AS value FROM public.secret"
    """
    with serving(tenfold, configuration) as running:
        running.until("tenfold_collector_success", 0.0, collector="mall_secrets")
        page = running.get("").text
        assert "GRANT SELECT ON secret TO the role" in page
        assert "1 of 2 targets are read in part only." in page
        assert running.scrape().value("tenfold_postgres_up") == 1
