"""The report of a ticket in the store, and the tickets that come of it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert

from pages.tickets.incident import incident_html
from tests.tickets.afterwards.conftest import BEGIN
from tests.tickets.afterwards.night import SHA, STORY
from tests.tickets.afterwards.telling import happens, opened, solved
from tickets.afterwards.incident import follow_up, incident
from tickets.desk import Desk
from tickets.evidence.document import seal
from tickets.lifecycle import IllegalMove
from tickets.store import evidence
from tickets.store.log import NoSuchTicket
from tickets.store.tables import EVIDENCE
from tickets.ticket import Ticket


def night(desk: Desk) -> Ticket:
    """The night's ticket without the evidence of the second half hour."""
    first = STORY[0][2]
    fields = first.model_dump(exclude={"kind", "title", "previous"})
    ticket = opened(desk, "微信支付渠道失败", **fields)
    with desk.store.write() as connection:
        row = {"id": 7, "ticket": ticket.number, "at": BEGIN, "part": "first", "sha256": SHA, "body": b""}
        connection.execute(insert(EVIDENCE).values(row))
    for _, actor, event in STORY[1:]:
        happens(desk, ticket, event, actor=actor)
    return ticket


def test_the_report_is_drafted_in_well_under_a_minute(desk: Desk) -> None:
    ticket = night(desk)
    begin = time.monotonic()
    page = incident_html(incident(desk, ticket.number), "zh")
    assert time.monotonic() - begin < 5
    assert 'id="e7"' in page
    assert SHA in page


def test_orders_and_money_come_from_the_frozen_evidence(desk: Desk) -> None:
    ticket = night(desk)
    orders = [{"order": "o-2", "amount": 1200.5}, {"order": "o-1", "amount": 99.5}, {"order": "o-2", "amount": 1200.5}]
    sealed = seal({"readings": {"payments": {"status": "ok", "value": {"orders": orders}}}})
    number = desk.store.writing(lambda connection: evidence.keep(connection, ticket.number, BEGIN, "after", sealed))
    report = incident(desk, ticket.number)
    assert report.orders == ("o-2", "o-1")
    page = incident_html(report, "en")
    assert "1,300.00" in page
    assert f"E-{number}" in page
    assert {each.number: each.verified for each in report.exhibits} == {7: False, number: True}, "7 never had its hash"


def test_there_is_no_report_of_no_ticket(desk: Desk) -> None:
    with pytest.raises(NoSuchTicket):
        incident(desk, 99)


def test_an_improvement_becomes_a_ticket_that_both_know_of(desk: Desk) -> None:
    ticket = night(desk)
    new = follow_up(desk, ticket.number, "runbook", "li", "en")
    assert (new.title, new.source, new.reporter, new.area) == (
        f"A runbook for the alert of {ticket.name}", "follow-up", "li", "payments",
    )  # fmt: skip
    assert new.linked == ((ticket.number, "follow-up"),)
    proposed = {each.code: each.ticket for each in incident(desk, ticket.number).improvements}
    assert proposed["runbook"] == new.number
    assert proposed["evidence"] is None
    assert [each.ticket for each in incident(desk, new.number).improvements if each.ticket] == []


def test_asked_twice_there_is_one_ticket(desk: Desk) -> None:
    ticket = night(desk)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(follow_up, desk, ticket.number, "delivery", "li", "zh") for _ in range(4)]
        assert len({each.result().number for each in asked}) == 1
    assert len([each for each in incident(desk, ticket.number).improvements if each.ticket]) == 1


def test_what_is_not_proposed_cannot_be_asked_for(desk: Desk) -> None:
    ticket = solved(desk, "x", "s")
    with pytest.raises(IllegalMove):
        follow_up(desk, ticket.number, "delivery", "li", "en")
