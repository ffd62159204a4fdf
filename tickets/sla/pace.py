"""How the time of a promise counts: around the clock, or by a calendar."""

from datetime import datetime, timedelta
from typing import Protocol


class Pace(Protocol):
    """How time counts."""

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """What counts of the time between two moments."""

    def after(self, start: datetime, counted: timedelta) -> datetime | None:
        """The first moment at which so much has been counted; None where that is too far away to be known."""


class _RoundTheClock:
    """Every second counts."""

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """All of it."""
        return max(end - start, timedelta(0))

    def after(self, start: datetime, counted: timedelta) -> datetime | None:
        """So much later."""
        return start + max(counted, timedelta(0))


ROUND_THE_CLOCK: Pace = _RoundTheClock()
