"""The boards for malls that keep their exporters, against Debian's: every query has an answer, every metric is one that they give."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboards.promql import OVER_COUNTERS, selectors
from mall.servers.processes import end, free_port, start
from tests import conftest
from tests.conftest import PostgresServer, RedisServer
from tests.dashboards.asking import Asked, dead, scraping
from tests.dashboards.parts import annotation_queries, expressions, written
from tests.dashboards.shopping import shopping

pytestmark = pytest.mark.debian_servers

STEMS = [stem for stem, document in written("en").items() if "exporters" in document["tags"]]
# redis_exporter 1.45 calls these gauges, though they only rise.
COUNTERS_BY_ANOTHER_NAME = {"redis_total_error_replies"}


@dataclass(frozen=True, slots=True)
class _Exporter:
    """One of Debian's packages."""

    name: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None


@contextmanager
def _running(exporter: _Exporter, folder: Path) -> Iterator[str]:
    """Its address on loopback."""
    program = Path("/usr/bin") / exporter.name
    conftest._require(program, f"apt-get install {exporter.name}")
    port = free_port()
    environment = {**os.environ, **(exporter.environment or {})}
    command = [str(program), f"--web.listen-address=127.0.0.1:{port}", *exporter.arguments]
    process = start(command, log=folder / f"{exporter.name}.log", environment=environment)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        end(process)


@pytest.fixture(scope="module")
def asked(postgres15: PostgresServer, redis7: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A Prometheus that scraped the three exporters while somebody shopped."""
    folder = tmp_path_factory.mktemp("exporters")
    database = postgres15.create_database("CREATE TABLE orders AS SELECT n AS id FROM generate_series(1, 1000) n")
    with redis7.client() as client:
        client.config_set("maxmemory", "256mb")
    address = f"postgresql://postgres@127.0.0.1:{postgres15.port}/{database}?sslmode=disable"
    exporters = {
        "postgres": _Exporter("prometheus-postgres-exporter", environment={"DATA_SOURCE_NAME": address}),
        "redis": _Exporter("prometheus-redis-exporter", (f"--redis.addr={redis7.url()}",)),
        "node": _Exporter("prometheus-node-exporter"),
    }
    with (
        shopping(postgres15, database, redis7),
        _running(exporters["postgres"], folder) as postgres,
        _running(exporters["redis"], folder) as redis,
        _running(exporters["node"], folder) as node,
        scraping(folder, {"postgres": [postgres], "redis": [redis], "node": [node]}) as prometheus,
    ):
        for metric in ("pg_stat_database_blks_hit", "redis_commands_total", "node_cpu_seconds_total"):
            prometheus.until(f"sum(rate({metric}[10s])) > 0")
        yield prometheus
    with redis7.client() as client:
        client.config_set("maxmemory", "0")


def test_there_are_boards_for_the_exporters() -> None:
    assert {"mall-for-exporters", "postgres-for-postgres-exporter", "redis-for-redis-exporter"} <= set(STEMS)


@pytest.mark.parametrize("stem", STEMS)
def test_every_query_has_an_answer(stem: str, asked: Asked) -> None:
    assert dead(written("en")[stem], asked) == []


@pytest.mark.parametrize("stem", STEMS)
def test_every_metric_is_one_that_they_give_and_is_asked_for_as_its_kind_demands(stem: str, asked: Asked) -> None:
    kinds, names = asked.kinds(), asked.names()
    for place, expression in (*expressions(written("en")[stem]), *annotation_queries(written("en")[stem])):
        for selector in selectors(expression):
            assert selector.metric in names, (place, selector.metric)
            rated = selector.ranged and selector.within in OVER_COUNTERS
            kind = kinds.get(selector.metric, "gauge")
            if kind == "counter":
                assert rated, (place, selector.metric)
            elif kind == "gauge" and selector.metric not in COUNTERS_BY_ANOTHER_NAME:
                assert not rated, (place, selector.metric)


def test_a_query_without_an_answer_is_found(asked: Asked) -> None:
    board = written("en")["redis-for-redis-exporter"]
    renamed = {**board, "panels": [{**board["panels"][1], "targets": [{"refId": "A", "expr": "redis_upp"}]}]}
    assert len(dead(renamed, asked)) == 1
