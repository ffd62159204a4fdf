"""From a fault in the shop to the post at the intake: the practice mall, `tenfold serve`, Prometheus with the rules, Alertmanager."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from collectors.role_sql import role_sql
from dashboards.rules import files
from dashboards.rules.alertmanager import TOKEN_FILE
from mall import Mall, open_mall
from mall.servers.processes import end, free_port
from tests.conftest import _require
from tests.dashboards.rules import servers
from tests.dashboards.rules.promtool import REMEDY
from tests.tenfold.conftest import Program

_TODAY = "started_at >= date_trunc('day', now())"


def _configuration(mall: Mall) -> str:
    """What an engineer would write for the practice mall; no machine, since the one that tests run on may be in trouble."""
    return f"""
[mall]
name = "practice"
[[postgres]]
name = "orders"
dsn = "{mall.dsn.replace("postgres@", "tenfold@")}"
[[redis]]
name = "cache"
url = "{mall.redis_url}"
[[http]]
name = "shop"
url = "{mall.shop_url}"
access_log = "{mall.access_log}"
[[metric]]
name = "orders_total"
sql = "SELECT count(*) AS value FROM orders WHERE placed_at >= date_trunc('day', now())"
[[metric]]
name = "payments_total"
labels = ["channel", "outcome"]
sql = '''
SELECT pay_channel AS channel, CASE pay_status WHEN 'captured' THEN 'paid' ELSE pay_status END AS outcome, count(*) AS value
FROM payments WHERE {_TODAY} AND pay_status IN ('captured', 'failed') GROUP BY 1, 2'''
"""


def _written(folder: Path, *, tenfold: int, alertmanager: int) -> tuple[Path, str]:
    """Prometheus' file, its rules beside it, and Alertmanager's text; what is asked every minute is asked every second."""
    texts = files("en", tenfold=f"127.0.0.1:{tenfold}", alertmanager=f"127.0.0.1:{alertmanager}")
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        hurried = re.sub(r"(_?interval|scrape_timeout): (\d+)[sm]$", r"\1: 1s", text, flags=re.MULTILINE)
        (folder / path).write_text(hurried if path.startswith("prometheus/") else text, encoding="utf-8")
    return folder / "prometheus/prometheus.yml", texts["alertmanager/alertmanager.yml"]


@contextmanager
def _serve(tenfold: Program, configuration: str, port: int) -> Iterator[None]:
    (tenfold.folder / "tenfold.toml").write_text(configuration, encoding="utf-8")
    with tenfold.start("serve", "--listen", f"127.0.0.1:{port}", stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            end(process)


def _firing(prometheus: httpx.Client) -> set[tuple[str, str]]:
    alerts = prometheus.get("/api/v1/alerts").json()["data"]["alerts"]
    return {(each["labels"]["alertname"], each["labels"]["severity"]) for each in alerts if each["state"] == "firing"}


def _value(prometheus: httpx.Client, query: str) -> float | None:
    found: list[Any] = prometheus.get("/api/v1/query", params={"query": query}).json()["data"]["result"]
    return float(found[0]["value"][1]) if found else None


def _until(condition: Any, what: str, *, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)


@pytest.mark.debian_servers
def test_a_dead_payment_channel_becomes_one_urgent_post(tenfold: Program, server_folder: Path, tmp_path: Path) -> None:
    for program in (servers.PROMETHEUS, servers.ALERTMANAGER):
        _require(program, REMEDY)
    (tmp_path / "token").write_text("machine-token", encoding="utf-8")
    port = free_port()
    with open_mall(server_folder / "watched") as mall, servers.intake() as (intake, posted):
        with mall.connection() as connection, connection.cursor() as cursor:
            cursor.execute(role_sql())
            cursor.execute("GRANT SELECT ON orders, payments TO tenfold")
        _, text = _written(tmp_path, tenfold=port, alertmanager=0)
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{intake}").replace(TOKEN_FILE, str(tmp_path / "token"))
        with (
            _serve(tenfold, _configuration(mall), port),
            servers.alertmanager(text, tmp_path) as alertmanager,
        ):
            configuration, _ = _written(tmp_path, tenfold=port, alertmanager=alertmanager.base_url.port or 0)
            with servers.prometheus(configuration, tmp_path) as prometheus:
                crowd = mall.send_shoppers(240, rate=8.0, seed=5)
                try:
                    _until(
                        lambda: (_value(prometheus, "mall_channel:tenfold_mall_payments_paid:increase15m") or 0) > 3,
                        "nothing was paid",
                    )
                    assert _firing(prometheus) == {("Watchdog", "normal")}
                    mall.turn("dead-payment-channel", on=True)
                    _, _, document = servers.until_posted(posted, "PaymentsFail", seconds=120)
                finally:
                    crowd.end()
                groups = prometheus.get("/api/v1/rules").json()["data"]["groups"]
    assert [rule for group in groups for rule in group["rules"] if rule["health"] != "ok"] == []
    # The milder severities of the same are kept back.
    assert [(each["labels"], each["status"]) for each in document["alerts"]] == [
        (
            {"alertname": "PaymentsFail", "mall": "practice", "channel": "wechat", "severity": "urgent"},
            "firing",
        )
    ]
    assert document["receiver"] == "tenfold-urgent"
    annotations = document["alerts"][0]["annotations"]
    assert annotations["summary"] == "practice: too many payments through wechat fail"
    assert re.match(r"[\d.]+% were bad", annotations["description"])
    assert annotations["runbook_url"] == "docs/runbooks/PaymentsFail.md"
