"""First aid is proposed with its reason, carried out once on a person's word, and never repeated while its outcome is unknown."""

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from tests.tickets.aid.receiver import Receiver, receiver
from tests.tickets.conftest import Clock
from tests.tickets.opened import LABELS, log_of, opened, work_once
from tickets import events
from tickets.aid.action import Action, Aid, Call
from tickets.aid.addresses import NotAllowed, place_of
from tickets.aid.carrying_out import carry_out, settle, take_back
from tickets.aid.sending import filled, filled_url
from tickets.desk import Desk, Hands
from tickets.lifecycle import IllegalMove
from tickets.names import Cause
from tickets.store import aid

__all__ = ["receiver"]


def switch(receiver: Receiver, **more: Any) -> Action:
    call = Call(
        method="POST",
        url=f"http://{receiver.host}/channels/{{label.channel}}/off?t={{ticket}}",
        headers={"Authorization": "Bearer topsecret"},
        body={"reason": "{ticket}", "channel": "{label.channel}", "n": 1},
    )
    undo = Call(method="DELETE", url=f"http://{receiver.host}/channels/{{label.channel}}/off")
    settings: dict[str, Any] = {"areas": ("payments",), "undo": undo, "seconds": 1.0, **more}
    return Action(name="backup-channel", title="切换到备用支付渠道", call=call, **settings)


def with_aid(desk: Desk, receiver: Receiver, *actions: Action, automatic: tuple[str, ...] = ()) -> Desk:
    return replace(desk, aid=Aid(actions=actions, allow=(receiver.host,), allow_automatic=automatic))


def proposed(desk: Desk, number: int) -> list[tuple[str, str]]:
    found = [each.event for each in log_of(desk, number) if isinstance(each.event, events.AidProposed)]
    return [(each.action, str(each.because)) for each in found]


def test_it_is_proposed_once_with_its_reason_and_only_where_it_fits(desk: Desk, receiver: Receiver) -> None:
    by_label = replace(switch(receiver), name="by-label", areas=(), labels={"channel": "wechat|alipay"})
    other = replace(switch(receiver), name="other-label", areas=(), labels={"channel": "ali.*"})
    by_cause = replace(switch(receiver), name="by-cause", areas=(), causes=(Cause.THIRD_PARTY,))
    desk = with_aid(desk, receiver, switch(receiver), by_label, other, by_cause)
    probe = {"probes": lambda _labels, _at: [{"name": "wechat", "state": "down", "seconds": 5}]}
    desk = replace(desk, hands=Hands(evidence=probe))
    number = opened(desk)
    elsewhere = opened(desk, source="person", area="search", labels={})
    work_once(desk)
    work_once(desk)
    found = dict(proposed(desk, number))
    assert sorted(found) == ["backup-channel", "by-cause", "by-label"]
    assert len(proposed(desk, number)) == 3
    assert found["by-label"] == "The alert says channel=wechat."
    assert found["by-cause"].startswith("The first answer is a third party")
    assert proposed(desk, elsewhere) == []
    assert receiver.asked == []


def test_a_person_carries_it_out_once_and_takes_it_back(desk: Desk, receiver: Receiver) -> None:
    desk = with_aid(desk, receiver, switch(receiver))
    number = opened(desk)
    run = carry_out(desk, number, "backup-channel", "ann")
    assert (run.state, run.actor, run.automatic) == ("done", "ann", False)
    assert "hunter2" not in str(run.detail)
    ((method, path, headers, body),) = receiver.asked
    assert (method, path) == ("POST", f"/channels/wechat/off?t=T-{number}")
    assert headers["authorization"] == "Bearer topsecret"
    assert headers["idempotency-key"] == run.once
    assert headers["host"] == receiver.host
    assert json.loads(body) == {"reason": f"T-{number}", "channel": "wechat", "n": 1}
    with pytest.raises(IllegalMove, match="already"):
        carry_out(desk, number, "backup-channel", "bob")
    assert take_back(desk, number, run.id, "bob").state == "undone"
    assert [asked[0] for asked in receiver.asked] == ["POST", "DELETE"]
    with pytest.raises(IllegalMove):
        take_back(desk, number, run.id, "bob")
    assert carry_out(desk, number, "backup-channel", "ann").state == "done"
    told = [each for each in log_of(desk, number) if isinstance(each.event, events.AidCarriedOut | events.AidUndone)]
    assert [(each.actor, each.event.kind) for each in told] == [
        ("ann", "aid_carried_out"), ("bob", "aid_undone"), ("ann", "aid_carried_out"),
    ]  # fmt: skip
    assert "topsecret" not in repr(desk.aid) + str(told)


