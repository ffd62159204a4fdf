"""Our boards against `tenfold serve` and a running round: every query has an answer that is a number."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from loadtest.exposition import Exposition, RoundExposition
from tenfold.serving.marks import Mark, append
from tests.conftest import PostgresServer, RedisServer
from tests.dashboards.asking import Asked, dead, scraping
from tests.dashboards.parts import written
from tests.dashboards.shopping import shopping
from tests.pages.recorded_samples import recording
from tests.tenfold.conftest import Program, prepared
from tests.tenfold.serving.conftest import serving

pytestmark = pytest.mark.debian_servers

STEMS = [stem for stem, document in written("en").items() if "exporters" not in document["tags"]]
# Statements and tables are read once a minute; a rate needs two readings that differ.
READINGS_SECONDS = 66
RANGE_SECONDS = 120
LOG_FORMAT = '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time'
FIGURES = {
    "orders_total": ("SELECT count(*) AS value FROM orders", ()),
    "checkouts_total": ("SELECT 2 * count(*) AS value FROM orders", ()),
    "refunds_total": ("SELECT count(*) / 10 AS value FROM orders", ()),
    "payments_total": (
        "SELECT 'alipay' AS channel, 'paid' AS outcome, count(*) AS value FROM orders",
        ("channel", "outcome"),
    ),
    "carts": ("SELECT 3 AS value", ()),
    "orders_stuck": ("SELECT 0 AS value", ()),
    "products_out_of_stock": ("SELECT 1 AS value", ()),
    "queue_depth": ("SELECT 'mail' AS queue, 4 AS value", ("queue",)),
}
AUDIT: dict[str, Any] = {
    "taken_at": "2026-11-22T09:00:00Z",
    "verdict": "at risk",
    "coverage": {"workload_time_examined_ratio": 0.97},
    "findings": [{"code": "IDX001", "severity": "critical", "subject": "public.orders(user_id)"}],
}
ROUND: dict[str, Any] = {
    "round": "confirm",
    "verdict": "GO",
    "started_at": "2026-11-22T10:00:00Z",
    "seconds": 60.0,
    "offered_per_second": 100.0,
    "achieved_per_second": 99.0,
    "scheduled": 6000,
    "failed": 60,
    "latency_ms": {"p50": 10.0, "p95": 50.0, "p99": 80.0},
    "knee": {"per_second": 80.0},
}


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"welcome")

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def storefront() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def rehearsing() -> Iterator[str]:
    """A round that runs; the address of its metrics."""
    run = recording(20, 150, seed=3, failing=lambda _second: 0.1)
    metrics = RoundExposition("capacity", seed=3, arrivals=run.arrivals, loop=run.loop, started_at=time.time())
    over = threading.Event()

    def feed() -> None:
        for moment in run.moments:
            metrics.feed(moment)
            if over.wait(1):
                return

    thread = threading.Thread(target=feed)
    with Exposition(metrics, port=0) as exposition:
        thread.start()
        try:
            yield f"127.0.0.1:{exposition.port}"
        finally:
            over.set()
            thread.join()


def configuration(dsn: str, cache: str, page: str, log: Path, runs: Path) -> str:
    starts = (datetime.now(UTC) + timedelta(days=12)).isoformat()
    figures = "\n".join(
        f"[[metric]]\nname = {json.dumps(name)}\nsql = {json.dumps(sql)}\nlabels = {json.dumps(labels)}"
        for name, (sql, labels) in FIGURES.items()
    )
    return f"""
        [mall]
        name = "corner shop"
        [promotion]
        name = "double eleven"
        starts = {starts}
        multiplier = 8
        [serve]
        runs = {json.dumps(str(runs))}
        [[postgres]]
        name = "orders"
        dsn = {json.dumps(dsn)}
        [[redis]]
        name = "cache"
        url = {json.dumps(cache)}
        [[host]]
        name = "this machine"
        [[http]]
        name = "shop"
        url = {json.dumps(page)}
        access_log = {json.dumps(str(log))}
        log_format = {json.dumps(LOG_FORMAT)}
        {figures}
    """


@pytest.fixture(scope="module")
def asked(postgres18: PostgresServer, redis6: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A Prometheus that scraped the exporter and the round for as long as its slow clocks need."""
    folder = tmp_path_factory.mktemp("alive")
    shop = prepared(postgres18, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "CREATE TABLE orders (id int)")
    postgres18.execute(shop, "GRANT SELECT ON orders TO tenfold")
    runs, log = folder / "runs", folder / "access.log"
    for name, document in (("audit", AUDIT), ("stress", {**AUDIT, "rounds": [ROUND]})):
        (runs / name).mkdir(parents=True)
        (runs / name / "findings.json").write_text(json.dumps(document), encoding="utf-8")
    append(runs, Mark("deployment", "shop 1.2", time.time()))
    log.write_text("", encoding="utf-8")

    def visit(turn: int) -> None:
        status = 500 if turn % 20 == 0 else 200
        moment = datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
        with log.open("a", encoding="utf-8") as file:
            file.write(f'192.0.2.1 - - [{moment}] "GET /search HTTP/1.1" {status} 512 "-" "shopper" 0.0{turn % 9}\n')

    dsn = postgres18.dsn(shop, role="tenfold")
    program = Program.in_new_folder(folder)
    with (
        storefront() as page,
        rehearsing() as running_round,
        shopping(postgres18, shop, redis6, visit),
        serving(program, configuration(dsn, redis6.url(), page, log, runs)) as service,
        scraping(
            folder, {"tenfold": [service.url.removeprefix("http://").rstrip("/")], "round": [running_round]}
        ) as found,
    ):
        began = time.monotonic()
        found.until("sum(rate(tenfold_mall_orders_total[10s])) > 0")
        time.sleep(max(READINGS_SECONDS - (time.monotonic() - began), 0))
        yield found


@pytest.mark.parametrize("stem", STEMS)
def test_every_query_has_an_answer(stem: str, asked: Asked) -> None:
    assert dead(written("en")[stem], asked, seconds=RANGE_SECONDS) == []
