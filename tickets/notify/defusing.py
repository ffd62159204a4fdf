"""Words of an alert in somebody's chat: they are read, and nothing in them acts.

An alert's texts are written by whoever can make an alert fire: a file name, a user agent, a shop's title. In a chat they could call
everybody at night (`@all`, `<@userid>`), put a link behind a harmless word, load an image, or look like a message of ours.
The chats do not agree on any escape (WeCom documents none), so what could act is replaced by its full-width twin, which reads the same.
"""

import re
import unicodedata

from pages.plain import harmless

_TWINS = str.maketrans("<>[]()*`@!#~|\\", "＜＞［］（）＊｀＠！＃～｜＼")
# A chat makes a link of whatever looks like an address, in ASCII or not.
_SCHEME = re.compile(r"([A-Za-z0-9])://")
_HOST = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")
# Splits what looks like a host without being seen.
_SPLIT = ".\u200b"
_SPACES = re.compile(r"\s+")
ELLIPSIS = "…"


def defused(text: str) -> str:
    """The text as one line in which nothing is a mention, a link, an image or a mark."""
    line = one_line(text).translate(_TWINS)
    return _HOST.sub(_SPLIT, _SCHEME.sub(r"\1：//", line))


def one_line(text: str) -> str:
    """The text without line breaks, control characters and invisible ones."""
    kept = "".join(
        each for each in harmless(_SPACES.sub(" ", text)) if unicodedata.category(each) not in {"Cf", "Co", "Cn"}
    )
    return _SPACES.sub(" ", kept).strip()


def cut(text: str, most: int) -> str:
    """The text in at most so many bytes of UTF-8, no character of it halved; an ellipsis stands for what is gone."""
    raw = text.encode()
    if len(raw) <= most:
        return text
    room = most - len(ELLIPSIS.encode())
    if room <= 0:
        return ""
    # What is left of a halved character at the end is dropped.
    return raw[:room].decode(errors="ignore") + ELLIPSIS


def shortened(text: str, most: int) -> str:
    """The text in at most so many characters."""
    return text if len(text) <= most else text[: most - 1] + ELLIPSIS
