"""`tenfold stress` keeps what it provokes from opening tickets: a rehearsal window for as long as it takes, and never for ever."""

import signal
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.tenfold.conftest import Program, finish, wait_for
from tests.tenfold.ticketing.conftest import Room, needs_intake, needs_people

pytestmark = [needs_people, needs_intake]
VERDICTS = {0, 1, 4}


def stress(url: str, seconds: int = 2) -> tuple[str, ...]:
    return ("stress", "--url", url, "--rate", "10", "--duration", str(seconds), "--slo", "p50<1us", "-o", "run")


def environment(room: Room, token: str) -> dict[str, str]:
    return {"TENFOLD_TOKEN": token, "TENFOLD_SERVER": room.service.url}


def windows(room: Room, token: str) -> list[dict[str, Any]]:
    found = room.tickets(token, "window", "list", "--json").document["items"]
    assert isinstance(found, list)
    return found


def name_the_site(room: Room) -> None:
    """The configuration names the service itself as the mall's site; the running one does not read it again."""
    toml = room.tenfold.folder / "tenfold.toml"
    loadtest = f'[loadtest]\ntarget = "{room.service.url}"\ntargets = [{{ host = "127.0.0.1" }}]\nceiling = 100\n'
    toml.write_text(f"{toml.read_text(encoding='utf-8')}\n{loadtest}", encoding="utf-8")


def test_what_a_rehearsal_provokes_is_suppressed_until_ctrl_c(room: Room) -> None:
    lead, machine = room.add("li", "lead"), room.token("stress", "machine")
    name_the_site(room)
    headers = {"Authorization": f"Bearer {machine}"}

    def alert(title: str, **labels: str) -> None:
        body = {"title": title, "key": title, "labels": labels}
        httpx.post(f"{room.service.url}api/v1/alerts", json=body, headers=headers, timeout=30).raise_for_status()

    arguments = (*stress(f"{room.service.url}healthy", 60), "--raise")
    process = room.tenfold.start(*arguments, environment=environment(room, machine))
    wait_for(lambda: any(each["active"] for each in windows(room, lead)))
    (window,) = windows(room, lead)
    assert window["match"] == {"mall": "corner shop"}
    lasts = datetime.fromisoformat(window["ends_at"]) - datetime.fromisoformat(window["starts_at"])
    assert lasts.total_seconds() <= 60 + 16 * 60, "a process that is killed leaves it open for no longer"
    alert("search is slow", mall="corner shop")
    alert("search is slow elsewhere", mall="other shop")
    alert("nobody can pay", mall="corner shop", area="payments")
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130, ended.everything
    assert "Rehearsal window 1, until" in ended.stderr
    (window,) = windows(room, lead)
    assert (window["active"], window["ended_by"]) == (False, "stress")
    ledger = room.tickets(lead, "ledger", "--json").document
    assert ledger["suppressed"] == 1
    assert [
        each["reason"].startswith("rehearsal: tenfold stress")
        for each in ledger["reasons"]
        if each["outcome"] == "suppressed"
    ] == [True]
    titles = {each["title"] for each in room.listed(lead)["items"]}
    assert {"search is slow elsewhere", "nobody can pay"} <= titles
    assert "search is slow" not in titles


def test_a_round_that_ends_with_no_go_is_told_after_the_window(room: Room) -> None:
    lead, machine = room.add("li", "lead"), room.token("stress", "machine")
    name_the_site(room)
    ended = room.tenfold(*stress(f"{room.service.url}healthy"), "--raise", environment=environment(room, machine))
    assert ended.code in {1, 4}, ended.everything
    assert [each["active"] for each in windows(room, lead)] == [False]
    assert room.listed(lead)["total"] == (ended.code == 1)
    # Elsewhere than at the mall's own site, alerts of the mall are not expected.
    url = room.service.url.replace("127.0.0.1", "localhost")
    assert room.tenfold(*stress(f"{url}healthy"), environment=environment(room, machine)).code in VERDICTS
    assert windows(room, lead)[0]["match"] == {}
    assert (
        room.tenfold(*stress(f"{room.service.url}healthy"), "--no-window", environment=environment(room, machine)).code
        in VERDICTS
    )
    assert room.tenfold(*stress(f"{room.service.url}healthy")).code in VERDICTS
    assert len(windows(room, lead)) == 2
    # Whoever may not begin one rehearses all the same.
    engineer = room.add("zhang", "engineer")
    ended = room.tenfold(*stress(f"{room.service.url}healthy"), environment=environment(room, engineer))
    assert ended.code in VERDICTS
    assert ended.stderr.count("There is no rehearsal window") == 1


@pytest.mark.parametrize("server", ["http://127.0.0.1:1", "nonsense"])
def test_a_service_that_cannot_be_reached_stops_no_rehearsal(room: Room, server: str) -> None:
    url = f"{room.service.url}healthy"
    ended = room.tenfold(*stress(url), environment={"TENFOLD_TOKEN": "tf_x", "TENFOLD_SERVER": server})
    assert ended.code in VERDICTS
    assert ended.stderr.count("There is no rehearsal window") == 1


def test_a_service_that_is_named_has_to_be_one(tenfold: Program) -> None:
    for arguments, happened in (
        (("--server", "nonsense"), "--server"),
        (("--server", "http://127.0.0.1:1"), "There is no token"),
    ):
        ended = tenfold(*stress("http://127.0.0.1:9/"), *arguments)
        assert (ended.code, happened in ended.stderr) == (2, True), ended.everything
