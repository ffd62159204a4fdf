"""The configuration's keys for time and people: working hours and holidays, the chain of escalation, the rotation."""

import itertools
import re
from datetime import date, datetime, time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tenfold.settings.units import parse_duration
from tenfold.words import _

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ROLE, ROLES = "role:", ("engineer", "lead", "admin")
_SPAN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]?\d|2[0-3]):([0-5]\d)|24:00)\Z")
_SHARE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*\Z")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\Z")
# Where China's calendar of holidays and make-up workdays applies unless another one is named.
CHINESE_ZONES = frozenset({"Asia/Shanghai", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Urumqi", "PRC"})

Name = Annotated[str, Field(min_length=1)]


def span(text: str) -> tuple[time, time | None]:
    """Beginning and end of `09:00-18:00`; the end is None at midnight (`24:00`).

    Raises:
        ValueError: It is something else.
    """
    match = _SPAN.match(text)
    if match is None:
        raise ValueError(_("{text} is no span of hours; write for example '09:00-18:00'").format(text=repr(text)))
    begin = time(int(match[1]), int(match[2]))
    end = None if match[3] is None else time(int(match[3]), int(match[4]))
    if end is not None and end <= begin:
        raise ValueError(_("{text} ends before it begins; a night is two spans").format(text=repr(text)))
    return begin, end


def _spans_in_order(texts: tuple[str, ...]) -> tuple[str, ...]:
    spans = [span(each) for each in texts]
    for (_begin, end), (begin, _end) in itertools.pairwise(spans):
        if end is None or begin < end:
            raise ValueError(_("the spans of a day overlap, or are not in order"))
    return texts


def share_or_seconds(value: object) -> float | str:
    """Seconds, or a share as it stands there.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(value, str) and (match := _SHARE.match(value)):
        if not 0 < float(match[1]) <= 1_000:  # noqa: PLR2004  (percent)
            raise ValueError(_("a share of the promised time lies between 0 % and 1000 %"))
        return value
    return parse_duration(value)


def share(value: float | str) -> float | None:
    """1.0 for `"100%"`; None for what are seconds."""
    match = _SHARE.match(value) if isinstance(value, str) else None
    return None if match is None else float(match[1]) / 100


def _clock_time(value: object) -> object:
    """TOML's own time, or text such as `"9:00"`."""
    if not isinstance(value, str):
        return value
    match = _TIME.match(value)
    if match is None:
        raise ValueError(_("{text} is no time of day; write for example '09:00'").format(text=repr(value)))
    return time(int(match[1]), int(match[2]))


def known_receiver(text: str) -> str:
    """Somebody who can be told: `on-call`, `role:lead` and the like, or an account.

    Raises:
        ValueError: There is no such role.
    """
    role = text.removeprefix(ROLE)
    if text.startswith(ROLE) and role not in ROLES:
        raise ValueError(
            _("there is no role {role}; known here: {names}").format(role=repr(role), names=", ".join(ROLES))
        )
    return text


Day = Annotated[tuple[str, ...], AfterValidator(_spans_in_order)]
OFFICE: tuple[str, ...] = ("09:00-18:00",)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HoursSection(_Section):
    """`[tickets.calendar.hours]`: working hours by weekday, several spans a day where there is a break."""

    mon: Day = OFFICE
    tue: Day = OFFICE
    wed: Day = OFFICE
    thu: Day = OFFICE
    fri: Day = OFFICE
    sat: Day = ()
    sun: Day = ()


class CalendarSection(_Section):
    """`[tickets.calendar]`: when the mall's people work, on the mall's clock.

    Attributes:
        country: Whose holidays are kept, as ISO 3166 names it; `""` for none, without it by the mall's time zone.
        hours: On ordinary days; a make-up workday has those of the first weekday that has some.
        holidays: Further days off.
        workdays: Days on which people work all the same.
        known_years: Years whose make-up workdays are all in `workdays`, so that nobody has to be told that they are missing.
    """

    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] | None = None
    hours: HoursSection = HoursSection()
    holidays: tuple[date, ...] = ()
    workdays: tuple[date, ...] = ()
    known_years: tuple[Annotated[int, Field(ge=2000, le=2100)], ...] = ()

    @model_validator(mode="after")
    def _no_day_is_both(self) -> Self:
        both = sorted(set(self.holidays) & set(self.workdays))
        if both:
            raise ValueError(_("{day} is both a holiday and a workday").format(day=both[0]))
        return self

    @model_validator(mode="after")
    def _somebody_works(self) -> Self:
        if not any(getattr(self.hours, day) for day in WEEKDAYS):
            raise ValueError(_("no weekday has working hours"))
        return self

    def country_in(self, timezone: str) -> str:
        """The country, given or by the mall's time zone; empty for none."""
        if self.country is not None:
            return self.country
        return "CN" if timezone in CHINESE_ZONES else ""


class EscalationSection(_Section):
    """`[[tickets.escalation]]`: who is told next while a promise is not kept; the first of an urgency replaces its usual chain.

    Attributes:
        urgency: Of the tickets; without it, of all.
        clock: The promise; a step is left out once it is kept.
        after: A share of the promised time (`"50%"`), or so long on its clock.
        to: `on-call`, `role:lead`, or an account.
    """

    urgency: Literal["urgent", "important", "normal"] | None = None
    clock: Literal["response", "plan", "fix"] = "response"
    after: Annotated[float | str, BeforeValidator(share_or_seconds)]
    to: Annotated[Name, AfterValidator(known_receiver)]


class OverrideEntry(_Section):
    """Somebody else's turn for once."""

    person: Name
    starts: datetime
    ends: datetime

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.starts.tzinfo is None) != (self.ends.tzinfo is None) or self.ends <= self.starts:
            raise ValueError(_("it ends before it begins"))
        return self


class RotationSection(_Section):
    """`[[tickets.rotation]]`: whose turn it is to be on call.

    Attributes:
        area: Of tickets; without it, every area that has no rotation of its own.
        people: In turn.
        every: How long a turn is.
        starts: The day on which a turn of the first one begins; with weeks it gives the weekday of the handover.
        handover: When the next turn begins, on the mall's clock.
        overrides: Turns that were changed.
    """

    area: str = ""
    people: Annotated[tuple[Name, ...], Field(min_length=1)]
    every: Literal["week", "day"] = "week"
    starts: date = date(2026, 1, 5)
    handover: Annotated[time, BeforeValidator(_clock_time)] = time(9)
    overrides: tuple[OverrideEntry, ...] = ()