@pytest.mark.parametrize("ending", [0, -1, 500, 502])
def test_of_an_unknown_outcome_it_is_not_repeated_until_a_person_has_found_out(
    desk: Desk, receiver: Receiver, ending: int
) -> None:
    desk = with_aid(desk, receiver, switch(receiver))
    number, second = opened(desk), opened(desk, source="person")
    receiver.answers = [ending]
    run = carry_out(desk, number, "backup-channel", "ann")
    assert run.state == "unknown"
    for each in (number, second):
        with pytest.raises(IllegalMove, match="Nobody knows"):
            carry_out(desk, each, "backup-channel", "ann")
    with pytest.raises(IllegalMove):
        take_back(desk, number, run.id, "ann")
    assert len(receiver.asked) == 1
    assert settle(desk, number, run.id, "ann", happened=False).state == "failed"
    with pytest.raises(IllegalMove, match="nothing to settle"):
        settle(desk, number, run.id, "ann", happened=True)
    assert carry_out(desk, number, "backup-channel", "ann").state == "done"


@pytest.mark.parametrize("ending", [301, 302, 307, 400, 401, 404, 409, 429])
def test_a_refusal_is_known_and_no_redirect_is_followed(desk: Desk, receiver: Receiver, ending: int) -> None:
    desk = with_aid(desk, receiver, switch(receiver))
    number = opened(desk)
    receiver.answers = [ending]
    assert carry_out(desk, number, "backup-channel", "ann").state == "failed"
    assert len(receiver.asked) == 1
    assert carry_out(desk, number, "backup-channel", "ann").state == "done"


def test_an_idempotent_one_is_sent_again_under_the_same_key(desk: Desk, receiver: Receiver) -> None:
    desk = with_aid(desk, receiver, switch(receiver, idempotent=True))
    number = opened(desk)
    receiver.answers = [502, 200]
    first = carry_out(desk, number, "backup-channel", "ann")
    again = carry_out(desk, number, "backup-channel", "ann")
    assert (first.state, again.state, again.id) == ("unknown", "done", first.id)
    assert len({asked[2]["idempotency-key"] for asked in receiver.asked}) == 1
    third = carry_out(desk, number, "backup-channel", "ann")
    assert third.once != first.once


