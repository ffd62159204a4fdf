"""The clocks of a ticket, as `tickets.sla` computes them from its log."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from tickets.desk import Desk
from tickets.events import Entry
from tickets.names import ClockName
from tickets.sla.clocks import clocks


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


def clocks_of(desk: Desk, log: Sequence[Entry]) -> Sequence[ClockShown]:
    """The clocks as they stand now; only those that its urgency has.

    Args:
        desk: The mall's promises, its calendar, and the moment.
        log: Of the ticket, the oldest first.
    """
    return [
        ClockShown(
            name=each.name,
            state=each.state.value,
            target_seconds=each.target,
            spent_seconds=each.spent,
            deadline=each.deadline,
            met_at=each.met_at,
            warned=each.warned,
            running=each.running,
        )
        for each in clocks(log, desk.promises, desk.calendar, desk.now())
    ]
