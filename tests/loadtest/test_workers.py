"""The generator in several processes: exact accounts, lost workers, a lost master."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from facts.rounds import Loop, Recording
from loadtest.driving import Driving, DrivingError, drive
from loadtest.generator import words
from loadtest.plan import Arrivals, Plan, to_json
from tests.loadtest.engine_parts import at, balanced, journeys
from tests.loadtest.targets import server


@pytest.fixture(scope="module")
def instant() -> Iterator[str]:
    with server() as url:
        yield url


def shares(recording: Recording) -> list[int]:
    return [each.scheduled for each in recording.generators]


def test_four_workers_send_the_schedule_of_one_exactly(instant: str) -> None:
    plan = Plan(target=f"{instant}/", segments=at(200, 3), arrivals=Arrivals.POISSON, seed=11)
    alone = drive(plan)
    together = drive(Plan(target=f"{instant}/", segments=at(200, 3), arrivals=Arrivals.POISSON, seed=11, processes=4))

    for each in (alone, together):
        balanced(each)
        assert each.overall.dropped == each.overall.failed == 0
    assert together.journeys_scheduled == alone.journeys_scheduled == together.overall.sent
    seconds = [[each.offered for each in run.moments[:3]] for run in (alone, together)]
    assert seconds[0] == seconds[1]
    assert sum(shares(together)) == together.journeys_scheduled
    assert max(shares(together)) - min(shares(together)) <= 1
    assert [each.name for each in together.generators] == ["worker 1", "worker 2", "worker 3", "worker 4"]


def test_a_killed_worker_is_lost_and_the_accounts_still_close_to_one_arrival(instant: str) -> None:
    plan = Plan(target=f"{instant}/", segments=at(200, 4), processes=4)
    with Driving(plan) as driving:
        for moment in driving.moments():
            if moment.second == 1:
                psutil.Process(driving.pid).children()[2].send_signal(signal.SIGKILL)
        recording = driving.recording()

    balanced(recording)
    assert recording.journeys_scheduled == recording.overall.scheduled == 800
    assert shares(recording) == [200] * 4
    (lost,) = [each for each in recording.generators if each.lost]
    assert lost.started < 200
    assert recording.journeys_dropped == recording.overall.dropped == 200 - lost.started
    assert recording.overall.errors["lost"] >= recording.journeys_dropped
    assert sum(each.sent for each in recording.moments) == recording.overall.sent


def test_the_kill_switch_reaches_every_worker(instant: str) -> None:
    with Driving(Plan(target=f"{instant}/slow", segments=at(50, 30), processes=2, timeout_seconds=20)) as driving:
        for moment in driving.moments():
            if moment.second == 0:
                told = time.monotonic()
                driving.stop("kill switch")
        recording = driving.recording()
        took = time.monotonic() - told

    balanced(recording)
    assert took < 2
    assert recording.ended == "stopped: kill switch"
    assert recording.overall.errors == {"unanswered": recording.overall.sent}


def test_workers_stop_by_themselves_when_the_master_vanishes(instant: str) -> None:
    """One worker of the master's own, whose pipe ends with it, and one from elsewhere, which hears nothing any more."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    plan = Plan(target=f"{instant}/", segments=at(50, 60), processes=1, workers=1, bind_port=port)
    command = [sys.executable, "-m", "loadtest.generator"]
    remote = subprocess.Popen([*command, "--worker", "--master-port", str(port)])
    master = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert master.stdin is not None
    assert master.stdout is not None
    master.stdin.write(to_json(plan).encode() + b"\n")
    master.stdin.flush()
    while b"moment" not in master.stdout.readline():
        pass
    (own,) = psutil.Process(master.pid).children()
    os.kill(master.pid, signal.SIGKILL)
    master.wait()

    # 2 s, and the time that interpreters take to end on a busy machine.
    own.wait(timeout=6)
    assert remote.wait(timeout=6) == 0
    master.stdin.close()
    master.stdout.close()


def test_a_worker_that_cannot_run_the_plan_says_why_before_anything_is_sent(instant: str, tmp_path: Path) -> None:
    text = "import os\nassert os.getppid() == int(os.environ['ONLY_PARENT']), 'not on this machine'\n"
    text += "@journey('x')\ndef x(shopper: Shopper) -> None: ...\n"
    os.environ["ONLY_PARENT"] = str(os.getpid())
    try:
        plan = Plan(target=instant, segments=at(1, 1), journeys=journeys(tmp_path, text), processes=2)
        with pytest.raises(DrivingError, match="not on this machine") as refused:
            drive(plan)
    finally:
        del os.environ["ONLY_PARENT"]
    assert refused.value.refused


def test_a_locustfile_runs_on_several_processes(instant: str, tmp_path: Path) -> None:
    file = tmp_path / "locustfile.py"
    file.write_text(
        "from locust import FastHttpUser, constant, task\n"
        "class Quick(FastHttpUser):\n    wait_time = constant(0.05)\n"
        "    @task\n    def look(self):\n        self.client.get('/a')\n",
        encoding="utf-8",
    )
    plan = Plan(target=instant, segments=at(0, 3), locustfile=str(file), users=4, spawn_rate=100, processes=2)
    recording = drive(plan)

    balanced(recording)
    assert recording.loop is Loop.CLOSED
    assert recording.overall.sent > 20
    assert len(recording.generators) == 2


def test_the_dead_mans_time_leaves_room_to_end_the_journeys() -> None:
    assert words.SILENCE_SECONDS + words.BEAT_SECONDS / 2 < 2
    assert words.SILENCE_SECONDS > 3 * words.BEAT_SECONDS
