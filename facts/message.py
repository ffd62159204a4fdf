"""A sentence for people that can still be translated."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

# A sentence within a sentence within a target's line is the deepest that is made here.
DEEPEST = 4
# A place that is repeated without end, within sentences that are repeated without end, would fill any memory.
REPEATED = 2
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence with named places, kept apart from its values until somebody reads it in a language.

    Snapshot files carry messages, and a stranger may have forged one: a template that reaches beyond its own values, or swells without
    end when it is filled in, is refused here.

    Attributes:
        template: English text with `{name}` places; it is also the key in the gettext catalogues.
        values: What goes into the places; a message among them is translated too. Quantities are formatted where the sentence is
            made (see `facts.quantities`), so that one catalogue entry serves every size.

    Raises:
        ValueError: A place is no plain name, has no value or stands there too often, or sentences are nested too deeply.
    """

    template: str
    values: "dict[str, Value]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses what cannot be filled in safely."""
        used = Counter[str]()
        for _text, place, specification, conversion in Formatter().parse(self.template):
            if place is not None:
                if specification or conversion or not _NAME.fullmatch(place):
                    raise ValueError("a place of the sentence is no plain name")
                if place not in self.values:
                    raise ValueError("a place of the sentence has no value")
                used[place] += 1
        if any(times > REPEATED for times in used.values()):
            raise ValueError("a place of the sentence is repeated too often")
        if _depth(self) > DEEPEST:
            raise ValueError("sentences are nested too deeply")

    def __hash__(self) -> int:
        """Of equal sentences equal, in whatever order their values were given."""
        return hash((self.template, frozenset(self.values.items())))

    def __str__(self) -> str:
        """The sentence in English, with the sentences in it."""
        return self.template.format_map(self.values)


Value = str | int | float | Message


def _depth(message: Message) -> int:
    """1 for a plain sentence, 2 for one that holds another, and so on."""
    return 1 + max((_depth(value) for value in message.values.values() if isinstance(value, Message)), default=0)


@dataclass(frozen=True, slots=True)
class Counted(Message):
    """A sentence that reads differently for one of what it counts.

    Attributes:
        one: English text for a `number` of 1; the key in the gettext catalogues, where the template is its plural.
        number: How many there are.
    """

    one: str = ""
    number: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be filled in safely."""
        Message.__post_init__(self)
        Message(self.one, self.values)

    def __hash__(self) -> int:
        """Of equal sentences equal."""
        return hash((self.one, self.number, Message.__hash__(self)))

    def __str__(self) -> str:
        """The sentence in English."""
        return (self.one if self.number == 1 else self.template).format_map(self.values)


def msg(template: str, **values: Value) -> Message:
    """Makes a `Message`; gettext extraction looks for calls of this name."""
    return Message(template, values)


def msg_n(one: str, many: str, number: int, **values: Value) -> Counted:
    """Makes a sentence that counts, with `number` as its `{count}` unless that is given; gettext extraction looks for this name too."""
    return Counted(many, {"count": number, **values}, one=one, number=number)


def verbatim(text: str) -> Message:
    """Words that are the same in every language: a server's own error text, a statement, a command."""
    return Message("{text}", {"text": text})


_DOCUMENTS = ({"template", "values"}, {"template", "values", "one", "number"})


def as_document(message: Message) -> dict[str, Any]:
    """The sentence as JSON keeps it: its template with its values, so that it can still be read in any language."""
    values = {
        name: as_document(value) if isinstance(value, Message) else value for name, value in message.values.items()
    }
    document = {"template": message.template, "values": values}
    return {**document, "one": message.one, "number": message.number} if isinstance(message, Counted) else document


def from_document(stored: object) -> Message | None:
    """A sentence that was kept so; None where it is none, or one that cannot be filled in safely."""
    if not isinstance(stored, Mapping) or set(stored) not in _DOCUMENTS:
        return None
    template, values, one, number = stored["template"], stored["values"], stored.get("one", ""), stored.get("number", 0)
    if not (
        isinstance(template, str) and isinstance(values, Mapping) and isinstance(one, str) and isinstance(number, int)
    ):
        return None
    filled: dict[str, Value] = {}
    for name, value in values.items():
        inner = from_document(value)
        filled[str(name)] = inner if inner is not None else value if isinstance(value, int | float) else str(value)
    try:
        return Counted(template, filled, one=one, number=number) if "one" in stored else Message(template, filled)
    except ValueError:
        return None
