"""The ticket room's figures, on both kinds of store."""

import time
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import insert, update

from collectors.serving.metric import Distribution, Reader
from tenfold.serving import tickets as serving
from tenfold.serving.tickets import METRICS, newest_tickets, watched_tickets
from tenfold.settings.ticketing import PromisesSection
from tenfold.ticketing.hours import promised
from tests.tickets.afterwards.conftest import BEGIN, clock, desk
from tests.tickets.afterwards.telling import happens, moves, opened
from tests.tickets.conftest import Clock, store, store_url
from tickets import events, lifecycle
from tickets.desk import Desk
from tickets.names import ClockName, Urgency
from tickets.sla.self_audit import Lapse
from tickets.store import outbox
from tickets.store.opening import StoreUnavailable
from tickets.store.tables import KEPT, OUTBOX, OUTCOMES, POSTS, TICKETS

__all__ = ["clock", "desk", "store", "store_url"]
Shown = dict[tuple[str, ...], Any]
PROMISED = promised(PromisesSection())


@pytest.fixture
def reader(clock: Clock) -> Reader:
    """A process that has just begun."""
    return newest_tickets(PROMISED, clock).begin()


def shown(reader: Reader, desk: Desk) -> Shown:
    found = tuple(reader(desk.store))
    assert {each.metric for each in found} <= set(METRICS)
    assert len({(each.metric.name, each.labels) for each in found}) == len(found)
    return {(each.metric.name.removeprefix("tenfold_"), *each.labels): each.value for each in found}


def post(desk: Desk, *outcomes: str, alerts: int | None = None, problem: str | None = None) -> None:
    """Alerts that arrived, and what became of them."""
    with desk.store.write() as connection:
        row = {"at": desk.now(), "source": "alertmanager", "alerts": len(outcomes) if alerts is None else alerts,
               "body": b"", "problem": problem}  # fmt: skip
        result = connection.execute(insert(POSTS).values(row))
        assert result.inserted_primary_key is not None
        for ordinal, outcome in enumerate(outcomes):
            connection.execute(insert(OUTCOMES).values(
                post=result.inserted_primary_key[0], ordinal=ordinal, outcome=outcome, reason="", key="k", fingerprint="f",
                status="firing",
            ))  # fmt: skip


def test_tickets_by_state_and_urgency_with_zeros(desk: Desk, reader: Reader) -> None:
    opened(desk, "one")
    moves(desk, opened(desk, "two", urgency=Urgency.NORMAL), lambda it: lifecycle.take(it, "li"))
    found = shown(reader, desk)
    assert found["tickets", "waiting", "urgent"] == 1
    assert found["tickets", "in_progress", "normal"] == 1
    assert found["tickets", "resolved", "important"] == 0
    assert len([key for key in found if key[0] == "tickets"]) == 9


def test_the_ticket_that_nobody_has_taken_for_longest(desk: Desk, reader: Reader, clock: Clock) -> None:
    first = opened(desk, "first")
    clock.forward(seconds=100)
    opened(desk, "second")
    clock.forward(seconds=50)
    assert shown(reader, desk)["tickets_oldest_waiting_seconds", "urgent"] == 150
    moves(desk, first, lambda it: lifecycle.take(it, "li"))
    found = shown(reader, desk)
    assert found["tickets_oldest_waiting_seconds", "urgent"] == 50
    assert found["tickets_oldest_waiting_seconds", "normal"] == 0


def test_the_clocks_are_those_that_the_configuration_promises(desk: Desk, clock: Clock) -> None:
    section = PromisesSection.model_validate({"urgent": {"response": "never"}, "normal": {"plan": "1d"}})
    found = shown(newest_tickets(promised(section), clock).begin(), desk)
    assert {key[1:] for key in found if key[0] == "tickets_late"} == {
        ("plan", "urgent"), ("fix", "urgent"), ("response", "important"), ("fix", "important"),
        ("response", "normal"), ("plan", "normal"), ("fix", "normal"),
    }  # fmt: skip


