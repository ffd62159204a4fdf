"""Whoever resolves a ticket whose alerts still fire is told so before, and what is said of it then is what intake does."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.tickets.intake.sending import alert, send, webhook
from tests.tickets.pages.conftest import serving
from tests.tickets.pages.room import Room
from tests.tickets.pages.test_pages import logged_in, post
from tickets.names import State
from tickets.routing import Alertmanager, Routing

SOLVED = {"solution": "freed", "steps": "rm", "cautions": "none"}
ALERTS = [alert(f"f{each}", alertname=f"Alert{each}") for each in range(5)]
AGAIN = "One that is told of again within 30\u00a0min opens this ticket again; later it opens another one."


@pytest.fixture
def room(tmp_path: Path, room: Room) -> Room:
    """With a ticket of five alerts, one of which has ended."""
    del tmp_path
    send(room.desk, webhook(*ALERTS))
    send(room.desk, webhook(alert("f0", alertname="Alert0", status="resolved")))
    return room


def _page(client: httpx.Client, language: str = "en") -> str:
    return client.get(f"/tickets/1?lang={language}").text


def test_the_form_says_how_many_and_which_and_a_ticket_is_opened_again_as_it_says(room: Room, address: str) -> None:
    with logged_in(address, "li.na") as client:
        assert post(client, "/tickets/1/take").status_code == 303
        page = _page(client)
        assert "Alerts of this ticket still fire (4): Alert1, Alert2, Alert3 and others." in page
        assert AGAIN in page
        assert "Alertmanager is asked" not in page
        assert "仍有告警在触发（4 条）" in _page(client, "zh")
        assert post(client, "/tickets/1/resolve", **SOLVED).status_code == 303
        assert "still fire" not in _page(client)
        room.moment += timedelta(minutes=29)
        send(room.desk, webhook(ALERTS[1]))
        assert room.ticket(1).state is State.IN_PROGRESS
        assert "still fire (4): Alert1, " in _page(client)
        assert post(client, "/tickets/1/resolve", **SOLVED).status_code == 303
        room.moment += timedelta(minutes=31)
        send(room.desk, webhook(ALERTS[1]))
        assert (room.ticket(1).state, room.ticket(2).state) == (State.RESOLVED, State.WAITING)


def test_nothing_is_said_when_every_alert_has_ended_or_to_a_reporter(room: Room, address: str) -> None:
    with logged_in(address, "li.na") as client:
        assert post(client, "/tickets/1/take").status_code == 303
        send(room.desk, webhook(*(alert(f"f{each}", status="resolved") for each in range(5))))
        assert "still fire" not in _page(client)
        assert "opens this ticket again" not in _page(client)


def test_what_is_said_follows_the_configuration(room: Room) -> None:
    desk = replace(
        room.desk,
        routing=Routing(reopen_within=timedelta(0)),
        alertmanager=Alertmanager(url="http://alertmanager.example:9093"),
    )
    room.app.state.desk = room.desk = desk
    with serving(room) as address, logged_in(address, "li.na") as client:
        assert post(client, "/tickets/1/take").status_code == 303
        page = _page(client)
        assert "One that is told of again opens another ticket." in page
        assert "Alertmanager is asked each minute" in page
