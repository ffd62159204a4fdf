"""The clocks are what a person with a stopwatch would find in the log."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tickets.sla.logs import REPORTER, SOLVED, log_of, logs, opened
from tests.tickets.sla.reference import midnight, walk
from tickets import events
from tickets.events import Entry
from tickets.names import ClockName, Urgency, Waiting
from tickets.sla.calendar import Calendar
from tickets.sla.clocks import Clock, ClockState, clocks
from tickets.sla.tiers import Promise, Promises

SHANGHAI = Calendar(timezone="Asia/Shanghai")
MONDAY = datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
TAKEN, PAUSED, RESUMED = events.Taken(owner="li"), events.Paused(waiting_for=Waiting.REPORTER), events.Resumed()


def read(log: list[Entry], minutes: float, name: ClockName = ClockName.FIX) -> Clock:
    found = {clock.name: clock for clock in at(log, minutes)}
    return found[name]


def at(log: list[Entry], minutes: float) -> tuple[Clock, ...]:
    return clocks(log, Promises(), SHANGHAI, log[0].at + timedelta(minutes=minutes))


def to_normal() -> events.UrgencyChanged:
    return events.UrgencyChanged(urgency=Urgency.NORMAL)


def to_urgent() -> events.UrgencyChanged:
    return events.UrgencyChanged(urgency=Urgency.URGENT)


@pytest.mark.parametrize(
    ("urgency", "promised"),
    [
        (Urgency.URGENT, {"response": 1800, "plan": 7200, "fix": 14_400}),
        (Urgency.IMPORTANT, {"response": 3600, "fix": 28_800}),
        (Urgency.NORMAL, {"response": 7200, "fix": 86_400}),
    ],
)
def test_each_urgency_has_the_promises_of_the_practice(urgency: Urgency, promised: dict[str, int]) -> None:
    assert {clock.name.value: clock.target for clock in at(log_of(MONDAY, (0, opened(urgency))), 1)} == promised


def test_a_new_ticket_s_clocks_run_towards_their_deadlines() -> None:
    response = read(log_of(MONDAY, (0, opened())), 10, ClockName.RESPONSE)
    assert (response.state, response.spent, response.running) == (ClockState.RUNNING, 600, True)
    assert response.deadline == MONDAY + timedelta(minutes=30)
    assert response.share == pytest.approx(1 / 3)


def test_the_deadline_of_what_is_not_urgent_is_in_working_hours() -> None:
    friday = MONDAY + timedelta(days=4, hours=7)  # 17:00
    assert read(log_of(friday, (0, opened(Urgency.IMPORTANT))), 1).deadline == friday + timedelta(days=2, hours=23)


def test_taking_is_the_response_and_stays_it() -> None:
    log = log_of(MONDAY, (0, opened()), (20, TAKEN), (60, events.Taken(owner="wang")))
    response = read(log, 500, ClockName.RESPONSE)
    assert (response.state, response.spent) == (ClockState.MET, 1200)
    assert response.met_at == MONDAY + timedelta(minutes=20)
    assert response.deadline is None


@pytest.mark.parametrize(
    ("actor", "internal", "answers"),
    [("li", False, True), ("li", True, False), (REPORTER, False, False), ("tenfold", False, False)],
)
def test_only_what_the_reporter_can_read_of_somebody_else_is_an_answer(
    *, actor: str, internal: bool, answers: bool
) -> None:
    comment = events.Commented(text="we look at it", internal=internal)
    log = log_of(MONDAY, (0, opened(), REPORTER), (5, comment, actor))
    assert (read(log, 10, ClockName.RESPONSE).met_at is not None) is answers


def test_what_comes_too_late_is_breached_all_the_same() -> None:
    response = read(log_of(MONDAY, (0, opened()), (31, TAKEN)), 60, ClockName.RESPONSE)
    assert (response.state, response.spent, response.running) == (ClockState.BREACHED, 1860, False)
    assert response.deadline == MONDAY + timedelta(minutes=30)
    assert response.met_at == MONDAY + timedelta(minutes=31)


def test_the_last_moment_is_in_time_and_the_same_moment_without_it_is_not() -> None:
    assert read(log_of(MONDAY, (0, opened()), (30, TAKEN)), 60, ClockName.RESPONSE).state is ClockState.MET
    assert read(log_of(MONDAY, (0, opened())), 30, ClockName.RESPONSE).state is ClockState.BREACHED


def test_pauses_do_not_count() -> None:
    log = log_of(MONDAY, (0, opened()), (10, TAKEN), (20, PAUSED), (200, RESUMED))
    assert read(log[:3], 100).state is ClockState.PAUSED
    assert (read(log[:3], 100).spent, read(log[:3], 100).deadline) == (1200, None)
    assert read(log, 210).spent == 1800
    assert read(log, 210).deadline == MONDAY + timedelta(minutes=240 + 180)


def test_a_plan_is_there_with_the_first_plan_or_with_the_solution() -> None:
    planned = log_of(MONDAY, (0, opened()), (10, TAKEN), (30, events.Planned(plan="p")), (90, events.Planned(plan="q")))
    assert read(planned, 100, ClockName.PLAN).met_at == MONDAY + timedelta(minutes=30)
    solved = log_of(MONDAY, (0, opened()), (10, TAKEN), (40, SOLVED))
    assert read(solved, 100, ClockName.PLAN).met_at == MONDAY + timedelta(minutes=40)


def test_a_ticket_that_solves_itself_leaves_no_clock_running() -> None:
    found = at(log_of(MONDAY, (0, opened()), (5, SOLVED, "alertmanager")), 1000)
    assert {clock.state for clock in found} == {ClockState.MET}


def test_a_reopened_ticket_goes_on_with_what_was_spent() -> None:
    log = log_of(MONDAY, (0, opened()), (10, TAKEN), (60, SOLVED), (500, events.Reopened()))
    fix = read(log, 530)
    assert (fix.state, fix.spent, fix.met_at) == (ClockState.RUNNING, 5400, None)
    assert read(log, 530, ClockName.RESPONSE).state is ClockState.MET
    assert read(log, 530, ClockName.PLAN).state is ClockState.MET


def test_another_urgency_keeps_pauses_and_counts_each_stretch_in_its_own_pace() -> None:
    evening = MONDAY + timedelta(hours=7, minutes=30)  # 17:30, half an hour before the end of the day
    log = log_of(
        evening, (0, opened(Urgency.NORMAL)), (10, TAKEN), (15, PAUSED), (25, RESUMED), (90, to_urgent()), (120, to_normal())
    )  # fmt: skip
    # 15 + 5 minutes until 18:00, none until 19:00, all 30 of the urgent stretch, none at night.
    fix = read(log, 400)
    assert (fix.spent, fix.target) == (50 * 60, 24 * 3600)
    assert read(log[:5], 119).target == 4 * 3600


def test_a_promise_that_was_kept_is_judged_by_what_was_promised_then() -> None:
    log = log_of(MONDAY, (0, opened(Urgency.NORMAL)), (90, TAKEN), (100, to_urgent()))
    response = read(log, 110, ClockName.RESPONSE)
    assert (response.state, response.target) == (ClockState.MET, 7200)


def test_more_urgent_may_be_too_late_at_once_and_less_urgent_in_time_again() -> None:
    log = log_of(MONDAY, (0, opened(Urgency.NORMAL)), (60, to_urgent()), (70, to_normal()))
    raised = read(log[:2], 65, ClockName.RESPONSE)
    assert (raised.state, raised.deadline) == (ClockState.BREACHED, MONDAY + timedelta(minutes=60))
    assert read(log, 75, ClockName.RESPONSE).state is ClockState.RUNNING


def test_a_plan_is_promised_for_urgent_tickets_alone() -> None:
    log = log_of(MONDAY, (0, opened(Urgency.NORMAL)), (10, to_urgent()))
    assert read(log, 20, ClockName.PLAN).spent == 1200
    assert ClockName.PLAN not in {clock.name for clock in at(log[:1], 20)}


def test_merging_stops_what_was_not_met() -> None:
    log = log_of(MONDAY, (0, opened()), (10, TAKEN), (20, events.MergedInto(ticket=3)))
    assert [clock.state for clock in at(log, 9999)] == [ClockState.MET, ClockState.STOPPED, ClockState.STOPPED]
    assert read(log, 9999).spent == 1200


def test_what_was_said_is_said_anew_only_where_it_no_longer_held() -> None:
    warned, breached = events.Warned(clock=ClockName.FIX), events.Breached(clock=ClockName.FIX)
    log = log_of(MONDAY, (0, opened()), (180, warned), (240, breached), (250, to_normal()))
    assert (read(log[:3], 245).warned, read(log[:3], 245).told) == (True, True)
    assert (read(log, 260).warned, read(log, 260).told) == (False, False)
    important = log_of(
        MONDAY, (0, opened(Urgency.IMPORTANT)), (360, warned), (480, breached), (485, to_urgent())
    )  # fmt: skip
    assert (read(important, 490).warned, read(important, 490).told) == (True, True)


def test_a_clock_of_working_hours_says_when_it_goes_on() -> None:
    log = log_of(MONDAY, (0, opened(Urgency.IMPORTANT)))
    evening, tuesday = MONDAY + timedelta(hours=8), MONDAY + timedelta(hours=23)
    assert read(log, 479.99).goes_on_at is None
    assert (read(log, 480).goes_on_at, read(log, 480).working_hours) == (tuesday, True)
    late = clocks(log, Promises(), SHANGHAI, evening + timedelta(hours=5))
    assert {clock.goes_on_at for clock in late} == {tuesday}, "also one that is over"
    (begun,) = [c for c in clocks(log, Promises(), SHANGHAI, tuesday) if c.name is ClockName.FIX]
    assert (begun.goes_on_at, begun.spent) == (None, read(log, 480).spent)
    for stopped in ((PAUSED,), (TAKEN, SOLVED)):
        still = log_of(MONDAY, (0, opened(Urgency.IMPORTANT)), *((10, each) for each in stopped))
        assert read(still, 600).goes_on_at is None
        assert read(still, 600).working_hours


def test_a_clock_that_was_met_tells_the_time_that_counted_then() -> None:
    log = log_of(MONDAY, (0, opened(Urgency.NORMAL)), (90, TAKEN), (100, to_urgent()))
    assert read(log, 900, ClockName.RESPONSE).working_hours
    fix = read(log, 900)
    assert (fix.working_hours, fix.goes_on_at) == (False, None), "day and night"


def test_a_log_without_an_opening_is_refused() -> None:
    for log in ([], log_of(MONDAY, (0, TAKEN))):
        with pytest.raises(ValueError, match="opening"):
            clocks(log, Promises(), SHANGHAI, MONDAY)


DAY_AND_A_HALF = 130_000
NIGHT = ((time(1), time(3)), (time(8, 30), time(12)), (time(13), time(17, 30)), (time(22), None))
CALENDARS = [
    (Calendar(timezone="Asia/Shanghai"), "2026-02-13"),  # a make-up Saturday, then the Spring Festival
    (Calendar(timezone="Asia/Shanghai"), "2026-09-30"),
    (Calendar(timezone="Europe/Berlin", hours=(NIGHT,) * 7), "2026-03-28"),
    (Calendar(timezone="Europe/Berlin", hours=(NIGHT,) * 7), "2026-10-24"),
    (Calendar(timezone="Australia/Lord_Howe", hours=(NIGHT,) * 7), "2026-04-04"),
]
SMALL = st.integers(1, 60_000).map(float)
PROMISES = st.builds(Promise, response=SMALL, plan=st.none() | SMALL, fix=SMALL, round_the_clock=st.booleans()).flatmap(
    lambda urgent: st.builds(
        Promises,
        urgent=st.just(urgent),
        important=st.builds(Promise, response=SMALL, plan=st.none() | SMALL, fix=SMALL, round_the_clock=st.booleans()),
        normal=st.builds(Promise, response=SMALL, fix=SMALL),
    )
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Calendar, list[Entry], datetime]:
    calendar, day = draw(st.sampled_from(CALENDARS))
    first = datetime.fromisoformat(day).replace(tzinfo=UTC)
    log = draw(logs(st.integers(0, 86_399).map(lambda second: first + timedelta(seconds=second)), DAY_AND_A_HALF))
    end = draw(st.integers(0, 60_000).map(lambda seconds: log[-1].at + timedelta(seconds=seconds)))
    return calendar, log, min(end, first + timedelta(days=4))


@settings(max_examples=120, deadline=None)
@given(cases(), PROMISES)
def test_the_clocks_equal_the_reference_to_the_second(
    case: tuple[Calendar, list[Entry], datetime], promises: Promises
) -> None:
    calendar, log, now = case
    first = midnight(log[0].at)
    log = [entry for entry in log if entry.at <= now]
    expected = walk(log, promises, calendar, now, first)
    found = {clock.name: clock for clock in clocks(log, promises, calendar, now)}
    assert set(found) == {name for name, reading in expected.items() if reading.target is not None}
    for name, clock in found.items():
        reading = expected[name]
        assert (clock.spent, clock.target, clock.met_at) == (reading.spent, reading.target, reading.met_at)
        late = reading.spent > clock.target if reading.met_at else reading.spent >= clock.target
        assert (clock.state is ClockState.BREACHED) is late
        if late:
            assert clock.deadline == reading.breached_at


@settings(max_examples=25, deadline=None)
@given(cases(), PROMISES)
def test_a_deadline_is_the_second_at_which_the_reference_breaches(
    case: tuple[Calendar, list[Entry], datetime], promises: Promises
) -> None:
    calendar, log, now = case
    first = midnight(log[0].at)
    log = [entry for entry in log if entry.at <= now]
    horizon = first + timedelta(days=4)
    later = walk(log, promises, calendar, horizon, first)
    for clock in clocks(log, promises, calendar, now):
        if clock.state is ClockState.RUNNING and clock.deadline is not None and clock.deadline <= horizon:
            assert later[clock.name].breached_at == clock.deadline
