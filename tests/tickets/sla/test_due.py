"""What has to be said is said at its moment, once, and an open ticket always has something to come."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.tickets.sla.logs import SOLVED, log_of, logs, opened
from tickets import events
from tickets.events import Entry, Event
from tickets.names import ClockName, Urgency, Waiting
from tickets.sla.calendar import Calendar
from tickets.sla.chain import Chain, Escalation, Step
from tickets.sla.due import Outlook, Rules, nobody_would_hear, outlook
from tickets.sla.rotation import Rotation
from tickets.sla.tiers import Promise, Promises
from tickets.ticket import replay

MONDAY = datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
RULES = Rules(calendar=Calendar(timezone="Asia/Shanghai"))
TAKEN = events.Taken(owner="li")


def look(log: list[Entry], minutes: float, rules: Rules = RULES) -> Outlook:
    return outlook(replay(1, log), log, rules, log[0].at + timedelta(minutes=minutes))


def run(log: list[Entry], until: datetime, rules: Rules) -> list[Entry]:
    """Lets a ticket lie, waking only when a timer rings: what the room writes."""
    log = list(log)
    now = log[-1].at
    while True:
        found = outlook(replay(1, log), log, rules, now)
        if found.now:
            log += [
                Entry(number=len(log) + n, at=now, actor="tenfold", event=event) for n, event in enumerate(found.now, 1)
            ]
        elif found.next is None or found.next.at > until:
            return log
        else:
            assert found.next.at > now
            now = found.next.at


def said(log: list[Entry]) -> list[tuple[float, str]]:
    """Minutes, and what the room said."""
    return [
        ((entry.at - log[0].at) / timedelta(minutes=1), _text(entry.event)) for entry in log if entry.actor == "tenfold"
    ]


def _text(event: Event) -> str:
    match event:
        case events.Warned(clock=clock) | events.Breached(clock=clock):
            return f"{event.kind} {clock.value}"
        case events.Escalated(step=step, to=to, reason=reason):
            return f"escalated {step} {to} {reason}"
        case _:
            raise AssertionError(event)


def test_the_night_of_an_urgent_ticket_that_nobody_takes() -> None:
    log = run(log_of(MONDAY, (0, opened())), MONDAY + timedelta(hours=6, minutes=1), RULES)
    assert said(log) == [
        (15, "escalated 1 role:lead response"),  # nobody is on call, so the leads are told
        (22.5, "warned response"),
        (30, "breached response"),
        (30, "escalated 2 role:lead response"),
        (90, "warned plan"),
        (120, "breached plan"),
        (120, "escalated 3 role:lead plan"),
        (180, "warned fix"),
        (180, "escalated 4 role:lead fix"),
        (240, "breached fix"),
        (240, "escalated 5 role:admin fix"),
        (300, "escalated 5 role:admin overdue"),
        (360, "escalated 5 role:admin overdue"),
    ]


def test_what_is_met_is_neither_warned_of_nor_escalated() -> None:
    log = log_of(MONDAY, (0, opened()), (5, TAKEN), (50, events.Planned(plan="p")))
    assert [text for _, text in said(run(log, MONDAY + timedelta(minutes=200), RULES))] == [
        "warned fix",
        "escalated 4 role:lead fix",
    ]


def test_the_one_on_call_is_told_by_name() -> None:
    rules = Rules(rotations=(Rotation(people=("wang",), area="payments"),))
    log = log_of(MONDAY, (0, opened(area="payments")))
    assert look(log, 15, rules).now == (events.Escalated(step=1, to="wang", reason="response"),)


def test_after_a_stop_of_hours_a_breach_is_told_and_the_warning_before_it_is_not() -> None:
    found = look(log_of(MONDAY, (0, opened()), (1, TAKEN), (2, events.Planned(plan="p"))), 300).now
    assert found[0] == events.Breached(clock=ClockName.FIX)
    assert [event.kind for event in found] == ["breached", "escalated", "escalated"]


def test_a_breach_that_was_met_before_anybody_looked_is_told_even_when_the_ticket_is_solved() -> None:
    found = look(log_of(MONDAY, (0, opened()), (31, TAKEN), (32, SOLVED)), 33)
    assert found == Outlook((events.Breached(clock=ClockName.RESPONSE),), None)


def test_a_solved_ticket_has_nothing_to_come() -> None:
    assert look(log_of(MONDAY, (0, opened()), (3, TAKEN), (32, SOLVED)), 33) == Outlook((), None)


def test_a_pause_is_not_forgotten() -> None:
    paused = (20, events.Paused(waiting_for=Waiting.THIRD_PARTY))
    log = log_of(MONDAY, (0, opened()), (10, TAKEN), paused)
    found = look(log, 30)
    assert (found.now, found.next.name if found.next else "") == ((), "remind")
    assert [text for _, text in said(run(log, MONDAY + timedelta(hours=9), RULES))] == ["escalated 0 li paused"] * 2


def test_where_nothing_is_promised_the_ticket_is_brought_up_again_all_the_same() -> None:
    nothing = Promises(normal=Promise(response=None, fix=None))
    log = log_of(MONDAY, (0, opened(Urgency.NORMAL)))
    found = look(log, 1, Rules(promises=nothing))
    assert found.now == ()
    assert found.next is not None
    assert found.next.name == "remind"


def test_storms_of_alerts_do_not_put_a_reminder_off() -> None:
    done: list[tuple[float, Event]] = [
        (300 + n, events.Fired(fingerprint="f", name="n", again=True)) for n in range(20)
    ]
    night = run(log_of(MONDAY, (0, opened())), MONDAY + timedelta(minutes=241), RULES)
    storm = night + [
        entry.model_copy(update={"number": len(night) + n})
        for n, entry in enumerate(log_of(MONDAY, *[(each[0] - 30, each[1], "alertmanager") for each in done]), 1)
    ]
    assert look(storm, 299).next == look(night, 299).next


def test_another_urgency_begins_its_own_chain() -> None:
    normal = run(log_of(MONDAY, (0, opened(Urgency.NORMAL))), MONDAY + timedelta(minutes=125), RULES)
    assert [text for _, text in said(normal)] == [
        "warned response",
        "breached response",
        "escalated 1 role:lead response",
    ]
    raised = Entry(
        number=len(normal) + 1, at=MONDAY + timedelta(minutes=126), actor="li",
        event=events.UrgencyChanged(urgency=Urgency.URGENT),
    )  # fmt: skip
    found = look([*normal, raised], 126).now
    assert [_text(event) for event in found] == [
        "breached plan",
        "escalated 1 role:lead response",
        "escalated 2 role:lead response",
        "escalated 3 role:lead plan",
    ]


def test_steps_in_seconds_count_on_the_clock_of_the_promise() -> None:
    friday = MONDAY + timedelta(days=4, hours=7, minutes=30)  # 17:30
    chain = Chain(steps=(Step(to="boss", clock=ClockName.FIX, seconds=3600),))
    rules = Rules(calendar=RULES.calendar, escalation=Escalation(normal=chain))
    log = run(log_of(friday, (0, opened(Urgency.NORMAL))), friday + timedelta(days=3), rules)
    minutes, text = said(log)[0]
    assert (minutes / 60, text) == (64, "escalated 1 boss fix")  # Monday 09:30


def test_somebody_hears_of_a_ticket_by_its_owner_or_by_its_chain() -> None:
    silent = Rules(escalation=Escalation(urgent=Chain()))
    alone = replay(1, log_of(MONDAY, (0, opened())))
    assert nobody_would_hear(alone, silent)
    assert not nobody_would_hear(alone, RULES)
    assert not nobody_would_hear(replay(1, log_of(MONDAY, (0, opened(owner="li")))), silent)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": "boss"}, "either"),
        ({"to": "boss", "share": 0.5, "seconds": 3.0}, "either"),
        ({"to": "boss", "share": -1.0}, "either"),
        ({"to": "", "share": 1.0}, "somebody"),
    ],
)
def test_what_is_no_step_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Step(**wrong)  # type: ignore[arg-type]  # that is the case


def test_a_chain_that_never_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="after a minute"):
        Chain(repeat=0)
    with pytest.raises(ValueError, match="at most 20"):
        Chain(steps=(Step(to="a", share=1.0),) * 21)
    with pytest.raises(ValueError, match="above 0"):
        Promise(response=0, fix=1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        Promises(warn_at=1.0)


MINUTES = st.integers(4, 900).map(lambda minutes: minutes * 60.0)
CHAINS = st.builds(
    Chain,
    steps=st.lists(
        st.builds(
            Step, to=st.just("boss"), clock=st.sampled_from(ClockName), share=st.sampled_from([0.25, 0.5, 1.0, 1.5])
        ),
        max_size=4,
    ).map(tuple),
    repeat=st.just(36_000.0),
    repeat_paused=st.just(72_000.0),
)
BERLIN = Calendar(timezone="Europe/Berlin", country="DE", workdays=frozenset({date(2026, 3, 29), date(2026, 10, 25)}))


@settings(max_examples=25, deadline=None)
@given(
    logs(st.sampled_from(["2026-03-27", "2026-10-24"]).map(lambda day: datetime.fromisoformat(f"{day}T08:00+00:00")), 50_000),
    st.builds(
        Promises,
        urgent=st.builds(Promise, response=MINUTES, plan=MINUTES, fix=MINUTES, round_the_clock=st.just(value=True)),
        important=st.builds(Promise, response=MINUTES, fix=MINUTES),
        normal=st.builds(Promise, response=MINUTES, fix=MINUTES),
    ),
    CHAINS,
)  # fmt: skip
def test_whoever_wakes_for_the_timers_alone_misses_nothing_that_one_who_looks_each_minute_sees(
    log: list[Entry], promises: Promises, chain: Chain
) -> None:
    # Whole minutes, so that each threshold lies on one.
    log = [entry.model_copy(update={"at": entry.at.replace(second=0)}) for entry in log]
    assume(replay(1, log).is_open)
    rules = Rules(
        promises=promises, calendar=BERLIN, escalation=Escalation(urgent=chain, important=chain, normal=chain)
    )
    end = log[-1].at + timedelta(hours=20)
    woken = run(log, end, rules)
    patient, now = list(log), log[-1].at
    while now <= end:
        found = outlook(replay(1, patient), patient, rules, now)
        patient += [
            Entry(number=len(patient) + n, at=now, actor="tenfold", event=event) for n, event in enumerate(found.now, 1)
        ]
        now += timedelta(minutes=1)
    per_minute = [(entry.at, entry.event) for entry in patient if entry.actor == "tenfold"]
    rounded = [(_minute(entry.at), entry.event) for entry in woken if entry.actor == "tenfold"]
    assert sorted(rounded, key=repr) == sorted(((at, event) for at, event in per_minute if at <= end), key=repr)


def _minute(moment: datetime) -> datetime:
    """The next whole one: a quarter of a promise may end within a minute."""
    full = moment.replace(second=0, microsecond=0)
    return full if full == moment else full + timedelta(minutes=1)
