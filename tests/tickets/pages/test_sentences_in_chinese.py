"""What the room itself says, first aid's reasons and what a reader of evidence could not read, is read in the page's language."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from collectors.runner import CollectorError
from facts.message import Message, msg
from pages.figures import glued
from pages.translation import translator
from tests.tickets.opened import work_once
from tests.tickets.pages.conftest import serving
from tests.tickets.pages.room import Room, build
from tests.tickets.pages.test_first_aid import Receiver
from tests.tickets.pages.test_pages import logged_in, post
from tickets import events
from tickets.aid.action import Aid
from tickets.desk import Hands
from tickets.events import EVENT
from tickets.names import Role, Urgency
from tickets.people.tokens import create_token

AREA = msg("The ticket's area is {area}.", area="payments")
NOT_INSTALLED = msg("pg_stat_statements is not installed in this database")
UNREADABLE = msg("{path} cannot be read: {reason}", path="/var/log/shop", reason=msg("it was not read"))


def _fails(_labels: Mapping[str, str], _at: datetime) -> Any:
    raise CollectorError(NOT_INSTALLED)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Room, str]]:
    """A room whose readers fail in part, and that has an action for payments."""
    receiver = Receiver()
    readers = {"database:orders": _fails, "redis:cache": lambda _labels, _at: {"n": 1, "failed": {"log": UNREADABLE}}}
    room = build(tmp_path)
    del room.app.state.parts
    aid = Aid(actions=(receiver.action(),), allow=(receiver.host,))
    room.app.state.desk = room.desk = replace(room.desk, aid=aid, hands=Hands(evidence=readers))
    sent = {"title": "nobody can pay", "labels": {"area": "payments", "channel": "alipay"}, "severity": "critical"}
    with serving(room) as address:
        bearer = {"Authorization": f"Bearer {create_token(room.desk, 'watcher', Role.MACHINE)}"}
        assert httpx.post(f"{address}/api/v1/alerts", json=sent, headers=bearer, timeout=30).is_success
        for _ in range(3):
            work_once(room.desk)
        yield room, address
    room.desk.store.close()
    receiver.server.shutdown()
    receiver.server.server_close()


def _in(language: str, sentence: Message) -> str:
    said = translator("zh" if language == "zh" else "en")(sentence)
    assert (said != str(sentence)) == (language == "zh")
    return str(glued(said)).replace("'", "&#39;")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_in_its_language_why_and_what_was_not_read(place: tuple[Room, str], language: str) -> None:
    room, address = place
    with logged_in(address, "li.na") as client:
        assert post(client, "/tickets/1/aid/backup-channel").status_code == 303
        page = client.get(f"/tickets/1?lang={language}").text.replace("\u00a0", " ")
        card, timeline = (
            page.partition('data-part="aid"')[2].partition('data-part="evidence"')[0],
            page.partition('class="timeline"')[2],
        )
        for part in (card, timeline):
            assert _in(language, AREA).replace("\u00a0", " ") in part
        for reason in (NOT_INSTALLED, UNREADABLE):
            assert page.count(_in(language, reason).replace("\u00a0", " ")) >= 2, (
                "beside the evidence and beside the answer"
            )
        assert ("数据库 orders" in page) == (language == "zh")
        assert "template" not in page.partition("<main")[2].partition("<script")[0]
        assert (
            client.get(f"/tickets/1/report?lang={language}")
            .text.replace("\u00a0", " ")
            .count(_in(language, AREA).replace("\u00a0", " "))
            == 1
        )
    log = room.log(1)
    (proposed,) = [each.event for each in log if isinstance(each.event, events.AidProposed)]
    assert proposed.because == AREA, "the template and its values are kept, not the words"


def test_the_api_says_it_in_words(place: tuple[Room, str]) -> None:
    room, address = place
    bearer = {"Authorization": f"Bearer {create_token(room.desk, 'li', Role.ENGINEER)}"}
    offered = httpx.get(f"{address}/api/v1/tickets/1/aid", headers=bearer, timeout=30).json()
    assert [each["because"] for each in offered["actions"]] == [str(AREA)]


def test_what_was_kept_as_a_text_is_still_read(place: tuple[Room, str]) -> None:
    room, address = place
    old = EVENT.validate_python({"kind": "aid_proposed", "action": "backup-channel", "because": "It says so."})
    number = room.open("old", Urgency.URGENT, area="payments")
    room.happen(number, old)
    with logged_in(address, "li.na") as client:
        assert client.get(f"/tickets/{number}?lang=zh").text.count("It says so.") == 2


@pytest.mark.parametrize(
    ("body", "english", "chinese"),
    [
        ([{"title": "fine"}, {"title": " "}], "1 of 2: title: it is empty", "共 2 条，其中 1 条：title：不能为空"),
        ({"summary": "x"}, "1 of 1: title: it is missing", "title：缺少该项"),
        ([{"title": "x", "labels": 3}], "labels: names with values are needed", "labels：需要名称与值"),
        (7, "One alert is expected", "应为一条告警"),
        (b"{", "This is no JSON: ", "这不是 JSON"),
    ],
)
def test_why_a_post_is_in_quarantine_is_said_in_the_pages_language_also_when_it_is_tried_again(
    room: Room, address: str, body: Any, english: str, chinese: str
) -> None:
    del room.app.state.parts
    bearer = {"Authorization": f"Bearer {create_token(room.desk, 'watcher', Role.MACHINE)}"}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = httpx.post(f"{address}/api/v1/alerts", content=content, headers=bearer, timeout=30)
    assert english in sent.json()["problem"], "programs are told in English"
    with logged_in(address, "zhao.lei") as client:
        for language, words in (("en", english), ("zh", chinese)):
            assert words in client.get(f"/tickets/quarantine?lang={language}").text.replace("\u00a0", " ")
        again = post(client, f"/tickets/quarantine/{sent.json()['post']}/replay")
        assert again.status_code == 422
        assert chinese.rpartition("条：")[2] in again.text.replace("\u00a0", " ")
    listed = httpx.get(f"{address}/api/v1/quarantine", headers=bearer, timeout=30).json()["items"]
    assert [english in each["problem"] for each in listed] == [True]
