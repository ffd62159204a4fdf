"""A letter as plain text."""

from collections.abc import Callable

from tickets.notify.defusing import defused, one_line
from tickets.notify.letter import Call, Letter, Line, Link, Plain, Strong, fitted

TEXT_AT_MOST = 16_000


def plain(letter: Letter, *, defuse: bool = True) -> str:
    """All of it.

    Args:
        letter: The message.
        defuse: It may be read in a chat, where words can act; a program of the mall's own gets them as they are.
    """
    return fitted(letter.lines, _defused if defuse else _as_it_is, TEXT_AT_MOST)


def _defused(line: Line) -> str:
    return _line(line, defused)


def _as_it_is(line: Line) -> str:
    return _line(line, one_line)


def _line(line: Line, shown: Callable[[str], str]) -> str:
    written = ""
    for piece in line.pieces:
        match piece:
            case Plain(text=text) | Strong(text=text):
                written += shown(text) if text.strip() else text
            case Link(text=text, url=url):
                written += f"{shown(text)} {url}"
            case Call(mention=mention):
                written += shown(mention.name.lstrip("@"))
    return written
