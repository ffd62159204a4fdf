"""First aid and evidence on the page of a ticket: a real receiver is called on a click, once, and what was kept is verified."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from tests.tickets.pages.conftest import serving
from tests.tickets.pages.room import Room, build, evidence_document
from tests.tickets.pages.test_pages import logged_in, post
from tickets.aid.action import Action, Aid, Call
from tickets.evidence.document import seal
from tickets.names import Urgency
from tickets.store import evidence
from tickets.store.tables import EVIDENCE


class Receiver:
    """The mall's back office, as far as it switches channels."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.asked.append((self.command, self.path, body))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"done")

            do_DELETE = do_POST  # noqa: N815  (the library's name)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def action(self) -> Action:
        off = f"http://{self.host}/channels/{{label.channel}}/off"
        call = Call(method="POST", url=off, headers={"Authorization": "Bearer topsecret"}, body={"for": "{ticket}"})
        undo = Call(method="DELETE", url=off)
        return Action(name="backup-channel", title="切换到备用支付渠道", call=call, undo=undo, areas=("payments",))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def place(tmp_path: Path, receiver: Receiver) -> Iterator[tuple[Room, str]]:
    """A room with one action, whose pages show what the other parts really lend."""
    room = build(tmp_path)
    aid = Aid(actions=(receiver.action(),), allow=(receiver.host,))
    room.app.state.desk = room.desk = replace(room.desk, aid=aid)
    del room.app.state.parts
    with serving(room) as address:
        yield room, address
    room.desk.store.close()


def test_an_action_that_fits_is_carried_out_on_a_click_and_taken_back(
    place: tuple[Room, str], receiver: Receiver
) -> None:
    room, address = place
    number = room.open("alipay fails", Urgency.URGENT, area="payments", labels={"channel": "alipay"})
    other = room.open("search is slow", Urgency.URGENT, area="search")
    action = room.desk.aid.actions[0]
    with logged_in(address, "li.na") as client:
        assert 'data-part="aid"' not in client.get(f"/tickets/{other}").text
        page = client.get(f"/tickets/{number}").text
        assert action.title in page
        assert f"POST http://{receiver.host}/channels/alipay/off" in page
        assert "topsecret" not in page
        assert len(receiver.asked) == 0
        assert post(client, f"/tickets/{number}/aid/{action.name}").status_code == 303
        assert len(receiver.asked) == 1
        page = client.get(f"/tickets/{number}").text
        assert f'action="/tickets/{number}/aid/{action.name}"' not in page
        again = post(client, f"/tickets/{number}/aid/{action.name}")
        assert again.status_code == 409
        assert len(receiver.asked) == 1
        run = re.findall(r'name="run" value="(\d+)"', page)[0]
        room.moment += timedelta(minutes=20)
        assert post(client, f"/tickets/{number}/aid/{action.name}/undo", run=run).status_code == 303
        assert [(method, path) for method, path, _ in receiver.asked] == [
            ("POST", "/channels/alipay/off"),
            ("DELETE", "/channels/alipay/off"),
        ]
        card = client.get(f"/tickets/{number}").text.partition('class="run undone"')[2].partition("</div>")[0]
        seen = re.sub(r"<[^>]+>", "", card)
        assert "taken back 2026-11-11 00:51:40 · li.na" in seen
        assert "carried out 2026-11-11 00:31:40 · li.na" in seen
        assert post(client, f"/tickets/{number}/aid/nothing").status_code == 404
        assert post(client, f"/tickets/{number}/aid/{action.name}/undo", run="99").status_code == 404
    with logged_in(address, "wang.fang") as client:
        assert post(client, f"/tickets/{number}/aid/{action.name}").status_code == 404
    assert len(receiver.asked) == 2


def test_evidence_is_verified_and_says_when_it_was_changed(place: tuple[Room, str]) -> None:
    room, address = place
    number = room.open("alipay fails", Urgency.URGENT, area="payments")
    sealed = seal(evidence_document())
    store = room.desk.store
    store.writing(lambda connection: evidence.keep(connection, number, room.now(), "first", sealed))
    with logged_in(address, "li.na") as client:
        page = client.get(f"/tickets/{number}").text
        assert "✓ verified" in page
        assert sealed.sha256 in page
        assert "UPDATE orders SET paid_at" in page
        forged = seal({**evidence_document(), "ticket": 7})
        store.writing(lambda connection: connection.execute(update(EVIDENCE).values(body=forged.body)))
        assert "✗ changed since it was frozen" in client.get(f"/tickets/{number}").text
        store.writing(lambda connection: connection.execute(update(EVIDENCE).values(body=b"broken")))
        assert "✗ changed since it was frozen" in client.get(f"/tickets/{number}").text
