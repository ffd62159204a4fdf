"""What alerts do to tickets: opening, joining, repeating, flapping, ending, reopening, and what a closed ticket must not swallow."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from tests.tickets.conftest import Clock
from tests.tickets.intake.sending import STARTED, alert, is_balanced, numbers, outcomes, send, ticket, webhook
from tests.tickets.opened import kinds
from tickets import lifecycle
from tickets.changing import change
from tickets.desk import Desk
from tickets.names import Outcome, State, Urgency, Waiting
from tickets.routing import Route, Routing
from tickets.store import log

LATER = STARTED + timedelta(minutes=10)


def _resolve(desk: Desk, number: int = 1) -> None:
    change(desk, number, "wang", lambda ticket: lifecycle.take(ticket, "wang"))
    change(desk, number, "wang", lambda ticket: lifecycle.resolve(ticket, "freed", "rm", "none"))


def test_an_alert_becomes_one_ticket_with_what_is_known_of_it(desk: Desk) -> None:
    annotations = {"summary": "Disk is full", "description": "3 % left", "runbook_url": "https://runbook"}
    receipt = send(desk, webhook(alert(annotations=annotations, instance="db1")))
    assert receipt.outcomes == {Outcome.TICKETED: 1}
    opened = ticket(desk, receipt.tickets[0])
    assert (opened.title, opened.summary, opened.runbook) == ("Disk is full", "3 % left", "https://runbook")
    assert (opened.urgency, opened.source, opened.state) == (Urgency.URGENT, "alertmanager", State.WAITING)
    assert opened.labels["instance"] == "db1"
    assert opened.firing == {"f1"}
    assert is_balanced(desk)


def test_a_repeat_is_a_line_of_the_ledger_and_nothing_else(desk: Desk) -> None:
    send(desk, webhook(alert()))
    before = ticket(desk, 1)
    for _ in range(3):
        send(desk, webhook(alert()))
    assert ticket(desk, 1) == before
    assert outcomes(desk) == [("ticketed", "opened"), *[("merged", "repeat")] * 3]
    assert is_balanced(desk)


def test_another_alert_of_the_group_joins_and_may_raise_the_urgency_once(desk: Desk) -> None:
    send(desk, webhook(alert("f1", severity="warning")))
    send(desk, webhook(alert("f1", severity="warning"), alert("f2", severity="critical")))
    joined = ticket(desk, 1)
    assert joined.firing == {"f1", "f2"}
    assert joined.urgency is Urgency.URGENT
    change(desk, 1, "wang", lambda ticket: lifecycle.change_urgency(ticket, Urgency.NORMAL, "no harm"))
    send(desk, webhook(alert("f2", severity="critical", status="resolved")))
    send(desk, webhook(alert("f2", severity="critical", starts_at=LATER)))
    assert ticket(desk, 1).urgency is Urgency.NORMAL, "a person's word on an alert that is known stands"
    assert numbers(desk) == [1]


def test_an_alert_that_comes_back_while_the_ticket_is_open_flaps(desk: Desk) -> None:
    send(desk, webhook(alert()))
    for minute in range(1, 4):
        send(desk, webhook(alert(status="resolved", starts_at=STARTED + timedelta(minutes=minute - 1))))
        send(desk, webhook(alert(starts_at=STARTED + timedelta(minutes=minute))))
    assert ticket(desk, 1).flaps == 3
    assert not ticket(desk, 1).resolution_proposed
    assert numbers(desk) == [1]


def test_when_nothing_fires_any_more_a_resolution_is_proposed(desk: Desk) -> None:
    send(desk, webhook(alert("f1"), alert("f2")))
    send(desk, webhook(alert("f1", status="resolved"), alert("f2")))
    assert not ticket(desk, 1).resolution_proposed
    send(desk, webhook(alert("f2", status="resolved")))
    ended = ticket(desk, 1)
    assert ended.resolution_proposed
    assert ended.is_open
    assert kinds(desk, 1) == ["opened", "fired", "fired", "subsided", "subsided", "resolution_proposed"]


def test_a_route_may_resolve_by_itself_also_a_paused_ticket(desk: Desk) -> None:
    desk = replace(desk, routing=Routing(routes=[Route(match={"alertname": "DiskFull"}, resolve="auto")]))
    send(desk, webhook(alert()))
    change(desk, 1, "wang", lambda ticket: lifecycle.take(ticket, "wang"))
    change(desk, 1, "wang", lambda ticket: lifecycle.pause(ticket, Waiting.THIRD_PARTY))
    send(desk, webhook(alert(status="resolved")))
    resolved = ticket(desk, 1)
    assert resolved.state is State.RESOLVED
    assert resolved.solution
    assert resolved.waiting_for is None


def test_a_late_end_of_an_older_firing_does_not_end_the_newer_one(desk: Desk) -> None:
    send(desk, webhook(alert()))
    send(desk, webhook(alert(starts_at=LATER)))
    send(desk, webhook(alert(status="resolved", starts_at=STARTED)))
    assert ticket(desk, 1).firing == {"f1"}
    assert outcomes(desk)[-1] == ("merged", "late")
    send(desk, webhook(alert(status="resolved", starts_at=LATER)))
    assert not ticket(desk, 1).firing


def test_the_same_within_one_post(desk: Desk) -> None:
    send(
        desk,
        webhook(alert(), alert(starts_at=LATER), alert(status="resolved", starts_at=STARTED)),
    )
    assert ticket(desk, 1).firing == {"f1"}
    assert outcomes(desk) == [("ticketed", "opened"), ("merged", "repeat"), ("merged", "late")]


@pytest.mark.parametrize("closed", [False, True])
def test_an_alert_that_fires_again_soon_reopens_and_later_opens_another_that_is_linked(
    desk: Desk, clock: Clock, *, closed: bool
) -> None:
    send(desk, webhook(alert()))
    send(desk, webhook(alert(status="resolved")))
    _resolve(desk)
    if closed:
        change(desk, 1, "wang", lifecycle.close)
    clock.forward(minutes=30)
    receipt = send(desk, webhook(alert(starts_at=LATER)))
    assert receipt.outcomes == {Outcome.MERGED: 1}
    again = ticket(desk, 1)
    assert again.is_open
    assert again.firing == {"f1"}
    assert (again.flaps, again.reopenings) == (1, 1)
    assert outcomes(desk)[-1] == ("merged", "reopened")
    send(desk, webhook(alert(status="resolved", starts_at=LATER)))
    change(desk, 1, "wang", lambda ticket: lifecycle.resolve(ticket, "freed", "rm", "none"))
    clock.forward(minutes=30, seconds=1)
    receipt = send(desk, webhook(alert(starts_at=LATER + timedelta(hours=1))))
    assert receipt.outcomes == {Outcome.TICKETED: 1}
    assert ticket(desk, 2).previous == 1
    assert ticket(desk, 2).linked == ((1, "same-alert"),)
    assert ticket(desk, 1).linked == ((2, "same-alert"),)
    assert ticket(desk, 1).state is State.RESOLVED
    assert is_balanced(desk)


def test_a_closed_ticket_swallows_nothing(desk: Desk, clock: Clock) -> None:
    send(desk, webhook(alert()))
    _resolve(desk)  # by hand, while it still fires
    change(desk, 1, "wang", lifecycle.close)
    send(desk, webhook(alert()))
    assert ticket(desk, 1).is_open
    assert kinds(desk, 1)[-2:] == ["reopened", "fired"]
    _resolve(desk)
    clock.forward(hours=4)
    send(desk, webhook(alert()))
    assert numbers(desk) == [1, 2]
    assert ticket(desk, 2).firing == {"f1"}


def test_an_end_that_comes_after_the_tickets_own_is_noted_on_it(desk: Desk, clock: Clock) -> None:
    send(desk, webhook(alert("f1"), alert("f2")))
    _resolve(desk)
    send(desk, webhook(alert("f1", status="resolved"), alert("f2", status="resolved")))
    assert not ticket(desk, 1).firing
    assert ticket(desk, 1).state is State.RESOLVED
    clock.forward(minutes=5)
    send(desk, webhook(alert("f1", starts_at=LATER)))
    assert ticket(desk, 1).firing == {"f1"}
    send(desk, webhook(alert("f1", status="resolved", starts_at=LATER)))
    assert ticket(desk, 1).resolution_proposed


def test_an_end_without_a_ticket_is_suppressed(desk: Desk) -> None:
    send(desk, webhook(alert(status="resolved")))
    assert outcomes(desk) == [("suppressed", "no-open-ticket")]
    assert numbers(desk) == []
    assert is_balanced(desk)


def test_a_merged_ticket_goes_on_in_the_other_under_its_key(desk: Desk) -> None:
    send(desk, webhook(alert("f1"), key="one"))
    send(desk, webhook(alert("f2"), key="two"))

    def merge(connection: Connection) -> None:
        gone, stays = log.load(connection, 2), log.load(connection, 1)
        ends, goes_on = lifecycle.merge(gone, stays)
        log.append(connection, gone, desk.now(), "wang", ends)
        log.append(connection, stays, desk.now(), "wang", goes_on)

    desk.store.writing(merge)
    send(desk, webhook(alert("f3"), key="two"))
    assert ticket(desk, 1).firing == {"f1", "f2", "f3"}
    assert numbers(desk) == [1, 2]


def test_by_fingerprint_each_alert_has_its_ticket(desk: Desk) -> None:
    desk = replace(desk, routing=Routing(routes=[Route(match={}, by="fingerprint")]))
    receipt = send(desk, webhook(alert("f1"), alert("f2")))
    assert len(receipt.tickets) == 2
    send(desk, webhook(alert("f1", status="resolved"), alert("f2")))
    assert [ticket(desk, number).firing for number in numbers(desk)] == [set(), {"f2"}]
    assert is_balanced(desk)


def test_a_change_of_the_route_finds_the_ticket_that_is_open(desk: Desk) -> None:
    send(desk, webhook(alert("f1")))
    desk = replace(desk, routing=Routing(routes=[Route(match={}, by="fingerprint")]))
    send(desk, webhook(alert("f1")))
    assert numbers(desk) == [1]
    send(desk, webhook(alert("f2")))
    assert numbers(desk) == [1, 2], "an alert that the group's ticket has not seen has one of its own"


def test_a_post_that_would_open_tickets_without_end_shares_one(desk: Desk) -> None:
    desk = replace(desk, routing=Routing(routes=[Route(match={}, by="fingerprint")]))
    receipt = send(desk, webhook(*(alert(f"f{number}") for number in range(260))))
    assert sum(receipt.outcomes.values()) == 260
    assert len(receipt.tickets) == 201
    last = ticket(desk, receipt.tickets[-1])
    assert len(last.firing) == 60
    send(desk, webhook(*(alert(f"f{number}", status="resolved") for number in range(260))))
    assert not any(ticket(desk, number).firing for number in numbers(desk))
    assert is_balanced(desk)


def test_an_alert_that_was_left_out_is_told_of(desk: Desk) -> None:
    receipt = send(desk, webhook(alert(), truncatedAlerts=7))
    assert receipt.truncated == 7
    assert is_balanced(desk)


def test_what_fires_and_ends_in_one_post_leaves_no_key_behind(desk: Desk, clock: Clock) -> None:
    desk = replace(desk, routing=Routing(routes=[Route(match={}, resolve="auto")]))
    send(desk, webhook(alert(), alert(status="resolved")))
    assert ticket(desk, 1).state is State.RESOLVED
    assert outcomes(desk) == [("ticketed", "opened"), ("merged", "subsided")]
    clock.forward(hours=1)
    send(desk, webhook(alert(starts_at=LATER)))
    assert [ticket(desk, number).is_open for number in numbers(desk)] == [False, True]
    assert is_balanced(desk)
