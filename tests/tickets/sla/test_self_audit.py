"""No open ticket can be forgotten, and somebody elsewhere notices when this room stands still."""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import insert, select, update

from tests.tickets.conftest import Clock
from tests.tickets.opened import kinds
from tests.tickets.sla.filing import file_ticket, in_shanghai, timer
from tests.tickets.sla.logs import opened
from tickets import lifecycle
from tickets.changing import change
from tickets.desk import Desk
from tickets.names import Urgency
from tickets.running import DUTIES, Background
from tickets.sla import self_audit as auditing
from tickets.sla.calendar import Calendar
from tickets.sla.calendar_alarm import calendar_alarm
from tickets.sla.chain import Chain, Escalation
from tickets.sla.heartbeat import heartbeat
from tickets.sla.holidays_of import days_of
from tickets.sla.self_audit import Lapse, Violation, self_audit
from tickets.sla.ticking import tick
from tickets.sla.tiers import Promise, Promises
from tickets.store import kept
from tickets.store.opening import open_store
from tickets.store.tables import ACCOUNTS, EVENTS, TICKETS


def set_timer(desk: Desk, number: int, **values: object) -> None:
    with desk.store.write() as connection:
        connection.execute(update(TICKETS).where(TICKETS.c.number == number).values(**values))


def test_all_is_well_where_nothing_was_tampered_with(desk: Desk, clock: Clock) -> None:
    for urgency in Urgency:
        number = file_ticket(desk, urgency=urgency).number
        change(desk, number, "li", lambda ticket: lifecycle.take(ticket, "li"))
        file_ticket(desk, urgency=urgency)
    for _ in range(15):
        assert self_audit(desk) == ()
        clock.forward(minutes=47)
        tick(desk)


def test_a_ticket_that_lost_its_timer_gets_it_back(desk: Desk) -> None:
    lost, whole = file_ticket(desk).number, file_ticket(desk).number
    before = timer(desk, lost)
    set_timer(desk, lost, next_timer=None, next_at=None)
    assert self_audit(desk) == (Violation(lost, Lapse.NO_TIMER, mended=True),)
    assert timer(desk, lost) == before == timer(desk, whole)
    assert self_audit(desk) == ()


def test_a_timer_that_is_not_the_one_of_the_log_is_set_right(desk: Desk, clock: Clock) -> None:
    number = file_ticket(desk).number
    set_timer(desk, number, next_at=clock() + timedelta(days=30))
    assert self_audit(desk) == (Violation(number, Lapse.WRONG_TIMER, mended=True),)
    assert timer(desk, number) == ("escalate:1", 15)


def test_what_should_have_been_said_long_ago_is_said_by_the_audit(desk: Desk, clock: Clock) -> None:
    number = file_ticket(desk).number
    clock.forward(minutes=20)
    assert self_audit(desk) == (Violation(number, Lapse.LATE, mended=True),)
    assert kinds(desk, number) == ["opened", "escalated"]


def test_a_ticket_of_which_nobody_would_hear_is_told_of(desk: Desk) -> None:
    silent = replace(desk, escalation=Escalation(urgent=Chain()))
    number = file_ticket(silent).number
    assert self_audit(silent) == (Violation(number, Lapse.NOBODY, mended=False),)
    change(silent, number, "lead", lambda ticket: lifecycle.assign(ticket, "li"))
    assert self_audit(silent) == ()


def test_a_ticket_of_somebody_who_may_not_log_in_any_more_is_told_of(desk: Desk, clock: Clock) -> None:
    gone, here = file_ticket(desk, opened(owner="sun")).number, file_ticket(desk, opened(owner="li")).number
    account = {"role": "engineer", "password_hash": "", "lang": "", "contacts": {}, "areas": [], "created_at": clock()}
    with desk.store.write() as connection:
        for name in ("sun", "li"):
            connection.execute(insert(ACCOUNTS).values(name=name, disabled=name == "sun", **account))
    assert self_audit(desk) == (Violation(gone, Lapse.OWNER_GONE, mended=False),)
    assert gone != here


