"""A message is delivered once on each channel, what was not delivered is seen on the ticket, and then the second channel is used."""

import dataclasses
import json
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.tickets.conftest import Clock
from tests.tickets.notify.conftest import deliver, details, look_after, moved, opened, said
from tests.tickets.notify.service import Answer, Service, hangs, hangs_up, raw, says
from tickets import events, lifecycle
from tickets.changing import change
from tickets.desk import Desk
from tickets.names import ClockName, Urgency, Waiting
from tickets.notify import turns
from tickets.notify.channels import Channel, Kind, Notifying
from tickets.notify.turns import Messenger, due, pause, turn
from tickets.store import lanes, log, outbox
from tickets.store.tables import LANES, OUTBOX

Services = Callable[[], Service]
OK = says({"errcode": 0, "errmsg": "ok", "code": 0})


def with_channels(desk: Desk, *channels: Channel, **fields: object) -> Desk:
    notifying = Notifying(channels=channels, base_url="https://t.example", **fields)  # type: ignore[arg-type]  # a test's own fields
    return dataclasses.replace(desk, notifying=notifying)


def wecom(robot: Service, **fields: object) -> Channel:
    facts = {"name": "ops", "lang": "en", **fields}
    return Channel(kind=Kind.WECOM, url=robot.url, **facts)  # type: ignore[arg-type]  # a test's own fields


def second(robot: Service, **fields: object) -> Channel:
    facts = {"name": "second", "lang": "en", "urgencies": frozenset(), **fields}
    return Channel(kind=Kind.DINGTALK, url=robot.url, **facts)  # type: ignore[arg-type]  # a test's own fields


def content(robot: Service, number: int = -1) -> str:
    return str(robot.documents[number]["markdown"]["content"])


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


def test_many_tickets_become_one_message_the_urgent_first(desk: Desk, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot))
    for number in range(30):
        opened(desk, title=f"Disk {number} 满了 " + "很" * 200, urgency=Urgency.NORMAL, summary="很" * 400)
    urgent = opened(desk)
    assert deliver(desk) == 31
    text = content(robot)
    assert len(robot.posts) == 1
    assert text.startswith("**Lantern: 31 tickets**\n")
    assert text.index(f"urgent {urgent.name}: Payments fail") < text.index("normal T-1:")
    assert all(f"T-{number}" in text for number in range(1, 32))
    assert len(text.encode()) <= 4096
    for number in range(1, 32):
        assert said(desk, number) == [("ops", "", True, 1)]


def test_no_more_messages_go_out_than_the_service_allows(desk: Desk, clock: Clock, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot))
    for _ in range(120):
        opened(desk, urgency=Urgency.NORMAL)
        deliver(desk)
        clock.forward(seconds=1)
    sent = len(robot.posts)
    # 20 in the first minute, 20 in the second, the rest a few at a time: whoever waited goes with the next.
    assert 38 <= sent <= 41
    waiting = opened(desk)
    clock.forward(seconds=61)
    deliver(desk)
    assert content(robot).split("\n")[1].startswith(f"**urgent {waiting.name}:")
    deliver(desk)
    assert len(robot.posts) <= sent + 2
    assert all(said(desk, number) == [("ops", "", True, 1)] for number in range(1, 121))


def test_what_was_tried_goes_again_as_it_was(desk: Desk, clock: Clock, services: Services) -> None:
    hook = services()
    hook.will(hangs_up, OK)
    desk = with_channels(desk, Channel(name="hook", kind=Kind.WEBHOOK, url=hook.url, secret="s", lang="en"))
    opened(desk)
    opened(desk)
    deliver(desk)
    opened(desk)
    clock.forward(seconds=3)
    deliver(desk)
    deliver(desk)
    keys = [post.headers["Idempotency-Key"] for post in hook.posts]
    assert keys[0] == keys[1] != keys[2]
    assert [[each["ticket"] for each in document["messages"]] for document in hook.documents] == [[1, 2], [1, 2], [3]]
    links = [document["messages"][0]["claims"] for document in hook.documents[:2]]
    assert links[0] == links[1]


