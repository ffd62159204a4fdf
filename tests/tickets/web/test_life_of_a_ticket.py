"""A ticket is opened, worked on, solved and rated over the API, and everybody sees what is theirs to see."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx import Client

from tests.tickets.web.conftest import Service
from tickets.names import Role
from tickets.web import making

Acting = Callable[[Role], Client]
TICKETS = "/api/v1/tickets"


def opened(client: Client, **fields: Any) -> dict[str, Any]:
    answer = client.post(TICKETS, json={"title": "Payment is down", **fields})
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_from_the_report_to_the_rating(acting: Acting, service: Service) -> None:
    rita, egon = acting(Role.REPORTER), acting(Role.ENGINEER)
    ticket = opened(rita, urgency="urgent", area="payments", summary="Nobody can pay.")
    at = f"{TICKETS}/{ticket['id']}"
    assert (ticket["state"], ticket["reporter"], ticket["name"]) == ("waiting", "rita", f"T-{ticket['id']}")

    service.clock.forward(minutes=5)
    assert egon.post(f"{at}/take").json()["owner"] == "egon"
    expected_at = "2026-11-11T10:00:00+08:00"
    assert egon.post(f"{at}/plan", json={"plan": "Switch over", "expected_at": expected_at}).status_code == 200
    seen = rita.get(at).json()
    assert (seen["state"], seen["owner"], seen["expected_at"]) == ("in_progress", "egon", "2026-11-11T02:00:00Z")

    assert egon.post(f"{at}/pause", json={"waiting_for": "third_party"}).json()["waiting_for"] == "third_party"
    assert egon.post(f"{at}/resume").json()["waiting_for"] is None
    solved = {"solution": "Backup channel", "steps": "Switched", "cautions": "none", "cause": "third_party"}
    assert egon.post(f"{at}/resolve", json=solved).json()["state"] == "resolved"
    rated = rita.post(f"{at}/rate", json={"attitude": 5, "speed": 4, "result": 5, "comment": "thanks"}).json()
    assert (rated["state"], rated["rating"]["speed"]) == ("closed", 4)
    assert rita.post(f"{at}/reopen", json={"reason": "again"}).json()["state"] == "in_progress"
    kinds = [entry["event"]["kind"] for entry in egon.get(at).json()["events"]]
    assert kinds == ["opened", "taken", "planned", "paused", "resumed", "resolved", "rated", "closed", "reopened"]


def test_what_cannot_be_done_now_is_a_conflict_that_says_why(acting: Acting) -> None:
    egon = acting(Role.ENGINEER)
    at = f"{TICKETS}/{opened(egon)['id']}"
    refused = egon.post(f"{at}/plan", json={"plan": "x"})
    assert refused.status_code == 409
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["detail"] == "Nobody has taken the ticket yet; take it first."
    assert egon.post(f"{at}/close").status_code == 409
    egon.post(f"{at}/take")
    assert egon.post(f"{at}/resolve", json={"solution": "x", "steps": " ", "cautions": "none"}).status_code == 422


def test_a_reporter_sees_only_their_own_tickets_and_nothing_internal(acting: Acting, service: Service) -> None:
    rita, egon = acting(Role.REPORTER), acting(Role.ENGINEER)
    own, others = opened(rita)["id"], opened(egon, title="The cache is cold")["id"]
    egon.post(f"{TICKETS}/{own}/comment", json={"text": "they pay late", "internal": True})
    egon.post(f"{TICKETS}/{own}/comment", json={"text": "we are on it"})
    said = [entry["event"]["text"] for entry in rita.get(f"{TICKETS}/{own}").json()["events"][1:]]
    assert said == ["we are on it"]
    assert "they pay late" in egon.get(f"{TICKETS}/{own}").text

    listed = rita.get(TICKETS).json()
    assert ([each["id"] for each in listed["items"]], listed["total"]) == ([own], 1)
    assert rita.get(TICKETS, params={"q": "cache"}).json()["total"] == 0
    assert rita.get(TICKETS, params={"owner": "nobody"}).json()["total"] == 1
    for method, address in (("GET", ""), ("POST", "/comment"), ("POST", "/rate"), ("GET", "/attachments/1")):
        body = {"text": "x"} if address == "/comment" else {"attitude": 1, "speed": 1, "result": 1}
        answer = rita.request(method, f"{TICKETS}/{others}{address}", json=body if method == "POST" else None)
        assert answer.status_code == 404, address  # It is not told that there is one.
    assert rita.get("/api/v1/figures").json()["open"] == 1
    service.add("ralf", Role.REPORTER)
    assert service.bearer("ralf", Role.REPORTER).get(TICKETS).json() == {"items": [], "total": 0}


def test_merging_ends_one_ticket_in_the_other(acting: Acting) -> None:
    egon, rita = acting(Role.ENGINEER), acting(Role.REPORTER)
    first, second = opened(egon)["id"], opened(rita)["id"]
    merged = egon.post(f"{TICKETS}/{second}/merge", json={"into": first}).json()
    assert (merged["state"], merged["merged_into"]) == ("closed", first)
    assert [entry["event"]["kind"] for entry in egon.get(f"{TICKETS}/{first}").json()["events"]] == [
        "opened",
        "absorbed",
    ]
    assert egon.post(f"{TICKETS}/{first}/merge", json={"into": first}).status_code == 409
    assert egon.post(f"{TICKETS}/{first}/merge", json={"into": 999_999}).status_code == 404


def test_only_somebody_who_works_here_is_made_responsible(acting: Acting) -> None:
    lena = acting(Role.LEAD)
    at = f"{TICKETS}/{opened(lena)['id']}"
    assert lena.post(f"{at}/assign", json={"owner": "egon"}).json()["owner"] == "egon"
    for nobody in ("rita", "nobody at all"):
        refused = lena.post(f"{at}/assign", json={"owner": nobody})
        assert (refused.status_code, nobody in refused.json()["detail"]) == (422, True)
    assert opened(lena, owner="egon", reporter="rita")["reporter"] == "rita"
    assert acting(Role.REPORTER).post(TICKETS, json={"title": "x", "owner": "egon"}).status_code == 403


def test_a_rating_is_the_reporters_own_word(acting: Acting) -> None:
    rita, egon, lena, machine = (acting(role) for role in (Role.REPORTER, Role.ENGINEER, Role.LEAD, Role.MACHINE))
    stars = {"attitude": 5, "speed": 5, "result": 5}
    solved = {"solution": "x", "steps": "y", "cautions": "none"}
    for by, may_rate in ((rita, rita), (machine, lena)):
        at = f"{TICKETS}/{opened(by)['id']}"
        egon.post(f"{at}/take")
        egon.post(f"{at}/resolve", json=solved)
        assert egon.post(f"{at}/rate", json=stars).status_code == 403
        assert may_rate.post(f"{at}/rate", json=stars | {"speed": 6}).status_code == 422
        assert may_rate.post(f"{at}/rate", json=stars).status_code == 200
        assert may_rate.post(f"{at}/rate", json=stars).status_code == 409


def test_a_request_that_is_sent_again_opens_no_second_ticket(acting: Acting) -> None:
    rita, egon = acting(Role.REPORTER), acting(Role.ENGINEER)
    again = {"Idempotency-Key": "4711"}
    first = rita.post(TICKETS, json={"title": "x"}, headers=again).json()["id"]
    assert rita.post(TICKETS, json={"title": "x"}, headers=again).json()["id"] == first
    assert (
        egon.post(TICKETS, json={"title": "x"}, headers=again).json()["id"] != first
    )  # Somebody else's is another one.


def test_nobody_floods_the_room(acting: Acting, monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    monkeypatch.setattr(making, "OPENED_PER_HOUR", 2)
    monkeypatch.setattr(making, "ENTRIES_AT_MOST", 4)
    rita, egon = acting(Role.REPORTER), acting(Role.ENGINEER)
    opened(rita)
    at = f"{TICKETS}/{opened(rita)['id']}"
    refused = rita.post(TICKETS, json={"title": "x"})
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
    service.clock.forward(hours=1, seconds=1)
    opened(rita)
    egon.post(f"{at}/take")
    said = [rita.post(f"{at}/comment", json={"text": "x"}).status_code for _ in range(3)]
    assert said == [200, 200, 409]
    solved = {"solution": "x", "steps": "y", "cautions": "none"}
    assert egon.post(f"{at}/resolve", json=solved).status_code == 200  # What ends it goes on.


def test_who_did_what_is_written_down(acting: Acting) -> None:
    egon, adam = acting(Role.ENGINEER), acting(Role.ADMIN)
    ticket = opened(egon)
    egon.post(f"{TICKETS}/{ticket['id']}/take")
    egon.post(f"{TICKETS}/{ticket['id']}/close")  # Refused, so nothing is written.
    lines = [(each["actor"], each["action"], each["subject"]) for each in adam.get("/api/v1/audit").json()]
    assert lines[:2] == [("egon", "ticket.take", ticket["name"]), ("egon", "ticket.open", ticket["name"])]
    assert lines[2] == ("command line", "token.create", "adam")
    assert adam.get("/api/v1/audit").json()[0]["address"] == "192.0.2.1"
