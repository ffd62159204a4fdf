"""A letter as plain text."""

from tickets.notify.defusing import defused
from tickets.notify.letter import Call, Letter, Line, Link, Plain, Strong, fitted

TEXT_AT_MOST = 16_000


def plain(letter: Letter) -> str:
    """All of it."""
    return fitted(letter.lines, _line, TEXT_AT_MOST)


def _line(line: Line) -> str:
    written = ""
    for piece in line.pieces:
        match piece:
            case Plain(text=text) | Strong(text=text):
                written += defused(text) if text.strip() else text
            case Link(text=text, url=url):
                written += f"{defused(text)} {url}"
            case Call(mention=mention):
                written += defused(mention.name.lstrip("@"))
    return written