def test_who_dies_while_sending_leaves_a_message_that_goes_again_as_it_was(
    desk: Desk, clock: Clock, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = services()
    desk = with_channels(desk, Channel(name="hook", kind=Kind.WEBHOOK, url=hook.url, lang="en"))
    ticket = opened(desk)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(turns, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            deliver(desk)
    opened(desk)
    # Nobody else sends while it might still be under way.
    clock.forward(seconds=119)
    assert due(desk) == []
    clock.forward(seconds=2)
    deliver(desk)
    deliver(desk)
    keys = [post.headers["Idempotency-Key"] for post in hook.posts]
    assert keys[0] == keys[1]
    assert len(keys) == 3
    assert said(desk, ticket.number) == [("hook", "", True, 1)]


def test_two_processes_send_each_message_once(desk: Desk, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot, per_minute=1000))
    for _ in range(40):
        opened(desk)
    lane = "message:ops"
    start = threading.Barrier(6)

    def work() -> None:
        start.wait(5)
        for _ in range(10):
            turn(desk, lane)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    names = [f"T-{number}:" for number in range(1, 41)]
    everything = "\n".join(content(robot, number) for number in range(len(robot.posts)))
    assert all(everything.count(name) == 1 for name in names)
    for number in range(1, 41):
        assert said(desk, number) == [("ops", "", True, 1)]


def test_a_dead_service_holds_up_no_other(desk: Desk, services: Services) -> None:
    dead, alive = services(), services()
    dead.will(hangs(20))
    desk = with_channels(desk, wecom(dead, seconds=3.0), wecom(alive, name="alive"))
    messenger = Messenger()
    ticket = opened(desk)
    assert messenger(desk) == 2
    for _ in range(100):
        if said(desk, ticket.number):
            break
        threading.Event().wait(0.02)
    assert said(desk, ticket.number) == [("alive", "", True, 1)]
    assert messenger(desk) == 0


def test_an_urgent_ticket_that_nobody_takes_is_called_out(desk: Desk, clock: Clock, services: Services) -> None:
    phone = services()
    desk = with_channels(desk, Channel(name="phone", kind=Kind.VOICE, url=phone.url, lang="en", people=("zhang",)))
    ticket = opened(desk)
    opened(desk, urgency=Urgency.IMPORTANT)
    clock.forward(seconds=299)
    assert deliver(desk) == 0
    clock.forward(seconds=2)
    deliver(desk)
    [document] = phone.documents
    assert document["call"] == [{"account": "zhang", "phone": "13800138000"}]
    assert document["speech"] == "Lantern: urgent ticket number 1 has not been taken by anybody. Payments fail"
    assert [each["ticket"] for each in document["messages"]] == [1]
    clock.forward(seconds=300)
    deliver(desk)
    assert len(phone.posts) == 2
    moved(desk, ticket.number, "zhang", lambda ticket: lifecycle.take(ticket, "zhang"))
    clock.forward(seconds=300)
    deliver(desk)
    assert len(phone.posts) == 2
    assert said(desk, ticket.number) == [("phone", "", True, 1), ("phone", "", True, 1)]


def test_a_ticket_that_was_taken_in_time_is_not_called_out(desk: Desk, clock: Clock, services: Services) -> None:
    phone = services()
    desk = with_channels(desk, Channel(name="phone", kind=Kind.VOICE, url=phone.url))
    ticket = opened(desk)
    moved(desk, ticket.number, "zhang", lambda ticket: lifecycle.take(ticket, "zhang"))
    clock.forward(seconds=1000)
    deliver(desk)
    look_after(desk)
    assert phone.posts == []
    assert said(desk, ticket.number) == []


def test_a_raised_ticket_is_called_out_from_then_on(desk: Desk, clock: Clock, services: Services) -> None:
    phone = services()
    desk = with_channels(desk, Channel(name="phone", kind=Kind.VOICE, url=phone.url), voice_calls=1)
    ticket = opened(desk, urgency=Urgency.NORMAL)
    clock.forward(seconds=1000)
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.change_urgency(ticket, Urgency.URGENT))
    clock.forward(seconds=301)
    deliver(desk)
    assert len(phone.posts) == 1


