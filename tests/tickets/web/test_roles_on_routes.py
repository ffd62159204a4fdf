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
# Method, address, body, who may. `{own}` is a waiting ticket that the caller has reported, `{going}` one that is being worked on and
# `{done}` one that is resolved, reported by the caller too.
SOLVED = {"solution": "x", "steps": "y", "cautions": "none"}
STARS = {"attitude": 5, "speed": 5, "result": 5}
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
    ("POST", "/api/v1/tokens", {"name": "new"}, ADMINS),
    ("POST", "/api/v1/tokens/old/revoke", None, ADMINS),
    ("GET", "/api/v1/audit", None, ADMINS),
]
# What has no role: logging in, and what only a session can do (`test_logging_in.py`).
OUTSIDE = {("POST", "/api/v1/sessions"), ("DELETE", "/api/v1/sessions/current"), ("POST", "/api/v1/sessions/password")}
# Other parts of the room, each with a table of its own where its routes are tested.
ELSEWHERE = (
    "/api/v1/alerts", "/api/v1/ledger", "/api/v1/quarantine", "/api/v1/windows", "/api/v1/changes", "/api/v1/evidence",
    "/api/v1/tickets/{number}/evidence", "/api/v1/tickets/{number}/aid", "/api/v1/tickets/{number}/report",
    "/api/v1/reconcil",
)  # fmt: skip


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
        places = {
            "own": lambda: ticket_of(as_whom, acting),
            "going": lambda: ticket_of(as_whom, acting, take),
            "paused": lambda: ticket_of(as_whom, acting, take, pause),
            "done": lambda: ticket_of(as_whom, acting, take, resolve),
        }
        chosen = {name: str(make()) for name, make in places.items() if f"{{{name}}}" in f"{address}{body}"}
        if "{file}" in address:
            attached = acting(as_whom).post(f"/api/v1/tickets/{chosen['own']}/attachments", files={"file": b"x"})
            chosen["file"] = str(attached.json()["attachments"][0]["id"])
        if body == {"into": "{going}"}:
            body = {"into": int(chosen["going"])}
        how = {"files": {"file": b"x"}} if address.endswith("/attachments") else {"json": body} if body else {}
        answer = caller.request(method, address.format(**chosen), **how)
        if role is None:
            good = answer.status_code == 401
        elif role in allowed:
            good = answer.is_success
        else:
            good = answer.status_code == 403
        if not good:
            wrong.append(f"{method} {address} {body}: {answer.status_code} {answer.text[:80]}")
    assert wrong == []


def test_no_route_is_outside_of_the_table(service: Service) -> None:
    document = service.client().get("/api/openapi.json").json()
    places = "own going paused done".split()
    known = {
        (method, address.replace("{file}", "{attachment}").replace("/rita", "/{name}").replace("/egon", "/{name}").replace("/old", "/{name}"))
        for method, address, _, _ in TABLE
    }  # fmt: skip
    for place in places:
        known = {(method, address.replace(f"{{{place}}}", "{number}")) for method, address in known}
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
