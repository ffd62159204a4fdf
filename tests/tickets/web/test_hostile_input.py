"""What somebody sends to break in stays text: no script, no statement, no crash, no endless body."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from httpx import Client

from tests.tickets.web.conftest import PASSWORD, Service
from tests.tickets.web.served import served
from tickets.names import Role
from tickets.store.words import terms
from tickets.web import bodies
from tickets.web.bodies import LARGEST

Acting = Callable[[Role], Client]
TICKETS = "/api/v1/tickets"

SCRIPTS = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{7*7}}${7*7}<%= 7*7 %>",
    "<svg/onload=alert(1)>", "'-alert(1)-'", "</title></textarea><script>alert(1)</script>", "%s%n{0}{title}",
]  # fmt: skip
STATEMENTS = [
    "'; DROP TABLE tickets; --", "' OR '1'='1", '" OR ""="', "1) OR 1=1 --", "%", "_", "\\", "%' ESCAPE '",
    "x' UNION SELECT hash FROM tokens --",
    "\\'; SELECT pg_sleep(5); --", ":name", "%(name)s", "?", "$1", "{}",
]  # fmt: skip


@pytest.mark.parametrize("text", SCRIPTS, ids=range(len(SCRIPTS)))
def test_a_script_stays_text_in_every_field(acting: Acting, text: str) -> None:
    egon, rita, adam = acting(Role.ENGINEER), acting(Role.REPORTER), acting(Role.ADMIN)
    ticket = rita.post(TICKETS, json={"title": text, "summary": text, "area": text}).json()
    at = f"{TICKETS}/{ticket['id']}"
    egon.post(f"{at}/take")
    for move, body in (
        ("assign", {"owner": "egon", "note": text}),
        ("plan", {"plan": text}),
        ("pause", {"waiting_for": "reporter", "note": text}),
        ("urgency", {"urgency": "important", "reason": text}),
        ("area", {"area": text + "2"}),
        ("comment", {"text": text}),
        ("comment", {"text": text, "internal": True}),
        ("resolve", {"solution": text, "steps": text, "cautions": text}),
    ):
        assert egon.post(f"{at}/{move}", json=body).status_code == 200, move
    rita.post(f"{at}/rate", json={"attitude": 1, "speed": 1, "result": 1, "comment": text})
    rita.post(f"{at}/reopen", json={"reason": text})
    rita.post(f"{at}/attachments", files={"file": (text, text.encode())})
    adam.patch("/api/v1/accounts/rita", json={"contacts": {text[:40]: text}, "areas": [text]})
    adam.post("/api/v1/accounts", json={"name": text, "role": "lead", "password": PASSWORD})
    answers = [
        egon.get(at),
        rita.get(at),
        egon.get(TICKETS),
        egon.get(TICKETS, params={"q": text}),
        adam.get("/api/v1/accounts"),
    ]
    answers += [
        egon.post(f"{at}/{text}"),
        egon.get(TICKETS, params={"state": text}),
        egon.post(TICKETS, json={text: text}),
    ]
    answers += [rita.post("/api/v1/sessions", json={"name": text, "password": text}), adam.get("/api/v1/audit")]
    for answer in answers:
        assert answer.headers["Content-Type"] in {"application/json", "application/problem+json"}
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    seen = answers[0].json()
    assert (seen["title"], seen["summary"], seen["plan"], seen["solution"]) == (text, text, text, text)
    assert [each["id"] for each in answers[3].json()["items"]] == [ticket["id"]]  # It is found by just that text.


@pytest.mark.parametrize("text", STATEMENTS, ids=range(len(STATEMENTS)))
def test_a_statement_stays_text_in_every_filter(acting: Acting, text: str) -> None:
    egon = acting(Role.ENGINEER)
    egon.post(TICKETS, json={"title": "Payment is down", "area": "payments"})
    one = egon.post(TICKETS, json={"title": f"a {text} b", "area": text}).json()["id"]
    by = {
        name: egon.get(TICKETS, params={name: text})
        for name in ("q", "area", "owner", "source", "state", "urgency", "sort", "page")
    }
    # What has no letter and no digit is no word to search for.
    assert [each["id"] for each in by["q"].json()["items"]] == ([one] if terms(text) else [])
    assert [each["id"] for each in by["area"].json()["items"]] == [one]
    assert by["owner"].json()["total"] == by["source"].json()["total"] == 0
    assert {by[name].status_code for name in ("state", "urgency", "sort", "page")} == {422}
    assert egon.get(f"{TICKETS}/{quote(text, safe='')}").status_code in {404, 422}
    login = egon.post("/api/v1/sessions", json={"name": text, "password": text})
    assert login.status_code == 401
    assert egon.get(TICKETS).json()["total"] == 2


ODD: list[Any] = [
    "\x00", "a\x00b", "\ud800", "\x1b[31mred\x1b[0m", "\u202e", "🧨" * 100, "x" * 301, "x" * 1_000_000,
    "", " ", "\n", None, 1, 1.5, True, [],
    {}, ["x"], {"a": "b"},
]  # fmt: skip


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_odd_values_are_stored_or_refused_in_any_field(acting: Acting, value: Any) -> None:
    egon = acting(Role.ENGINEER)
    at = f"{TICKETS}/{egon.post(TICKETS, json={'title': 'x'}).json()['id']}"
    egon.post(f"{at}/take")
    sent = [
        (TICKETS, {"title": value}), (TICKETS, {"title": "x", "summary": value}), (TICKETS, {"title": "x", "area": value}),
        (TICKETS, {"title": "x", "urgency": value}), (TICKETS, {"title": "x", "owner": value}), (TICKETS, value),
        (f"{at}/comment", {"text": value}), (f"{at}/plan", {"plan": value, "expected_at": value}), (f"{at}/assign", {"owner": value}),
        (f"{at}/merge", {"into": value}), (f"{at}/rate", {"attitude": value, "speed": value, "result": value}),
        ("/api/v1/sessions", {"name": value, "password": value}), (TICKETS, {"title": "x", str(value): value}),
    ]  # fmt: skip
    for address, body in sent:
        answer = egon.post(address, content=json.dumps(body), headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, (address, answer.text[:200])
        assert len(answer.content) < 20_000 or answer.is_success
        assert "\x00" not in answer.text
        assert "\\u001b" not in answer.text


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "2026-11-11T00:00:00", "now", 1e300, -1, 4e11],
    ids=str,
)  # fmt: skip
def test_a_moment_outside_of_any_mall_is_refused(acting: Acting, moment: object) -> None:
    egon = acting(Role.ENGINEER)
    at = f"{TICKETS}/{egon.post(TICKETS, json={'title': 'x'}).json()['id']}"
    assert egon.post(f"{at}/expect", json={"expected_at": moment}).status_code == 422


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"title":' * 50_000, b"9" * 10_000, b'{"title": NaN}',
     b'{"title": "a", "title": "b"}', b'{"title": "\\ud800"}', b'{"title": 1e999}'],
    ids=range(13),
)  # fmt: skip
def test_a_body_that_is_no_document_is_refused(acting: Acting, body: bytes) -> None:
    egon = acting(Role.ENGINEER)
    for kind in (
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
    ):
        answer = egon.post(TICKETS, content=body, headers={"Content-Type": kind})
        assert answer.status_code in {400, 422} or (answer.status_code == 201 and b'"b"' in body)


def test_a_body_without_end_is_ended(acting: Acting) -> None:
    egon = acting(Role.ENGINEER)
    assert egon.post(TICKETS, content=b"x" * (LARGEST + 1)).status_code == 413
    assert egon.post(TICKETS, content=b"{}", headers={"Content-Length": "9" * 30}).status_code == 413
    assert egon.post(TICKETS, content=b"{}", headers={"Content-Length": "-1"}).status_code == 413


def test_a_body_that_trickles_is_ended_and_others_are_answered_meanwhile(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 1.5)
    token = service.bearer("watcher", Role.MACHINE).headers["Authorization"]
    with served(service.app) as url:
        host, port = url.removeprefix("http://").split(":")
        # More than there are threads.
        slow = [socket.create_connection((host, int(port)), timeout=20) for _ in range(60)]
        head = f"POST {TICKETS} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Type: application/json\r\n"
        head += "Content-Length: 15\r\n\r\n"
        began = time.monotonic()
        for each in slow:
            each.sendall(head.encode() + b'{"ti')
        with Client(base_url=url, headers={"Authorization": token}, timeout=20) as client:
            assert client.get(TICKETS).json()["total"] == 0
        answers = [each.recv(4096).decode() for each in slow]
        assert time.monotonic() - began < 15
        for each in slow:
            each.close()
    assert {answer.split("\r\n")[0].split(" ")[1] for answer in answers} == {"408"}
    assert all("application/problem+json" in answer for answer in answers)
