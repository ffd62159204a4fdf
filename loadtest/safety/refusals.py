"""A reason not to start, with what to do about it, and an entry of the configuration that cannot be understood."""

from dataclasses import dataclass

from facts.message import Message


class DeclarationError(ValueError):
    """An entry of the configuration cannot be used.

    Attributes:
        said: What is wrong with it and what to write.
    """

    def __init__(self, said: Message) -> None:
        """Keeps the sentence; the error's own text is its English."""
        super().__init__(str(said))
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that is not in order.

    Attributes:
        rule: A fixed word that scripts can rely on, one of `address`, `host-not-allowed`, `address-not-allowed`, `unresolved`,
            `dns-changed`, `foreign-redirect`, `ceiling`, `window`, `confirmation`, `target-down`, `target-broken`, `key`,
            `ownership`, `canary`, `writes`.
        happened: What is not in order, in one sentence.
        remedy: What to do.
    """

    rule: str
    happened: Message
    remedy: Message