def mail(robot: Service) -> Channel:
    # A webhook in the place of a mail server: Apprise's URLs are the same to everything but the sender.
    return Channel(
        name="mail", kind=Kind.WEBHOOK, url=robot.url + "&to={to}", contact="email", lang="en", people=("li",)
    )  # fmt: skip


def test_reporters_and_owners_are_written_to_one_by_one(desk: Desk, services: Services) -> None:
    box = services()
    desk = with_channels(desk, mail(box))
    ticket = opened(desk, source="person", reporter="wang", urgency=Urgency.NORMAL)
    deliver(desk)
    assert [(each["to"], each["messages"][0]["occasion"]) for each in box.documents] == [("li@mall.example", "opened")]
    assert box.posts[0].path.endswith("&to=li%40mall.example")
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.take(ticket, "li"))
    deliver(desk)
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.pause(ticket, Waiting.REPORTER))
    deliver(desk)
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.resolve(ticket, "a", "b", "c"))
    deliver(desk)
    assert [(each["to"], each["messages"][0]["occasion"]) for each in box.documents[1:]] == [
        ("wang@mall.example", "taken"), ("wang@mall.example", "waiting"), ("wang@mall.example", "resolved"),
    ]  # fmt: skip
    assert [to for _, to, delivered, _ in said(desk, ticket.number) if delivered] == ["li", "wang", "wang", "wang"]


def test_an_owner_without_an_address_is_shown_as_not_told(desk: Desk, services: Services) -> None:
    box, other = services(), services()
    desk = with_channels(desk, dataclasses.replace(mail(box), fallback="second"), second(other))
    ticket = opened(desk, [events.Assigned(owner="zhang")])
    deliver(desk)
    deliver(desk)
    assert box.posts == []
    assert ("mail", "zhang", False, 1) in said(desk, ticket.number)
    assert "no email is known of zhang" in details(desk, ticket.number)
    assert len(other.posts) == 1
    assert other.documents[0]["at"]["atUserIds"] == ["ding-zhang"]


def test_a_reporter_without_an_address_is_nobodys_fault(desk: Desk, services: Services) -> None:
    box = services()
    desk = with_channels(desk, mail(box))
    ticket = opened(desk, reporter="zhao", owner="li")
    deliver(desk)
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.take(ticket, "li"))
    assert deliver(desk) == 0
    assert not any(to == "zhao" for _, to, _, _ in said(desk, ticket.number))


def test_deadlines_and_the_chain_call_people_by_name(desk: Desk, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot, people=("zhang",), mentions=("oncall-phone",)))
    ticket = opened(desk)
    deliver(desk)
    assert content(robot).split("\n")[1] == "<@zhangsan> <@oncall-phone>"
    happenings: list[tuple[events.Event, str]] = [
        (events.Warned(clock=ClockName.RESPONSE), "Three quarters of the time for a first response are gone."),
        (events.Breached(clock=ClockName.RESPONSE), "The time for a first response is over."),
        (events.Escalated(step=1, to="li"), "Escalated to li."),
    ]
    for event, sentence in happenings:
        change(desk, ticket.number, "tenfold", lambda _ticket, event=event: (event,))  # type: ignore[misc]  # mypy cannot infer a bound default
        deliver(desk)
        assert sentence in content(robot)
    assert "<@lisi>" in content(robot)
    change(desk, ticket.number, "tenfold", lambda _ticket: (events.Escalated(step=2, to="role:lead"),))
    deliver(desk)
    assert "Escalated to whoever is lead." in content(robot)
    # The ticket has no owner: who reads the channel is called, and those of the role.
    assert content(robot).split("\n")[1] == "<@zhangsan> <@lisi> <@oncall-phone>"


