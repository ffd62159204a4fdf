"""Statements that the user listed, as far as the audit goes beyond what the server counted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One of them.

    Attributes:
        text: With parameters in the place of its literals.
        tags: sqlcommenter's, and `file` with the place where it stands.
        per_second: Calls a second at the everyday peak; of a measured one on average.
        seconds: What a call took on average, where the server's log tells it; else None.
    """

    text: str
    tags: dict[str, str]
    per_second: float
    seconds: float | None = None
