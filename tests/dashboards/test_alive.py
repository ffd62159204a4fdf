"""Our boards against `tenfold serve` on the practice mall, with shoppers in it and a rehearsal under way: every query has an answer.

A real audit and a real round; the knee that an earlier rehearsal found is a recorded one, since to look for it takes minutes.
"""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mall import Mall, open_mall
from mall.servers.processes import free_port
from tenfold.demo.story import create_role
from tests.dashboards.asking import Asked, dead, scraping
from tests.dashboards.parts import written
from tests.tenfold.conftest import Program
from tests.tenfold.serving.conftest import serving

pytestmark = pytest.mark.debian_servers

# The ticket room is proven in `test_alive_tickets`: what it shows takes tickets, not shoppers.
STEMS = [stem for stem, document in written("en").items() if "exporters" not in document["tags"] and stem != "tickets"]
ROOT = Path(__file__).parents[2]
# Statements and tables are read once a minute; a rate needs two readings that differ.
READINGS_SECONDS = 66
RANGE_SECONDS = 120
ROUND_SECONDS = 200
AUDIT_WINDOWS = ("5", "10", "20")
READ_BY_METRICS = "orders, payments, refunds, carts, products, skus, stock, outbox"
KNEE: dict[str, Any] = {
    "round": "capacity",
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


def configuration(mall: Mall, runs: Path) -> str:
    """What an engineer would write for the practice mall."""
    starts = (datetime.now(UTC) + timedelta(days=12)).isoformat()
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
dsn = "{mall.dsn.replace("postgres@", "tenfold@")}"
[[redis]]
name = "cache"
url = "{mall.redis_url}"
[[host]]
name = "this machine"
[[http]]
name = "shop"
url = "{mall.shop_url}"
access_log = "{mall.access_log}"
[loadtest]
targets = [{{ host = "127.0.0.1" }}]
key = "{mall.secret}"
ceiling = 20
everyday_peak = 3
baseline = "{ROUND_SECONDS}s"
journeys = ["loadtest.journeys.practice_mall"]
{(ROOT / "mall/metrics.toml").read_text("utf-8")}
"""


@contextmanager
def rehearsing(program: Program) -> Iterator[str]:
    """A round of the mall that is under way until the end of the block; the address of its metrics."""
    port = free_port()
    options = ("--round", "baseline", "--allow-writes", "--no-findings", "--metrics-port", str(port), "-o", "round")
    process = program.start("stress", *options, stdout=subprocess.DEVNULL)
    try:
        yield f"127.0.0.1:{port}"
        assert process.poll() is None, process.communicate()[1]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def audited(program: Program, runs: Path) -> Any:
    """The document of an audit that found something: on a busy machine the crowd needs a while until one can."""
    for window in AUDIT_WINDOWS:
        folder = runs / f"audit-{window}"
        assert program("audit", "--window", window, "-o", str(folder)).code == 0
        document = json.loads((folder / "findings.json").read_text("utf-8"))
        if document["findings"]:
            return document
    raise AssertionError(document)


@pytest.fixture(scope="module")
def asked(server_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A Prometheus that scraped the exporter and the round for as long as the slow clocks need."""
    folder = tmp_path_factory.mktemp("alive")
    program, runs = Program.in_new_folder(folder), folder / "runs"
    with open_mall(server_folder / "watched") as mall:
        create_role(mall)
        with mall.connection() as connection, connection.cursor() as cursor:
            cursor.execute(f"GRANT SELECT ON {READ_BY_METRICS} TO tenfold")
        (program.folder / "tenfold.toml").write_text(configuration(mall, runs), encoding="utf-8")
        crowd = mall.send_shoppers(ROUND_SECONDS, rate=8.0, seed=5)
        try:
            audit = audited(program, runs)
            (runs / "stress").mkdir()
            (runs / "stress/findings.json").write_text(json.dumps({**audit, "rounds": [KNEE]}), encoding="utf-8")
            assert program("mark", "deployment", "shop 1.2").code == 0
            with (
                rehearsing(program) as running_round,
                serving(program, configuration(mall, runs)) as service,
                scraping(
                    folder, {"tenfold": [service.url.removeprefix("http://").rstrip("/")], "round": [running_round]}
                ) as found,
            ):
                began = time.monotonic()
                found.until("sum(rate(tenfold_mall_orders_total[20s])) > 0")
                time.sleep(max(READINGS_SECONDS - (time.monotonic() - began), 0))
                yield found
        finally:
            crowd.end()


@pytest.mark.parametrize("stem", STEMS)
def test_every_query_has_an_answer(stem: str, asked: Asked) -> None:
    assert dead(written("en")[stem], asked, seconds=RANGE_SECONDS) == []
