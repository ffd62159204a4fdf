"""Times and durations as the ticket room's pages write them."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTE, HOUR, DAY = 60, 3600, 86400
# Above so many hours nobody counts seconds.
HOURS = 48


@lru_cache(maxsize=16)
def zone(name: str) -> ZoneInfo:
    """The time zone; UTC where its name is not known to this machine."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def local(at: datetime, name: str, *, exact: bool = False) -> str:
    """A moment in a time zone: `2026-11-11 00:03`, with seconds where that matters."""
    return at.astimezone(zone(name)).strftime("%Y-%m-%d %H:%M:%S" if exact else "%Y-%m-%d %H:%M")


def brief(at: datetime, now: datetime, name: str) -> str:
    """The same where there is little room: `00:03` on the same day, `11-10 23:46` in the same year."""
    there, here = at.astimezone(zone(name)), now.astimezone(zone(name))
    if there.date() == here.date():
        return there.strftime("%H:%M")
    return there.strftime("%m-%d %H:%M" if there.year == here.year else "%Y-%m-%d %H:%M")


def for_input(at: datetime, name: str) -> str:
    """The same as an input field of type `datetime-local` has it."""
    return at.astimezone(zone(name)).strftime("%Y-%m-%dT%H:%M")


def from_input(text: str, name: str) -> datetime:
    """The moment that somebody has typed into such a field, in UTC.

    Args:
        text: `2026-11-11T00:03`, also with a space or with seconds.
        name: Of the time zone.

    Raises:
        ValueError: It is no moment.
    """
    at = datetime.fromisoformat(text.strip())
    return (at if at.tzinfo else at.replace(tzinfo=zone(name))).astimezone(UTC)


def counted(seconds: float) -> str:
    """A duration that is counted down: `0:28:13`, `26:10:00`, and `3 d 4 h` where it is long."""
    whole = int(abs(seconds))
    if whole >= HOURS * HOUR:
        return f"{whole // DAY} d {whole % DAY // HOUR} h"
    return f"{whole // HOUR}:{whole % HOUR // MINUTE:02}:{whole % MINUTE:02}"


def spoken(seconds: float) -> str:
    """A duration as it is promised: `30 min`, `2 h`, `1 h 30 min`, `45 s`."""
    whole = round(abs(seconds))
    hours, minutes = whole // HOUR, whole % HOUR // MINUTE
    if hours and minutes:
        return f"{hours} h {minutes} min"
    if hours:
        return f"{hours} h"
    return f"{minutes} min" if minutes else f"{whole} s"


def milliseconds(at: datetime) -> int:
    """Since 1970, as a browser counts."""
    return int(at.timestamp() * 1000)
