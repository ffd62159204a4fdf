r"""DingTalk 钉钉: a group's robot, signed.

Source: open.dingtalk.com/document/orgapp/custom-robot-access (自定义机器人接入): `sign` is the URL-encoded base64 of
HMAC-SHA256(secret, timestamp + "\n" + secret), the timestamp in milliseconds and not older than an hour; 20 messages a minute, beyond
which the robot says nothing for ten minutes; who is called stands both in `at` and, with an @ before, in the text; a message has
20,000 bytes at most. The answer is always 200 with `errcode` and `errmsg`; 0 is the receipt. Codes: -1 the system is busy,
130101 (older: 410100) sent too fast, 310000 the keyword, signature or address does not match.
"""

import base64
import hashlib
import hmac
from urllib.parse import quote_plus

from tickets.notify.channels import Channel
from tickets.notify.defusing import defused, shortened
from tickets.notify.letter import Call, Letter, Line, Link, Plain, Strong, fitted
from tickets.notify.posting import Way, post_robot
from tickets.notify.receipt import Receipt
from tickets.notify.senders import marks

TEXT_AT_MOST, TITLE_AT_MOST = 16_000, 60
LIMITED_SECONDS = 600.0
LIMITS = {-1: None, 130101: LIMITED_SECONDS, 410100: LIMITED_SECONDS}


def send(channel: Channel, letter: Letter, way: Way) -> Receipt:
    """Sends it.

    Raises:
        NotNow: Later.
        Refused: The robot does not take it.
    """
    users = [user for each in letter.mentions if (user := marks.user(each))]
    mobiles = [marks.mobile(each) for each in letter.mentions if not marks.user(each) and marks.mobile(each)]
    # Markdown takes a single line break for none.
    text = fitted(letter.lines, _marked, TEXT_AT_MOST, between="\n\n")
    document = {
        "msgtype": "markdown",
        "markdown": {"title": shortened(defused(letter.subject), TITLE_AT_MOST), "text": text},
        "at": {"atUserIds": users, "atMobiles": mobiles, "isAtAll": marks.everybody(letter.mentions)},
    }
    url = signed(channel.url, channel.secret, int(way.at.timestamp() * 1000)) if channel.secret else channel.url
    return post_robot(url, document, way, code="errcode", words="errmsg", limits=LIMITS)


def signed(url: str, secret: str, milliseconds: int) -> str:
    """The robot's address with time and signature."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    signature = quote_plus(base64.b64encode(digest))
    return f"{url}{'&' if '?' in url else '?'}timestamp={milliseconds}&sign={signature}"


def _marked(line: Line) -> str:
    written = ""
    for piece in line.pieces:
        match piece:
            case Plain(text=text):
                written += defused(text) if text.strip() else text
            case Strong(text=text):
                written += f"**{defused(text)}**"
            case Link(text=text, url=url):
                written += f"[{defused(text)}]({url})"
            case Call(mention=mention):
                called = marks.user(mention) or marks.mobile(mention)
                written += f"@{called}" if called else defused(mention.name)
    return written
