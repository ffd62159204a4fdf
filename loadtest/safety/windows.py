"""When a mall may be loaded: hours of the day, on days of the week, on the mall's own clock.

Written `02:00-06:00`, `Sat,Sun 01:00-07:30`, `Mon-Fri 22:00-05:00` (over midnight: it belongs to the day on which it opens), or `always`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from facts.message import Message, msg
from loadtest.safety.refusals import DeclarationError, Refusal

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = "always"
_WINDOW = re.compile(r"(?:(?P<days>[a-z,\s-]+?)\s+)?(?P<opens>\d{1,2}:\d{2})\s*-\s*(?P<closes>\d{1,2}:\d{2})")
_EXAMPLE = msg("write for example '02:00-06:00', 'Sat,Sun 01:00-07:00' or 'always'")
_SHOWN_DAYS = (msg("Mon"), msg("Tue"), msg("Wed"), msg("Thu"), msg("Fri"), msg("Sat"), msg("Sun"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One stretch of hours.

    Attributes:
        text: As it was written.
        days: Numbers of the weekdays on which it opens, 0 for Monday.
        opens, closes: On the mall's clock; equal ones are a whole day.
    """

    text: str
    days: frozenset[int]
    opens: time
    closes: time

    def opened_on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its two ends in UTC when it opens on that day; a clock change in between makes it shorter or longer, as on the wall."""
        last = day if self.closes > self.opens else day + timedelta(days=1)
        return (
            datetime.combine(day, self.opens, zone).astimezone(UTC),
            datetime.combine(last, self.closes, zone).astimezone(UTC),
        )


def parse_window(text: str) -> Window:
    """The window that was written.

    Raises:
        DeclarationError: It cannot be understood.
    """
    folded = " ".join(text.lower().split())
    if folded == ALWAYS:
        return Window(text=text, days=frozenset(range(7)), opens=time(), closes=time())
    match = _WINDOW.fullmatch(folded)
    if match is None:
        raise DeclarationError(msg("'{text}' is no time window; {example}", text=text, example=_EXAMPLE))
    try:
        opens, closes = (time.fromisoformat(match[part].zfill(5)) for part in ("opens", "closes"))
    except ValueError:
        raise DeclarationError(
            msg("'{text}' has an hour that no clock shows; {example}", text=text, example=_EXAMPLE)
        ) from None
    return Window(text=text, days=_days(match["days"] or "mon-sun", text), opens=opens, closes=closes)


def refuse_time(
    windows: Sequence[Window], zone: ZoneInfo, *, now: datetime, seconds: float
) -> tuple[Refusal | None, datetime | None]:
    """Why a round may not run now, or until when it may.

    Args:
        windows: From the configuration, at least one; windows that touch or overlap are one.
        zone: The mall's.
        now: Aware; when the round would begin.
        seconds: How long it would run.

    Returns:
        A refusal, or None with the UTC time at which the round must have ended.
    """
    now = now.astimezone(UTC)
    local = now.astimezone(zone)
    closing = now
    # From yesterday's window that runs over midnight to the eighth day: enough to find the end of any chain that is not endless.
    stretches = sorted(
        window.opened_on(day, zone)
        for offset in range(-1, 9)
        for window in windows
        if (day := local.date() + timedelta(days=offset)).weekday() in window.days
    )
    for opens, closes in stretches:
        if opens <= closing < closes:
            closing = closes
    if closing == now:
        following = min((opens for opens, _ in stretches if opens > now), default=None)
        return Refusal(
            rule="window",
            happened=msg(
                "It is {now} on the mall's clock, outside of the time windows ({windows}).",
                now=_shown(local, zone),
                windows="; ".join(each.text for each in windows),
            ),
            remedy=msg("Start again at {when}.", when=f"{following.astimezone(zone):%Y-%m-%d %H:%M}")
            if following
            else msg("Write another window in the section [loadtest]."),
        ), None
    if closing < now + timedelta(seconds=seconds):
        return Refusal(
            rule="window",
            happened=msg(
                "The time window closes at {when}, before the {minutes} minutes of this round are over.",
                when=_shown(closing, zone),
                minutes=f"{seconds / 60:.3g}",
            ),
            remedy=msg("Start earlier, or make the round shorter."),
        ), None
    return None, closing


def _shown(moment: datetime, zone: ZoneInfo) -> Message:
    local = moment.astimezone(zone)
    return msg("{day} {time} {zone}", day=_SHOWN_DAYS[local.weekday()], time=f"{local:%H:%M}", zone=zone.key)


def refuse_missing_windows(windows: Sequence[Window]) -> Refusal | None:
    """Why a public target needs hours, be they all of them."""
    if windows:
        return None
    return Refusal(
        rule="window",
        happened=msg("No time window allows load on a public address."),
        remedy=msg(
            'Write windows = ["02:00-06:00"] in the section [loadtest], or ["always"] when the mall agreed to that.'
        ),
    )


def _days(text: str, whole: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        try:
            begin, end = DAYS.index(first[:3]), DAYS.index((last or first)[:3])
        except ValueError:
            raise DeclarationError(
                msg(
                    "'{text}' has a day that is none of {days}; {example}",
                    text=whole,
                    days=", ".join(DAYS),
                    example=_EXAMPLE,
                )
            ) from None
        found |= {day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)}
    return frozenset(found)
