"""The running service sends by itself, and turns to the second channel by itself."""

import dataclasses
import time
from collections.abc import Callable

from tests.tickets.notify.conftest import opened, said
from tests.tickets.notify.service import Service, hangs
from tickets.desk import Desk, now
from tickets.notify.channels import Channel, Kind, Notifying
from tickets.notify.follower import MESSAGE, OVERDUE
from tickets.running import DUTIES, HANDLERS, Background
from tickets.store import outbox


def test_messages_go_out_and_the_second_channel_steps_in(desk: Desk, services: Callable[[], Service]) -> None:
    dead, other = services(), services()
    dead.will(hangs(0.5))
    channels = (
        Channel(name="ops", kind=Kind.WECOM, url=dead.url, seconds=0.3, fallback="second"),
        Channel(name="second", kind=Kind.FEISHU, url=other.url, urgencies=frozenset()),
    )
    # The real clock: nobody moves it on.
    desk = dataclasses.replace(desk, now=now, notifying=Notifying(channels=channels, overdue_seconds=1.0))
    messages = [each for each in DUTIES if each.name == "messages"]
    assert len(messages) == 1
    ticket = opened(desk)
    background = Background(desk, duties=messages)
    background.start()
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and not any(delivered for _, _, delivered, _ in said(desk, ticket.number)):
            time.sleep(0.1)
    finally:
        background.stop()
    assert [each for each in said(desk, ticket.number) if each[2]] == [("second", "", True, 1)]
    assert ("ops", "", False, 1) in said(desk, ticket.number)
    assert len(other.posts) == 1


def test_the_outbox_leaves_messages_to_their_turns(desk: Desk, services: Callable[[], Service]) -> None:
    channels = (Channel(name="ops", kind=Kind.WECOM, url=services().url),)
    desk = dataclasses.replace(desk, notifying=Notifying(channels=channels, overdue_seconds=0.0))
    opened(desk)
    leased = desk.store.writing(lambda connection: outbox.lease(connection, "test", desk.now(), 60, 100))
    assert [task.kind for task in leased] == [OVERDUE]
    assert set(HANDLERS) >= {OVERDUE}
    assert MESSAGE not in HANDLERS
