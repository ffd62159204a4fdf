"""What a service made of a message: taken, refused for good, or not now."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """The service has taken it.

    Attributes:
        detail: Its answer, in one line.
    """

    detail: str


class Refused(Exception):  # noqa: N818  (an answer, no error)
    """It will never take it like this; one line without a secret."""


class NotNow(Exception):  # noqa: N818  (an answer, no error)
    """It did not take it, or did not say so.

    Attributes:
        reason: One line without a secret.
        seconds: Until it may be tried again, as the service said; None where it did not say.
    """

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        """Keeps both."""
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds
