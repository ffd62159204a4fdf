"""The SLA as somebody would do it who has all the time in the world: one second after the other, with nothing but a wall clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tickets import events
from tickets.events import Entry
from tickets.names import ClockName
from tickets.sla.calendar import Calendar
from tickets.sla.tiers import Promises

SECOND = timedelta(seconds=1)
DAYS = 4


def is_worked(calendar: Calendar, moment: datetime) -> bool:
    """Whether somebody works in the second that begins then: the wall clock says it."""
    wall = moment.astimezone(ZoneInfo(calendar.timezone))
    return any(since <= wall.time() and (to is None or wall.time() < to) for since, to in _spans(calendar, wall.date()))


@lru_cache(maxsize=10_000)
def _spans(calendar: Calendar, day: date) -> tuple[tuple[time, time | None], ...]:
    # Whose days off these are is looked up in the notices themselves, by other tests.
    return calendar.spans(day)


@lru_cache(maxsize=64)
def worked_seconds(calendar: Calendar, first: datetime, days: int) -> bytes:
    """A byte for each second of some days from a moment on: 1 where it counts."""
    return bytes(is_worked(calendar, first + n * SECOND) for n in range(days * 86_400))


@dataclass(slots=True)
class Reading:
    """What the reference says of one clock."""

    spent: int = 0
    target: float | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None


def walk(  # noqa: C901, PLR0912  (one long walk is what makes it obvious)
    log: Sequence[Entry], promises: Promises, calendar: Calendar, at: datetime, first: datetime
) -> dict[ClockName, Reading]:
    """Each second from the opening to `at`: is the ticket open, is it paused, whose second is it, does it count?

    Args:
        log: Entries at whole seconds.
        promises: Whole seconds.
        calendar: Of the mall.
        at: The moment of the reading.
        first: Midnight UTC before the opening.
    """
    worked = worked_seconds(calendar, first, DAYS)
    readings = {name: Reading() for name in ClockName}
    opening = log[0].event
    assert isinstance(opening, events.Opened)
    urgency, is_open, is_paused = opening.urgency, True, False
    waiting = list(log[1:])
    second = int((log[0].at - first).total_seconds())
    end = int((at - first).total_seconds())
    for reading, name in ((readings[name], name) for name in ClockName):
        reading.target = promises.of(urgency).seconds(name)
    while True:
        now = first + second * SECOND
        while waiting and waiting[0].at == now:
            entry = waiting.pop(0)
            met: list[ClockName] = []
            match entry.event:
                case events.Taken():
                    met = [ClockName.RESPONSE]
                case events.Commented(internal=False) if entry.actor not in {"buyer", "alertmanager"}:
                    met = [ClockName.RESPONSE]
                case events.Planned():
                    met = [ClockName.PLAN]
                case events.Resolved():
                    met, is_open, is_paused = list(ClockName), False, False
                case events.Closed() | events.MergedInto():
                    is_open = False
                case events.Paused():
                    is_paused = True
                case events.Resumed():
                    is_paused = False
                case events.Reopened():
                    is_open, readings[ClockName.FIX].met_at = True, None
                case events.UrgencyChanged(urgency=other):
                    urgency = other
                case _:
                    pass
            for name in met:
                readings[name].met_at = readings[name].met_at or now
            for name, reading in readings.items():
                if reading.met_at is None:
                    reading.target = promises.of(urgency).seconds(name)
                    if reading.target is None or reading.spent < reading.target:
                        reading.breached_at = None
                    elif reading.breached_at is None:
                        reading.breached_at = now
        if second >= end:
            return readings
        counts = is_open and not is_paused and (promises.of(urgency).round_the_clock or worked[second] == 1)
        second += 1
        for reading in readings.values():
            if counts and reading.met_at is None:
                reading.spent += 1
                if reading.spent == reading.target:
                    reading.breached_at = first + second * SECOND


def midnight(moment: datetime) -> datetime:
    """That of UTC."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
