"""The alert that always fires: heard, it is a line of the ledger; silent, it is an urgent ticket."""

from dataclasses import replace

from tests.tickets.conftest import Clock
from tests.tickets.intake.sending import alert, is_balanced, numbers, outcomes, send, ticket, webhook
from tests.tickets.opened import kinds
from tickets.desk import Desk
from tickets.intake.watchdog import watch
from tickets.names import Urgency
from tickets.routing import Watchdog


def _heard(desk: Desk) -> None:
    send(desk, webhook(alert("w", alertname="Watchdog", severity="none"), key="watchdog"))


def test_a_watchdog_that_barks_opens_no_ticket(desk: Desk, clock: Clock) -> None:
    for _ in range(3):
        _heard(desk)
        clock.forward(minutes=10)
        assert not watch(desk)
    assert outcomes(desk) == [("suppressed", "watchdog")] * 3
    assert is_balanced(desk)


def test_its_silence_opens_one_urgent_ticket_and_its_return_ends_it(desk: Desk, clock: Clock) -> None:
    _heard(desk)
    clock.forward(minutes=14)
    assert not watch(desk)
    clock.forward(minutes=1)
    for _ in range(3):
        assert watch(desk)
        clock.forward(seconds=15)
    assert numbers(desk) == [1]
    silent = ticket(desk, 1)
    assert (silent.urgency, silent.source, silent.area) == (Urgency.URGENT, "watchdog", "monitoring")
    assert "15 min" in silent.summary
    _heard(desk)
    assert not watch(desk)
    assert kinds(desk, 1)[-2:] == ["subsided", "resolution_proposed"]
    clock.forward(minutes=20)
    assert watch(desk)
    assert ticket(desk, 1).flaps == 1
    assert is_balanced(desk)


def test_one_that_was_never_heard_is_missed_only_where_it_is_required(desk: Desk, clock: Clock) -> None:
    assert not watch(desk)
    clock.forward(hours=5)
    assert not watch(desk)
    required = replace(desk, watchdog=Watchdog(required=True))
    assert not watch(required)
    clock.forward(minutes=15)
    assert watch(required)
    assert numbers(desk) == [1]
