"""A message is delivered once on each channel, what was not delivered is seen on the ticket, and then the second channel is used."""

import pytest

from tests.tickets.conftest import Clock
from tests.tickets.notify.channels import OK, Services, content, second, wecom, with_channels
from tests.tickets.notify.conftest import deliver, details, look_after, opened, said
from tests.tickets.notify.service import Answer, hangs, hangs_up, raw, says
from tickets import events
from tickets.desk import Desk
from tickets.names import Urgency
from tickets.notify.turns import Messenger
from tickets.store import outbox


def test_a_new_ticket_is_told_of_once_with_its_claim_link(desk: Desk, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot))
    ticket = opened(desk, [events.Assigned(owner="zhang")])
    assert deliver(desk) == 2
    assert deliver(desk) == 0
    text = content(robot).split("\n")
    assert text[0] == f"**urgent {ticket.name}: Payments fail**"
    assert text[1] == "<@zhangsan>"
    assert text[2] == "A new ticket. Assigned to zhang."
    assert text[3].startswith("[Claim it as zhang](https://t.example/claim/")
    assert text[3].endswith(f"[Open the ticket](https://t.example/tickets/{ticket.number})")
    assert text[4] == "State: not taken yet. Area: payments. Owner: zhang."
    assert text[5] == "Since 11-11 08:03."
    assert len(robot.posts) == 1
    assert said(desk, ticket.number) == [("ops", "", True, 1), ("ops", "", True, 2)]
    assert 'HTTP 200 {"errcode": 0' in details(desk, ticket.number)


def test_urgencies_and_areas_choose_the_channel(desk: Desk, services: Services) -> None:
    urgent, payments = services(), services()
    desk = with_channels(
        desk,
        wecom(urgent, urgencies=frozenset({Urgency.URGENT})),
        wecom(payments, areas=frozenset({"payments"}), name="pay"),
    )
    opened(desk, area="search")
    opened(desk, urgency=Urgency.NORMAL)
    opened(desk, urgency=Urgency.NORMAL, area="search")
    deliver(desk)
    assert len(urgent.posts) == 1
    assert "T-1:" in content(urgent)
    assert len(payments.posts) == 1
    assert "T-2:" in content(payments)


def test_nothing_is_written_where_no_channel_is_configured(desk: Desk) -> None:
    opened(desk)
    with desk.store.read() as connection:
        assert outbox.waiting(connection) == 0
    assert Messenger()(desk) == 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (says({"errcode": 93000, "errmsg": "invalid webhook url"}), "errcode 93000: invalid webhook url"),
        (says({"errcode": 45009, "errmsg": "api freq out of limit"}), "errcode 45009: api freq out of limit"),
        (says({}, 429, Retry_After="120"), "HTTP 429"),
    ],
    ids=["refused", "limited by code", "limited by status"],
)
def test_what_is_refused_goes_by_the_second_channel_at_once(
    desk: Desk, clock: Clock, services: Services, answer: Answer, reason: str
) -> None:
    robot, other = services(), services()
    robot.will(answer)
    desk = with_channels(desk, wecom(robot, fallback="second"), second(other))
    ticket = opened(desk)
    deliver(desk)
    assert said(desk, ticket.number) == [("ops", "", False, 1)]
    assert reason in details(desk, ticket.number)
    deliver(desk)
    clock.forward(seconds=61)
    look_after(desk)
    deliver(desk)
    assert len(other.posts) == 1
    assert ("second", "", True, 1) in said(desk, ticket.number)
    assert [each for each in said(desk, ticket.number) if each[2]] == [("second", "", True, 1)]


