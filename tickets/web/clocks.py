"""The clocks of a ticket in answers of the API."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from pages.tickets.records import Clock
from tickets.names import ClockName


class ClockShown(BaseModel):
    """One promise of a ticket."""

    name: ClockName
    state: str = Field(description="running, paused, met, breached or stopped")
    target_seconds: float = Field(description="What is promised, in the time that counts for this urgency")
    spent_seconds: float = Field(description="Of that, by now")
    deadline: datetime | None = Field(None, description="When it breaches if it goes on like this")
    met_at: datetime | None = None
    warned: bool = Field(default=False, description="Three quarters of it are gone")
    running: bool = Field(default=False, description="It runs at this moment")
    working_hours: bool = Field(default=False, description="Only the mall's working hours count")
    goes_on_at: datetime | None = Field(None, description="When it goes on, where it runs outside of working hours")

    @classmethod
    def of(cls, clock: Clock) -> Self:
        """A clock as the pages have it."""
        return cls(
            name=ClockName(clock.name),
            state=clock.state,
            target_seconds=clock.target,
            spent_seconds=clock.spent,
            deadline=clock.deadline,
            met_at=clock.met_at,
            warned=clock.warned,
            running=clock.running,
            working_hours=clock.working_hours,
            goes_on_at=clock.goes_on_at,
        )
