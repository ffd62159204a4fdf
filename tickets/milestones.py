"""Which promises of a ticket were kept and which were broken, and when that was decided, by the lines of its log that matter.

The clocks themselves are `tickets.sla`'s, which writes into the log when a promise is broken: here they are only counted. A promise is kept
when what was promised came before it was broken; a ticket that is reopened can break the promise of a solution that it had kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tickets.names import ClockName

KEPT, BROKEN = "kept", "broken"
# Whose words are no first response.
MACHINES = frozenset({"tenfold", "alertmanager", "alerts", "audit", "stress", "watchdog", "reconciliation"})


class Line(Protocol):
    """A line of a log."""

    @property
    def at(self) -> datetime:
        """When."""
        ...

    @property
    def actor(self) -> str:
        """Who."""
        ...

    @property
    def kind(self) -> str:
        """Of the event."""
        ...

    @property
    def data(self) -> Mapping[str, Any]:
        """Of the event."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One promise at the moment in which it was kept or broken.

    Attributes:
        clock: Which.
        result: `kept` or `broken`.
        at: When.
        seconds: From the opening, by the clock on the wall.
    """

    clock: ClockName
    result: str
    at: datetime
    seconds: float


def decided(lines: Sequence[Line], reporter: str | None, promised: frozenset[ClockName]) -> list[Decided]:
    """What was decided, in order.

    Args:
        lines: The milestones of one ticket, the oldest first; the first is the opening.
        reporter: Who reported it; their own comment is no response.
        promised: The clocks that such a ticket has.
    """
    began = lines[0].at
    known: dict[tuple[ClockName, str], Decided] = {}
    for line in lines:
        if line.kind == "breached":
            clock = ClockName(line.data["clock"])
            known.setdefault((clock, BROKEN), _decided(clock, BROKEN, line, began))
            continue
        for clock in _met(line, reporter):
            if (clock, BROKEN) not in known:
                known.setdefault((clock, KEPT), _decided(clock, KEPT, line, began))
    return sorted((each for each in known.values() if each.clock in promised), key=lambda each: each.at)


def answered(lines: Sequence[Line], reporter: str | None, clock: ClockName) -> tuple[datetime, float] | None:
    """When something was first done, in time or late, and how many seconds after the opening; None while it is not."""
    for line in lines:
        if clock in _met(line, reporter):
            return line.at, (line.at - lines[0].at).total_seconds()
    return None


def _met(line: Line, reporter: str | None) -> tuple[ClockName, ...]:
    if line.kind == "resolved":
        return tuple(ClockName)
    if line.kind == "planned":
        return (ClockName.PLAN,)
    spoke = line.kind == "commented" and not line.data.get("internal") and line.actor not in {reporter, *MACHINES}
    return (ClockName.RESPONSE,) if spoke or line.kind == "taken" else ()


def _decided(clock: ClockName, result: str, line: Line, began: datetime) -> Decided:
    return Decided(clock=clock, result=result, at=line.at, seconds=(line.at - began).total_seconds())
