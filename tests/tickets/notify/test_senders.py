"""Each service gets its own form, its signature is what the service computes, and its answer is read for what it means."""

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.tickets.notify.service import Answer, Service, drips, hangs, hangs_up, raw, says, service
from tickets.notify.channels import Channel, Kind
from tickets.notify.letter import MUST, SPARE, Call, Letter, Line, Link, Mention, Plain, Strong
from tickets.notify.posting import Way
from tickets.notify.receipt import NotNow, Receipt, Refused
from tickets.notify.senders import SENDERS
from tickets.notify.senders.dingtalk import signed
from tickets.notify.senders.feishu import signature

AT = datetime(2026, 11, 11, 16, 3, tzinfo=UTC)
SECRET = "SEC5f6d3e1c7a9b"
HOSTILE = '<@all> [refund](https://evil.example) <at user_id="all"></at> @13900000000 ![](http://evil.example/x.png)'
ZHANG = Mention(name="zhang", user="zhangsan")
MOBILE = Mention(name="li", mobile="13800138000")
CHATS = (Kind.WECOM, Kind.DINGTALK, Kind.FEISHU)


def letter(*mentions: Mention, title: str = "支付失败", summary: str = "") -> Letter:
    lines = [Line((Strong(f"紧急 T-12：{title}"),))]
    if mentions:
        lines.append(Line(tuple(Call(each) for each in mentions)))
    lines.append(Line((Link("以 zhang 认领", "https://t.example/claim/abc.def"), Plain("  ")), MUST))
    lines.append(Line((Plain(summary or "none"),), SPARE))
    return Letter(
        id="0123456789abcdef", subject=f"T-12 {title}", lines=tuple(lines), language="zh", mall="Lantern",
        mentions=mentions, documents=({"id": "message:12:1:hook:", "ticket": 12, "title": title},), speech=f"T-12 {title}",
    )  # fmt: skip


@pytest.fixture
def robot() -> Iterator[Service]:
    with service() as running:
        yield running


def send(kind: Kind, robot: Service, text: Letter | None = None, *, secret: str = "", seconds: float = 5.0) -> Receipt:
    channel = Channel(name="ops", kind=kind, url=robot.url, secret=secret)
    return SENDERS[kind](channel, text or letter(), Way(at=AT, seconds=seconds))


def test_wecom_gets_markdown_in_which_the_engineer_is_called(robot: Service) -> None:
    receipt = send(Kind.WECOM, robot, letter(ZHANG))
    [document] = robot.documents
    assert document["msgtype"] == "markdown"
    assert document["markdown"]["content"].split("\n") == [
        "**紧急 T-12：支付失败**", "<@zhangsan>", "[以 zhang 认领](https://t.example/claim/abc.def)  ", "none",
    ]  # fmt: skip
    assert receipt.detail == 'HTTP 200 {"errcode": 0, "errmsg": "ok", "code": 0}'


def test_wecom_calls_a_telephone_number_by_a_plain_text(robot: Service) -> None:
    send(Kind.WECOM, robot, letter(ZHANG, MOBILE, Mention(name="@all", user="@all")))
    [document] = robot.documents
    assert document["msgtype"] == "text"
    assert document["text"]["mentioned_list"] == ["zhangsan", "@all"]
    assert document["text"]["mentioned_mobile_list"] == ["13800138000"]
    assert "以 zhang 认领 https://t.example/claim/abc.def" in document["text"]["content"]


def test_dingtalk_calls_by_text_and_by_list(robot: Service) -> None:
    send(Kind.DINGTALK, robot, letter(ZHANG, MOBILE))
    [document] = robot.documents
    assert document["at"] == {"atUserIds": ["zhangsan"], "atMobiles": ["13800138000"], "isAtAll": False}
    assert "@zhangsan@13800138000" in document["markdown"]["text"]
    assert "\n\n" in document["markdown"]["text"]


