"""The figures of a month, by hand-made tickets and from both stores."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from pages.tickets.records import Clock
from tests.tickets.afterwards.telling import happens, moves, opened, solved
from tests.tickets.conftest import Clock as Hand
from tickets import events, lifecycle
from tickets.afterwards.figures import for_page
from tickets.afterwards.months import month, months
from tickets.desk import Desk
from tickets.events import Entry
from tickets.names import Cause, ClockName, Urgency


def clocks(desk: Desk, log: Sequence[Entry]) -> list[Clock]:
    """A promise of a minute to take a ticket and of an hour to solve it."""
    begin = log[0].at
    found = []
    for name, kind, target in ((ClockName.RESPONSE, events.Taken, 60.0), (ClockName.FIX, events.Resolved, 3600.0)):
        met = next((each.at for each in log if isinstance(each.event, kind)), None)
        spent = ((met or desk.now()) - begin).total_seconds()
        found.append(
            Clock(name=name, state="running" if met is None else "met", spent=spent, target=target, met_at=met)
        )
    return found


def ticket(desk: Desk, clock: Hand, take: float, solve: float, **fields: Any) -> int:
    it = opened(desk, str(fields.pop("title", "x")), **fields)
    clock.forward(seconds=take)
    it = moves(desk, it, lambda now: lifecycle.take(now, "li"))
    clock.forward(seconds=solve - take)
    return moves(desk, it, lambda now: lifecycle.resolve(now, "s", "s", "c", Cause.DATA)).number


def test_a_month_by_tier(desk: Desk, clock: Hand) -> None:
    for take, solve in ((10, 100), (30, 200), (90, 4000)):
        ticket(desk, clock, take, solve)
    ticket(desk, clock, 20, 40, urgency=Urgency.NORMAL, area="payments")
    opened(desk, "open still", urgency=Urgency.NORMAL)
    found = month(desk, 2026, 11, clocks)
    urgent, important, normal = found.tiers
    assert (urgent.opened, urgent.resolved) == (3, 3)
    response, fix = urgent.promises[ClockName.RESPONSE], urgent.promises[ClockName.FIX]
    assert (response.median, response.ninth, response.kept, response.broken) == (30, 90, 2, 1)
    assert (fix.median, fix.ninth, fix.kept, fix.broken) == (200, 4000, 2, 1)
    assert response.kept_share == pytest.approx(2 / 3)
    assert (important.opened, important.promises) == (0, {})
    assert (normal.opened, normal.resolved) == (2, 1)
    assert (normal.promises[ClockName.FIX].kept, normal.promises[ClockName.FIX].broken) == (1, 0)
    assert dict(found.causes) == {"data": 4}
    assert dict(found.areas) == {"": 4, "payments": 1}


def test_a_month_begins_at_midnight_where_the_mall_is(desk: Desk, clock: Hand) -> None:
    for moment in (
        datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC), datetime(2026, 10, 31, 16, 0, tzinfo=UTC),
        datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC), datetime(2026, 11, 30, 16, 0, tzinfo=UTC),
    ):  # fmt: skip
        clock.at = moment
        opened(desk, "x")
    assert [month(desk, 2026, number, clocks).tiers[0].opened for number in (10, 11, 12)] == [1, 2, 1]
    assert [each.name for each in months(desk, 12, clocks)] == ["2026-12", "2026-11", "2026-10"]
    assert [each.name for each in months(desk, 2, clocks)] == ["2026-12", "2026-11"]


def test_without_tickets_there_are_no_months(desk: Desk) -> None:
    assert months(desk, 12, clocks) == []


def test_ratings_repeats_and_escalations(desk: Desk, clock: Hand) -> None:
    first = ticket(desk, clock, 1, 2, key="pay", title="支付失败")
    second = ticket(desk, clock, 1, 2, key="pay", title="支付又失败", previous=first)
    once = solved(desk, "once", "s")
    twice = solved(desk, "twice", "s")
    rated = moves(desk, once, lambda now: lifecycle.rate(now, 5, 4, 3))
    moves(desk, rated, lambda now: lifecycle.reopen(now, "again"))
    happens(desk, twice, events.Escalated(step=1, to="lead"))
    found = month(desk, 2026, 11, clocks)
    assert (found.ratings, dict(found.rating)) == (1, {"attitude": 5, "speed": 4, "result": 3})
    assert [(each.title, each.times, each.tickets) for each in found.repeats] == [
        ("支付又失败", 2, (first, second)), ("once", 2, (once.number,)),
    ]  # fmt: skip
    assert (found.reopened, found.escalated) == (1, 1)


def test_what_was_merged_into_another_is_counted_as_merged_and_as_nothing_else(desk: Desk) -> None:
    one, other = opened(desk, "one"), opened(desk, "other")
    happens(desk, one, events.MergedInto(ticket=other.number))
    third = solved(desk, "solved", "s")
    urgent = month(desk, 2026, 11, clocks).tiers[0]
    assert (urgent.opened, urgent.resolved, urgent.open, urgent.merged) == (3, 1, 1, 1)
    assert third.urgency is urgent.urgency
    assert urgent.promises[ClockName.FIX].kept + urgent.promises[ClockName.FIX].broken == 1
    shown = for_page(month(desk, 2026, 11, clocks)).tiers[0]
    assert (shown.opened, shown.resolved, shown.open, shown.merged) == (3, 1, 1, 1)


def test_the_page_gets_medians_and_the_share_of_all_promises(desk: Desk, clock: Hand) -> None:
    ticket(desk, clock, 10, 100)
    ticket(desk, clock, 90, 200)
    page = for_page(month(desk, 2026, 11, clocks))
    urgent = page.tiers[0]
    assert (page.name, urgent.response, urgent.plan, urgent.fix, urgent.kept) == ("2026-11", 50, None, 150, 0.75)
    assert (page.tiers[1].kept, page.attitude, page.ratings) == (None, None, 0)