def test_a_reopened_ticket_waits_since_then(desk: Desk, reader: Reader, clock: Clock) -> None:
    ticket = opened(desk, "first")
    done = events.Resolved(solution="s", steps="s", cautions="c")
    clock.forward(seconds=1000)
    happens(desk, ticket, done, events.Reopened())
    clock.forward(seconds=20)
    assert shown(reader, desk)["tickets_oldest_waiting_seconds", "urgent"] == 20


def test_what_happens_is_counted_once_and_what_was_before_is_not(desk: Desk, reader: Reader, clock: Clock) -> None:
    clock.forward(seconds=-3600)
    before = opened(desk, "before")
    clock.forward(seconds=3601)
    shown(reader, desk)
    ticket = opened(desk, "now")
    clock.forward(seconds=120)
    moves(desk, ticket, lambda it: lifecycle.take(it, "li"))
    happens(desk, before, events.Breached(clock=ClockName.RESPONSE))
    clock.forward(seconds=60)
    for _ in range(3):
        found = shown(reader, desk)
    assert found["tickets_opened_total", "urgent"] == 1
    assert found["ticket_sla_total", "response", "urgent", "kept"] == 1
    assert found["ticket_sla_total", "response", "urgent", "broken"] == 1
    assert found["ticket_sla_total", "fix", "urgent", "kept"] == 0
    assert found["tickets_late", "response", "urgent"] == 1
    assert ("ticket_sla_total", "plan", "normal", "kept") not in found


def test_an_event_is_counted_only_when_its_transaction_must_have_ended(
    desk: Desk, reader: Reader, clock: Clock
) -> None:
    clock.forward(seconds=1)
    opened(desk, "now")
    assert shown(reader, desk)["tickets_opened_total", "urgent"] == 0
    clock.forward(seconds=9)
    assert shown(reader, desk)["tickets_opened_total", "urgent"] == 0
    clock.forward(seconds=2)
    assert shown(reader, desk)["tickets_opened_total", "urgent"] == 1


def test_the_times_to_respond_and_to_solve_as_histograms(desk: Desk, reader: Reader, clock: Clock) -> None:
    clock.forward(seconds=1)
    ticket = opened(desk, "now")
    clock.forward(seconds=400)
    moves(desk, ticket, lambda it: lifecycle.take(it, "li"))
    clock.forward(seconds=4000)
    moves(desk, ticket, lambda it: lifecycle.resolve(it, "s", "s", "c"))
    clock.forward(seconds=60)
    found = shown(reader, desk)
    response, resolution = (found[f"ticket_{name}_seconds", "urgent"] for name in ("response", "resolution"))
    assert isinstance(response, Distribution)
    assert (dict(response.buckets)[300.0], dict(response.buckets)[600.0], response.total) == (0, 1, 400)
    assert (dict(resolution.buckets)[3600.0], dict(resolution.buckets)[7200.0], resolution.total) == (0, 1, 4400)
    assert all(lower <= upper for (_, lower), (_, upper) in pairwise(response.buckets))


def test_alerts_and_the_ledger(desk: Desk, reader: Reader, clock: Clock) -> None:
    shown(reader, desk)
    clock.forward(seconds=1)
    post(desk, "ticketed", "merged", "merged")
    post(desk, "quarantined", problem="no JSON")
    clock.forward(seconds=60)
    found = shown(reader, desk)
    assert [found["alerts_received_total", name] for name in serving.OUTCOMES] == [1, 2, 0, 1]
    assert (found["alerts_quarantined",], found["ledger_difference_alerts",]) == (1, 0)
    post(desk, "ticketed", alerts=3)
    clock.forward(seconds=60)
    assert shown(reader, desk)["ledger_difference_alerts",] == 2
    assert shown(newest_tickets(PROMISED, clock).begin(), desk)["ledger_difference_alerts",] == 2
    with desk.store.write() as connection:
        connection.execute(update(POSTS).where(POSTS.c.problem.is_not(None)).values(replayed_by=3))
    assert shown(reader, desk)["alerts_quarantined",] == 0


