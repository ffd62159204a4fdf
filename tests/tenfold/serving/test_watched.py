"""A watched target's thread: one reading at a time, in time, and never held up by another."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from collectors.runner import CollectorError
from collectors.serving.metric import Part, Sample, gauge
from facts.message import verbatim
from tenfold.serving import watched as watching
from tenfold.serving.breaker import LONGEST_PAUSE_SECONDS, PATIENCE, Breaker
from tenfold.serving.watched import Flight, Watched, _within

FIGURE = gauge("tenfold_figure", "A figure.")
LABELLED = gauge("tenfold_labelled", "A figure.", "name")


@dataclass
class Source:
    """A connection that does as it is told."""

    behave: Callable[[], object] = lambda: None
    stands: bool = True
    opened: int = 0
    closed: bool = False
    deadlines: list[float] = field(default_factory=list)

    def ready(self, deadline: float) -> str:
        self.opened += 1
        self.deadlines.append(deadline)
        self.behave()
        return "handle"

    def understand(self, error: Exception) -> CollectorError | None:
        return CollectorError(verbatim(str(error)))

    def close(self) -> None:
        self.closed = True


def part(name: str, read: Callable[[object], Iterable[Sample]], *, every: float = 0.0, series: int = 10) -> Part:
    return Part(name=name, metrics=(FIGURE,), begin=lambda: read, every=every, series=series)


def figure(_: object) -> tuple[Sample, ...]:
    return (FIGURE.sample(1.0),)


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


def landed(watched: Watched, seconds: float = 5.0) -> Flight:
    flight = watched.ask(soon(seconds))
    flight.ended.result(timeout=seconds)
    return flight


def test_a_reading_is_shown() -> None:
    watched = Watched("shop", "redis", Source(), [part("a", figure)])
    view = watched.view(landed(watched))
    assert view.up
    assert [sample.value for sample in view.kept["a"].samples] == [1.0]
    watched.stop()


def test_all_who_ask_at_once_wait_for_the_same_reading() -> None:
    gate = threading.Event()
    source = Source(behave=lambda: gate.wait(5))
    watched = Watched("shop", "redis", source, [part("a", figure)])
    flights = {id(watched.ask(soon())) for _ in range(50)}
    gate.set()
    assert len(flights) == 1
    watched.ask(soon()).ended.result(timeout=5)
    assert source.opened <= 2
    watched.stop()


def test_a_target_that_holds_up_its_thread_is_down_and_comes_back() -> None:
    gate = threading.Event()
    watched = Watched("shop", "redis", Source(behave=lambda: gate.wait(10)), [part("a", figure)])
    stuck = watched.ask(soon(0.05))
    time.sleep(0.1)
    view = watched.view(stuck)
    assert not view.up
    assert view.kept == {}
    assert watched.ask(soon(0.05)) is stuck, "nobody piles up behind it"
    gate.set()
    stuck.ended.result(timeout=5)
    assert watched.view(landed(watched)).up
    watched.stop()


def test_a_collector_that_fails_costs_no_other_its_result() -> None:
    def broken(_: object) -> tuple[Sample, ...]:
        raise ValueError("no")

    watched = Watched("shop", "redis", Source(), [part("a", figure), part("b", broken), part("c", figure)])
    view = watched.view(landed(watched))
    assert view.up
    assert {name: kept.success for name, kept in view.kept.items()} == {"a": True, "b": False, "c": True}
    watched.stop()


def test_the_first_collector_tells_whether_it_is_up() -> None:
    def broken(_: object) -> tuple[Sample, ...]:
        raise ValueError("gone")

    watched = Watched("shop", "redis", Source(), [part("a", broken), part("b", figure)])
    view = watched.view(landed(watched))
    assert not view.up
    assert str(view.failing) == "gone"
    watched.stop()


def test_a_connection_that_is_lost_in_the_middle_ends_the_reading() -> None:
    source = Source()

    def losing(_: object) -> tuple[Sample, ...]:
        source.stands = False
        raise ConnectionError

    watched = Watched("shop", "redis", source, [part("a", figure), part("b", losing), part("c", figure)])
    view = watched.view(landed(watched))
    assert set(view.kept) == {"a", "b"}
    watched.stop()


def test_slow_facts_are_read_when_they_are_due_and_nobody_waits_for_them() -> None:
    read: list[float] = []

    def slow(_: object) -> tuple[Sample, ...]:
        time.sleep(0.2)
        read.append(time.monotonic())
        return (FIGURE.sample(2.0),)

    watched = Watched("shop", "redis", Source(), [part("a", figure), part("slow", slow, every=60)])
    started = time.monotonic()
    first = landed(watched)
    assert time.monotonic() - started < 0.2
    assert set(watched.view(first).kept) == {"a"}
    assert set(watched.view(landed(watched)).kept) == {"a", "slow"}
    landed(watched)
    assert len(read) == 1
    watched.stop()


def test_what_was_read_at_an_earlier_scrape_is_not_shown_again() -> None:
    working = [True]

    def sometimes() -> None:
        if not working[0]:
            raise ConnectionError("gone")

    watched = Watched("shop", "redis", Source(behave=sometimes), [part("a", figure)])
    landed(watched)
    working[0] = False
    view = watched.view(landed(watched))
    assert not view.up
    assert view.kept == {}
    assert str(view.failing) == "gone"
    watched.stop()


def test_a_server_in_trouble_is_left_alone_and_asked_again() -> None:
    def refuse() -> None:
        raise ConnectionError("refused")

    source = Source(behave=refuse)
    watched = Watched("shop", "redis", source, [part("a", figure)])
    for _ in range(PATIENCE + 5):
        landed(watched)
    assert source.opened == PATIENCE
    assert str(watched.view(landed(watched)).failing) == "refused", "the reason stays"
    watched.stop()


def test_the_breaker_waits_longer_and_longer_up_to_a_minute() -> None:
    breaker = Breaker()
    now, pauses = 0.0, []
    for _ in range(8):
        breaker.failed(now)
        asked = now
        while not breaker.allows(now):
            now += 1.0
        pauses.append(now - asked)
    assert pauses == [0, 0, 10, 20, 40, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]
    breaker.succeeded()
    assert breaker.allows(now)


def test_stopping_gives_the_connection_back() -> None:
    source = Source()
    watched = Watched("shop", "redis", source, [part("a", figure)])
    landed(watched)
    watched.stop()
    assert source.closed


@pytest.mark.parametrize(("budget", "kept"), [(3, 3), (2, 2), (10, 3)])
def test_a_collectors_budget_is_kept(budget: int, kept: int) -> None:
    found = tuple(LABELLED.sample(1.0, name) for name in ("a", "b", "b", "c"))
    assert len(_within(found, budget)) == kept


def test_a_label_is_cut_to_a_bearable_length() -> None:
    (sample,) = _within((LABELLED.sample(1.0, "x" * 10**6),), 5)
    assert len(sample.labels[0]) == 200


def test_a_figure_that_takes_too_long_is_no_database_that_is_down() -> None:
    gate = threading.Event()

    def slow(_: object) -> tuple[Sample, ...]:
        gate.wait(10)
        return figure(_)

    watched = Watched("shop", "postgres", Source(), [part("server", figure), part("mall_slow", slow)])
    flight = watched.ask(soon(0.2))
    time.sleep(0.3)
    view = watched.view(flight)
    assert view.up, "the server answered; one of the mall's own statements did not"
    assert set(view.kept) == {"server"}
    gate.set()
    flight.ended.result(timeout=5)
    watched.stop()


def test_what_holds_up_the_others_and_fails_is_left_alone_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_HOLDS_UP_SECONDS", 0.05)
    asked: list[str] = []

    def slow(_: object) -> tuple[Sample, ...]:
        asked.append("slow")
        time.sleep(0.1)
        raise ConnectionError("took too long")

    watched = Watched(
        "shop", "postgres", Source(), [part("server", figure), part("mall_slow", slow), part("b", figure)]
    )
    landed(watched)
    view = watched.view(landed(watched))
    assert asked == ["slow"]
    assert view.up
    assert view.kept["b"].success
    assert not view.kept["mall_slow"].success, "it is told, with its reason, as long as it rests"
    assert str(view.kept["mall_slow"].detail) == "took too long"
    monkeypatch.setattr(watching, "_REST_SECONDS", 0.0)
    watched._resting.clear()
    landed(watched)
    assert asked == ["slow", "slow"]
    watched.stop()
