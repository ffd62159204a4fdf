"""Group commit: what comes together is written together, and a store that is away is not waited for sixty times."""

import json
import threading
from concurrent.futures import Future
from typing import Any

import pytest

from facts.message import msg
from tests.tickets.intake.sending import alert, is_balanced, numbers, webhook
from tickets.desk import Desk
from tickets.intake import taking_in, writer
from tickets.intake.post import Post, read
from tickets.intake.taking_in import Receipt
from tickets.intake.writer import Overloaded, Writer
from tickets.routing import Routing
from tickets.store.opening import Raced, StoreUnavailable


def _post(number: int) -> Post:
    return read("alertmanager", "", json.dumps(webhook(alert(f"f{number}"), key=f"k{number}")).encode(), Routing())


class _Held:
    """Takes nothing in until it is let go, and remembers how many posts each transaction had."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.entered = threading.Event(), threading.Event()
        self.sizes: list[int] = []
        take_in = taking_in.take_in

        def held(connection: Any, desk: Desk, posts: list[Post]) -> list[Receipt]:
            self.entered.set()
            assert self.go.wait(30)
            self.sizes.append(len(posts))
            return take_in(connection, desk, posts)

        monkeypatch.setattr(writer, "take_in", held)


def test_what_waits_is_written_in_one_transaction(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    held = _Held(monkeypatch)
    writing = Writer(desk)
    answers = [writing.submit(_post(0))]
    assert held.entered.wait(30)
    answers += [writing.submit(_post(number)) for number in range(1, 41)]
    assert not any(each.done() for each in answers), "nobody is answered before the commit"
    held.go.set()
    assert len({each.result(60).post for each in answers}) == 41
    assert held.sizes == [1, 40]
    assert len(numbers(desk)) == 41
    assert is_balanced(desk)


def test_who_has_gone_away_is_not_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    held = _Held(monkeypatch)
    writing = Writer(desk)
    first = writing.submit(_post(0))
    assert held.entered.wait(30)
    gone, stays = writing.submit(_post(1)), writing.submit(_post(2))
    assert gone.cancel()
    held.go.set()
    first.result(60)
    stays.result(60)
    assert held.sizes == [1, 1]
    assert len(numbers(desk)) == 2


def test_a_full_queue_refuses_and_recovers(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "POSTS_WAITING", 2)
    held = _Held(monkeypatch)
    writing = Writer(desk)
    answers = [writing.submit(_post(0))]
    assert held.entered.wait(30)
    answers += [writing.submit(_post(number)) for number in (1, 2)]
    with pytest.raises(Overloaded):
        writing.submit(_post(3))
    held.go.set()
    for each in answers:
        each.result(60)
    writing.submit(_post(3)).result(60)
    assert len(numbers(desk)) == 4


def test_a_store_that_is_away_is_asked_a_few_times_and_everybody_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def down(_connection: object, _desk: Desk, posts: list[Post]) -> list[Receipt]:
        asked.append(len(posts))
        raise StoreUnavailable(msg("The connection to the ticket store was lost."))

    monkeypatch.setattr(writer, "take_in", down)
    writing = Writer(desk)
    answers: list[Future[Receipt]] = [Future() for _ in range(20)]
    writing._write([writer._Waiting(_post(number), answer) for number, answer in enumerate(answers)])
    assert all(isinstance(each.exception(0), StoreUnavailable) for each in answers)
    assert asked == [20, 1, 1]


def test_a_race_that_is_lost_is_run_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in, times = taking_in.take_in, []

    def raced(connection: Any, desk: Desk, posts: list[Post]) -> list[Receipt]:
        times.append(len(posts))
        receipts = take_in(connection, desk, posts)
        if len(times) < 3:
            raise Raced
        return receipts

    monkeypatch.setattr(writer, "take_in", raced)
    answers: list[Future[Receipt]] = [Future() for _ in range(3)]
    Writer(desk)._write([writer._Waiting(_post(number), answer) for number, answer in enumerate(answers)])
    assert all(each.result(0).tickets for each in answers)
    assert times == [3, 1, 1, 1, 1]
    assert len(numbers(desk)) == 3
    assert is_balanced(desk)


def test_the_thread_ends_when_nothing_comes_and_begins_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "IDLE_SECONDS", 0.05)
    writing = Writer(desk)
    for number in range(3):
        writing.submit(_post(number)).result(60)
        for thread in threading.enumerate():
            if thread.name == "tickets-intake":
                thread.join(30)
        assert not writing._runs
    assert len(numbers(desk)) == 3