def test_feishu_gets_pieces_in_which_no_text_can_act(robot: Service) -> None:
    send(Kind.FEISHU, robot, letter(ZHANG, MOBILE, title=HOSTILE))
    [document] = robot.documents
    pieces = [piece for line in document["content"]["post"]["zh_cn"]["content"] for piece in line]
    assert [piece for piece in pieces if piece["tag"] == "at"] == [{"tag": "at", "user_id": "zhangsan"}]
    assert [piece["href"] for piece in pieces if piece["tag"] == "a"] == ["https://t.example/claim/abc.def"]
    assert {"tag": "text", "text": "li"} in pieces


@pytest.mark.parametrize("kind", CHATS)
def test_hostile_words_call_nobody_and_link_nowhere(kind: Kind, robot: Service) -> None:
    send(kind, robot, letter(title=HOSTILE, summary=HOSTILE))
    text = robot.posts[0].body.decode()
    assert text.count("://") == 1
    assert "<@" not in text
    assert "@1390" not in text
    assert "evil.example" not in text
    at = robot.documents[0].get("at", {})
    assert not any(at.values())


@pytest.mark.parametrize("kind", CHATS)
@pytest.mark.parametrize("entered", ["x> <@all", "a](http://evil.example", "all\n@all", "所有人"])
def test_what_is_no_id_is_a_name_and_calls_nobody(kind: Kind, entered: str, robot: Service) -> None:
    send(kind, robot, letter(Mention(name="zhang", user=entered)))
    text = robot.posts[0].body.decode()
    assert "@all" not in text
    assert "evil.example" not in text
    assert not any(robot.documents[0].get("at", {}).values())
    assert "zhang" in text


def test_dingtalks_signature_is_the_one_of_its_documentation(robot: Service) -> None:
    send(Kind.DINGTALK, robot, secret=SECRET)
    query = parse_qs(urlsplit(robot.posts[0].path).query)
    milliseconds = query["timestamp"][0]
    assert milliseconds == "1794412980000"
    mac = hmac.new(SECRET.encode("utf-8"), f"{milliseconds}\n{SECRET}".encode(), digestmod=hashlib.sha256)
    assert query["sign"] == [base64.b64encode(mac.digest()).decode()]
    assert query["access_token"] == ["ab12cd34ef56ab12cd34ef56ab12cd34"]


def test_signatures_are_those_that_openssl_computes() -> None:
    # printf '1700000000000\nthis is secret' | openssl dgst -sha256 -hmac 'this is secret' -binary | base64
    assert signed("https://x/y?a=b", "this is secret", 1700000000000) == (
        f"https://x/y?a=b&timestamp=1700000000000&sign={DINGTALK_VECTOR}"
    )
    # printf '' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf '1700000000\nthis is secret' | xxd -p) -binary | base64
    assert signature("this is secret", 1700000000) == FEISHU_VECTOR


DINGTALK_VECTOR = "sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0%3D"
FEISHU_VECTOR = "OfGzRzoUICBOoc8wVra1e4A1hPfbZ9zqXozA8CWVUuY="


def test_feishus_request_carries_seconds_and_signature(robot: Service) -> None:
    send(Kind.FEISHU, robot, secret=SECRET)
    [document] = robot.documents
    assert document["timestamp"] == "1794412980"
    mac = hmac.new(f"1794412980\n{SECRET}".encode(), b"", digestmod=hashlib.sha256)
    assert document["sign"] == base64.b64encode(mac.digest()).decode()


def test_a_webhook_can_check_who_sent_it_and_whether_it_came_before(robot: Service) -> None:
    send(Kind.WEBHOOK, robot, letter(title=HOSTILE), secret=SECRET)
    [post] = robot.posts
    signed_part = post.headers["X-Tenfold-Timestamp"].encode() + b"." + post.body
    assert (
        post.headers["X-Tenfold-Signature"] == "sha256=" + hmac.new(SECRET.encode(), signed_part, "sha256").hexdigest()
    )
    assert post.headers["Idempotency-Key"] == "0123456789abcdef"
    # A machine gets the words as they are.
    assert post.document["messages"] == [{"id": "message:12:1:hook:", "ticket": 12, "title": HOSTILE}]


def test_a_voice_hook_is_told_what_to_say_and_whom_to_call(robot: Service) -> None:
    send(Kind.VOICE, robot, letter(ZHANG, MOBILE), secret=SECRET)
    [document] = robot.documents
    assert document["speech"] == "T-12 支付失败"
    assert document["call"] == [{"account": "li", "phone": "13800138000"}]


