"""A message before it takes the form of a service: lines of pieces, the important ones marked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pages.translation import Language
from tickets.notify.defusing import cut

# What is left out first when a message is too long: the least important, from the end.
MUST, WORTH, SPARE = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Somebody who is called.

    Attributes:
        name: The account, for services that cannot call.
        user: The service's own id of the person; empty when it is not known.
        mobile: Their telephone number; empty when it is not known.
    """

    name: str
    user: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class Plain:
    """Words, of anybody."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that stand out."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link of ours."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Call:
    """The place at which somebody is called."""

    mention: Mention


Piece = Plain | Strong | Link | Call


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        pieces: In order.
        weight: `MUST`, `WORTH` or `SPARE`.
    """

    pieces: tuple[Piece, ...]
    weight: int = MUST


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message.

    Attributes:
        id: The same for the same message, however often it is sent.
        subject: One line.
        mentions: Everybody who is called.
        mall: Whose tickets they are.
        documents: The same for machines, one for each thing that happened.
        speech: What a voice says.
        to: The contact of the one whom it goes to; empty for a channel of many.
    """

    id: str
    subject: str
    lines: tuple[Line, ...]
    language: Language
    mall: str
    mentions: tuple[Mention, ...] = ()
    documents: tuple[Mapping[str, Any], ...] = ()
    speech: str = ""
    to: str = ""


def fitted(lines: Sequence[Line], write: Callable[[Line], str], most: int, between: str = "\n") -> str:
    """The lines as a text of at most so many bytes; whole lines are left out, so that no link is halved.

    Args:
        lines: In order.
        write: Gives a line the form of the service.
        most: Bytes of UTF-8.
        between: Lines.
    """
    written = [(line.weight, write(line)) for line in lines]
    for weight in (SPARE, WORTH, MUST):
        for place in range(len(written) - 1, 0, -1):
            if _size(text for _, text in written) + len(between.encode()) * (len(written) - 1) <= most:
                return between.join(text for _, text in written)
            if written[place][0] == weight:
                del written[place]
    return cut(between.join(text for _, text in written), most)


def _size(texts: Iterable[str]) -> int:
    return sum(len(text.encode()) for text in texts)
