"""Load generators from elsewhere: they join every round, and go only where their own configuration allows."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loadtest.driving import DrivingError, drive
from loadtest.plan import Plan, Segment
from tests.loadtest import targets
from tests.tenfold.conftest import Program


@pytest.fixture(scope="module")
def instant() -> Iterator[str]:
    with targets.server("instant") as url:
        yield url


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def ended_after(process: "subprocess.Popen[str]") -> Iterator["subprocess.Popen[str]"]:
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def test_one_worker_helps_with_one_round_after_the_other(instant: str, port: int, tmp_path: Path) -> None:
    program = Program.in_new_folder(tmp_path)
    with ended_after(program.start("worker", f"127.0.0.1:{port}")) as helper:
        for _ in range(2):
            ended = program(
                "stress", "--url", instant, "--rate", "40", "--duration", "3", "--arrivals", "constant",
                "--workers", "1", "--bind", f"127.0.0.1:{port}", "--json",
            )  # fmt: skip
            assert ended.code in {0, 4}, ended.everything
            assert f"tenfold worker 127.0.0.1:{port}" in ended.stderr
            (one,) = ended.document["rounds"]
            assert [each["started"] for each in one["generators"]] == [60, 60]
            assert one["sent"] == 120
        helper.send_signal(signal.SIGINT)
        _, said = helper.communicate(timeout=30)
        assert helper.returncode == 130
        assert said.count("A share was sent.") == 2
        assert "Traceback" not in said


def test_a_machine_sends_only_where_its_owner_allows_it(instant: str, port: int) -> None:
    plan = Plan(target=instant, segments=(Segment(seconds=2, per_second=10),), workers=1, bind_port=port)
    strange = ["-m", "loadtest.generator", "--worker", "--master-port", str(port), "--allow", "192.0.2.0/24"]
    with (
        ended_after(subprocess.Popen([sys.executable, *strange], text=True)),
        pytest.raises(DrivingError, match=r"may not send to 127\.0\.0\.1"),
    ):
        drive(plan)


def test_a_machine_without_an_allow_list_helps_nobody_elsewhere(tmp_path: Path) -> None:
    ended = Program.in_new_folder(tmp_path)("worker", "192.0.2.1:5557")
    assert ended.code == 2
    assert "[loadtest]" in ended.stderr


@pytest.mark.parametrize("text", ["", "10.0.0.5:port", "http://10.0.0.5/", "me@10.0.0.5:5557"])
def test_what_is_no_address_of_a_rehearsal_is_refused(tmp_path: Path, text: str) -> None:
    ended = Program.in_new_folder(tmp_path)("worker", text)
    assert ended.code == 2
    assert "HOST:PORT" in ended.stderr


def test_a_place_for_workers_that_nobody_expects_is_refused(tmp_path: Path) -> None:
    ended = Program.in_new_folder(tmp_path)("stress", "--url", "http://127.0.0.1:1/", "--bind", "127.0.0.1:5557")
    assert ended.code == 2
    assert "--workers" in ended.stderr


def test_a_worker_that_still_looks_for_its_rehearsal_ends_at_once(port: int, tmp_path: Path) -> None:
    program = Program.in_new_folder(tmp_path)
    with ended_after(program.start("worker", f"127.0.0.1:{port}")) as helper:
        time.sleep(4)
        helper.send_signal(signal.SIGINT)
        helper.communicate(timeout=8)
        assert helper.returncode == 130
