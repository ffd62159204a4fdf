"""Whose turn it is to be on call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEK = 7
MONDAY = date(2026, 1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Somebody else's turn for once; both moments know their zone, and the end no longer belongs to it."""

    person: str
    starts: datetime
    ends: datetime

    def __post_init__(self) -> None:
        """Refuses a turn that never is.

        Raises:
            ValueError: It ends before it begins, or does not know its zone.
        """
        if self.starts.tzinfo is None or self.ends.tzinfo is None:
            raise ValueError("the moments of an override need a time zone")
        if self.ends <= self.starts:
            raise ValueError("an override ends before it begins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Turns of equal length, one person after the other.

    Attributes:
        area: Of tickets; empty for every area without a rotation of its own.
        people: In turn.
        days: The length of a turn: 7 for weeks, 1 for days.
        starts: The day on which a turn of the first one begins; with weeks it gives the weekday of the handover.
        handover: The time of day at which the next turn begins.
        timezone: IANA name of the zone in which the handover is.
        overrides: Changed turns; of several at the same moment the last one counts.

    Raises:
        ValueError: There is nobody, a turn has no length, or the zone is not known.
    """

    people: tuple[str, ...]
    area: str = ""
    days: int = WEEK
    starts: date = MONDAY
    handover: time = time(9)
    timezone: str = "UTC"
    overrides: tuple[Override, ...] = ()

    def __post_init__(self) -> None:
        """Refuses a rotation in which it could be nobody's turn."""
        if not self.people or not all(self.people):
            raise ValueError("a rotation needs people")
        if self.days < 1:
            raise ValueError("a turn is a day at least")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone {self.timezone!r}; write for example 'Asia/Shanghai'") from None


def on_call(rotation: Rotation, moment: datetime) -> str:
    """Whose turn it is.

    Args:
        rotation: Of which area.
        moment: Knows its zone.
    """
    for override in reversed(rotation.overrides):
        if override.starts <= moment < override.ends:
            return override.person
    zone = ZoneInfo(rotation.timezone)
    day = moment.astimezone(zone).date()
    # As moments, not by the wall clock: an hour that is repeated must not give the turn back.
    if moment.astimezone(UTC) < datetime.combine(day, rotation.handover, zone).astimezone(UTC):
        day -= timedelta(days=1)
    turn = (day - rotation.starts).days // rotation.days
    return rotation.people[turn % len(rotation.people)]


def of_area(rotations: Iterable[Rotation], area: str) -> Rotation | None:
    """The rotation of an area: its own, else the one for all."""
    by_area = {each.area: each for each in rotations}
    return by_area.get(area) or by_area.get("")
