"""The addresses of what is left of a ticket, asked as an engineer and as nobody."""

import pytest
from httpx import Client

from tests.tickets.afterwards.telling import opened, solved
from tests.tickets.web.conftest import Service
from tickets.desk import Desk
from tickets.names import Role


@pytest.fixture
def client(service: Service) -> Client:
    """Asks as an engineer."""
    return service.bearer("li", Role.ENGINEER)


@pytest.fixture
def desk(service: Service) -> Desk:
    return service.desk


def test_a_report_in_both_forms_and_languages(client: Client, desk: Desk) -> None:
    number = solved(desk, "redis is full", "raised maxmemory").number
    page = client.get(f"/api/v1/tickets/{number}/report?lang=zh")
    assert page.headers["content-type"].startswith("text/html")
    assert "故障报告" in page.text
    text = client.get(f"/api/v1/tickets/{number}/report?format=markdown")
    assert text.text.startswith(f"# Incident report T-{number}: redis is full")
    assert client.get("/api/v1/tickets/99/report").status_code == 404
    assert client.get(f"/api/v1/tickets/{number}/report?format=pdf").status_code == 422


def test_solved_tickets_like_a_new_one(client: Client, desk: Desk) -> None:
    old = solved(desk, "redis is full", "raised maxmemory", key="r").number
    new = opened(desk, "redis is full", key="r").number
    found = client.get(f"/api/v1/tickets/{new}/similar").json()["items"]
    assert [(each["number"], each["solution"], each["same_alert"]) for each in found] == [
        (old, "raised maxmemory", True)
    ]


def test_an_improvement_becomes_a_ticket_once(client: Client, desk: Desk) -> None:
    number = solved(desk, "redis is full", "raised maxmemory").number
    first = client.post(f"/api/v1/tickets/{number}/follow-ups/runbook?lang=zh").json()
    assert first["title"] == f"为 T-{number} 的告警编写处置手册"
    assert client.post(f"/api/v1/tickets/{number}/follow-ups/runbook").json()["number"] == first["number"]
    assert client.post(f"/api/v1/tickets/{number}/follow-ups/nonsense").status_code == 409


def test_the_figures(client: Client, desk: Desk) -> None:
    solved(desk, "redis is full", "raised maxmemory")
    month = client.get("/api/v1/figures/months").json()["months"][0]
    assert month["name"] == "2026-11"
    assert month["tiers"][0]["opened"] == 1


def test_nobody_and_reporters_are_refused(service: Service, desk: Desk) -> None:
    number = opened(desk, "x").number
    for asking, status in ((service.client(), 401), (service.bearer("wang", Role.REPORTER), 403)):
        for path in (f"tickets/{number}/report", f"tickets/{number}/similar", "figures/months"):
            assert asking.get(f"/api/v1/{path}").status_code == status, path
        assert asking.post(f"/api/v1/tickets/{number}/follow-ups/runbook").status_code == status
