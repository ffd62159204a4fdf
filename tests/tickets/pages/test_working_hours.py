"""A clock of working hours says so, and outside of them when it goes on: on the board, in the list, on the ticket, in the API."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.tickets.pages.conftest import serving
from tests.tickets.pages.room import Room, build
from tests.tickets.pages.test_pages import logged_in
from tickets import events
from tickets.names import Role, Urgency
from tickets.people.tokens import create_token
from tickets.sla.calendar import Calendar

FRIDAY_EVENING = datetime(2026, 11, 13, 12, 0, tzinfo=UTC)  # 20:00 in Shanghai
STANDS = "stands until Mon 11-16 09:00"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Room, str]]:
    """A room with an important and an urgent ticket of a Friday evening."""
    room = build(tmp_path)
    del room.app.state.parts
    room.app.state.desk = room.desk = replace(room.desk, calendar=Calendar(timezone="Asia/Shanghai"))
    room.moment = FRIDAY_EVENING
    room.open("search is slow", Urgency.IMPORTANT)
    room.open("nobody can pay", Urgency.URGENT)
    with serving(room) as address:
        yield room, address
    room.desk.store.close()


def _words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")


def test_outside_of_working_hours_a_clock_says_when_it_goes_on(place: tuple[Room, str]) -> None:
    room, address = place
    with logged_in(address, "li.na") as client:
        page = _words(client.get("/tickets/1").text)
        assert page.count(STANDS) == 2
        assert "0 s of 1 h of working time · until 11-16 10:00" in page
        for path in ("/tickets", "/tickets/list?state=waiting"):
            assert _words(client.get(path).text).count(STANDS) == 1, path
        urgent = _words(client.get("/tickets/2").text)
        assert "0:30:00 left" in urgent
        assert "working time" not in urgent
        assert "暂停计时至 周一 11-16 09:00" in _words(client.get("/tickets/1?lang=zh").text)
    room.moment = datetime(2026, 11, 16, 0, 59, 59, tzinfo=UTC)
    with logged_in(address, "li.na") as client:
        assert "stands until 09:00" in _words(client.get("/tickets/1?lang=en").text)
        room.moment = datetime(2026, 11, 16, 1, 30, tzinfo=UTC)
        page = _words(client.get("/tickets/1").text)
        assert "stands" not in page
        assert "30 min of 1 h of working time" in page
        room.happen(1, events.Taken(owner="li.na"), by="li.na")
        assert "after 30 min" in _words(client.get("/tickets/1").text)


def test_the_api_tells_it_too(place: tuple[Room, str]) -> None:
    room, address = place
    bearer = {"Authorization": f"Bearer {create_token(room.desk, 'li.na', Role.ENGINEER)}"}
    slow, urgent = (
        httpx.get(f"{address}/api/v1/tickets/{each}", headers=bearer, timeout=30).json()["clocks"][0] for each in (1, 2)
    )
    assert (slow["running"], slow["working_hours"], slow["goes_on_at"]) == (True, True, "2026-11-16T01:00:00Z")
    assert (urgent["running"], urgent["working_hours"], urgent["goes_on_at"]) == (True, False, None)
