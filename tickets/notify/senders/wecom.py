"""WeCom 企业微信: a group's robot.

Source: developer.work.weixin.qq.com/document/path/91770 (群机器人配置说明): `markdown.content` up to 4096 bytes of UTF-8, in which
`<@userid>` calls somebody; `text.content` up to 2048 bytes, with `mentioned_list` (`@all` for everybody) and
`mentioned_mobile_list`; 20 messages a minute. The answer is always 200 with `errcode` and `errmsg`; 0 is the receipt.
Codes: developer.work.weixin.qq.com/document/path/90313: -1 the system is busy, 45009 too many calls, 45033 too many at once.
"""

from tickets.notify.channels import Channel
from tickets.notify.defusing import defused
from tickets.notify.letter import Call, Letter, Line, Link, Plain, Strong, fitted
from tickets.notify.posting import Way, post_robot
from tickets.notify.receipt import Receipt
from tickets.notify.senders import marks

MARKDOWN_AT_MOST, TEXT_AT_MOST = 4096, 2048
LIMITS = {-1: None, 45009: 60.0, 45033: 5.0}


def send(channel: Channel, letter: Letter, way: Way) -> Receipt:
    """Sends it.

    Raises:
        NotNow: Later.
        Refused: The robot does not take it.
    """
    mobiles = [marks.mobile(each) for each in letter.mentions if not marks.user(each) and marks.mobile(each)]
    if mobiles or marks.everybody(letter.mentions):
        # Only a plain text can call by a telephone number, and everybody.
        users = [user for each in letter.mentions if (user := marks.user(each))]
        users += ["@all"] if marks.everybody(letter.mentions) else []
        content = fitted(letter.lines, _plain, TEXT_AT_MOST)
        text = {"content": content, "mentioned_list": users, "mentioned_mobile_list": mobiles}
        document = {"msgtype": "text", "text": text}
    else:
        document = {"msgtype": "markdown", "markdown": {"content": fitted(letter.lines, _marked, MARKDOWN_AT_MOST)}}
    return post_robot(channel.url, document, way, code="errcode", words="errmsg", limits=LIMITS)


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
                user = marks.user(mention)
                written += f"<@{user}>" if user else defused(mention.name)
    return written


def _plain(line: Line) -> str:
    written = ""
    for piece in line.pieces:
        match piece:
            case Plain(text=text):
                written += defused(text) if text.strip() else text
            case Strong(text=text):
                written += defused(text)
            case Link(text=text, url=url):
                written += f"{defused(text)} {url}"
            case Call(mention=mention):
                written += defused(mention.name.lstrip("@"))
    return written
