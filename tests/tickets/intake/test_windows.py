"""Rehearsal and maintenance: what they cause is filed with its reason, and a real payment alert still pages."""

import fnmatch
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.conftest import Clock
from tests.tickets.intake.conftest import ENGINEER, LEAD, as_
from tests.tickets.intake.sending import STARTED, alert, is_balanced, numbers, outcomes, send, ticket, webhook
from tickets.desk import Desk
from tickets.intake.windows import is_like
from tickets.store import windows


def _begin(desk: Desk, kind: windows.Kind = "rehearsal", **match: str) -> None:
    desk.store.writing(
        lambda connection: windows.begin(
            connection,
            kind=kind,
            starts_at=desk.now(),
            ends_at=desk.now() + timedelta(hours=1),
            match=match,
            reason="third round at 10×",
            actor="wang",
        )
    )


def test_what_a_rehearsal_causes_is_suppressed_and_a_real_payment_alert_pages(desk: Desk) -> None:
    _begin(desk, target="shop")
    send(desk, webhook(alert("f1", target="shop"), alert("f2", target="db"), alert("f3", rehearsal="true")))
    send(desk, webhook(alert("f4", target="shop", area="payments"), key="p1"))
    send(desk, webhook(alert("f5", target="shop", alertname="PaymentChannelFails", rehearsal="true"), key="p2"))
    assert outcomes(desk) == [
        ("suppressed", "rehearsal: third round at 10×"),
        ("ticketed", "opened"),
        ("suppressed", "rehearsal: third round at 10×"),
        ("ticketed", "opened"),
        ("ticketed", "opened"),
    ]
    assert is_balanced(desk)


def test_a_window_that_names_the_payments_expects_theirs(desk: Desk) -> None:
    _begin(desk, "maintenance", area="payments")
    send(desk, webhook(alert("f1", alertname="PaymentChannelFails")))
    assert outcomes(desk) == [("suppressed", "maintenance: third round at 10×")]


def test_maintenance_does_not_know_the_mark_of_a_rehearsal(desk: Desk) -> None:
    _begin(desk, "maintenance", target="db*")
    send(desk, webhook(alert("f1", rehearsal="true"), alert("f2", target="db-7")))
    assert [outcome for outcome, _ in outcomes(desk)] == ["ticketed", "suppressed"]


def test_a_ticket_from_before_goes_on_and_ends_while_the_window_lasts(desk: Desk) -> None:
    send(desk, webhook(alert("f1", target="shop")))
    _begin(desk, target="shop")
    send(desk, webhook(alert("f1", target="shop"), alert("f2", target="shop")))
    assert [outcome for outcome, _ in outcomes(desk)] == ["ticketed", "merged", "suppressed"]
    send(desk, webhook(alert("f1", target="shop", status="resolved")))
    assert ticket(desk, 1).resolution_proposed


def test_after_the_window_the_same_alert_pages(desk: Desk, clock: Clock) -> None:
    _begin(desk, target="shop")
    send(desk, webhook(alert("f1", target="shop")))
    assert numbers(desk) == []
    clock.forward(hours=1)
    send(desk, webhook(alert("f1", target="shop", starts_at=STARTED)))
    assert numbers(desk) == [1]


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "maintenance", "reason": "x", "minutes": 60},
        {"kind": "maintenance", "reason": "x", "minutes": 60, "match": {"alertname": "*"}},
        {"kind": "rehearsal", "reason": "", "minutes": 60},
        {"kind": "rehearsal", "reason": "x", "minutes": 0},
        {"kind": "rehearsal", "reason": "x", "minutes": 60, "starts_at": "9999-12-31T23:59:59Z"},
        {"kind": "party", "reason": "x", "minutes": 60},
    ],
)
def test_a_window_without_bounds_is_refused(client: httpx.Client, document: dict[str, object]) -> None:
    assert client.post("/api/v1/windows", json=document, headers=as_(LEAD)).status_code == 422


def test_begin_list_and_end(client: httpx.Client, clock: Clock) -> None:
    document = {"kind": "rehearsal", "reason": "round 1", "minutes": 60, "match": {"target": "shop"}}
    assert client.post("/api/v1/windows", json=document, headers=as_(ENGINEER)).status_code == 403
    begun = client.post("/api/v1/windows", json=document, headers=as_(LEAD))
    assert begun.status_code == 201
    assert begun.json()["active"] is True
    clock.forward(minutes=5)
    ended = client.post("/api/v1/windows/1/end", headers=as_(LEAD))
    assert ended.status_code == 200
    assert ended.json()["active"] is False
    assert client.post("/api/v1/windows/1/end", headers=as_(LEAD)).status_code == 404
    assert [each["reason"] for each in client.get("/api/v1/windows").json()["items"]] == ["round 1"]


def test_a_pattern_of_stars_does_not_take_for_ever(desk: Desk) -> None:
    _begin(desk, "maintenance", note="*a" * 100)
    send(desk, webhook(alert("f1", note="a" * 950 + "b")))
    assert [outcome for outcome, _ in outcomes(desk)] == ["ticketed"]


@given(st.text("ab", max_size=12), st.text("ab*", max_size=6))
def test_a_pattern_fits_what_the_shells_would(value: str, expected: str) -> None:
    assert is_like(value, expected) == fnmatch.fnmatchcase(value, expected)
