"""What was never delivered is found, what ended without a word is noted, and nothing is doubled when the webhook comes after all."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.tickets.conftest import Clock
from tests.tickets.intake.sending import STARTED, alert, is_balanced, numbers, outcomes, send, ticket, webhook
from tickets import lifecycle
from tickets.changing import change
from tickets.desk import Desk
from tickets.intake.reconciling import RECONCILED, reconcile
from tickets.names import Urgency
from tickets.routing import Alertmanager, Route, Routing
from tickets.store import kept, windows

LONG_AGO = STARTED - timedelta(hours=1)


@dataclass
class Double:
    """A server that answers as Alertmanager does."""

    url: str = ""
    since: datetime = STARTED - timedelta(days=1)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, path: str) -> bytes:
        if self.body is not None:
            return self.body
        if path.endswith("/status"):
            return json.dumps({"uptime": self.since.isoformat(), "versionInfo": {}}).encode()
        return json.dumps(self.alerts).encode()


@pytest.fixture
def double() -> Iterator[Double]:
    there = Double()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append((self.path, self.headers.get("Authorization", "")))
            body = there.answer(self.path)
            self.send_response(there.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield there
    server.shutdown()
    server.server_close()


@pytest.fixture
def asking(desk: Desk, double: Double) -> Desk:
    return replace(desk, alertmanager=Alertmanager(url=double.url))


def held(fingerprint: str, *, state: str = "active", starts_at: datetime = LONG_AGO, **labels: Any) -> dict[str, Any]:
    """An alert as API version 2 gives it."""
    given = alert(fingerprint, starts_at=starts_at, **labels)
    del given["status"]
    silenced = ["s"] if state == "suppressed" else []
    return {
        **given,
        "status": {"state": state, "silencedBy": silenced, "inhibitedBy": []},
        "receivers": [{"name": "tenfold"}],
    }


def test_an_alert_that_was_never_delivered_opens_a_ticket_once(asking: Desk, double: Double, clock: Clock) -> None:
    double.alerts = [held("f1", instance="db1"), held("f2", state="suppressed"), held("w", alertname="Watchdog")]
    assert reconcile(asking).missing == 1
    found = ticket(asking, 1)
    assert (found.source, found.urgency) == ("reconciliation", Urgency.URGENT)
    assert found.firing == {"f1"}
    clock.forward(minutes=1)
    assert reconcile(asking).missing == 0
    assert numbers(asking) == [1]
    assert is_balanced(asking)


def test_the_webhook_that_comes_after_all_finds_that_ticket(asking: Desk, double: Double) -> None:
    double.alerts = [held("f1")]
    reconcile(asking)
    send(asking, webhook(alert("f1", starts_at=LONG_AGO), alert("f2"), key="group"))
    assert outcomes(asking) == [("ticketed", "opened"), ("merged", "repeat"), ("ticketed", "opened")]
    send(asking, webhook(alert("f1", starts_at=LONG_AGO, status="resolved"), alert("f2"), key="group"))
    assert not ticket(asking, 1).firing
    assert ticket(asking, 2).firing == {"f2"}


def test_the_key_is_the_one_that_the_ledger_knows(asking: Desk, double: Double, clock: Clock) -> None:
    send(asking, webhook(alert("f1", status="resolved"), alert("f2"), key="group"))
    clock.forward(minutes=10)
    double.alerts = [held("f1"), held("f2")]
    assert reconcile(asking).missing == 1
    assert numbers(asking) == [1]
    assert ticket(asking, 1).firing == {"f1", "f2"}


def test_an_alert_that_the_webhook_may_still_bring_is_left_to_it(asking: Desk, double: Double, clock: Clock) -> None:
    double.alerts = [held("f1", starts_at=clock())]
    assert reconcile(asking).missing == 0
    clock.forward(minutes=7)
    assert reconcile(asking).missing == 1


def test_what_ended_without_a_word_subsides_the_way_its_ticket_goes(asking: Desk, double: Double, clock: Clock) -> None:
    asking = replace(asking, routing=Routing(routes=[Route(match={"instance": "db1"}, resolve="auto")]))
    send(asking, webhook(alert("f1"), alert("f2"), key="group"))
    send(asking, webhook(alert("f3", instance="db1"), key="other"))
    send(asking, {"title": "from elsewhere"}, "alerts")
    clock.forward(minutes=2)
    double.alerts = [held("f2", state="suppressed")]
    assert reconcile(asking).gone == 2
    assert ticket(asking, 1).firing == {"f2"}, "an alert that somebody silences has not ended"
    assert ticket(asking, 2).state == "resolved"
    assert ticket(asking, 3).firing, "what another source told is not Alertmanager's to end"
    assert is_balanced(asking)


def test_an_alertmanager_that_has_only_just_started_ends_nothing(asking: Desk, double: Double, clock: Clock) -> None:
    send(asking, webhook(alert("f1")))
    clock.forward(minutes=10)
    double.since = clock() - timedelta(minutes=1)
    assert reconcile(asking).gone == 0
    clock.forward(minutes=10)
    assert reconcile(asking).gone == 1


def test_a_webhook_that_was_under_way_is_not_undone(asking: Desk, clock: Clock) -> None:
    send(asking, webhook(alert("f1")))
    clock.forward(seconds=5)
    assert reconcile(asking).gone == 0
    assert ticket(asking, 1).firing == {"f1"}


def test_a_ticket_that_was_resolved_a_moment_ago_is_given_time(asking: Desk, double: Double, clock: Clock) -> None:
    double.alerts = [held("f1")]
    send(asking, webhook(alert("f1", starts_at=LONG_AGO)))
    change(asking, 1, "wang", lambda ticket: lifecycle.take(ticket, "wang"))
    change(asking, 1, "wang", lambda ticket: lifecycle.resolve(ticket, "freed", "rm", "none"))
    clock.forward(minutes=2)
    assert reconcile(asking).missing == 0
    clock.forward(minutes=10)
    assert reconcile(asking).missing == 1
    assert ticket(asking, 1).is_open, "it still fires, so it is not solved"


def test_what_a_window_expects_is_filed_once_and_comes_back_when_it_is_over(
    asking: Desk, double: Double, clock: Clock
) -> None:
    asking.store.writing(
        lambda connection: windows.begin(
            connection, kind="maintenance", starts_at=clock(), ends_at=clock() + timedelta(hours=1),
            match={"instance": "db1"}, reason="new disk", actor="wang",
        )
    )  # fmt: skip
    double.alerts = [held("f1", instance="db1")]
    for _ in range(4):
        reconcile(asking)
        clock.forward(minutes=10)
    assert outcomes(asking) == [("suppressed", "maintenance: new disk")]
    clock.forward(minutes=30)
    reconcile(asking)
    assert outcomes(asking)[1:] == [("ticketed", "opened")]


@pytest.mark.parametrize(
    ("status", "body"), [(500, None), (401, None), (200, b"<html>"), (200, b"{}"), (200, b"[" * 99_999)]
)
def test_an_alertmanager_that_does_not_answer_well_is_told_of(
    asking: Desk, double: Double, status: int, body: bytes | None
) -> None:
    send(asking, webhook(alert("f1")))
    double.status, double.body = status, body
    assert reconcile(asking).problem
    with asking.store.read() as connection:
        assert kept.get(connection, RECONCILED)["problem"]
    assert ticket(asking, 1).firing == {"f1"}


def test_nobody_listens(asking: Desk) -> None:
    asking = replace(asking, alertmanager=Alertmanager(url="http://127.0.0.1:9"))
    assert "ConnectError" in str(reconcile(asking).problem)


def test_credentials_are_sent_and_never_shown(desk: Desk, double: Double, clock: Clock) -> None:
    basic = Alertmanager(url=double.url + "/", user="u", password="secret")
    reconcile(replace(desk, alertmanager=basic))
    clock.forward(minutes=1)
    bearer = Alertmanager(url=double.url, bearer="secret")
    reconcile(replace(desk, alertmanager=bearer))
    assert double.asked[0] == ("/api/v2/status", "Basic dTpzZWNyZXQ=")
    assert double.asked[-1] == ("/api/v2/alerts", "Bearer secret")
    assert "secret" not in f"{basic!r}{bearer!r}"


def test_another_process_has_just_asked(asking: Desk, double: Double, clock: Clock) -> None:
    reconcile(asking)
    clock.forward(seconds=10)
    reconcile(asking)
    assert len(double.asked) == 2