@pytest.mark.parametrize(
    "answer",
    [hangs(1), hangs_up, raw(b"<html>hotel</html>"), says({}, 500), says({"errcode": -1, "errmsg": "system busy"})],
    ids=["silent", "hangs up", "garbage", "500", "busy"],
)
def test_what_gives_no_receipt_goes_by_the_second_channel_after_a_minute(
    desk: Desk, clock: Clock, services: Services, answer: Answer, request: pytest.FixtureRequest
) -> None:
    robot, other = services(), services()
    robot.will(answer)
    patient = 0.3 if "silent" in request.node.callspec.id else 10.0
    desk = with_channels(desk, wecom(robot, fallback="second", seconds=patient), second(other))
    ticket = opened(desk)
    deliver(desk)
    assert said(desk, ticket.number) == []
    for _ in range(59):
        clock.forward(seconds=1)
        deliver(desk)
        look_after(desk)
    assert other.posts == []
    # 2, 4, 8, 16 and 32 s lie between the attempts.
    assert len(robot.posts) == 5
    clock.forward(seconds=1)
    assert len(look_after(desk)) == 1
    assert said(desk, ticket.number) == [("ops", "", False, 1)]
    assert "no receipt within 60 s" in details(desk, ticket.number)
    deliver(desk)
    assert len(other.posts) == 1
    for _ in range(60):
        clock.forward(seconds=150)
        deliver(desk)
        look_after(desk)
    assert len(other.posts) == 1
    assert [each for each in said(desk, ticket.number) if each[2]] == [("second", "", True, 1)]
    # An hour later it is given up, and nobody tries any more.
    tried = len(robot.posts)
    assert tried < 25
    clock.forward(seconds=7200)
    deliver(desk)
    assert len(robot.posts) == tried


def test_a_service_that_comes_back_gets_what_was_due_and_the_ticket_says_both(
    desk: Desk, clock: Clock, services: Services
) -> None:
    robot = services()
    robot.will(says({}, 502), says({}, 502), OK)
    desk = with_channels(desk, wecom(robot))
    ticket = opened(desk)
    deliver(desk)
    clock.forward(seconds=3)
    deliver(desk)
    clock.forward(seconds=61)
    look_after(desk)
    deliver(desk)
    assert said(desk, ticket.number) == [("ops", "", False, 1), ("ops", "", True, 1)]
    assert len(robot.posts) == 3


def test_the_second_channel_that_is_told_anyway_is_told_once(desk: Desk, services: Services) -> None:
    robot, other = services(), services()
    robot.will(says({"errcode": 310000, "errmsg": "sign not match"}))
    desk = with_channels(
        desk, wecom(robot, fallback="second"), second(other, urgencies=frozenset(Urgency), fallback="ops")
    )
    ticket = opened(desk)
    for _ in range(5):
        deliver(desk)
    assert len(other.posts) == 1
    assert len(robot.posts) == 1
    assert said(desk, ticket.number) == [("ops", "", False, 1), ("second", "", True, 1)]


def test_two_channels_that_both_refuse_end_and_are_shown(desk: Desk, clock: Clock, services: Services) -> None:
    robot, other = services(), services()
    robot.will(says({"errcode": 93000, "errmsg": "x"}))
    other.will(says({"errcode": 400102, "errmsg": "y"}))
    desk = with_channels(desk, wecom(robot, fallback="second"), second(other, fallback="ops"))
    ticket = opened(desk)
    for _ in range(5):
        deliver(desk)
        clock.forward(seconds=70)
        look_after(desk)
    assert (len(robot.posts), len(other.posts)) == (1, 1)
    assert said(desk, ticket.number) == [("ops", "", False, 1), ("second", "", False, 1)]
    with desk.store.read() as connection:
        assert outbox.waiting(connection) == 0


def test_a_retry_after_is_respected_to_the_second(desk: Desk, clock: Clock, services: Services) -> None:
    robot = services()
    robot.will(says({}, 429, Retry_After="37"), OK)
    desk = with_channels(desk, wecom(robot))
    opened(desk)
    deliver(desk)
    clock.forward(seconds=36.9)
    assert deliver(desk) == 0
    clock.forward(seconds=0.2)
    assert deliver(desk) == 1
    assert len(robot.posts) == 2
