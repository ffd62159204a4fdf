r"""Feishu 飞书 (Lark): a group's robot, signed.

Source: open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (自定义机器人使用指南): `sign` is the base64 of HMAC-SHA256 with the
key timestamp + "\n" + secret over nothing, the timestamp in seconds and not older than an hour; 100 messages a minute and 5 a
second; the request has 20 KB at most. A `post` is made of tagged pieces, so that no text in it can be a mention or a link; `at` takes the
`open_id`, or `all`. The answer is 200 with `code` (older robots: `StatusCode`); 0 is the receipt. Codes: 11232 and 11233 sent too
fast, 2200 an error of theirs, 19021 signature, 19022 address, 19024 keyword; 9499 is a request that they do not understand, and has been
the code of "too many request".
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tickets.notify.channels import Channel
from tickets.notify.defusing import defused, one_line, shortened
from tickets.notify.letter import MUST, SPARE, WORTH, Call, Letter, Line, Link, Plain, Strong
from tickets.notify.posting import QUOTED_AT_MOST, Way, post, without
from tickets.notify.receipt import NotNow, Receipt, Refused
from tickets.notify.senders import marks

BODY_AT_MOST = 18_000
LIMITS: dict[int, float | None] = {11232: 60.0, 11233: 60.0, 2200: None}
AMBIGUOUS = 9499
_TOO_MANY = ("too many", "frequen", "limit")


def send(channel: Channel, letter: Letter, way: Way) -> Receipt:
    """Sends it.

    Raises:
        NotNow: Later.
        Refused: The robot does not take it.
    """
    document: dict[str, Any] = {}
    if channel.secret:
        seconds = int(way.at.timestamp())
        document |= {"timestamp": str(seconds), "sign": signature(channel.secret, seconds)}
    document |= {"msg_type": "post", "content": _post(letter)}
    answer = post(channel.url, json.dumps(document, ensure_ascii=False).encode(), {}, way)
    told = answer.document
    code = told.get("code", told.get("StatusCode"))
    if isinstance(code, bool) or not isinstance(code, int):
        raise NotNow(without(channel.url, f"the answer is no receipt: {answer}"), answer.retry_after)
    if code == 0:
        return Receipt(without(channel.url, str(answer)))
    words = one_line(str(told.get("msg", told.get("StatusMessage", ""))))
    words = without(channel.url, shortened(words, QUOTED_AT_MOST))
    if code in LIMITS or (code == AMBIGUOUS and any(mark in words.lower() for mark in _TOO_MANY)):
        raise NotNow(f"code {code}: {words}", answer.retry_after or LIMITS.get(code, 60.0))
    raise Refused(f"code {code}: {words}")


def signature(secret: str, seconds: int) -> str:
    """What proves that the request is ours."""
    return base64.b64encode(hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


def _post(letter: Letter) -> Mapping[str, Any]:
    lines = list(letter.lines)
    for weight in (SPARE, WORTH, MUST):
        for place in range(len(lines) - 1, 0, -1):
            if len(json.dumps(_content(letter, lines), ensure_ascii=False).encode()) <= BODY_AT_MOST:
                break
            if lines[place].weight == weight:
                del lines[place]
    return _content(letter, lines)


def _content(letter: Letter, lines: Sequence[Line]) -> Mapping[str, Any]:
    paragraphs = [_pieces(line) for line in lines]
    if marks.everybody(letter.mentions):
        paragraphs.append([{"tag": "at", "user_id": "all"}])
    language = "zh_cn" if letter.language == "zh" else "en_us"
    return {"post": {language: {"title": defused(letter.subject), "content": paragraphs}}}


def _pieces(line: Line) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    for piece in line.pieces:
        match piece:
            case Plain(text=text):
                written.append({"tag": "text", "text": defused(text) if text.strip() else text})
            case Strong(text=text):
                written.append({"tag": "text", "text": defused(text), "style": ["bold"]})
            case Link(text=text, url=url):
                written.append({"tag": "a", "text": defused(text), "href": url})
            case Call(mention=mention):
                user = marks.user(mention)
                if user:
                    written.append({"tag": "at", "user_id": user})
                else:
                    written.append({"tag": "text", "text": defused(mention.name.lstrip("@"))})
    return written
