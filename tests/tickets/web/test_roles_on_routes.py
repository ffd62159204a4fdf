"""Each role against each route: one table, and no route outside of it."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx import Client

from tests.tickets.web.conftest import Service
from tickets.names import Role
from tickets.people.roles import LEAST, MACHINES, Deed, includes, may_ever

Acting = Callable[[Role], Client]

EVERYBODY = {Role.REPORTER, Role.ENGINEER, Role.LEAD, Role.ADMIN, Role.MACHINE}
STAFF = {Role.ENGINEER, Role.LEAD, Role.ADMIN}
PEOPLE = STAFF | {Role.REPORTER}
ADMINS = {Role.ADMIN}
MACHINE = {Role.MACHINE}
WATCHERS = ADMINS | MACHINE
# Method, address, body, who may. `{own}` is a waiting ticket that the caller has reported, `{going}` one that is being worked on and
# `{done}` one that is resolved, reported by the caller too.
SOLVED = {"solution": "x", "steps": "y", "cautions": "none"}
STARS = {"attitude": 5, "speed": 5, "result": 5}
WINDOW = {"kind": "maintenance", "reason": "x", "minutes": 5, "match": {"job": "shop"}}
TABLE: list[tuple[str, str, Any, set[Role]]] = [
    ("GET", "/api/v1/tickets", None, EVERYBODY),
    ("POST", "/api/v1/tickets", {"title": "x"}, EVERYBODY),
    ("GET", "/api/v1/tickets/changes", None, EVERYBODY),
    ("GET", "/api/v1/tickets/{own}", None, EVERYBODY),
    ("POST", "/api/v1/tickets/{own}/take", None, STAFF),
    ("POST", "/api/v1/tickets/{own}/assign", {"owner": "egon"}, STAFF),
    ("POST", "/api/v1/tickets/{going}/plan", {"plan": "x"}, STAFF),
    ("POST", "/api/v1/tickets/{own}/expect", {"expected_at": "2026-11-12T00:00:00Z"}, STAFF),
    ("POST", "/api/v1/tickets/{going}/pause", {"waiting_for": "reporter"}, STAFF),
    ("POST", "/api/v1/tickets/{paused}/resume", None, STAFF),
    ("POST", "/api/v1/tickets/{own}/urgency", {"urgency": "urgent"}, STAFF),
    ("POST", "/api/v1/tickets/{own}/area", {"area": "payments"}, STAFF),
    ("POST", "/api/v1/tickets/{going}/resolve", SOLVED, STAFF),
    ("POST", "/api/v1/tickets/{done}/close", None, PEOPLE),
    ("POST", "/api/v1/tickets/{done}/rate", STARS, PEOPLE),
    ("POST", "/api/v1/tickets/{done}/reopen", None, PEOPLE),
    ("POST", "/api/v1/tickets/{own}/merge", {"into": "{going}"}, STAFF),
    ("POST", "/api/v1/tickets/{own}/comment", {"text": "x"}, EVERYBODY),
    ("POST", "/api/v1/tickets/{own}/comment", {"text": "x", "internal": True}, STAFF),
    ("POST", "/api/v1/tickets/{own}/attachments", {"file": "x"}, EVERYBODY),
    ("GET", "/api/v1/tickets/{own}/attachments/{file}", None, EVERYBODY),
    ("GET", "/api/v1/figures", None, EVERYBODY),
    ("GET", "/api/v1/sessions/current", None, EVERYBODY),
    ("GET", "/api/v1/people", None, STAFF),
    ("GET", "/api/v1/accounts", None, ADMINS),
    ("POST", "/api/v1/accounts", {"name": "new", "role": "lead", "password": "a horse on the roof"}, ADMINS),
    ("PATCH", "/api/v1/accounts/rita", {"lang": "zh"}, ADMINS),
    ("POST", "/api/v1/accounts/rita/password", {"password": "a horse on the roof"}, ADMINS),
    ("POST", "/api/v1/accounts/egon/disable", None, ADMINS),
    ("POST", "/api/v1/accounts/egon/enable", None, ADMINS),
    ("GET", "/api/v1/tokens", None, ADMINS),
    ("POST", "/api/v1/tokens", {"name": "other"}, ADMINS),
    ("POST", "/api/v1/tokens/old/revoke", None, ADMINS),
    ("GET", "/api/v1/audit", None, ADMINS),
    ("POST", "/api/v1/alerts", {"title": "x"}, WATCHERS),
    (
        "POST",
        "/api/v1/alerts/alertmanager",
        {"version": "4", "groupKey": "x", "status": "firing", "alerts": []},
        WATCHERS,
    ),
    ("GET", "/api/v1/ledger", None, STAFF | MACHINE),
    ("GET", "/api/v1/quarantine", None, STAFF | MACHINE),
    ("POST", "/api/v1/quarantine/{post}/replay", None, STAFF),
    ("GET", "/api/v1/windows", None, STAFF | MACHINE),
    ("POST", "/api/v1/windows", WINDOW, {Role.LEAD, Role.ADMIN} | MACHINE),
    ("POST", "/api/v1/windows/{window}/end", None, {Role.LEAD, Role.ADMIN} | MACHINE),
    ("POST", "/api/v1/changes", {"kind": "deployment", "what": "shop 2.1"}, STAFF | MACHINE),
    ("GET", "/api/v1/changes", None, STAFF | MACHINE),
    ("GET", "/api/v1/tickets/{done}/report", None, STAFF),
    ("GET", "/api/v1/tickets/{done}/similar", None, STAFF),
    ("POST", "/api/v1/tickets/{done}/follow-ups/cause", None, STAFF),
    ("GET", "/api/v1/figures/months", None, STAFF),
]
# What has no role: logging in, and what only a session can do (`test_logging_in.py`).
OUTSIDE = {("POST", "/api/v1/sessions"), ("DELETE", "/api/v1/sessions/current"), ("POST", "/api/v1/sessions/password")}
# Parts of the room that bring a table of their own.
ELSEWHERE = ("/api/v1/tickets/{number}/evidence", "/api/v1/tickets/{number}/aid")


def ticket_of(role: Role, acting: Acting, *moves: tuple[str, Any]) -> int:
    """A ticket that the role itself has reported, as far as it can."""
    number: int = acting(role).post("/api/v1/tickets", json={"title": "x"}).json()["id"]
    for move, body in moves:
        answer = acting(Role.LEAD).post(f"/api/v1/tickets/{number}/{move}", json=body)
        assert answer.status_code == 200, answer.text
    return number


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_each_role_on_each_route(role: Role | None, service: Service, acting: Acting) -> None:
    caller = service.client() if role is None else acting(role)
    as_whom = role or Role.REPORTER
    take, pause, resolve = ("take", None), ("pause", {"waiting_for": "reporter"}), ("resolve", SOLVED)
    acting(Role.ADMIN).post("/api/v1/tokens", json={"name": "old"})
    wrong = []
    for method, address, body, allowed in TABLE:
        places: dict[str, Callable[[], int]] = {
            "own": lambda: ticket_of(as_whom, acting),
            "going": lambda: ticket_of(as_whom, acting, take),
            "paused": lambda: ticket_of(as_whom, acting, take, pause),
            "done": lambda: ticket_of(as_whom, acting, take, resolve),
            "post": lambda: acting(Role.MACHINE).post("/api/v1/alerts", content=b"{").json()["post"],
            "window": lambda: acting(Role.ADMIN).post("/api/v1/windows", json=WINDOW).json()["id"],
        }
        chosen = {name: str(make()) for name, make in places.items() if f"{{{name}}}" in f"{address}{body}"}
        if "{file}" in address:
            attached = acting(as_whom).post(f"/api/v1/tickets/{chosen['own']}/attachments", files={"file": b"x"})
            chosen["file"] = str(attached.json()["attachments"][0]["id"])
        sent = {"into": int(chosen["going"])} if address.endswith("/merge") else body
        how = {"files": {"file": b"x"}} if address.endswith("/attachments") else {"json": sent} if sent else {}
        answer = caller.request(method, address.format(**chosen), **how)
        if role is None:
            good = answer.status_code == 401
        elif role in allowed:
            # This ticket's report proposes no such thing; who is not allowed does not even learn that.
            good = answer.is_success or (address.endswith("/follow-ups/cause") and answer.status_code == 409)
        else:
            good = answer.status_code == 403
        if not good:
            wrong.append(f"{method} {address} {body}: {answer.status_code} {answer.text[:80]}")
    assert wrong == []


def test_no_route_is_outside_of_the_table(service: Service) -> None:
    document = service.client().get("/api/openapi.json").json()
    names = {f"{{{each}}}": "{number}" for each in ("own", "going", "paused", "done")}
    names |= {"/cause": "/{code}", "{file}": "{attachment}", "/rita": "/{name}", "/egon": "/{name}", "/old": "/{name}"}

    def general(address: str) -> str:
        for special, name in names.items():
            address = address.replace(special, name)
        return address

    known = {(method, general(address)) for method, address, _, _ in TABLE}
    routes = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if not path.startswith(ELSEWHERE)
    }
    assert routes == known | OUTSIDE


def test_the_table_of_deeds_is_whole() -> None:
    assert set(LEAST) == set(Deed)
    assert Role.MACHINE not in LEAST.values()
    assert includes(Role.MACHINE, Role.MACHINE)
    for role in PEOPLE:
        assert not includes(Role.MACHINE, role)
        assert not includes(role, Role.MACHINE)
    assert {deed for deed in Deed if may_ever(Role.MACHINE, deed)} == set(MACHINES)
