"""The Alertmanager example: accepted, routed by severity, quiet about what hangs on a target that is down, and posted with the token."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboards.rules import files, groups
from dashboards.rules.alertmanager import TOKEN_FILE
from pages.translation import LANGUAGES
from tests.conftest import _require
from tests.dashboards.rules.promtool import AMTOOL, REMEDY, run
from tests.dashboards.rules.servers import ALERTMANAGER, alertmanager, intake, until_posted

_FILE = "alertmanager/alertmanager.yml"


@pytest.mark.debian_servers
@pytest.mark.parametrize("language", LANGUAGES)
def test_amtool_accepts_it(language: Any, tmp_path: Path) -> None:
    _require(AMTOOL, REMEDY)
    path = tmp_path / "alertmanager.yml"
    path.write_text(files(language)[_FILE], encoding="utf-8")
    found = run(AMTOOL, "check-config", path)
    assert (found.returncode, found.stderr) == (0, ""), found.stdout
    assert "4 receivers" in found.stdout


@pytest.mark.debian_servers
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("alertname=PaymentsFail", "severity=urgent"), "tenfold-urgent"),
        (("alertname=OrdersStuck", "severity=important"), "tenfold-important"),
        (("alertname=CertificateEnds", "severity=normal"), "tenfold-normal"),
        (("alertname=SomebodyElses", "severity=page"), "tenfold-normal"),
        (("alertname=Watchdog", "severity=normal"), "heartbeat"),
    ],
)
def test_an_alert_goes_where_its_severity_says(labels: tuple[str, ...], receiver: str, tmp_path: Path) -> None:
    _require(AMTOOL, REMEDY)
    path = tmp_path / "alertmanager.yml"
    path.write_text(files("en")[_FILE], encoding="utf-8")
    found = run(AMTOOL, "config", "routes", "test", f"--config.file={path}", *labels)
    assert (found.returncode, found.stdout.strip()) == (0, receiver), found.stderr


def test_every_alert_that_is_named_exists() -> None:
    names = {alert.name for group in groups() for alert in group.alerts}
    named = re.findall(r'alertname=~?"([^"]+)"', files("en")[_FILE])
    assert {name for pattern in named for name in pattern.split("|")} <= names
    assert "PostgresDown" in named


@pytest.mark.debian_servers
def test_a_running_alertmanager_posts_what_matters_and_keeps_back_what_hangs_on_it(tmp_path: Path) -> None:
    _require(ALERTMANAGER, REMEDY)
    token = tmp_path / "token"
    token.write_text("machine-token\n", encoding="utf-8")
    with intake() as (port, posted):
        text = files("en", tenfold=f"127.0.0.1:{port}")[_FILE].replace(TOKEN_FILE, str(token))
        with alertmanager(text, tmp_path) as client:
            down = {"alertname": "PostgresDown", "severity": "urgent", "mall": "m", "target": "orders"}
            hanging = {"alertname": "PostgresStandbyGone", "severity": "important", "mall": "m", "target": "orders"}
            elsewhere = {**hanging, "target": "stock"}
            milder = {"alertname": "PaymentsFail", "severity": "normal", "mall": "m", "channel": "wechat"}
            worse = {**milder, "severity": "urgent"}
            other_channel = {**milder, "channel": "alipay"}
            alerts = (down, hanging, elsewhere, milder, worse, other_channel)
            now = datetime.now(UTC).isoformat()
            client.post(
                "/api/v2/alerts", json=[{"labels": each, "startsAt": now} for each in alerts]
            ).raise_for_status()
            urgent = until_posted(posted, "PostgresDown")
            states = {
                tuple(sorted(each["labels"].items())): each["status"]["state"]
                for each in client.get("/api/v2/alerts").json()
            }
    assert states[tuple(sorted(hanging.items()))] == "suppressed"
    assert states[tuple(sorted(milder.items()))] == "suppressed"
    for heard in (down, worse):
        assert states[tuple(sorted(heard.items()))] == "active"
    for not_silenced in (elsewhere, other_channel):
        assert states[tuple(sorted(not_silenced.items()))] != "suppressed"
    path, authorization, document = urgent
    assert (path, authorization) == ("/api/v1/alerts/alertmanager", "Bearer machine-token")
    assert (document["version"], document["status"], document["receiver"]) == ("4", "firing", "tenfold-urgent")
    assert document["groupLabels"] == {"alertname": "PostgresDown", "mall": "m", "target": "orders"}
