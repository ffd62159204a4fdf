"""What is due on a channel goes in one line: merged, within the service's limit, once whoever sends it, and again as it was."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.tickets.conftest import Clock
from tests.tickets.notify.channels import OK, Services, content, second, wecom, with_channels
from tests.tickets.notify.conftest import deliver, details, opened, said
from tests.tickets.notify.service import hangs, hangs_up, says
from tickets.desk import Desk
from tickets.names import Urgency
from tickets.notify import turns
from tickets.notify.channels import Channel, Kind
from tickets.notify.turns import Messenger, due, pause, turn
from tickets.store import lanes, log
from tickets.store.tables import LANES, OUTBOX


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