def test_a_log_that_cannot_be_read_hides_no_other_ticket(desk: Desk) -> None:
    broken, lost = file_ticket(desk).number, file_ticket(desk).number
    with desk.store.write() as connection:
        connection.execute(update(EVENTS).where(EVENTS.c.ticket == broken).values(kind="of a later version"))
    set_timer(desk, lost, next_at=None)
    assert set(self_audit(desk)) == {
        Violation(broken, Lapse.UNREADABLE, mended=False),
        Violation(lost, Lapse.NO_TIMER, mended=True),
    }


def test_the_result_is_kept_for_metrics(desk: Desk, clock: Clock) -> None:
    number = file_ticket(desk).number
    set_timer(desk, number, next_at=None)
    self_audit(desk)
    with desk.store.read() as connection:
        result = kept.get(connection, auditing.KEPT)
    assert result["at"] == clock().isoformat()
    assert (result["open"], result["violations"]["no_timer"], result["violations"]["late"]) == (1, 1, 0)


def test_other_rules_set_every_timer_anew(desk: Desk, clock: Clock) -> None:
    desk = in_shanghai(desk)
    numbers = [file_ticket(desk, urgency=Urgency.IMPORTANT).number for _ in range(3)]
    self_audit(desk)
    clock.forward(minutes=1)
    assert {timer(desk, number) for number in numbers} == {("warn:response", 44)}
    strict = replace(desk, promises=Promises(important=Promise(response=1200, fix=3600)))
    assert self_audit(strict) == ()
    assert tick(strict) == 0
    assert {timer(desk, number) for number in numbers} == {("warn:response", 14)}
    # The same rules again are no other ones, also where sets have another order.
    off = frozenset(date(2026, 5, day) for day in range(6, 20))
    holidays = replace(strict, calendar=Calendar(timezone="Asia/Shanghai", holidays=off))
    self_audit(holidays)
    tick(holidays)
    again = replace(strict, calendar=Calendar(timezone="Asia/Shanghai", holidays=frozenset(sorted(off, reverse=True))))
    before = [timer(desk, number) for number in numbers]
    self_audit(again)
    assert [timer(desk, number) for number in numbers] == before


def test_every_ticket_has_its_turn_though_each_audit_reads_a_part(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "SLICE", 3)
    numbers = [file_ticket(desk, urgency=Urgency.NORMAL).number for _ in range(10)]
    for number in numbers:
        set_timer(desk, number, next_at=clock() + timedelta(days=9))
    found: list[Violation] = []
    for _ in range(4):
        found += self_audit(desk)
        clock.forward(minutes=1)
    assert sorted(each.ticket for each in found) == numbers


@dataclass
class Elsewhere:
    """A service that waits for heartbeats."""

    url: str = ""
    status: int = 200
    paths: list[str] = field(default_factory=list)


