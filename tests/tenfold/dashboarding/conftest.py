"""Debian's Prometheus, scraping a small mall, and the boards that ask it."""

import json
import shutil
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from mall.servers.processes import end, free_port, start
from tenfold.dashboarding.prometheus import Prometheus
from tests import conftest
from tests.collectors.prometheus_parts import PROMETHEUS, Quiet, serving
from tests.pages.hostile_sample import IMAGE

# Grows with each scrape; {n} is its number, {hostile} a text that wants to be more than text.
EXPOSITION = """\
# TYPE shop_orders_total counter
shop_orders_total{{mall="Cloud Lane",channel="wechat"}} {n}
shop_orders_total{{mall="Cloud Lane",channel="alipay"}} {n}0
shop_orders_total{{mall="Lakeside",channel="card (old)"}} {n}
# TYPE shop_up gauge
shop_up{{mall="Cloud Lane",target="orders"}} 1
shop_up{{mall="Cloud Lane",target="cache"}} {flag}
shop_ratio{{mall="Cloud Lane"}} NaN
shop_heap_bytes{{mall="Cloud Lane",pool="{hostile}"}} 3.5e9
shop_limit{{mall="Cloud Lane"}} +Inf
shop_deployed_timestamp_seconds{{mall="Cloud Lane",version="42"}} {now}
shop_incident{{mall="Cloud Lane",what="queue stuck"}} {flag}
shop_latency_seconds_bucket{{mall="Cloud Lane",le="0.1"}} {n}
shop_latency_seconds_bucket{{mall="Cloud Lane",le="1"}} {n}0
shop_latency_seconds_bucket{{mall="Cloud Lane",le="+Inf"}} {n}0
"""
SCRAPES = 12


@pytest.fixture(scope="session")
def exposition() -> Iterator[int]:
    """The port of a mall that grows with every scrape."""
    scrapes = {"": 0}

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            scrapes[""] += 1
            number = scrapes[""]
            hostile = IMAGE.replace("\\", "\\\\").replace('"', '\\"')
            text = EXPOSITION.format(n=number, flag=number // 4 % 2, now=int(time.time()) - 5, hostile=hostile)
            self.reply(200, text.encode(), {"Content-Type": "text/plain; version=0.0.4"})

    server = serving(Handler)
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def prometheus_url(exposition: int, server_folder: Path) -> Iterator[str]:
    """A Prometheus that scrapes the mall every second, once it has seen enough."""
    conftest._require(PROMETHEUS, "apt-get install prometheus")
    folder = server_folder / "boards"
    folder.mkdir()
    job = {"job_name": "shop", "static_configs": [{"targets": [f"127.0.0.1:{exposition}"]}]}
    configuration = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": [job]}
    # JSON is YAML.
    (folder / "prometheus.yml").write_text(json.dumps(configuration))
    address = f"127.0.0.1:{free_port()}"
    command = [str(PROMETHEUS), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    log = server_folder / "boards.log"
    process = start([*command, f"--web.listen-address={address}"], log=log)

    def ask() -> None:
        query = "max(sum_over_time(up[1m])) or vector(0)"
        answer = httpx.get(f"http://{address}/api/v1/query", params={"query": query}).raise_for_status().json()
        if int(answer["data"]["result"][0]["value"][1]) < SCRAPES:
            raise httpx.HTTPError("not scraped often enough yet")

    try:
        conftest._wait(process, log, ask, httpx.HTTPError)
        yield f"http://{address}"
    finally:
        end(process)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def prometheus(prometheus_url: str) -> Iterator[Prometheus]:
    """The same, ready to be asked."""
    with Prometheus(prometheus_url) as server:
        yield server
