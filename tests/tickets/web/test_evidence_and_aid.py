"""Evidence and first aid by the API: who may, what is answered, and that no secret is among it."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI

from tests.tickets.aid.receiver import Receiver, receiver
from tests.tickets.aid.test_aid import switch, with_aid
from tests.tickets.opened import opened, work_once
from tests.tickets.web.in_process import InProcess
from tickets.desk import Desk, Hands
from tickets.names import Role
from tickets.web import caller, problems
from tickets.web.api import aid, evidence

__all__ = ["receiver"]


@pytest.fixture
def role() -> list[Role]:
    """Who calls; a test may change it."""
    return [Role.ENGINEER]


@pytest.fixture
def served(
    desk: Desk, receiver: Receiver, role: list[Role], portal: BlockingPortal
) -> Iterator[tuple[httpx.Client, Desk]]:
    hands = Hands(evidence={"host:a": lambda _labels, _at: {"password": "hunter2", "n": 1}})
    desk = replace(with_aid(desk, receiver, switch(receiver)), hands=hands)
    app = FastAPI()
    app.state.desk = desk
    app.dependency_overrides[caller.caller] = lambda: caller.Caller(name="ann", role=role[0])
    problems.install(app)
    for router in (evidence.routes(), aid.routes()):
        app.include_router(router)
    with httpx.Client(transport=InProcess(app, portal), base_url="http://here") as client:
        yield client, desk


def test_evidence_is_listed_read_and_verified(served: tuple[httpx.Client, Desk]) -> None:
    client, desk = served
    number = opened(desk)
    assert client.get(f"/api/v1/tickets/{number}/evidence").json() == []
    work_once(desk)
    (part,) = client.get(f"/api/v1/tickets/{number}/evidence").json()
    assert (part["part"], part["verified"], part["failed"]) == ("first", True, [])
    whole = client.get(f"/api/v1/tickets/{number}/evidence/{part['id']}")
    assert whole.json()["document"]["readings"]["host:a"]["value"] == {"n": 1, "password": "{secret}"}
    assert "hunter2" not in whole.text
    assert client.post(f"/api/v1/tickets/{number}/evidence").status_code == 202
    assert client.post(f"/api/v1/tickets/{number}/evidence").status_code == 202
    work_once(desk)
    assert [each["part"] for each in client.get(f"/api/v1/tickets/{number}/evidence").json()] == [
        "first",
        "by-hand-20261111T0003",
    ]


def test_what_is_not_there_is_a_problem_document(served: tuple[httpx.Client, Desk]) -> None:
    client, desk = served
    number, other = opened(desk), opened(desk, source="person")
    work_once(desk)
    (part,) = client.get(f"/api/v1/tickets/{number}/evidence").json()
    for method, path in (
        ("GET", "/api/v1/tickets/999/evidence"),
        ("GET", f"/api/v1/tickets/{number}/evidence/999"),
        ("GET", f"/api/v1/tickets/{other}/evidence/{part['id']}"),
        ("POST", "/api/v1/tickets/999/evidence"),
        ("GET", "/api/v1/tickets/999/aid"),
        ("POST", "/api/v1/tickets/999/aid/backup-channel"),
        ("POST", f"/api/v1/tickets/{number}/aid/no-such-action"),
        ("POST", f"/api/v1/tickets/{number}/aid/runs/999/undo"),
        ("POST", f"/api/v1/tickets/{number}/aid/runs/999/settle"),
    ):
        answer = client.request(method, path, json={"happened": True} if path.endswith("settle") else None)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


def test_first_aid_is_offered_clicked_taken_back_and_settled(
    served: tuple[httpx.Client, Desk], receiver: Receiver
) -> None:
    client, desk = served
    number = opened(desk)
    work_once(desk)
    path = f"/api/v1/tickets/{number}/aid"
    (offered,) = client.get(path).json()["actions"]
    assert (offered["name"], offered["proposed"], offered["undoable"], offered["automatic"]) == (
        "backup-channel",
        True,
        True,
        False,
    )
    run = client.post(f"{path}/backup-channel").json()
    assert (run["state"], run["actor"]) == ("done", "ann")
    assert client.post(f"{path}/backup-channel").status_code == 409
    assert client.post(f"{path}/runs/{run['run']}/undo").json()["state"] == "undone"
    receiver.answers = [502]
    again = client.post(f"{path}/backup-channel").json()
    assert again["state"] == "unknown"
    assert client.post(f"{path}/backup-channel").status_code == 409
    settled = client.post(f"{path}/runs/{again['run']}/settle", json={"happened": True})
    assert settled.json()["state"] == "done"
    text = client.get(path).text
    assert "topsecret" not in text
    assert receiver.host not in text


@pytest.mark.parametrize("who", [Role.REPORTER, Role.MACHINE])
def test_reporters_and_machines_may_not(served: tuple[httpx.Client, Desk], role: list[Role], who: Role) -> None:
    client, desk = served
    number = opened(desk)
    role[0] = who
    for method, path in (
        ("GET", "evidence"), ("GET", "evidence/1"), ("POST", "evidence"), ("GET", "aid"), ("POST", "aid/backup-channel"),
        ("POST", "aid/runs/1/undo"),
    ):  # fmt: skip
        assert client.request(method, f"/api/v1/tickets/{number}/{path}").status_code == 403, path
