"""The pages over the whole room: what intake, clocks and afterwards lend them is shown, on SQLite and on PostgreSQL."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pages.tickets import words
from tests.tickets.pages.conftest import serving
from tests.tickets.pages.room import Room, build
from tests.tickets.pages.test_pages import logged_in, post
from tickets import events
from tickets.intake import deciding
from tickets.names import Role, Urgency
from tickets.people.tokens import create_token

NOT_JSON = b"alert=disk <script>alert(1)</script>"
ALERT = {
    "version": "4",
    "groupKey": '{}:{alertname="PaymentSuccessLow"}',
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "PaymentSuccessLow", "severity": "urgent", "channel": "alipay"},
            "annotations": {"summary": "支付成功率低"},
            "startsAt": "2026-11-10T16:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "a1",
        }
    ],
}


@pytest.fixture(params=["sqlite", "postgresql"])
def whole_room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Room, str]]:
    """A room whose pages show what the other parts really lend."""
    store = ""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres18")
        store = f"postgresql://postgres@127.0.0.1:{server.port}/{server.create_database()}"
    room = build(tmp_path, store)
    del room.app.state.parts
    with serving(room) as address:
        yield room, address
    room.desk.store.close()


def test_an_alert_is_on_the_board_with_a_running_clock_and_in_the_ledger(whole_room: tuple[Room, str]) -> None:
    room, address = whole_room
    bearer = {"Authorization": f"Bearer {create_token(room.desk, 'alertmanager-1', Role.MACHINE)}"}
    sent = httpx.post(f"{address}/api/v1/alerts/alertmanager", json=ALERT, headers=bearer, timeout=30)
    assert sent.status_code < 300, sent.text
    httpx.post(f"{address}/api/v1/alerts/alertmanager", content=NOT_JSON, headers=bearer, timeout=30)
    with logged_in(address, "zhao.lei") as client:
        board = client.get("/tickets").text
        assert "支付成功率低" in board
        assert "0:30:00 left" in board
        ledger = client.get("/tickets/ledger").text
        assert "Balanced: 2 received" in ledger
        assert "opened a ticket" in ledger
        quarantine = client.get("/tickets/quarantine").text
        assert "alert=disk &lt;script&gt;alert(1)&lt;/script&gt;" in quarantine
        number = re.findall(r"/tickets/quarantine/(\d+)/replay", quarantine)[0]
        again = post(client, f"/tickets/quarantine/{number}/replay")
        assert again.status_code == 422
        assert "Still not understood" in again.text
        assert post(client, "/tickets/quarantine/99/replay").status_code == 404
        assert "Balanced: 2 received" in client.get("/tickets/ledger").text


def test_a_solved_ticket_has_a_report_and_is_found_for_the_next_one(whole_room: tuple[Room, str]) -> None:
    room, address = whole_room
    solved = room.open("Payment channel alipay fails", Urgency.URGENT, ago=300, area="payments", key="k1")
    room.happen(solved, events.Taken(owner="li.na"), ago=290, by="li.na")
    done = events.Resolved(solution="Switched to the backup channel.", steps="1. switch", cautions="none")
    room.happen(solved, done, ago=200, by="li.na")
    new = room.open("Payment channel alipay fails", Urgency.URGENT, area="payments", key="k1")
    with logged_in(address, "zhao.lei") as client:
        page = client.get(f"/tickets/{new}").text
        assert "Switched to the backup channel." in page.partition('data-part="similar"')[2]
        assert f"/tickets/{new}/report" in page
        for lang, words in (("en", "Switched to the backup channel."), ("zh", "故障报告")):
            report = client.get(f"/tickets/{solved}/report?lang={lang}")
            assert report.status_code == 200
            assert words in report.text
        assert client.get("/tickets/9999/report").status_code == 404
        room.happen(new, events.MergedInto(ticket=solved), by="li.na")
        figures = client.get("/tickets/figures?lang=en").text
        assert "2026-11" in figures
        assert "10 min" in figures
        cells = [re.sub(r"<[^>]+>", "", each) for each in re.findall(r"<td.*?</td>", figures)]
        assert cells[:5] == ["urgent", "2", "1", "0", "1"], "opened, resolved, open, merged"


def test_an_improvement_of_the_report_is_made_a_ticket_on_its_page(whole_room: tuple[Room, str]) -> None:
    room, address = whole_room
    number = room.open("Payment channel alipay fails", Urgency.URGENT, ago=300, area="payments", key="k1")
    room.happen(number, events.Taken(owner="li.na"), ago=290, by="li.na")
    done = events.Resolved(solution="Switched to the backup channel.", steps="1. switch", cautions="none")
    room.happen(number, done, ago=200, by="li.na")
    follow = f"/tickets/{number}/report/follow-ups/runbook"
    with logged_in(address, "li.na") as client:
        page = client.get(f"/tickets/{number}/report?lang=zh").text
        assert f'action="{follow}"' in page
        assert "form-action 'self'" in page.replace("&#39;", "'")
        assert client.post(follow, data={"csrf": "forged"}).status_code == 403
        csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
        answer = client.post(follow, data={"csrf": csrf})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/tickets/{number}/report#improvements")
        opened = room.ticket(number + 1)
        assert (opened.title, opened.source, opened.reporter) == (
            f"为 T-{number} 的告警编写处置手册",
            "follow-up",
            "li.na",
        )
        page = client.get(f"/tickets/{number}/report").text
        assert f'action="{follow}"' not in page
        assert f'<a href="/tickets/{number + 1}">T-{number + 1}</a>' in page
        assert client.post(follow, data={"csrf": csrf}).status_code == 303, "twice is once"
        assert post(client, f"/tickets/{number}/report/follow-ups/nonsense").status_code == 409
        assert post(client, "/tickets/9999/report/follow-ups/runbook").status_code == 404
    with logged_in(address, "wang.fang") as client:
        assert post(client, follow).status_code == 403


def test_every_reason_of_the_ledger_has_words_for_people() -> None:
    stored = {value for name, value in vars(deciding).items() if name.isupper() and isinstance(value, str)}
    assert stored == words.REASONS.keys()
    assert all(str(words.reason(each)) != each for each in stored - {"reopened"})
    assert str(words.reason("rehearsal: eleven o'clock: a try")) == "rehearsal: eleven o'clock: a try"
    assert str(words.reason("<b>not JSON</b>: x")) == "<b>not JSON</b>: x"
