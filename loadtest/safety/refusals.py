"""A reason not to start, with what to do about it."""

from dataclasses import dataclass

from facts.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that is not in order.

    Attributes:
        rule: A fixed word that scripts can rely on, one of `address`, `host-not-allowed`, `address-not-allowed`, `unresolved`,
            `dns-changed`, `foreign-redirect`, `ceiling`, `window`, `confirmation`, `target-down`, `key`, `ownership`,
            `canary`, `writes`.
        happened: What is not in order, in one sentence.
        remedy: What to do.
    """

    rule: str
    happened: Message
    remedy: Message
