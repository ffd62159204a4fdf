"""A channel can be tried before the night on which it matters, and what is wrong with it is told."""

import dataclasses
from collections.abc import Callable

import pytest

from tests.tickets.notify.service import Service, hangs, says
from tickets.desk import Desk
from tickets.notify.channels import Channel, Kind, Notifying
from tickets.notify.checking import faults
from tickets.notify.trial import NoSuchChannel, send_test
from tickets.store import outbox

Services = Callable[[], Service]


def trying(desk: Desk, *channels: Channel, base_url: str = "https://t.example") -> Desk:
    return dataclasses.replace(desk, notifying=Notifying(channels=channels, base_url=base_url))


def ops(robot: Service, **fields: object) -> Channel:
    facts = {"name": "ops", "kind": Kind.WECOM, "lang": "en", **fields}
    return Channel(url=robot.url, **facts)  # type: ignore[arg-type]  # a test's own fields


def test_what_the_service_answered_is_told_word_for_word(desk: Desk, services: Services) -> None:
    robot = services()
    tried = send_test(trying(desk, ops(robot)), "ops")
    assert (tried.delivered, tried.answer) == (True, 'HTTP 200 {"errcode": 0, "errmsg": "ok", "code": 0}')
    text = robot.documents[0]["markdown"]["content"]
    assert "Lantern: a message to try the channel ops" in text
    robot.will(says({"errcode": 93000, "errmsg": "invalid webhook url, hint: [1764]"}))
    tried = send_test(trying(desk, ops(robot)), "ops")
    assert (tried.delivered, tried.can_be_tried_again) == (False, False)
    assert tried.answer == "errcode 93000: invalid webhook url, hint: [1764]"
    robot.will(hangs(1))
    tried = send_test(trying(desk, ops(robot, seconds=0.3)), "ops")
    assert (tried.delivered, tried.can_be_tried_again) == (False, True)
    assert str(tried.answer).startswith("no answer: ReadTimeout")
    assert 0.2 < tried.seconds < 5
    with desk.store.read() as connection:
        assert outbox.waiting(connection) == 0


@pytest.mark.parametrize("kind", [Kind.DINGTALK, Kind.FEISHU, Kind.WEBHOOK, Kind.VOICE])
def test_every_own_sender_can_be_tried(desk: Desk, services: Services, kind: Kind) -> None:
    robot = services()
    assert send_test(trying(desk, ops(robot, kind=kind, secret="s")), "ops").delivered
    assert len(robot.posts) == 1


def test_a_personal_channel_is_tried_on_somebody(desk: Desk, services: Services) -> None:
    box = services()
    channel = Channel(name="mail", kind=Kind.WEBHOOK, url=box.url, contact="email")
    assert send_test(trying(desk, channel), "mail", "li").delivered
    assert box.documents[0]["to"] == "li@mall.example"
    assert str(send_test(trying(desk, channel), "mail", "zhang").answer) == "no email is known of zhang"
    assert str(send_test(trying(desk, channel), "mail").answer) == "no email is known of nobody"
    assert len(box.posts) == 1


def test_an_answer_that_repeats_a_secret_is_shown_without_it(desk: Desk, services: Services) -> None:
    robot = services()
    robot.will(says({"errcode": 310000, "errmsg": "no sign SECab with key k3y+ or k3y%2B in /robot/send"}))
    channel = ops(robot, kind=Kind.DINGTALK, secret="SECab")
    url = f"{robot.url.partition('?')[0]}?access_token=k3y%2B"
    tried = send_test(trying(desk, dataclasses.replace(channel, url=url)), "ops")
    assert tried.answer == "errcode 310000: no sign … with key … or … in /robot/send"


def test_a_channel_that_is_not_configured_cannot_be_tried(desk: Desk) -> None:
    with pytest.raises(NoSuchChannel):
        send_test(trying(desk), "ops")


GOOD = Channel(name="good", kind=Kind.WECOM, url="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k")


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("channel", "told"),
    [
        (GOOD, None),
        (Channel(name="mail", kind=Kind.EMAIL, url="mailtos://bot:pw@mall.example?to={to}", contact="email"), None),
        (dataclasses.replace(GOOD, url="qyapi.weixin.qq.com"), "its URL has to begin with"),
        (dataclasses.replace(GOOD, url="http://[::1"), "its URL has to begin with"),
        (dataclasses.replace(GOOD, url="file:///etc/passwd"), "its URL has to begin with"),
        (dataclasses.replace(GOOD, fallback="good"), "second channel good"),
        (dataclasses.replace(GOOD, fallback="none"), "second channel none"),
        (dataclasses.replace(GOOD, url="https://x.example/{to}"), "which contact"),
        (dataclasses.replace(GOOD, seconds=600), "within 60 s"),
        (dataclasses.replace(GOOD, name="a/b"), "no slash"),
        (Channel(name="x", kind=Kind.APPRISE, url="nothing://at.all"), "Apprise does not understand"),
    ],
)
def test_what_is_wrong_with_a_channel_is_told(channel: Channel, told: str | None) -> None:
    found = [str(each) for each in faults(Notifying(channels=(channel,)))]
    assert len(found) == (0 if told is None else 1)
    assert told is None or told in found[0]


def test_what_is_wrong_with_all_of_them_is_told() -> None:
    found = [str(each) for each in faults(Notifying(channels=(GOOD, GOOD), base_url="t.example"))]
    assert ["Two channels are called good" in each for each in found] == [False, True]


def test_no_secret_is_shown_by_a_channel() -> None:
    shown = repr(
        Notifying(channels=(dataclasses.replace(GOOD, secret="SEC123"),), signing_key="sign", proxy="http://u:pw@p")
    )
    assert not any(secret in shown for secret in ("key=k", "SEC123", "sign'", "pw@p"))
