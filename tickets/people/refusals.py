"""What is answered to somebody who may not, or cannot, do what they asked for."""

from facts.message import Message, msg


class Refused(Exception):  # noqa: N818  (an answer, no error)
    """It cannot be done like this.

    Attributes:
        reason: What is wrong and what to do, for the person who asked.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the reason."""
        super().__init__(str(reason))
        self.reason = reason


class NotAllowed(Refused):
    """The role does not reach so far."""

    def __init__(self) -> None:
        """There is one reason."""
        super().__init__(msg("This account may not do that."))


class NoSuchAccount(Refused):
    """There is no account, or token, of that name."""


class WrongLogin(Refused):
    """Name and password do not fit; which of them is wrong is not told, nor whether the account is disabled."""

    def __init__(self) -> None:
        """There is one reason."""
        super().__init__(msg("The name or the password is wrong."))


class TooMany(Refused):
    """It was asked for too often.

    Attributes:
        seconds: Until it may be asked for again.
    """

    def __init__(self, reason: Message, seconds: int) -> None:
        """Keeps both."""
        super().__init__(reason)
        self.seconds = seconds
