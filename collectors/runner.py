"""Runs one collector: its duration, its isolation and the record of how it ended.

One failing collector never costs another its result. What went wrong becomes a sentence that says what happened and,
where there is one, the command that mends it.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from facts.message import Message, msg, verbatim
from facts.readings import Omission, Reading, Status

_log = logging.getLogger(__name__)

T = TypeVar("T")


class CollectorError(Exception):
    """A failure that a collector understood.

    Attributes:
        detail: What happened, in one sentence.
        status: What the reading's record says.
        remedy: The command or statement that mends it.
    """

    def __init__(self, detail: Message, *, status: Status = Status.FAILED, remedy: Message | None = None) -> None:
        """Keeps the parts of the record."""
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.remedy = remedy


def refusal_of(reading: Reading) -> CollectorError:
    """The failure that a reading's record tells of."""
    return CollectorError(reading.detail or msg("nothing was read"), status=reading.status, remedy=reading.remedy)


@dataclass(slots=True)
class Notes:
    """What a collector wants to have recorded though it succeeded."""

    partial: list[Omission] = field(default_factory=list)

    def omit(self, subject: str, reason: Message, remedy: Message | None = None) -> None:
        """Records one subject that was left out."""
        self.partial.append(Omission(subject=subject, reason=reason, remedy=remedy))


def run(
    name: str, read: Callable[[Notes], T | None], *, understand: Callable[[Exception], CollectorError | None]
) -> tuple[Reading, T | None]:
    """Runs `read` and returns its record with what it brought.

    Args:
        name: The collector's name for the record.
        read: The work; None or an empty collection means that there is nothing to read.
        understand: Turns a driver's exception into a `CollectorError`, or returns None for one it does not know.
    """
    notes = Notes()
    started = time.monotonic()

    def record(status: Status, detail: Message | None = None, remedy: Message | None = None) -> Reading:
        return Reading(
            collector=name,
            status=status,
            detail=detail,
            remedy=remedy,
            seconds=round(time.monotonic() - started, 4),
            partial=tuple(notes.partial),
        )

    try:
        facts = read(notes)
    except CollectorError as error:
        return record(error.status, error.detail, error.remedy), None
    except Exception as error:  # noqa: BLE001  (isolation is this function's purpose)
        known = understand(error)
        _log.debug("collector %s failed: %s", name, error, exc_info=known is None)
        if known is None:
            return record(Status.FAILED, _unknown(error)), None
        return record(known.status, known.detail, known.remedy), None
    nothing = facts is None or (isinstance(facts, tuple | list | dict) and not facts)
    return record(Status.EMPTY if nothing else Status.OK), facts


def _unknown(error: Exception) -> Message:
    """What is left to say of an exception that nobody foresaw."""
    return verbatim(f"{type(error).__name__}: {error}".strip())
