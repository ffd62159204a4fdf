"""The pages of windows and of who did what: a window that a lead begins there keeps alerts from opening tickets, and is written down."""

import re
from datetime import timedelta

import pytest

from tests.tickets.intake.sending import alert, outcomes, send, webhook
from tests.tickets.pages.room import Room
from tests.tickets.pages.test_pages import logged_in, post
from tickets.names import Role
from tickets.people.tokens import create_token
from tickets.store import people, windows

# The room's clock stands at 2026-11-11 00:31:40 in Shanghai.
WINDOW = {"kind": "maintenance", "reason": "new switch", "ends_at": "2026-11-11T02:00", "match": "instance=db-*\n"}


def _windows(room: Room) -> list[windows.Window]:
    with room.desk.store.read() as connection:
        return windows.newest(connection, 10)


def test_a_window_is_begun_and_ended_and_keeps_what_it_expects_from_opening_tickets(room: Room, address: str) -> None:
    with logged_in(address, "zhao.lei") as client:
        assert "There is no window." in client.get("/tickets/windows?lang=en").text
        assert post(client, "/tickets/windows/begin", **WINDOW).status_code == 303
        (begun,) = _windows(room)
        assert (begun.kind, begun.reason, begun.match, begun.actor) == (
            "maintenance", "new switch", {"instance": "db-*"}, "zhao.lei",
        )  # fmt: skip
        assert (begun.starts_at, begun.ends_at - begun.starts_at) == (room.now(), timedelta(minutes=88, seconds=20))
        page = client.get("/tickets/windows").text
        assert "instance=db-*" in page
        assert "lasts now" in page
        send(room.desk, webhook(alert("f1", instance="db-1"), alert("f2", instance="web")))
        assert outcomes(room.desk) == [("suppressed", "maintenance: new switch"), ("ticketed", "opened")]
        assert post(client, "/tickets/windows/1/end").status_code == 303
        assert post(client, "/tickets/windows/1/end").status_code == 404
        page = client.get("/tickets/windows").text
        assert "Ended before its time by zhao.lei." in page
        assert "End it now" not in page
        assert "维护" in client.get("/tickets/windows?lang=zh").text
        send(room.desk, webhook(alert("f3", instance="db-2"), key="later"))
        assert outcomes(room.desk)[-1] == ("ticketed", "opened")
        later = {**WINDOW, "starts_at": "2026-11-12T00:00", "ends_at": "2026-11-12T01:00"}
        assert post(client, "/tickets/windows/begin", **later).status_code == 303
        assert "to come" in client.get("/tickets/windows?lang=en").text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "party"}, "Choose one of those"),
        ({"reason": " "}, "A field that is needed is empty."),
        ({"reason": "x" * 151}, "at most 150 characters"),
        ({"ends_at": ""}, "A field that is needed is empty."),
        ({"ends_at": "2026-11-11T00:30"}, "The end lies in the past."),
        ({"ends_at": "2026-11-18T00:32"}, "lasts for 7 days at most"),
        ({"starts_at": "2026-11-11T03:00"}, "ends after it has begun"),
        ({"starts_at": "2028-11-11T03:00", "ends_at": "2028-11-11T04:00"}, "within a year"),
        ({"match": ""}, "Name at least one label with a value"),
        ({"match": "instance=*"}, "Name at least one label with a value"),
        ({"match": "instance"}, "instance is no label with a value"),
        ({"match": "\n".join(f"l{each}=x" for each in range(21))}, "at most 20 labels"),
    ],
)
def test_a_window_that_will_not_do_is_refused_with_what_was_written(
    room: Room, address: str, wrong: dict[str, str], words: str
) -> None:
    with logged_in(address, "zhao.lei") as client:
        answer = post(client, "/tickets/windows/begin", **{**WINDOW, **wrong})
        assert answer.status_code == 422
        assert words in answer.text.replace("\u00a0", " ")
        if "reason" not in wrong:
            assert 'value="new switch"' in answer.text
    assert _windows(room) == []


def test_engineers_see_windows_and_leads_begin_them(room: Room, address: str) -> None:
    with logged_in(address, "li.na") as client:
        assert "Begin a window" not in client.get("/tickets/windows?lang=en").text
        assert post(client, "/tickets/windows/begin", **WINDOW).status_code == 403
        assert post(client, "/tickets/windows/1/end").status_code == 403
    with logged_in(address, "wang.fang") as client:
        assert client.get("/tickets/windows").status_code == 403
        assert post(client, "/tickets/windows/begin", **WINDOW).status_code == 403
    assert _windows(room) == []


def test_who_did_what_is_shown_to_administrators_newest_first_and_page_by_page(room: Room, address: str) -> None:
    with room.desk.store.write() as connection:
        for each in range(60):
            people.record(connection, at=room.now(), actor=f"old{each}", action="strange", detail="<b>bold</b>")
    create_token(room.desk, "machine-7", Role.MACHINE)
    with logged_in(address, "zhao.lei") as client:
        post(client, "/tickets/windows/begin", **WINDOW)
        send(room.desk, webhook(alert("f1")))
        post(client, "/tickets/1/take")
        assert client.get("/tickets/audit").status_code == 403
    with logged_in(address, "root") as client:
        page = client.get("/tickets/audit?lang=en").text
        rows = [re.sub(r"<[^>]+>", " ", each) for each in re.findall(r"<tr><td.*?</tr>", page)]
        assert len(rows) == 50
        told = [re.sub(r"\s+", " ", each) for each in rows]
        assert "root logged in" in told[0]
        assert "zhao.lei took T-1" in told[1]
        assert "zhao.lei began the window #1 maintenance: new switch" in told[2]
        assert "&lt;b&gt;bold&lt;/b&gt;" in page
        assert '<a href="/tickets/1">T-1</a>' in page
        older = re.findall(r'href="/tickets/audit\?before=(\d+)"', page)
        page = client.get(f"/tickets/audit?before={older[0]}").text
        assert "old0<" in page
        assert 'rel="next"' not in page, "the end"
        assert "took" not in page
        assert client.get("/tickets/audit?before=x").status_code == 200
        assert "已认领" in client.get("/tickets/audit?lang=zh").text
