"""Working time is exact to the second, over holidays, make-up workdays and changes of the clock."""

import time as clock
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tickets.sla.reference import is_worked
from tickets.sla.calendar import OFFICE, Calendar, Day, Week
from tickets.sla.holidays_of import days_of

SHANGHAI = Calendar(timezone="Asia/Shanghai")
HOUR = 3600.0


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-02 09:00", "2026-03-02 18:00", 9),  # a Monday
        ("2026-03-02 08:00", "2026-03-02 10:30", 1.5),
        ("2026-03-06 17:00", "2026-03-09 10:00", 2),  # over a weekend
        ("2026-02-13 17:00", "2026-02-14 10:00", 2),  # Saturday the 14th is worked for the Spring Festival
        ("2026-02-14 17:00", "2026-02-24 10:00", 2),  # 15 to 23 February are off
        ("2026-09-30 17:00", "2026-10-08 10:00", 2),  # the National Day's week
        ("2026-10-10 09:00", "2026-10-10 18:00", 9),  # Saturday, worked for it
        ("2025-01-26 09:00", "2025-01-26 18:00", 9),  # a Sunday
        ("2026-03-02 10:00", "2026-03-02 09:00", 0),  # nothing runs backwards
    ],
)
def test_chinas_year_is_counted_as_it_was_announced(start: str, end: str, hours: float) -> None:
    assert SHANGHAI.working_seconds(at(start), at(end)) == hours * HOUR


def test_the_days_of_2026_are_those_of_the_state_councils_notice() -> None:
    # 国务院办公厅关于2026年部分节假日安排的通知
    off = [("01-01", "01-03"), ("02-15", "02-23"), ("04-04", "04-06"), ("05-01", "05-05"), ("06-19", "06-21")]
    off += [("09-25", "09-27"), ("10-01", "10-07")]
    worked = {date.fromisoformat(f"2026-{day}") for day in "01-04 02-14 02-28 05-09 09-20 10-10".split()}
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    expected = {
        day
        for day in days
        if not any(date.fromisoformat(f"2026-{a}") <= day <= date.fromisoformat(f"2026-{b}") for a, b in off)
        and (day.weekday() < 5 or day in worked)
    }
    assert {day for day in days if SHANGHAI.spans(day)} == expected


def test_without_a_country_only_the_mall_s_own_days_count() -> None:
    plain = Calendar(timezone="Asia/Shanghai", country="", holidays=frozenset({date(2026, 3, 3)}))
    assert plain.spans(date(2026, 10, 1)) == OFFICE
    assert plain.spans(date(2026, 3, 3)) == ()
    assert Calendar(timezone="Europe/Berlin").place == ""
    assert Calendar(timezone="Europe/Berlin", country="DE").spans(date(2026, 10, 3)) == ()


def test_the_mall_s_own_workdays_override_every_holiday() -> None:
    own = Calendar(timezone="Asia/Shanghai", workdays=frozenset({date(2026, 10, 1), date(2026, 3, 1)}))
    assert own.spans(date(2026, 10, 1)) == OFFICE
    assert own.spans(date(2026, 3, 1)) == OFFICE  # a Sunday has the hours of the first weekday with any
    off = Calendar(timezone="Asia/Shanghai", holidays=frozenset({date(2026, 2, 14)}))
    assert off.spans(date(2026, 2, 14)) == ()


def test_a_make_up_workday_has_hours_of_its_own_where_they_are_given() -> None:
    short: Day = ((time(10), time(12)),)
    assert Calendar(timezone="Asia/Shanghai", makeup_hours=short).spans(date(2026, 2, 14)) == short


def test_several_spans_a_day_and_a_night() -> None:
    day: Day = ((time(0), time(2)), (time(9), time(12)), (time(22), None))
    shifts = Calendar(timezone="Asia/Shanghai", country="", hours=(day,) * 7)
    assert shifts.working_seconds(at("2026-03-02 00:00"), at("2026-03-03 00:00")) == 7 * HOUR
    assert shifts.add(at("2026-03-02 21:00"), 4 * HOUR) == at("2026-03-03 02:00")
    assert shifts.add(at("2026-03-02 21:00"), 4 * HOUR + 1) == at("2026-03-03 09:00:01")


def test_hours_that_a_change_of_the_clock_repeats_or_leaves_out() -> None:
    night: Day = ((time(1), time(4)),)
    berlin = Calendar(timezone="Europe/Berlin", hours=(night,) * 7)
    march, october = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)
    day = timedelta(hours=12)
    assert berlin.working_seconds(march - day, march + day) == 2 * HOUR
    assert berlin.working_seconds(october - day, october + day) == 4 * HOUR


def test_adding_ends_at_the_first_moment_not_after_the_night() -> None:
    assert SHANGHAI.add(at("2026-03-02 17:00"), HOUR) == at("2026-03-02 18:00")
    assert SHANGHAI.add(at("2026-03-02 17:00"), HOUR + 0.000001) == at("2026-03-03 09:00:00.000001")
    assert SHANGHAI.add(at("2026-03-01 12:00"), 0) == at("2026-03-01 12:00")


def test_where_there_is_never_enough_work_there_is_no_moment() -> None:
    everything_off = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(4000))
    assert Calendar(holidays=everything_off).add(datetime(2026, 1, 5, tzinfo=UTC), 1) is None


@pytest.mark.parametrize(
    ("day", "missing"),
    [("2026-11-30", ()), ("2026-12-01", (2027,)), ("2027-01-01", (2027,)), ("2027-12-01", (2027, 2028))],
)
def test_a_year_that_is_not_announced_is_missed_from_december_on(day: str, missing: tuple[int, ...]) -> None:
    if any(days_of("CN", 2027)[1]):
        pytest.skip("the library that is installed has 2027 by now")
    assert SHANGHAI.missing_years(at(f"{day} 00:00")) == missing


