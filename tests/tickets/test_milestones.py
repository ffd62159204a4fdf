"""Promises kept and broken, as they are counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tickets.milestones import answered, decided
from tickets.names import ClockName

BEGIN = datetime(2026, 11, 10, 16, 3, tzinfo=UTC)
ALL = frozenset(ClockName)


@dataclass(frozen=True)
class Line:
    kind: str
    after: float
    actor: str = "li"
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return BEGIN + timedelta(seconds=self.after)


def results(*lines: Line, promised: frozenset[ClockName] = ALL) -> list[tuple[str, str, float]]:
    log = [Line("opened", 0, "alertmanager"), *lines]
    return [(each.clock.value, each.result, each.seconds) for each in decided(log, "wang", promised)]


def broken(clock: str, after: float) -> Line:
    return Line("breached", after, "tenfold", {"clock": clock})


def test_each_promise_is_kept_by_what_was_promised() -> None:
    assert results(Line("taken", 60), Line("planned", 600), Line("resolved", 3000)) == [
        ("response", "kept", 60), ("plan", "kept", 600), ("fix", "kept", 3000),
    ]  # fmt: skip


def test_a_solution_meets_every_promise() -> None:
    assert {each[0] for each in results(Line("taken", 60), Line("resolved", 90))} == {"response", "plan", "fix"}


def test_what_was_broken_is_not_kept_later() -> None:
    assert results(broken("response", 1800), Line("taken", 2000), promised=frozenset({ClockName.RESPONSE})) == [
        ("response", "broken", 1800)
    ]


def test_a_promise_that_a_tier_does_not_have_is_not_counted() -> None:
    assert results(Line("planned", 60), promised=frozenset({ClockName.FIX})) == []


def test_a_reopened_ticket_can_break_what_it_had_kept() -> None:
    found = results(Line("resolved", 60), broken("fix", 9000), Line("resolved", 9500))
    assert [each for each in found if each[0] == "fix"] == [("fix", "kept", 60), ("fix", "broken", 9000)]


def test_a_comment_of_somebody_else_is_a_response() -> None:
    own, machine = Line("commented", 5, "wang"), Line("commented", 6, "tenfold")
    inside = Line("commented", 7, "li", {"internal": True})
    assert results(own, machine, inside) == []
    assert results(own, Line("commented", 8)) == [("response", "kept", 8)]


def test_an_answer_that_came_too_late_is_one_all_the_same() -> None:
    log = [Line("opened", 0), broken("response", 1800), Line("taken", 2000)]
    assert answered(log, None, ClockName.RESPONSE) == (log[2].at, 2000)
    assert answered(log, None, ClockName.FIX) is None
