"""How a run ends when something else than its schedule ends it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from loadtest.driving import Driving, drive
from loadtest.plan import Plan, to_json
from tests.loadtest.engine_parts import at, balanced
from tests.loadtest.targets import server

STARTER = """
import subprocess, sys, time
generator = subprocess.Popen([sys.executable, "-m", "loadtest.generator"], stdin=subprocess.PIPE, stdout=sys.stdout)
generator.stdin.write(sys.argv[1].encode() + b"\\n")
generator.stdin.flush()
time.sleep(60)
"""


@pytest.fixture(scope="module")
def instant() -> Iterator[str]:
    with server() as url:
        yield url


def test_a_mall_that_is_not_there_is_recorded_as_refusing() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        recording = drive(Plan(target=f"http://127.0.0.1:{free.getsockname()[1]}/", segments=at(20, 1)))

    balanced(recording)
    assert recording.overall.errors == {"connection refused": 20}


def test_the_kill_switch_ends_everything_within_two_seconds(instant: str) -> None:
    with Driving(Plan(target=f"{instant}/slow", segments=at(50, 30), timeout_seconds=20)) as driving:
        for moment in driving.moments():
            if moment.second == 0:
                told = time.monotonic()
                driving.stop("the error rate")
        recording = driving.recording()
        took = time.monotonic() - told

    balanced(recording)
    assert took < 2
    assert recording.ended == "stopped: the error rate"
    assert 1 <= recording.seconds < 5
    assert recording.overall.errors == {"unanswered": recording.overall.sent}
    assert recording.journeys_scheduled == pytest.approx(50 * recording.seconds, abs=3)


def test_when_who_started_it_dies_the_generator_stops_by_itself(instant: str) -> None:
    plan = to_json(Plan(target=f"{instant}/", segments=at(50, 60)))
    process = subprocess.Popen([sys.executable, "-c", STARTER, plan], stdout=subprocess.PIPE)
    assert process.stdout is not None
    while b"moment" not in process.stdout.readline():
        pass
    (generator,) = psutil.Process(process.pid).children()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    generator.wait(timeout=4)  # 2 s, and the time that an interpreter takes to end on a busy machine
    process.stdout.close()