@contextmanager
def _elsewhere() -> Iterator[Elsewhere]:
    heard = Elsewhere()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.paths.append(self.path)
            self.send_response(heard.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        heard.url = f"http://127.0.0.1:{server.server_port}/ping/secret-7f3a"
        try:
            yield heard
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with _elsewhere() as heard:
        yield heard


def test_the_heart_beats_while_the_work_is_done(desk: Desk, clock: Clock, elsewhere: Elsewhere) -> None:
    desk = replace(desk, heartbeat_url=elsewhere.url, heartbeat_every=60)
    file_ticket(desk)
    self_audit(desk)
    assert [heartbeat(desk), heartbeat(desk)] == [True, False]
    clock.forward(seconds=60)
    assert heartbeat(desk)
    assert elsewhere.paths == ["/ping/secret-7f3a"] * 2


def test_no_heartbeat_before_the_first_audit_and_when_it_no_longer_ends(
    desk: Desk, clock: Clock, elsewhere: Elsewhere
) -> None:
    desk = replace(desk, heartbeat_url=elsewhere.url)
    assert not heartbeat(desk)
    clock.forward(minutes=1)
    self_audit(desk)
    assert heartbeat(desk)
    clock.forward(minutes=4)
    assert not heartbeat(desk)
    assert len(elsewhere.paths) == 1


def test_no_heartbeat_when_nobody_ticks_though_the_audit_makes_up_for_it(
    desk: Desk, clock: Clock, elsewhere: Elsewhere
) -> None:
    desk = replace(desk, heartbeat_url=elsewhere.url)
    file_ticket(desk)
    self_audit(desk)
    assert heartbeat(desk)
    clock.forward(minutes=16)
    self_audit(desk)  # late by a minute, which is not forgotten yet
    assert heartbeat(desk)
    clock.forward(minutes=2)
    assert not heartbeat(desk)
    clock.forward(minutes=1)
    self_audit(desk)
    clock.forward(minutes=1)
    assert not heartbeat(desk)
    with desk.store.read() as connection:
        assert "looked at too late" in kept.get(connection, "heartbeat")["detail"]


def test_a_heartbeat_that_is_refused_is_told_without_its_secret(
    desk: Desk, clock: Clock, elsewhere: Elsewhere, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tickets")
    desk = replace(desk, heartbeat_url=elsewhere.url)
    self_audit(desk)
    elsewhere.status = 500
    assert not heartbeat(desk)
    clock.forward(minutes=1)
    assert not heartbeat(replace(desk, heartbeat_url="http://127.0.0.1:1/secret-7f3a"))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("tickets")]
    assert ours == ["heartbeat: 127.0.0.1 answered 500", "heartbeat: 127.0.0.1: ConnectError"]
    with desk.store.read() as connection:
        assert "secret" not in json.dumps(kept.get(connection, "heartbeat"))


def _december(desk: Desk, clock: Clock) -> Desk:
    if any(days_of("CN", 2027)[1]):
        pytest.skip("the library that is installed has 2027 by now")
    clock.at = clock.at.replace(month=12)
    return in_shanghai(desk)


def test_a_year_without_its_workdays_opens_one_ticket(desk: Desk, clock: Clock) -> None:
    desk = _december(desk, clock)
    assert [calendar_alarm(desk), calendar_alarm(desk)] == [(2027,), (2027,)]
    with desk.store.read() as connection:
        rows = connection.execute(select(TICKETS.c.number, TICKETS.c.title, TICKETS.c.urgency)).all()
    assert [(row.title[:4], row.urgency) for row in rows] == [("2027", "important")]
    number = rows[0].number
    change(desk, number, "li", lambda ticket: lifecycle.take(ticket, "li"))
    change(desk, number, "li", lambda ticket: lifecycle.resolve(ticket, "later", "none", "none"))
    calendar_alarm(desk)
    assert len(_numbers(desk)) == 1
    clock.forward(days=8)
    calendar_alarm(desk)
    assert len(_numbers(desk)) == 2
    assert calendar_alarm(replace(desk, calendar=replace(desk.calendar, known_years=frozenset({2027})))) == ()


def test_processes_that_start_together_open_one_ticket(desk: Desk, clock: Clock, store_url: str) -> None:
    desk = _december(desk, clock)
    stores = [open_store(store_url) for _ in range(4)]
    threads = [threading.Thread(target=calendar_alarm, args=(replace(desk, store=store),)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert len(_numbers(desk)) == 1


def _numbers(desk: Desk) -> list[int]:
    with desk.store.read() as connection:
        return list(connection.execute(select(TICKETS.c.number)).scalars())


def test_the_duties_are_done_in_the_background(desk: Desk, clock: Clock, elsewhere: Elsewhere) -> None:
    desk = replace(desk, heartbeat_url=elsewhere.url, heartbeat_every=0.0)
    number = file_ticket(desk, opened()).number
    clock.forward(minutes=15, seconds=1)
    ours = [replace(duty, every=0.05) for duty in DUTIES if duty.name in {"sla", "self-audit", "calendar", "heartbeat"}]
    assert len(ours) == 4
    background = Background(desk, ours)
    background.start()
    wait = threading.Event()
    for _ in range(200):
        if kinds(desk, number) == ["opened", "escalated"] and elsewhere.paths:
            break
        wait.wait(0.05)
    background.stop()
    assert kinds(desk, number) == ["opened", "escalated"]
    assert elsewhere.paths