def test_the_change_of_the_year_is_the_mall_s() -> None:
    if any(days_of("CN", 2027)[1]):
        pytest.skip("the library that is installed has 2027 by now")
    assert SHANGHAI.missing_years(datetime(2026, 11, 30, 16, tzinfo=UTC)) == (2027,)
    assert SHANGHAI.missing_years(datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)) == ()


def test_a_year_is_known_by_the_make_up_workdays_that_are_configured_or_by_the_mall_s_word() -> None:
    december = at("2026-12-15 00:00")
    saturday, monday = date(2027, 2, 20), date(2027, 2, 22)
    assert Calendar(timezone="Asia/Shanghai", workdays=frozenset({saturday})).missing_years(december) == ()
    assert Calendar(timezone="Asia/Shanghai", known_years=frozenset({2027})).missing_years(december) == ()
    if not any(days_of("CN", 2027)[1]):
        # Working on a Monday is nobody's making up for anything.
        assert Calendar(timezone="Asia/Shanghai", workdays=frozenset({monday})).missing_years(december) == (2027,)
    assert Calendar(timezone="Europe/Berlin", country="DE").missing_years(december) == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"timezone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"timezone": "../etc/passwd"}, "no time zone"),
        ({"country": "XX"}, "holidays of 'XX' are not known"),
        ({"hours": ((),) * 7}, "no weekday has working hours"),
        ({"hours": (OFFICE,) * 6}, "seven days"),
        ({"hours": (((time(9), time(9)),),) * 7}, "ends before it begins"),
        ({"hours": (((time(9), time(12)), (time(11), time(13))),) * 7}, "overlap"),
        ({"hours": (((time(9), None), (time(11), time(13))),) * 7}, "overlap"),
    ],
)
def test_hours_that_cannot_be_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Calendar(**wrong)  # type: ignore[arg-type]  # that is the case


def test_years_are_counted_at_once() -> None:
    calendar = Calendar(timezone="Asia/Shanghai")
    start, end = datetime(2016, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    calendar.working_seconds(start, end)
    began = clock.perf_counter()
    for _ in range(10):
        calendar.working_seconds(start, end)
    assert (clock.perf_counter() - began) / 10 < 0.05


ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"]
ZONES += ["Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca", "America/Havana"]
# Changes of the clock: ordinary, by half an hour, at midnight, and a day that was left out.
CHANGES = [
    "2026-03-29",
    "2026-10-25",
    "2026-03-08",
    "2026-11-01",
    "2026-04-04",
    "2018-11-04",
    "2018-02-18",
    "2011-12-30",
]


@st.composite
def days(draw: st.DrawFn) -> Day:
    edges = sorted(draw(st.sets(st.integers(0, 86_400 // 900), min_size=0, max_size=6)))
    spans = [(edge * 900, to * 900) for edge, to in zip(edges[::2], edges[1::2], strict=False)]
    return tuple((_time(since), None if to == 86_400 else _time(to)) for since, to in spans)


def _time(seconds: int) -> time:
    return time(seconds // 3600, seconds % 3600 // 60)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    week = draw(st.tuples(*[days()] * 7).filter(any))
    near = [date.fromisoformat(each) for each in CHANGES]
    return Calendar(
        timezone=draw(st.sampled_from(ZONES)),
        hours=_week(week),
        country=draw(st.sampled_from(["", "CN", "DE"])),
        holidays=frozenset(draw(st.lists(st.sampled_from(near), max_size=2))),
        workdays=frozenset(draw(st.lists(st.sampled_from(near), max_size=2))),
    )


def _week(week: tuple[Day, ...]) -> Week:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = week
    return monday, tuesday, wednesday, thursday, friday, saturday, sunday


NIGHTS = Calendar(timezone="America/Havana", country="", hours=_week((((time(0), time(1, 30)), (time(23), None)),) * 7))


@settings(max_examples=60, deadline=None)
@given(calendars(), st.sampled_from(CHANGES), st.integers(-86_400, 86_400), st.integers(0, 100_000))
@example(NIGHTS, "2026-11-01", -43_200, 100_000)
@example(NIGHTS, "2026-03-08", -43_200, 100_000)
def test_it_equals_counting_every_second(calendar: Calendar, day: str, offset: int, length: int) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(seconds=offset)
    counted = sum(is_worked(calendar, start + timedelta(seconds=n)) for n in range(length))
    assert calendar.working_seconds(start, start + timedelta(seconds=length)) == counted


@settings(max_examples=300, deadline=None)
@given(
    calendars(),
    st.sampled_from(CHANGES),
    st.integers(-86_400_000_000, 86_400_000_000),
    st.integers(1, 40 * 3_600_000_000),
)
def test_adding_is_the_inverse_and_gives_the_first_moment(
    calendar: Calendar, day: str, offset: int, wanted: int
) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(microseconds=offset)
    span = timedelta(microseconds=wanted)
    end = calendar.after(start, span)
    assert end is not None
    assert calendar.working_time(start, end) == span
    assert calendar.working_time(start, end - timedelta(microseconds=1)) == span - timedelta(microseconds=1)


@settings(max_examples=200, deadline=None)
@given(calendars(), st.sampled_from(CHANGES), st.tuples(*[st.integers(0, 10**12)] * 3))
def test_parts_add_up_to_the_whole(calendar: Calendar, day: str, moments: tuple[int, int, int]) -> None:
    begin = datetime.fromisoformat(day).replace(tzinfo=UTC)
    first, middle, last = (begin + timedelta(microseconds=each) for each in sorted(moments))
    parts = calendar.working_time(first, middle) + calendar.working_time(middle, last)
    assert parts == calendar.working_time(first, last)