def test_nobody_is_called_to_hear_that_it_is_solved(desk: Desk, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot))
    ticket = opened(desk, owner="zhang")
    moved(desk, ticket.number, "zhang", lambda ticket: lifecycle.take(ticket, "zhang"))
    deliver(desk)
    moved(desk, ticket.number, "zhang", lambda ticket: lifecycle.resolve(ticket, "a", "b", "c"))
    deliver(desk)
    assert "It is solved." in content(robot)
    assert "<@" not in content(robot)
    assert "claim" not in content(robot)


def test_hostile_titles_and_names_stay_words_in_chinese_too(desk: Desk, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot, lang="zh"))
    opened(
        desk, title="<@all> [退款](https://evil.example)\n# T-9", summary="@all www.evil.example",
        area="[x](http://evil.example)", owner="<@all>",
    )  # fmt: skip
    deliver(desk)
    text = content(robot)
    assert "@all" not in text
    assert "evil.example" not in text
    assert text.count("](") == 1
    assert "\n#" not in text


def test_a_person_cannot_become_everybody(desk: Desk, services: Services) -> None:
    robot = services()
    desk = with_channels(desk, wecom(robot, people=("zhang",)))
    from sqlalchemy import update

    from tickets.store.tables import ACCOUNTS

    for entered in ("@all", "all", "@ALL"):
        desk.store.writing(
            lambda connection, entered=entered: connection.execute(  # type: ignore[misc]  # mypy cannot infer a bound default
                update(ACCOUNTS).where(ACCOUNTS.c.name == "zhang").values(contacts={"wecom": entered})
            )
        )
        opened(desk)
        deliver(desk)
        assert "all" not in json.dumps(robot.documents[-1]).lower().split("\\n")[1]


def test_what_is_for_a_channel_that_is_gone_is_given_up_and_shown(desk: Desk, services: Services) -> None:
    before = with_channels(desk, wecom(services()))
    ticket = opened(before)
    deliver(with_channels(desk, second(services())))
    assert said(desk, ticket.number) == [("ops", "", False, 1)]
    assert "no longer configured" in details(desk, ticket.number)


def test_a_store_that_is_away_for_a_moment_after_the_sending_does_not_send_twice(
    desk: Desk, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facts.message import msg
    from tickets.store.opening import Store, StoreUnavailable

    robot = services()
    desk = with_channels(desk, wecom(robot))
    ticket = opened(desk)
    writing = Store.writing
    failing = iter([False, True, True])

    def flaky(store: Store, change: object) -> object:
        if next(failing, False):
            raise StoreUnavailable(msg("The connection to the ticket store was lost."))
        return writing(store, change)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(Store, "writing", flaky)
    monkeypatch.setattr(turns, "WRITING_PAUSE_SECONDS", 0.01)
    # The claim link's key is asked for before, and kept by then.
    from tickets.notify import claiming

    monkeypatch.setattr(claiming, "key", lambda _desk: "k")
    deliver(desk)
    assert len(robot.posts) == 1
    assert said(desk, ticket.number) == [("ops", "", True, 1)]


def test_the_log_and_the_outbox_agree_with_the_lane(desk: Desk, clock: Clock, services: Services) -> None:
    robot = services()
    robot.will(says({}, 500), OK)
    desk = with_channels(desk, wecom(robot))
    opened(desk)
    deliver(desk)
    with desk.store.read() as connection:
        row = connection.execute(select(LANES)).one()
        task = connection.execute(select(OUTBOX).where(OUTBOX.c.kind == "message")).one()
    assert (row.failures, row.held_until, row.blocked_until) == (1, None, clock.at + timedelta(seconds=2))
    assert (task.state, task.attempts, task.detail[:8]) == ("pending", 1, "HTTP 500")
    clock.forward(seconds=3)
    deliver(desk)
    with desk.store.read() as connection:
        row = connection.execute(select(LANES)).one()
        assert lanes.state_of(connection, task.once)[0] == "done"
        assert log.check(connection, 1) == []
    assert (row.failures, row.blocked_until) == (0, None)


def test_pauses_grow_to_a_limit() -> None:
    assert [pause(failures) for failures in (1, 2, 3, 8, 9, 10_000)] == [2, 4, 8, 256, 300, 300]