@pytest.mark.parametrize(
    ("kind", "answer", "reason"),
    [
        (Kind.WECOM, {"errcode": 93000, "errmsg": "invalid webhook url"}, "errcode 93000: invalid webhook url"),
        (Kind.WECOM, {"errcode": 40058, "errmsg": "too long"}, "errcode 40058: too long"),
        (Kind.DINGTALK, {"errcode": 310000, "errmsg": "sign not match"}, "errcode 310000: sign not match"),
        (Kind.DINGTALK, {"errcode": 400102, "errmsg": "robot disabled"}, "errcode 400102: robot disabled"),
        (Kind.FEISHU, {"code": 19021, "msg": "sign match fail"}, "code 19021: sign match fail"),
        (Kind.FEISHU, {"code": 9499, "msg": "Bad Request"}, "code 9499: Bad Request"),
        (Kind.FEISHU, {"StatusCode": 19001, "StatusMessage": "param invalid"}, "code 19001: param invalid"),
    ],
)
def test_200_with_a_code_is_a_refusal(kind: Kind, answer: object, reason: str, robot: Service) -> None:
    robot.will(says(answer))
    with pytest.raises(Refused) as told:
        send(kind, robot)
    assert str(told.value) == reason


@pytest.mark.parametrize(
    ("kind", "answer", "seconds"),
    [
        (Kind.WECOM, {"errcode": 45009, "errmsg": "api freq out of limit"}, 60.0),
        (Kind.WECOM, {"errcode": -1, "errmsg": "system busy"}, None),
        (Kind.DINGTALK, {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}, 600.0),
        (Kind.FEISHU, {"code": 11232, "msg": "frequency limited psm"}, 60.0),
        (Kind.FEISHU, {"code": 9499, "msg": "too many request"}, 60.0),
        (Kind.FEISHU, {"code": 2200, "msg": "internal error"}, None),
    ],
)
def test_200_with_a_limits_code_is_not_now(kind: Kind, answer: object, seconds: float | None, robot: Service) -> None:
    robot.will(says(answer))
    with pytest.raises(NotNow) as told:
        send(kind, robot)
    assert told.value.seconds == seconds


@pytest.mark.parametrize("kind", [*CHATS, Kind.WEBHOOK])
@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry_After": "37"}, 37.0),
        (429, {"Retry_After": "Wed, 11 Nov 2026 16:04:30 GMT"}, 90.0),
        (503, {"Retry_After": "999999999"}, 3600.0),
        (429, {"Retry_After": "soon"}, None),
        (429, {"Retry_After": "nan"}, None),
        (500, {}, None),
    ],
)
def test_a_service_that_asks_us_to_wait_is_waited_for(
    kind: Kind, status: int, headers: dict[str, str], seconds: float | None, robot: Service
) -> None:
    robot.will(says({}, status, **headers))
    with pytest.raises(NotNow) as told:
        send(kind, robot)
    assert told.value.seconds == seconds
    assert f"HTTP {status}" in told.value.reason


@pytest.mark.parametrize("kind", [*CHATS, Kind.WEBHOOK])
@pytest.mark.parametrize("status", [301, 307, 400, 401, 404])
def test_another_status_is_a_refusal_and_followed_nowhere(kind: Kind, status: int, robot: Service) -> None:
    robot.will(says({"errcode": 0, "code": 0}, status, Location=robot.url))
    with pytest.raises(Refused, match=f"HTTP {status}"):
        send(kind, robot)
    assert len(robot.posts) == 1


@pytest.mark.parametrize("kind", CHATS)
@pytest.mark.parametrize(
    "garbage",
    [b"", b"<html>Log in to the hotel's network</html>", b"\xff\xfe\x00", b"[0]", b"0", b'{"errcode": "0", "code": "0"}',
     b'{"errcode": false, "code": false}', b"{}", b'{"errmsg": "ok"}', b"[" * 30_000],
)  # fmt: skip
def test_what_is_no_receipt_is_taken_for_none(kind: Kind, garbage: bytes, robot: Service) -> None:
    robot.will(raw(garbage))
    with pytest.raises(NotNow, match="no receipt"):
        send(kind, robot)


