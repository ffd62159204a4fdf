"""A night shift: people with contacts, tickets, and what was said on them."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import insert

from tests.tickets.afterwards import telling
from tests.tickets.notify.service import Service, service
from tickets import events, followers
from tickets.aid.following import aid_follows
from tickets.changing import Move, change
from tickets.desk import Desk
from tickets.events import Notified
from tickets.evidence.following import evidence_follows
from tickets.names import Role
from tickets.notify.overdue import overdue
from tickets.notify.turns import due, turn
from tickets.store import log, outbox
from tickets.store.tables import ACCOUNTS
from tickets.ticket import Ticket

PEOPLE = {
    "zhang": (
        Role.ENGINEER,
        {"wecom": "zhangsan", "dingtalk": "ding-zhang", "feishu": "ou_zhang", "phone": "13800138000"},
    ),
    "li": (Role.LEAD, {"wecom": "lisi", "email": "li@mall.example"}),
    "wang": (Role.REPORTER, {"email": "wang@mall.example"}),
    "zhao": (Role.REPORTER, {}),
}


@pytest.fixture(autouse=True)
def nothing_but_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else follows from a ticket, evidence and first aid, is asked of the same outbox and tested elsewhere."""
    others = {evidence_follows, aid_follows}
    monkeypatch.setattr(followers, "FOLLOWERS", tuple(each for each in followers.FOLLOWERS if each not in others))


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The desk of a mall in Shanghai, with its people."""
    desk = dataclasses.replace(desk, mall="Lantern", timezone="Asia/Shanghai")
    rows: list[dict[str, Any]] = [
        {"name": name, "role": role.value, "password_hash": "", "lang": "", "contacts": contacts, "areas": [],
         "created_at": desk.now(), "disabled": False}
        for name, (role, contacts) in PEOPLE.items()
    ]  # fmt: skip
    desk.store.writing(lambda connection: connection.execute(insert(ACCOUNTS), rows))
    return desk


@pytest.fixture
def services() -> Iterator[Callable[[], Service]]:
    """Starts services that end with the test."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(service())


def opened(desk: Desk, further: Sequence[events.Event] = (), **fields: Any) -> Ticket:
    """A new ticket of payments, with everything that follows from it."""
    facts = {"title": "Payments fail", "area": "payments", **fields}
    return telling.opened(desk, facts.pop("title"), further=tuple(further), **facts)


def moved(desk: Desk, number: int, actor: str, move: Move) -> Ticket:
    return change(desk, number, actor, move)


def deliver(desk: Desk) -> int:
    """One turn of every lane that may have one; how many messages were looked at."""
    return sum(turn(desk, lane) for lane in due(desk))


def look_after(desk: Desk) -> list[str]:
    """Does what the outbox asks for by itself: messages without a receipt in time."""
    tasks = desk.store.writing(lambda connection: outbox.lease(connection, "test", desk.now(), 60, 1000))
    told = []
    for task in tasks:
        told.append(overdue(desk, task))
        desk.store.writing(lambda connection, task=task: outbox.finish(connection, task, desk.now()))  # type: ignore[misc]  # mypy cannot infer a bound default
    return told


def said(desk: Desk, number: int) -> list[tuple[str, str, bool, int]]:
    """What a ticket's log says of messages: channel, person, delivered, the entry that it is about."""
    with desk.store.read() as connection:
        entries = log.load_log(connection, number)
    return [
        (entry.event.channel, entry.event.to, entry.event.delivered, entry.event.about)
        for entry in entries
        if isinstance(entry.event, Notified)
    ]


def details(desk: Desk, number: int) -> str:
    """Every detail of them."""
    with desk.store.read() as connection:
        entries = log.load_log(connection, number)
    return "\n".join(entry.event.detail for entry in entries if isinstance(entry.event, Notified))
