"""What the outbox asks for is done at least once, and one task that takes long holds up no other."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.tickets.conftest import Clock
from tickets.desk import Desk
from tickets.store import outbox
from tickets.store.outbox import Task
from tickets.store.tables import OUTBOX
from tickets.tasks import MOST_ATTEMPTS, GiveUp, TryLater, Worker


def ask(desk: Desk, once: str, kind: str = "k") -> None:
    desk.store.writing(lambda connection: outbox.put(connection, kind=kind, once=once, at=desk.now(), data={}))


def row(desk: Desk, once: str) -> Any:
    with desk.store.read() as connection:
        return connection.execute(select(OUTBOX).where(OUTBOX.c.once == once)).one()


class Seen(list[str]):
    """A handler that keeps what it was given."""

    def __call__(self, _desk: Desk, task: Task) -> str:
        self.append(task.once)
        return "well"


def done(desk: Desk, handler: Callable[[Desk, Task], str]) -> None:
    worker = Worker({"k": handler})
    worker(desk)
    worker.finish()


def test_a_task_is_done_and_says_how(desk: Desk) -> None:
    ask(desk, "a")
    ask(desk, "a")
    seen = Seen()
    done(desk, seen)
    done(desk, seen)
    assert seen == ["a"]
    assert (row(desk, "a").state, row(desk, "a").detail) == ("done", "well")


@pytest.mark.parametrize(
    ("raised", "state", "detail"),
    [
        (TryLater("not now", 30.0), "pending", "not now"),
        (GiveUp("never"), "given_up", "never"),
        (ZeroDivisionError("oh"), "pending", "ZeroDivisionError: oh"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_fails_is_kept_with_its_reason(desk: Desk, raised: Exception, state: str, detail: str) -> None:
    ask(desk, "a")

    def fail(_desk: Desk, _task: Task) -> str:
        raise raised

    done(desk, fail)
    assert (row(desk, "a").state, row(desk, "a").detail, row(desk, "a").attempts) == (state, detail, 1)


def test_what_always_fails_is_given_up(desk: Desk, clock: Clock) -> None:
    ask(desk, "a")

    def fail(_desk: Desk, _task: Task) -> str:
        raise TryLater("not now")

    for _ in range(MOST_ATTEMPTS):
        done(desk, fail)
        clock.at += timedelta(hours=1)
    assert (row(desk, "a").state, row(desk, "a").attempts) == ("given_up", MOST_ATTEMPTS)


def test_a_task_of_a_process_that_died_is_done_by_another(desk: Desk, clock: Clock) -> None:
    ask(desk, "a")
    desk.store.writing(lambda connection: outbox.lease(connection, "gone", desk.now(), 120.0, 9))
    seen = Seen()
    done(desk, seen)
    assert seen == []
    clock.forward(seconds=121)
    done(desk, seen)
    assert seen == ["a"]


def test_one_that_takes_long_holds_up_no_other(desk: Desk) -> None:
    release, quick = threading.Event(), threading.Event()
    ask(desk, "slow", "slow")

    def slow(_desk: Desk, _task: Task) -> str:
        release.wait(20)
        return ""

    def fast(_desk: Desk, _task: Task) -> str:
        quick.set()
        return ""

    worker = Worker({"slow": slow, "k": fast}, hands=2)
    assert worker(desk) == 1
    ask(desk, "fast")
    assert worker(desk) == 1
    assert quick.wait(10), "it waited for the slow one"
    ask(desk, "later")
    deadline = time.monotonic() + 10
    while worker(desk) == 0:
        assert time.monotonic() < deadline
    release.set()
    worker.finish()
