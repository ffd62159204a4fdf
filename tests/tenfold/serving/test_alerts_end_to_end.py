"""From a fault in the shop to the post at the intake: the practice mall, `tenfold serve`, Prometheus with the rules, Alertmanager."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
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

# Within which the evidence of an alert is frozen.
EVIDENCE_SECONDS = 30
TITLE = "practice: too many payments through wechat fail"
TICKETS = """
[tickets]
[[tickets.evidence.probe]]
name = "wechat"
url = "http://127.0.0.1:9/"
"""
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


def _ask(port: int, path: str, token: str) -> Any:
    answer = httpx.get(
        f"http://127.0.0.1:{port}/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=20.0
    )
    assert answer.is_success, answer.text
    return answer.json()


@pytest.mark.debian_servers
def test_a_dead_payment_channel_becomes_one_urgent_ticket_with_evidence(
    tenfold: Program, server_folder: Path, tmp_path: Path
) -> None:
    for program in (servers.PROMETHEUS, servers.ALERTMANAGER):
        _require(program, REMEDY)
    port = free_port()
    with open_mall(server_folder / "watched") as mall:
        with mall.connection() as connection, connection.cursor() as cursor:
            cursor.execute(role_sql())
            cursor.execute("GRANT SELECT ON orders, payments TO tenfold")
        configuration = _configuration(mall) + TICKETS
        (tenfold.folder / "tenfold.toml").write_text(configuration, encoding="utf-8")
        machine, engineer = (
            tenfold("tokens", "create", role, "--role", role).stdout.split()[-1] for role in ("machine", "engineer")
        )
        (tmp_path / "token").write_text(machine, encoding="utf-8")
        _, text = _written(tmp_path, tenfold=port, alertmanager=0)
        text = text.replace(TOKEN_FILE, str(tmp_path / "token"))
        with (
            _serve(tenfold, configuration, port),
            servers.alertmanager(text, tmp_path) as alertmanager,
        ):
            file, _ = _written(tmp_path, tenfold=port, alertmanager=alertmanager.base_url.port or 0)
            with servers.prometheus(file, tmp_path) as prometheus:
                crowd = mall.send_shoppers(240, rate=8.0, seed=5)
                try:
                    _until(
                        lambda: (_value(prometheus, "mall_channel:tenfold_mall_payments_paid:increase15m") or 0) > 3,
                        "nothing was paid",
                    )
                    assert _firing(prometheus) == {("Watchdog", "normal")}
                    assert _ask(port, "tickets", engineer)["items"] == []
                    mall.turn("dead-payment-channel", on=True)
                    _until(
                        lambda: TITLE in _titles(_ask(port, "tickets", engineer)), "no ticket was opened", seconds=120
                    )
                    number = _titles(_ask(port, "tickets", engineer))[TITLE]
                    _until(
                        lambda: _kinds(_ask(port, f"tickets/{number}", engineer)) >= {"evidence_frozen", "cause_given"},
                        "no evidence was frozen",
                    )
                finally:
                    crowd.end()
                groups = prometheus.get("/api/v1/rules").json()["data"]["groups"]
                ticket = _ask(port, f"tickets/{number}", engineer)
                ledger = _ask(port, "ledger", engineer)
    assert [rule for group in groups for rule in group["rules"] if rule["health"] != "ok"] == []
    # The milder severities of the same are kept back.
    assert (ticket["urgency"], ticket["area"], ticket["state"]) == ("urgent", "payments", "waiting")
    assert ticket["labels"] == {
        "alertname": "PaymentsFail",
        "mall": "practice",
        "channel": "wechat",
        "severity": "urgent",
    }
    assert re.search(r"[\d.]+% were bad", ticket["summary"])
    assert ticket["runbook"] == "docs/runbooks/PaymentsFail.md"
    begun = {each["event"]["kind"]: datetime.fromisoformat(each["at"]) for each in reversed(ticket["events"])}
    assert (begun["evidence_frozen"] - begun["opened"]).total_seconds() < EVIDENCE_SECONDS
    assert ledger["balanced"]


def _titles(tickets: Any) -> dict[str, int]:
    numbers = {each["title"]: each["id"] for each in tickets["items"]}
    assert len(numbers) == len(tickets["items"]), "one trouble has two tickets"
    return numbers


def _kinds(ticket: Any) -> set[str]:
    return {each["event"]["kind"] for each in ticket["events"]}
