"""When the mall's people work, on the mall's own clock, with its country's holidays and make-up workdays.

A moment is worked in when the wall clock of the mall's zone shows, at that moment, a time within a span of that day. So an hour that a
clock change repeats counts twice, and one that it leaves out does not count. Everything is whole microseconds, therefore exact.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tickets.sla.holidays_of import announced_yearly, country_in, days_of, is_known
from tickets.sla.zones import offsets

Span = tuple[time, time | None]
"""Beginning and end; None for midnight at the end of the day."""
Day = tuple[Span, ...]
Week = tuple[Day, Day, Day, Day, Day, Day, Day]

OFFICE: Day = ((time(9), time(18)),)
OFFICE_WEEK: Week = (OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, (), ())
# When it is time to ask for next year's days: China's State Council tells them in November.
ALARM_MONTH = 12
# No promise reaches further, whatever holidays are configured.
FURTHEST_DAYS = 3660
# About ninety years of days that were looked at.
_MOST_CACHED = 32_768
_DAY = 86_400
_MICRO = 1_000_000
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DATE = _EPOCH.toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Working hours.

    Attributes:
        timezone: IANA name of the mall's zone.
        hours: The spans of each weekday, Monday first; several where there is a break, none on a day off. A night is two spans.
        makeup_hours: Of a workday whose weekday has none; without it those of the first weekday that has some.
        country: Whose holidays are kept (ISO 3166, as the library `holidays` knows it); empty for none, None to tell by the zone.
        holidays: Further days off; they override the country's make-up workdays.
        workdays: Days on which people work all the same; they override every holiday.
        known_years: Years whose make-up workdays are complete in `workdays` although the library does not have them.

    Raises:
        ValueError: The zone or the country is not known, no weekday has hours, or spans are empty or overlap.
    """

    timezone: str = "UTC"
    hours: Week = OFFICE_WEEK
    makeup_hours: Day | None = None
    country: str | None = None
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    known_years: frozenset[int] = frozenset()
    # By day of UTC since 1970: the microseconds worked, and the stretches. It only repeats what the fields say.
    _days: dict[int, tuple[int, tuple[tuple[int, int], ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    def __post_init__(self) -> None:
        """Refuses hours in which nothing could ever fall due."""
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone {self.timezone!r}; write for example 'Asia/Shanghai'") from None
        if len(self.hours) != 7:  # noqa: PLR2004  (days of a week)
            raise ValueError("a week has seven days")
        if not any(self.hours):
            raise ValueError("no weekday has working hours")
        for day in (*self.hours, self.makeup_hours or ()):
            _check(day)
        if self.country:
            days_of(self.country, 2020)

    @property
    def place(self) -> str:
        """The country whose holidays are kept; empty for none."""
        return country_in(self.timezone) if self.country is None else self.country

    def spans(self, day: date) -> Day:
        """The spans in which people work on a day of the mall's."""
        own = self.hours[day.weekday()]
        if day in self.workdays:
            return own or self._makeup()
        if day in self.holidays:
            return ()
        if self.place:
            off, made_up = days_of(self.place, day.year)
            if day in made_up:
                return own or self._makeup()
            if day in off:
                return ()
        return own

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """The time worked between two moments; none where the second comes first."""
        first, last = _micro(start), _micro(end)
        if last <= first:
            return timedelta(0)
        total = 0
        for day in range(first // (_DAY * _MICRO), (last - 1) // (_DAY * _MICRO) + 1):
            whole, stretches = self._worked(day)
            if first <= day * _DAY * _MICRO and (day + 1) * _DAY * _MICRO <= last:
                total += whole
            else:
                total += sum(max(min(to, last) - max(since, first), 0) for since, to in stretches)
        return total * _MICROSECOND

    def after(self, start: datetime, counted: timedelta) -> datetime | None:
        """The first moment at which so much has been worked since `start`; None when that is more than ten years away."""
        left, first = counted // _MICROSECOND, _micro(start)
        if left <= 0:
            return start
        begin = first // (_DAY * _MICRO)
        for day in range(begin, begin + FURTHEST_DAYS):
            whole, stretches = self._worked(day)
            if day > begin and whole < left:
                left -= whole
                continue
            for since, to in stretches:
                worked = to - max(since, first)
                if worked >= left:
                    return _EPOCH + (max(since, first) + left) * _MICROSECOND
                left -= max(worked, 0)
        return None

    def working_seconds(self, start: datetime, end: datetime) -> float:
        """`working_time` in seconds."""
        return self.working_time(start, end).total_seconds()

    def add(self, start: datetime, seconds: float) -> datetime | None:
        """`after` with seconds."""
        return self.after(start, timedelta(seconds=seconds))

    def knows(self, year: int) -> bool:
        """Whether the workdays of a year are known; only some countries announce them year by year."""
        if not announced_yearly(self.place) or year in self.known_years:
            return True
        weekend = (day for day in self.workdays if day.year == year and day.weekday() > 4)  # noqa: PLR2004  (Friday)
        return is_known(self.place, year) or any(weekend)

    def missing_years(self, now: datetime) -> tuple[int, ...]:
        """The years whose workdays are needed by now and are not known: this one, and from December on the next."""
        today = now.astimezone(ZoneInfo(self.timezone)).date()
        needed = (today.year, today.year + 1) if today.month >= ALARM_MONTH else (today.year,)
        return tuple(year for year in needed if not self.knows(year))

    def _makeup(self) -> Day:
        return self.makeup_hours or next(day for day in self.hours if day)

    def _worked(self, day: int) -> tuple[int, tuple[tuple[int, int], ...]]:
        known = self._days.get(day)
        if known is None:
            stretches = tuple((since * _MICRO, to * _MICRO) for since, to in self._stretches(day))
            known = sum(to - since for since, to in stretches), stretches
            if len(self._days) >= _MOST_CACHED:
                self._days.clear()
            self._days[day] = known
        return known

    def _stretches(self, day: int) -> list[tuple[int, int]]:
        """The stretches of a day of UTC, in seconds since 1970."""
        found: list[tuple[int, int]] = []
        for start, end, offset in offsets(ZoneInfo(self.timezone), day * _DAY, (day + 1) * _DAY):
            # While the offset stands, the wall clock runs as evenly as UTC does.
            here, there = start + offset, end + offset
            for number in range(here // _DAY, (there - 1) // _DAY + 1):
                for since, to in self.spans(date.fromordinal(_EPOCH_DATE + number)):
                    begins = max(here, number * _DAY + _seconds(since))
                    ends = min(there, number * _DAY + (_DAY if to is None else _seconds(to)))
                    if begins < ends:
                        found.append((begins - offset, ends - offset))
        return found


def _check(day: Day) -> None:
    for since, to in day:
        if to is not None and to <= since:
            raise ValueError(f"{since:%H:%M}-{to:%H:%M} ends before it begins; a night is two spans")
    for (_since, to), (following, _to) in pairwise(day):
        if to is None or following < to:
            raise ValueError("the spans of a day overlap, or are not in order")
    if any(each.microsecond for span in day for each in span if each is not None):
        raise ValueError("working hours begin and end at whole seconds")


def _seconds(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _micro(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
