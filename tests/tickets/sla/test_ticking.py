"""What is due is written once, at its time, on both databases, whoever races and whatever was down."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.tickets.conftest import Clock
from tests.tickets.opened import kinds
from tests.tickets.sla.filing import file_ticket, in_shanghai, timer
from tests.tickets.sla.logs import opened
from tickets import lifecycle
from tickets.changing import change
from tickets.desk import Desk
from tickets.names import Urgency, Waiting
from tickets.sla import ticking
from tickets.sla.rotation import Rotation
from tickets.sla.ticking import tick
from tickets.store.opening import open_store
from tickets.store.tables import EVENTS

ROOT = Path(__file__).parents[3]


def test_a_new_ticket_knows_what_comes_next(desk: Desk) -> None:
    assert timer(desk, file_ticket(desk).number) == ("escalate:1", 15)


def test_each_move_computes_it_anew(desk: Desk, clock: Clock) -> None:
    desk = in_shanghai(desk)
    number = file_ticket(desk).number
    clock.forward(minutes=5)
    change(desk, number, "li", lambda ticket: lifecycle.take(ticket, "li"))
    assert timer(desk, number) == ("warn:plan", 85)
    change(desk, number, "li", lambda ticket: lifecycle.pause(ticket, Waiting.REPORTER))
    assert timer(desk, number) == ("remind", 240)
    clock.forward(minutes=60)
    change(desk, number, "li", lifecycle.resume)
    assert timer(desk, number) == ("warn:plan", 85)
    change(desk, number, "li", lambda ticket: lifecycle.change_urgency(ticket, Urgency.NORMAL))
    assert timer(desk, number)[0] == "warn:fix"
    change(desk, number, "li", lambda ticket: lifecycle.resolve(ticket, "s", "s", "c"))
    assert timer(desk, number) == (None, None)
    change(desk, number, "buyer", lifecycle.reopen)
    assert timer(desk, number)[0] == "warn:fix"


def test_a_tick_writes_what_is_due_and_nothing_twice(desk: Desk, clock: Clock) -> None:
    number = file_ticket(desk).number
    assert tick(desk) == 0
    clock.forward(minutes=15)
    assert [tick(desk), tick(desk)] == [1, 0]
    clock.forward(minutes=7, seconds=29)
    assert tick(desk) == 0
    clock.forward(seconds=1)
    assert tick(desk) == 1
    clock.forward(minutes=7, seconds=30)
    assert tick(desk) == 2
    assert kinds(desk, number) == ["opened", "escalated", "warned", "breached", "escalated"]
    assert timer(desk, number) == ("warn:plan", 60)


def test_a_breach_that_nobody_could_write_in_time_is_written_of_a_solved_ticket_too(desk: Desk, clock: Clock) -> None:
    number = file_ticket(desk).number
    clock.forward(minutes=31)
    change(desk, number, "li", lambda ticket: lifecycle.take(ticket, "li"))
    change(desk, number, "li", lambda ticket: lifecycle.resolve(ticket, "s", "s", "c"))
    assert tick(desk) == 1
    assert kinds(desk, number)[-2:] == ["resolved", "breached"]
    assert (tick(desk), timer(desk, number)) == (0, (None, None))


PROCESS = """
import sys
from datetime import datetime
from tickets.desk import Desk
from tickets.sla.ticking import tick
from tickets.store.opening import open_store
store = open_store(sys.argv[1])
now = datetime.fromisoformat(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
print(sum(tick(Desk(store=store, now=lambda: now)) for _ in range(3)))
store.close()
"""


def test_three_processes_at_once_write_each_line_once(desk: Desk, clock: Clock, store_url: str) -> None:
    numbers = [file_ticket(desk).number for _ in range(40)]
    clock.forward(minutes=31)
    command = [sys.executable, "-c", PROCESS, store_url, clock().isoformat()]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda process: process.communicate("go\n", timeout=60)[0], processes))
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sum(map(int, answers)) == 3 * len(numbers)
    expected = ["opened", "breached", "escalated", "escalated"]
    assert {tuple(kinds(desk, number)) for number in numbers} == {tuple(expected)}


def test_a_person_who_is_faster_is_seen_by_the_tick(desk: Desk, clock: Clock, store_url: str) -> None:
    """Somebody takes tickets while they are being rung: no line is lost, and none is written twice."""
    numbers = [file_ticket(desk).number for _ in range(30)]
    clock.forward(minutes=15)
    other = open_store(store_url)
    other_desk = Desk(store=other, now=clock)
    with ThreadPoolExecutor(2) as pool:
        rung = pool.submit(lambda: sum(tick(desk) for _ in range(5)))
        for number in reversed(numbers):
            change(other_desk, number, "li", lambda ticket: lifecycle.take(ticket, "li"))
        rung.result(60)
    other.close()
    seen = {tuple(kinds(desk, number)) for number in numbers}
    assert seen <= {("opened", "taken"), ("opened", "escalated", "taken")}
    assert {timer(desk, number)[0] for number in numbers} == {"warn:plan"}


def test_one_ticket_that_cannot_be_read_holds_up_no_other(
    desk: Desk, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    broken, whole = file_ticket(desk).number, file_ticket(desk).number
    with desk.store.write() as connection:
        connection.execute(update(EVENTS).where(EVENTS.c.ticket == broken).values(kind="of a later version"))
    clock.forward(minutes=15)
    assert tick(desk) == 1
    assert kinds(desk, whole) == ["opened", "escalated"]
    assert f"ticket {broken}" in caplog.text
    assert timer(desk, broken)[1] == 1
    assert tick(desk) == 0


def test_a_new_ticket_goes_to_the_one_on_call_for_its_area(desk: Desk, clock: Clock) -> None:
    payments = Rotation(people=("li", "wang"), area="payments", days=1, starts=clock().date(), timezone="Asia/Shanghai")
    desk = in_shanghai(desk, rotations=(payments, Rotation(people=("zhao",))))
    number = file_ticket(desk, opened(area="payments")).number
    assert kinds(desk, number) == ["opened", "assigned"]
    assert file_ticket(desk, opened(area="search")).owner == "zhao"
    assert file_ticket(desk, opened(area="search", owner="sun")).owner == "sun"
    clock.forward(days=1)
    assert file_ticket(desk, opened(area="payments")).owner == "wang"


def test_the_ticket_that_comes_back_can_be_written_to(desk: Desk) -> None:
    desk = in_shanghai(desk, rotations=(Rotation(people=("li",)),))
    ticket = file_ticket(desk)
    assert (ticket.version, ticket.owner) == (2, "li")
    ticket = change(desk, ticket.number, "li", lambda ticket: lifecycle.take(ticket, "li"))
    assert (ticket.version, ticket.owner) == (3, "li")


def test_being_reopened_assigns_nobody_anew(desk: Desk) -> None:
    desk = in_shanghai(desk, rotations=(Rotation(people=("li",)),))
    number = file_ticket(desk, opened(owner="sun")).number
    change(desk, number, "sun", lambda ticket: lifecycle.take(ticket, "sun"))
    change(desk, number, "sun", lambda ticket: lifecycle.resolve(ticket, "s", "s", "c"))
    assert change(desk, number, "buyer", lifecycle.reopen).owner == "sun"


def test_more_that_are_due_at_once_than_are_read_at_once_are_all_rung(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticking, "BATCH", 7)
    numbers = [file_ticket(desk).number for _ in range(30)]
    clock.at += timedelta(minutes=15)
    assert tick(desk) == len(numbers)


def test_a_process_that_is_killed_at_any_moment_loses_and_doubles_nothing(
    desk: Desk, clock: Clock, store_url: str
) -> None:
    numbers = [file_ticket(desk).number for _ in range(60)]
    clock.forward(minutes=31)
    for milliseconds in (10, 40, 120):
        process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, store_url, clock().isoformat()],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.write("go\n")
        process.stdin.flush()
        with suppress(subprocess.TimeoutExpired):
            process.wait(milliseconds / 1000)
        process.kill()
        process.communicate()
    tick(desk)
    assert {tuple(kinds(desk, number)) for number in numbers} == {("opened", "breached", "escalated", "escalated")}
