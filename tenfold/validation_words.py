"""Why a value was refused, in the terminal's language."""

from pages.validation import refused
from tenfold.words import say


def refused_because(text: str) -> str:
    """The reason of a refusal.

    Args:
        text: The message of one of pydantic's errors.
    """
    return say(refused(text))
