"""Who asks what has changed is told of everything once it is there, and of nothing while nothing is new."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from httpx import Client
from sqlalchemy import update

from tests.tickets.web.conftest import Service
from tickets.names import Role
from tickets.store import listing
from tickets.store.tables import TICKETS
from tickets.web.api import news

Acting = Callable[[Role], Client]
CHANGES = "/api/v1/tickets/changes"


def opened(client: Client) -> int:
    number: int = client.post("/api/v1/tickets", json={"title": "x"}).json()["id"]
    return number


def test_changes_are_told_and_silence_is_silent(acting: Acting, service: Service) -> None:
    egon = acting(Role.ENGINEER)
    mark = egon.get(CHANGES).json()
    assert mark["items"] == []
    first = opened(egon)
    told = egon.get(CHANGES, params={"since": mark["next"]}).json()
    assert [each["id"] for each in told["items"]] == [first]
    again = egon.get(CHANGES, params={"since": told["next"]}).json()
    assert (again["items"], again["next"], again["more"]) == ([], told["next"], False)
    service.clock.forward(minutes=5)
    egon.post(f"/api/v1/tickets/{first}/take")
    told = egon.get(CHANGES, params={"since": again["next"]}).json()
    assert [(each["id"], each["version"], each["state"]) for each in told["items"]] == [(first, 2, "in_progress")]


def test_what_commits_late_is_told_too(acting: Acting, service: Service) -> None:
    """Two processes write: the later moment becomes visible first."""
    egon = acting(Role.ENGINEER)
    late, early = opened(egon), opened(egon)
    service.clock.forward(seconds=60)
    egon.post(f"/api/v1/tickets/{early}/take")
    mark = egon.get(CHANGES).json()["next"]
    with service.desk.store.write() as connection:
        before = service.clock() - listing.OVERLAP + timedelta(seconds=1)
        connection.execute(update(TICKETS).where(TICKETS.c.number == late).values(changed_at=before, version=7))
    told = egon.get(CHANGES, params={"since": mark}).json()["items"]
    assert (late, 7) in [(each["id"], each["version"]) for each in told]


def test_a_reporter_hears_of_their_own_only(acting: Acting) -> None:
    rita, egon = acting(Role.REPORTER), acting(Role.ENGINEER)
    own = opened(rita)
    mark = rita.get(CHANGES).json()["next"]
    opened(egon)
    assert rita.get(CHANGES, params={"since": mark}).json() == {"items": [], "next": mark, "more": False}
    egon.post(f"/api/v1/tickets/{own}/take")
    told = rita.get(CHANGES, params={"since": mark}).json()["items"]
    assert [each["id"] for each in told] == [own]


def test_who_waits_is_told_when_it_happens(acting: Acting) -> None:
    rita, egon = acting(Role.REPORTER), acting(Role.ENGINEER)
    opened(egon)
    mark = egon.get(CHANGES).json()["next"]
    done: list[int] = []
    threading.Timer(0.7, lambda: done.append(opened(rita))).start()
    began = time.monotonic()
    told = egon.get(CHANGES, params={"since": mark, "wait": 20}).json()
    assert time.monotonic() - began < 10
    assert done
    assert done[0] in [each["id"] for each in told["items"]]
    began = time.monotonic()
    assert egon.get(CHANGES, params={"since": told["next"], "wait": 1}).json()["items"] == []
    assert 0.9 <= time.monotonic() - began < 5


def test_who_comes_when_all_places_are_taken_is_answered_at_once(
    acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "PLACES", 1)
    egon = acting(Role.ENGINEER)
    opened(egon)
    mark = egon.get(CHANGES).json()["next"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(egon.get, CHANGES, params={"since": mark, "wait": 3})
        time.sleep(1)
        began = time.monotonic()
        assert egon.get(CHANGES, params={"since": mark, "wait": 20}).status_code == 200
        assert time.monotonic() - began < 5
        assert waiting.result(20).status_code == 200


def test_a_storm_is_told_in_one_word(acting: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "CHANGES_AT_MOST", 2)
    egon = acting(Role.ENGINEER)
    mark = egon.get(CHANGES).json()["next"]
    numbers = [opened(egon) for _ in range(4)]
    told = egon.get(CHANGES, params={"since": mark}).json()
    assert (told["more"], [each["id"] for each in told["items"]]) == (True, [numbers[3], numbers[2]])
    again = egon.get(CHANGES, params={"since": told["next"]}).json()
    assert (again["items"], again["more"]) == ([], False)  # It does not go on being told.


@pytest.mark.parametrize("mark", ["x", "1", "' OR 1=1 --", "99999999999999999999.0", "1.g", "-1.0"])
def test_a_mark_of_nobodys_making_is_refused(acting: Acting, mark: str) -> None:
    assert acting(Role.ENGINEER).get(CHANGES, params={"since": mark}).status_code == 422
