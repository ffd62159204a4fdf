"""A generator that does not get its CPU says so in its figures; judging them is the verdict's part."""

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from facts.rounds import Generator
from loadtest.driving import Driving
from loadtest.plan import Plan
from tests.loadtest.engine_parts import at, balanced
from tests.loadtest.targets import server

CGROUPS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))
QUOTA, PERIOD = 20_000, 100_000


@pytest.fixture(scope="module")
def instant() -> Iterator[str]:
    with server() as url:
        yield url


@contextlib.contextmanager
def burners(core: int, number: int) -> Iterator[None]:
    """Processes that want all of one core."""
    command = ["taskset", "-c", str(core), sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(command) for _ in range(number)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextlib.contextmanager
def small_group() -> Iterator[Path]:
    """A control group that may use a fifth of a core; skipped where we may not make one."""
    base = next((each for each in CGROUPS if (each / "cgroup.procs").exists()), None)
    if base is None:
        pytest.skip("there are no control groups here")
    group = base / f"tenfold-test-{uuid.uuid4().hex[:8]}"
    try:
        group.mkdir()
        if (group / "cpu.cfs_quota_us").exists():
            (group / "cpu.cfs_period_us").write_text(str(PERIOD), encoding="ascii")
            (group / "cpu.cfs_quota_us").write_text(str(QUOTA), encoding="ascii")
        else:
            (group / "cpu.max").write_text(f"{QUOTA} {PERIOD}", encoding="ascii")
    except OSError as error:
        pytest.skip(f"control groups may not be made here: {error}")
    try:
        yield group
    finally:
        group.rmdir()


def sent(url: str, rate: float, *, cores: tuple[int, ...] = (), group: Path | None = None) -> Generator:
    with Driving(Plan(target=f"{url}/", segments=at(rate, 3)), cores=cores) as driving:
        if group is not None:
            (group / "cgroup.procs").write_text(str(driving.pid), encoding="ascii")
        recording = driving.recording()
    balanced(recording)
    (generator,) = recording.generators
    return generator


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this system does not tell the run queue's wait")
def test_a_generator_that_shares_its_core_is_starved(instant: str) -> None:
    core = min(os.sched_getaffinity(0))
    with burners(core, 4):
        generator = sent(instant, 4_000, cores=(core,))

    assert generator.starved_ratio is not None
    assert generator.starved_ratio > 0.1
    assert generator.lag_p99_ms is not None
    assert generator.lag_p99_ms > 1


def test_a_generator_that_its_control_group_holds_back_says_for_how_long(instant: str) -> None:
    with small_group() as group:
        generator = sent(instant, 6_000, group=group)

    assert generator.throttled_seconds is not None
    assert generator.throttled_seconds > 0.1


def test_locusts_own_web_page_is_there_while_a_plan_with_a_port_for_it_runs(instant: str) -> None:
    from mall.servers.processes import free_port

    port = free_port()
    with Driving(Plan(target=f"{instant}/", segments=at(20, 3), web_port=port)) as driving:
        for moment in driving.moments():
            if moment.second == 1:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats/requests", timeout=10) as answer:
                    page = json.load(answer)
        balanced(driving.recording())

    (entry,) = [each for each in page["stats"] if each["name"] == "/"]
    assert entry["num_requests"] >= 20
    assert entry["num_failures"] == 0
