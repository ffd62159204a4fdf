"""Debian's Alertmanager: what it sends becomes a ticket; what it cannot deliver is found by asking it, and not doubled later."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from benchmarks.tickets_app import application, keep_token
from mall.servers.processes import free_port
from tests.conftest import _require
from tests.dashboards.rules import servers
from tests.tickets.intake.conftest import MACHINE, serving
from tests.tickets.intake.sending import is_balanced, numbers, outcomes, ticket
from tickets.desk import Desk, now
from tickets.intake.reconciling import reconcile
from tickets.routing import Alertmanager


def _configuration(port: int) -> str:
    return f"""
route: {{receiver: tenfold, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}}
receivers:
  - name: tenfold
    webhook_configs:
      - url: http://127.0.0.1:{port}/api/v1/alerts/alertmanager
        send_resolved: true
        http_config: {{authorization: {{type: Bearer, credentials: {MACHINE}}}}}
"""


def _tell(client: httpx.Client, name: str, *, ended: bool = False) -> None:
    at = datetime.now(UTC)
    told = {
        "labels": {"alertname": name, "severity": "critical"},
        "annotations": {"summary": name},
        "startsAt": (at - timedelta(minutes=1)).isoformat(),
        **({"endsAt": at.isoformat()} if ended else {}),
    }
    assert client.post("/api/v2/alerts", json=[told]).is_success


def _until(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 120
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.2)


@pytest.mark.debian_servers
@pytest.mark.timeout(600)
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_delivered_undelivered_and_delivered_late(desk: Desk, tmp_path: Path) -> None:
    _require(servers.ALERTMANAGER, "apt-get install prometheus-alertmanager")
    port = free_port()
    keep_token(desk.store, MACHINE)
    with servers.alertmanager(_configuration(port), tmp_path) as alertmanager:
        asked = Alertmanager(url=str(alertmanager.base_url), grace=timedelta(0))
        desk = replace(desk, now=now, alertmanager=asked)
        with serving(application(desk), port):
            _tell(alertmanager, "Delivered")
            _until(lambda: numbers(desk) == [1], "the webhook was not taken in")
        _tell(alertmanager, "Undelivered")
        assert reconcile(desk).missing == 1
        assert [ticket(desk, number).title for number in numbers(desk)] == ["Delivered", "Undelivered"]
        with serving(application(desk), port):
            _until(lambda: ("merged", "repeat") in outcomes(desk), "Alertmanager did not try again")
            _tell(alertmanager, "Undelivered", ended=True)
            _until(lambda: ticket(desk, 2).resolution_proposed, "its end was not told")
    assert numbers(desk) == [1, 2]
    assert is_balanced(desk)