def test_what_waits_to_be_sent(desk: Desk, reader: Reader, clock: Clock) -> None:
    ticket = opened(desk, "x", source="person")
    with desk.store.write() as connection:
        outbox.put(connection, kind="message", once="a", at=desk.now(), data={})
        outbox.put(connection, kind="message", once="b", at=desk.now(), data={}, due_at=desk.now() + timedelta(hours=1))
        outbox.put(connection, kind="evidence", once="c", at=desk.now(), data={})
    clock.forward(seconds=30)
    happens(
        desk,
        ticket,
        events.Notified(channel="wecom", delivered=False),
        events.Notified(channel="wecom", delivered=True),
    )
    clock.forward(seconds=60)
    found = shown(reader, desk)
    assert (found["outbox_waiting_tasks", "message"], found["outbox_waiting_tasks", "evidence"]) == (2, 1)
    assert (found["outbox_delay_seconds",], found["outbox_given_up_tasks",]) == (90, 0)
    assert (
        found["ticket_messages_total", "wecom", "delivered"]
        == found["ticket_messages_total", "wecom", "undelivered"]
        == 1
    )
    with desk.store.write() as connection:
        connection.execute(update(OUTBOX).values(state=outbox.GIVEN_UP))
    found = shown(reader, desk)
    assert (found["outbox_delay_seconds",], found["outbox_given_up_tasks",]) == (0, 3)


def test_timers_self_audit_heartbeat_and_watchdog(desk: Desk, reader: Reader, clock: Clock) -> None:
    found = shown(reader, desk)
    assert found["ticket_timers_delay_seconds",] == 0
    assert not [key for key in found if "timestamp" in key[0]], "what was never there is absent"
    ticket = opened(desk, "x")
    with desk.store.write() as connection:
        connection.execute(
            update(TICKETS).where(TICKETS.c.number == ticket.number).values(next_timer="warn", next_at=BEGIN)
        )
        connection.execute(insert(KEPT).values([
            {"name": "self_audit", "value": {"at": BEGIN.isoformat(), "violations": {"owner_gone": 2}}},
            {"name": "heartbeat", "value": {"at": BEGIN.isoformat(), "sent": True}},
            {"name": "watchdog", "value": {"heard_at": BEGIN.isoformat()}},
        ]))  # fmt: skip
    clock.forward(seconds=45)
    found = shown(reader, desk)
    assert found["ticket_timers_delay_seconds",] == 45
    violations = {key[1]: value for key, value in found.items() if key[0] == "ticket_self_audit_violations"}
    assert violations == {each.value: 2 if each is Lapse.OWNER_GONE else 0 for each in Lapse}
    assert found["ticket_heartbeat_success",] == 1
    for name in ("ticket_self_audit", "ticket_heartbeat", "watchdog"):
        assert found[f"{name}_timestamp_seconds",] == BEGIN.timestamp()


def test_the_store_is_down_until_it_is_open(desk: Desk) -> None:
    there: list[Any] = []
    watched = watched_tickets(lambda: there[0] if there else None, PROMISED)

    def up() -> bool:
        flight = watched.ask(time.monotonic() + 10)
        flight.ended.result(10)
        return watched.view(flight).up

    assert not up()
    there.append(desk.store)
    # After a failure the target is left alone for a moment.
    deadline = time.monotonic() + 20
    while not up():
        assert time.monotonic() < deadline
        time.sleep(0.2)
    part = watched.parts[0]
    # The figures come after the scrape, on their own clock, and stay for those that follow.
    flight = watched.ask(time.monotonic() + 10)
    flight.ended.result(10)
    while part.name not in watched.view(flight).kept:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert watched.view(flight).kept[part.name].success
    watched.stop()


def test_what_the_store_says_of_itself_is_told() -> None:
    from facts.message import msg

    source = serving.StoreSource(lambda: None)
    error = source.understand(StoreUnavailable(msg("The ticket store is too busy to answer."), None))
    assert error is not None
    assert str(error.detail) == "The ticket store is too busy to answer."
    assert source.understand(ValueError("x")) is None
