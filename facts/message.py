"""A sentence for people that can still be translated."""

from dataclasses import dataclass, field

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence with named places, kept apart from its values until somebody reads it in a language.

    Attributes:
        template: English text with `{name}` places; it is also the key in the gettext catalogues.
        values: What goes into the places. Quantities are formatted where the sentence is made
            (see `facts.quantities`), so that one catalogue entry serves every size.
    """

    template: str
    values: dict[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        """The sentence in English."""
        return self.template.format_map(self.values) if self.values else self.template


def msg(template: str, **values: Value) -> Message:
    """Makes a `Message`; gettext extraction looks for calls of this name."""
    return Message(template, values)