@pytest.mark.parametrize("kind", [*CHATS, Kind.WEBHOOK])
@pytest.mark.parametrize("answer", [hangs(3), hangs_up, drips(5)], ids=["hangs", "hangs up", "drips"])
def test_a_service_that_does_not_answer_costs_its_time_and_no_more(kind: Kind, answer: Answer, robot: Service) -> None:
    robot.will(answer)
    begun = time.monotonic()
    with pytest.raises(NotNow, match="no answer"):
        send(kind, robot, seconds=0.4)
    assert time.monotonic() - begun < 2.5


def test_nobody_there_is_not_now() -> None:
    with service() as gone:
        pass
    with pytest.raises(NotNow, match="no answer: ConnectError"):
        send(Kind.WECOM, gone)


def test_an_answer_without_end_is_read_to_a_limit(robot: Service) -> None:
    robot.will(raw(b'{"errcode": 0, "x": "' + b"x" * 5_000_000 + b'"}'))
    with pytest.raises(NotNow, match="no receipt"):
        send(Kind.WECOM, robot)


@pytest.mark.parametrize("kind", CHATS)
def test_the_longest_message_keeps_to_the_limit_and_its_link(kind: Kind, robot: Service) -> None:
    long = letter(ZHANG, summary="库" * 9000)
    send(kind, robot, long)
    [post] = robot.posts
    assert len(post.body) <= 20_000
    assert "https://t.example/claim/abc.def" in post.body.decode()
    if kind is Kind.WECOM:
        assert len(post.document["markdown"]["content"].encode()) <= 4096


@pytest.mark.parametrize("kind", [*CHATS, Kind.WEBHOOK, Kind.VOICE])
def test_no_secret_is_logged_or_told(kind: Kind, robot: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    token = "ab12cd34ef56ab12cd34ef56ab12cd34"
    robot.will(raw(f"cannot find {token} at {robot.url}".encode(), 404))
    with pytest.raises(Refused) as told:
        send(kind, robot, secret=SECRET)
    everything = str(told.value) + caplog.text
    for code in (0, 1, "none"):
        robot.will(says({"errcode": code, "errmsg": f"echo {robot.url}", "code": code, "msg": f"echo {token}"}))
        try:
            everything += send(kind, robot, secret=SECRET).detail
        except (NotNow, Refused) as answer:
            everything += str(answer)
    assert everything.count("echo") >= 3
    assert "cannot find" in everything
    assert token not in everything
    assert SECRET not in everything


# Apprise looks for a module that Python 3.13 no longer has.
APPRISE = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@APPRISE
def test_apprise_posts_to_what_its_url_names(robot: Service) -> None:
    channel = Channel(name="json", kind=Kind.APPRISE, url=f"json://127.0.0.1:{robot.port}/hook")
    receipt = SENDERS[Kind.APPRISE](channel, letter(title="Payments fail"), Way(at=AT, seconds=5))
    assert receipt == Receipt("sent")
    [document] = robot.documents
    assert document["title"] == "T-12 Payments fail"
    assert "https://t.example/claim/abc.def" in document["message"]


@APPRISE
def test_apprise_that_was_refused_is_not_now_with_its_reason(robot: Service) -> None:
    robot.will(says({}, 500))
    channel = Channel(name="json", kind=Kind.APPRISE, url=f"json://127.0.0.1:{robot.port}/hook")
    with pytest.raises(NotNow, match="500"):
        SENDERS[Kind.APPRISE](channel, letter(), Way(at=AT, seconds=5))


@APPRISE
def test_a_url_that_apprise_does_not_know_is_refused() -> None:
    channel = Channel(name="x", kind=Kind.APPRISE, url="nothing://at.all")
    with pytest.raises(Refused, match="Apprise"):
        SENDERS[Kind.APPRISE](channel, letter(), Way(at=AT, seconds=5))


def test_every_kind_has_a_sender_and_json_stays_readable(robot: Service) -> None:
    assert set(SENDERS) == set(Kind)
    send(Kind.WECOM, robot)
    assert "支付失败".encode() in robot.posts[0].body
    assert json.loads(robot.posts[0].body)
