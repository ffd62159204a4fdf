"""A generator that cannot keep its schedule never says GO or NO-GO: 20 seeded rounds throttled, and the same 20 left alone.

Each round sends 300 requests a second for 8 s to a server that answers at once, from a core of its own. Three ways of throttling take
turns: a control group that grants half of what the rate needs (where control groups can be written), four busy loops on the same core, and
standing still for every other eighth of a second, as under a hypervisor that steals.

`python -m benchmarks.throttled [--rounds N]`; about seven minutes. Anything else that runs on the generator's core throttles it too.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from facts.rounds import Recording, RoundVerdict
from loadtest.driving import Driving
from loadtest.plan import Arrivals, Plan, Segment
from loadtest.slo import parse
from loadtest.verdict import judge
from mall.servers.processes import die_with_parent
from tests.loadtest.targets import server

SERVER_CORE, GENERATOR_CORE = 0, 1
RATE, SECONDS = 300.0, 8.0
ROUNDS = 20
SLOS = (parse("p99<500ms"), parse("errors<1%"))
# Of a core. The rate needs about 6 % of one; a quota above that holds nobody back.
QUOTA = 0.03
PERIOD_US = 100_000
CROWD = 4
STANDSTILL_SECONDS = 0.125
GROUP = "tenfold-throttled"
GROUPS = Path("/sys/fs/cgroup")

Throttle = Callable[[int], AbstractContextManager[None]]
"""Throttles the process with this pid for the block."""


def run(rounds: int = ROUNDS) -> dict[str, Counter[str]]:
    """Prints the table; returns the verdicts of the throttled rounds and of those left alone.

    Args:
        rounds: Of each.
    """
    ways: list[Throttle] = [quota, crowded, standing_still] if _group_folder() else [crowded, standing_still]
    found: dict[str, Counter[str]] = {"throttled": Counter(), "left alone": Counter()}
    print(f"\n{rounds} seeded rounds of {RATE:.0f}/s for {SECONDS:.0f} s, throttled, and the same left alone")
    with server("instant", cores=str(SERVER_CORE)) as url:
        for seed in range(1, rounds + 1):
            way = ways[seed % len(ways)]
            for name, throttle in (("throttled", way), ("left alone", left_alone)):
                recording = _sent(url, seed, throttle)
                verdict, reasons = judge(recording, SLOS)
                found[name][verdict.value] += 1
                failed = " ".join(each.rule for each in reasons if not each.ok)
                print(f"  {seed:3} {throttle.__name__:16}{verdict.value:9}{failed}", flush=True)
    held = found["throttled"] == {RoundVerdict.INVALID.value: rounds} and not found["left alone"]["INVALID"]
    print(
        f"  throttled: {dict(found['throttled'])}; left alone: {dict(found['left alone'])} (promised: all INVALID, none INVALID)"
    )
    print("  held" if held else "  NOT HELD")
    return found


def _sent(url: str, seed: int, throttle: Throttle) -> Recording:
    plan = Plan(
        target=f"{url}/",
        segments=(Segment(seconds=SECONDS, per_second=RATE),),
        arrivals=Arrivals.POISSON,
        seed=seed,
    )
    with Driving(plan, cores=(GENERATOR_CORE,)) as driving:
        first = next(moments := driving.moments())
        assert first.second == 0
        # Only now: what is throttled is the sending and not the generator's start.
        with throttle(driving.pid):
            for _moment in moments:
                pass
        return driving.recording()


@contextmanager
def left_alone(_pid: int) -> Iterator[None]:
    """Nothing."""
    yield


@contextmanager
def quota(pid: int) -> Iterator[None]:
    """A control group with less of a core than the rate needs."""
    folder = _group_folder()
    assert folder is not None
    folder.mkdir(exist_ok=True)
    if (folder / "cpu.max").exists():
        (folder / "cpu.max").write_text(f"{int(QUOTA * PERIOD_US)} {PERIOD_US}")
    else:
        (folder / "cpu.cfs_quota_us").write_text(str(int(QUOTA * PERIOD_US)))
    try:
        (folder / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            (folder.parent / "cgroup.procs").write_text(str(pid))
        with contextlib.suppress(OSError):
            folder.rmdir()


@contextmanager
def crowded(_pid: int) -> Iterator[None]:
    """Busy loops on the generator's core."""
    command = ["taskset", "-c", str(GENERATOR_CORE), sys.executable, "-c", "while True: pass"]
    # Each in a session of its own, since Linux shares a core among sessions first.
    loops = [
        subprocess.Popen(command, start_new_session=True, preexec_fn=die_with_parent)  # noqa: PLW1509  (one prctl call)
        for _ in range(CROWD)
    ]
    try:
        yield
    finally:
        for each in loops:
            each.kill()
            each.wait()


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    """Stopped for every other eighth of a second."""
    over = threading.Event()

    def steal() -> None:
        with contextlib.suppress(ProcessLookupError):
            while not over.wait(STANDSTILL_SECONDS):
                os.kill(pid, signal.SIGSTOP)
                over.wait(STANDSTILL_SECONDS)
                os.kill(pid, signal.SIGCONT)

    thief = threading.Thread(target=steal)
    thief.start()
    try:
        yield
    finally:
        over.set()
        thief.join()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _group_folder() -> Path | None:
    """Where a control group that limits the processor can be made; None without the right to."""
    for parent in (GROUPS / "cpu", GROUPS):
        if os.access(parent / "cgroup.procs", os.W_OK) and (parent.name == "cpu" or (GROUPS / "cpu.stat").exists()):
            return parent / GROUP
    return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.throttled", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    run(parser.parse_args().rounds)