def test_two_clicks_at_once_send_it_once(desk: Desk, receiver: Receiver) -> None:
    desk = with_aid(desk, receiver, switch(receiver))
    number = opened(desk)
    barrier, ended = threading.Barrier(4), []

    def click() -> None:
        barrier.wait(10)
        try:
            ended.append(carry_out(desk, number, "backup-channel", "ann").state)
        except IllegalMove:
            ended.append("refused")

    threads = [threading.Thread(target=click) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sorted(ended) == ["done", "refused", "refused", "refused"]
    assert len(receiver.asked) == 1


def test_a_process_that_dies_after_sending_leaves_it_unknown(desk: Desk, receiver: Receiver, clock: Clock) -> None:
    desk = with_aid(desk, receiver, switch(receiver))
    number = opened(desk)
    left = desk.store.writing(
        lambda connection: aid.begin(
            connection,
            aid.next_once(connection, "backup-channel"),
            number,
            "backup-channel",
            "ann",
            desk.now(),
            automatic=False,
        )
    )
    with pytest.raises(IllegalMove, match="Nobody knows"):
        carry_out(desk, number, "backup-channel", "bob")
    with pytest.raises(IllegalMove, match="nothing to settle"):
        settle(desk, number, left.id, "bob", happened=True)  # it may still be under way
    clock.forward(seconds=120)
    assert settle(desk, number, left.id, "bob", happened=True).state == "done"
    assert receiver.asked == []


def test_automatically_only_where_both_settings_say_so_and_once(desk: Desk, receiver: Receiver) -> None:
    wanted = switch(receiver, automatic=True)
    alone = with_aid(desk, receiver, wanted)
    number = opened(alone)
    work_once(alone)
    assert receiver.asked == []
    with pytest.raises(IllegalMove):
        carry_out(alone, number, "backup-channel", "tenfold", automatic=True)
    not_its_own = with_aid(desk, receiver, switch(receiver), automatic=("backup-channel",))
    opened(not_its_own, source="person")
    work_once(not_its_own)
    assert receiver.asked == []
    both = with_aid(desk, receiver, wanted, automatic=("backup-channel",))
    third = opened(both, source="person")
    receiver.answers = [502]
    work_once(both)
    work_once(both)
    assert len(receiver.asked) == 1
    with both.store.read() as connection:
        (run,) = aid.of_ticket(connection, third)
    assert (run.automatic, run.actor, run.state) == (True, "tenfold", "unknown")


def test_it_goes_nowhere_that_is_not_allowed(desk: Desk, receiver: Receiver) -> None:
    desk = replace(
        with_aid(desk, receiver, switch(receiver)), aid=Aid(actions=(switch(receiver),), allow=("ops.example",))
    )
    number = opened(desk)
    run = carry_out(desk, number, "backup-channel", "ann")
    assert run.state == "failed"
    assert "not among" in str(run.detail)
    assert receiver.asked == []


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://ops.example/x", ()),
        ("http://ops.example:81/x", ("ops.example",)),
        ("https://ops.example/x", ("ops.example:80",)),
        ("http://169.254.169.254/latest", ("169.254.169.254",)),
        ("http://0.0.0.0/x", ("0.0.0.0",)),
        ("http://[::]/x", ("[::]",)),
        ("http://224.0.0.1/x", ("224.0.0.1",)),
        ("http://[fe80::1]/x", ("[fe80::1]",)),
        ("http://[::ffff:169.254.169.254]/x", ("[::ffff:169.254.169.254]",)),
        ("http://ops.example@127.0.0.1/x", ("127.0.0.1",)),
        ("file:///etc/passwd", ("",)),
        ("http://no-such-host.invalid/x", ("no-such-host.invalid",)),
    ],
)
def test_an_address_is_refused(url: str, allow: tuple[str, ...]) -> None:
    with pytest.raises(NotAllowed):
        place_of(url, allow)


def test_a_name_that_points_to_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def resolved(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(NotAllowed, match="points to"):
        place_of("http://ops.example/x", ("ops.example",))
    assert place_of("http://localhost/x", ("localhost",)).address == "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    ["http://{ticket}/x", "http://user:pw@ops/x", "ftp://ops/x", "http:///x", "http://ops/ x", "http://ops\\@evil/x"],
)
def test_an_action_with_a_strange_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Call(method="POST", url=url)


def test_a_host_has_to_be_in_its_networks() -> None:
    assert place_of("http://127.0.0.1:1/x", ("127.0.0.1:1",), ("10.0.0.0/8", "127.0.0.1")).port == 1
    with pytest.raises(NotAllowed, match="points to"):
        place_of("http://127.0.0.1:1/x", ("127.0.0.1:1",), ("10.0.0.0/8",))
    with pytest.raises(ValueError, match="network"):
        Call(method="POST", url="http://ops/x", networks=("somewhere",))


def test_values_stay_within_their_places() -> None:
    hostile = {"ticket": "7", "label.channel": "../../admin?x=1#y", "label.dots": ".."}
    assert filled_url("http://ops/c/{label.channel}/off", hostile) == "http://ops/c/..%2F..%2Fadmin%3Fx%3D1%23y/off"
    assert filled_url("http://ops/c/{label.dots}/off", hostile) == "http://ops/c/__/off"
    body = filled(
        {"a": ["{label.channel}"], "b": "{label.none}", "c": 1}, {**hostile, "label.channel": '","admin":true,"'}
    )
    assert json.loads(json.dumps(body)) == {"a": ['","admin":true,"'], "b": "", "c": 1}
    assert LABELS["channel"] == "wechat"
