"""It is always somebody's turn, and exactly one person's."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.sla.rotation import Override, Rotation, of_area, on_call

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKLY = Rotation(people=("li", "wang", "zhao"), timezone="Asia/Shanghai")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "person"),
    [
        ("2026-01-05 09:00", "li"),
        ("2026-01-12 08:59:59", "li"),
        ("2026-01-12 09:00", "wang"),
        ("2026-01-25 23:00", "zhao"),
        ("2026-01-26 09:00", "li"),
        ("2026-01-05 08:59", "zhao"),  # the weeks before it are told by the same rule
    ],
)
def test_turns_change_on_the_weekday_at_the_time_of_handover(moment: str, person: str) -> None:
    assert on_call(WEEKLY, at(moment)) == person
    assert on_call(WEEKLY, at(moment).astimezone(UTC)) == person


def test_turns_of_a_day() -> None:
    daily = Rotation(
        people=("li", "wang"), days=1, starts=date(2026, 3, 1), handover=time(18), timezone="Asia/Shanghai"
    )
    turns = [on_call(daily, at(f"2026-03-0{day} 19:00")) for day in range(1, 5)]
    assert turns == ["li", "wang", "li", "wang"]
    assert on_call(daily, at("2026-03-02 17:59")) == "li"


def test_an_override_counts_from_its_beginning_to_before_its_end_and_the_last_one_wins() -> None:
    sick = Override(person="zhao", starts=at("2026-01-06 00:00"), ends=at("2026-01-07 00:00"))
    later = Override(person="wang", starts=at("2026-01-06 12:00"), ends=at("2026-01-06 13:00"))
    rotation = Rotation(people=("li", "wang"), timezone="Asia/Shanghai", overrides=(sick, later))
    moments = ["01-05 23:59:59", "01-06 00:00", "01-06 12:00", "01-06 13:00", "01-07 00:00"]
    people = [on_call(rotation, at(f"2026-{moment}")) for moment in moments]
    assert people == ["li", "zhao", "wang", "zhao", "li"]


def test_an_hour_that_is_repeated_does_not_give_the_turn_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    rotation = Rotation(
        people=("li", "wang"), days=1, starts=date(2026, 10, 24), handover=time(2, 30), timezone="Europe/Berlin"
    )
    start = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 02:00 the first time
    turns = [on_call(rotation, (start + timedelta(minutes=10 * n)).astimezone(berlin)) for n in range(18)]
    assert turns == ["li"] * 3 + ["wang"] * 15


@given(
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo"]),
    st.integers(1, 9),
    st.times().map(lambda moment: moment.replace(microsecond=0)),
    st.integers(1_420_000_000, 1_890_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
)
def test_one_s_turn_follows_the_other_s(zone: str, days: int, handover: time, moment: datetime) -> None:
    people = tuple("abcdefg")
    rotation = Rotation(people=people, days=days, handover=handover, timezone=zone)
    # A turn after, on the same wall clock: an hour of change lies within the margin.
    later = moment + timedelta(days=days)
    turns = [people.index(on_call(rotation, later + timedelta(hours=n))) for n in (-1, 0, 1)]
    before = [people.index(on_call(rotation, moment + timedelta(hours=n))) for n in (-1, 0, 1)]
    assert {(turn + 1) % len(people) for turn in before} & set(turns)


def test_an_area_has_its_own_rotation_or_the_one_for_all() -> None:
    payments = Rotation(people=("li",), area="payments")
    everybody = Rotation(people=("wang",))
    assert of_area((everybody, payments), "payments") is payments
    assert of_area((everybody, payments), "search") is everybody
    assert of_area((payments,), "search") is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"people": ()}, "needs people"),
        ({"people": ("li", "")}, "needs people"),
        ({"people": ("li",), "days": 0}, "a day at least"),
        ({"people": ("li",), "timezone": "Nowhere"}, "no time zone"),
    ],
)
def test_what_is_no_rotation_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Rotation(**wrong)  # type: ignore[arg-type]  # that is the case


def test_what_is_no_override_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Override(person="li", starts=at("2026-01-02 00:00"), ends=at("2026-01-01 00:00"))
    with pytest.raises(ValueError, match="time zone"):
        Override(person="li", starts=datetime(2026, 1, 1), ends=datetime(2026, 1, 2))  # noqa: DTZ001  (that is the case)
