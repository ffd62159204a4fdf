"""What one core of the generator can send on time, beside plain Locust on the same core.

A journey of one request against a server that answers at once; the server has one core, the generator another. Lag is the generator's
own delay from the intended start to the sending. The named peer is plain `FastHttpUser` in its closed loop with 20 users, which is as
fast as Locust can be, and keeps no schedule.

`python -m benchmarks.scheduling`; about five minutes. Anything else that runs on these cores shows in `starved`. So that it
disturbs less, server, generator and peer alike have a higher priority where that is allowed (root); and the peer runs before,
between and after ours, and its best rate counts.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from facts.rounds import Generator, Recording
from loadtest.driving import drive
from loadtest.plan import Plan, Segment
from tests.loadtest.targets import server

SERVER_CORE, GENERATOR_CORE = "0", 1
SECONDS = 8.0
LAG_LIMIT_MS = 10.0
PROMISED_RATE = 2_000.0
# Of each process when two are held against one: enough for the work to outweigh what a process costs that sends nothing.
SHARED_RATE = 3_000.0
STEP = 500.0
TRIES = 4
NICE = -15

CLOSED_LOOP = """
import locust, gevent, sys, time
from locust import FastHttpUser, constant, task
from locust.env import Environment

class Quick(FastHttpUser):
    host = sys.argv[1]
    wait_time = constant(0)

    @task
    def look(self):
        self.client.get("/")

environment = Environment(user_classes=[Quick])
runner = environment.create_local_runner()
runner.start(20, 100)
gevent.sleep(1)
before, began = environment.stats.total.num_requests, time.perf_counter()
gevent.sleep(float(sys.argv[2]))
print((environment.stats.total.num_requests - before) / (time.perf_counter() - began))
runner.quit()
"""


def run() -> dict[str, float]:
    """Prints the figures; returns them by name."""
    with preferred(), server("instant", cores=SERVER_CORE) as url:
        loops = [_closed_loop(url)]
        promised = _sent(url, PROMISED_RATE)
        loops.append(_closed_loop(url))
        sustained = _sustained(url, max(loops))
        loops.append(_closed_loop(url))
        one, two = _sent(url, SHARED_RATE), _sent(url, 2 * SHARED_RATE, processes=2)
    closed = max(loops)
    scale = 2 * _per_cpu_second(two) / _per_cpu_second(one)
    generator = promised.generators[0]
    print(f"\none core of the generator, a journey of one request, {SECONDS:.0f} s each")
    print(f"  at {PROMISED_RATE:.0f}/s: lag p99          {_lag(generator):.2f} ms (promised: below 5 ms)")
    print(f"    {_strain(generator)}")
    print(f"  sustained, lag p99 below 10 ms  {sustained:.0f}/s")
    print(f"  FastHttpUser's closed loop      {closed:.0f}/s; ratio {sustained / closed:.2f} (promised: at least 0.5)")
    print(f"  two processes against one       {scale:.2f} × per CPU-second of the generator (promised: at least 1.8)")
    return {
        "lag_p99_ms": _lag(generator),
        "sustained": sustained,
        "closed_loop": closed,
        "two_processes": scale,
    }


@contextlib.contextmanager
def preferred() -> Iterator[None]:
    """A higher priority for this process and those that it starts, where that is allowed."""
    plain = os.getpriority(os.PRIO_PROCESS, 0)
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, plain)


def _sent(url: str, rate: float, processes: int = 1) -> Recording:
    plan = Plan(target=f"{url}/", segments=(Segment(seconds=SECONDS, per_second=rate),), processes=processes)
    return drive(plan, cores=(GENERATOR_CORE,))


def _sustained(url: str, closed: float) -> float:
    """The highest rate whose lag stays below the limit; a failing rate is tried again, so that a disturbance does not decide."""
    held, rate = 0.0, closed * 0.3 // STEP * STEP
    while any(_held(_sent(url, rate)) for _ in range(TRIES)):
        held, rate = rate, rate + STEP
    return held


def _held(recording: Recording) -> bool:
    print(f"    {recording.offered_per_second:.0f}/s: {_strain(recording.generators[0])}", flush=True)
    return _lag(recording.generators[0]) < LAG_LIMIT_MS


def _per_cpu_second(recording: Recording) -> float:
    return recording.offered_per_second / sum(each.cpu_ratio for each in recording.generators)


def _lag(generator: Generator) -> float:
    """Milliseconds; without end for a generator that sent nothing."""
    return float("inf") if generator.lag_p99_ms is None else generator.lag_p99_ms


def _strain(generator: Generator) -> str:
    starved = "unknown" if generator.starved_ratio is None else f"{generator.starved_ratio:.1%}"
    return f"lag p99 {_lag(generator):.2f} ms, CPU {generator.cpu_ratio:.0%}, starved {starved}"


def _closed_loop(url: str) -> float:
    command = ["taskset", "-c", str(GENERATOR_CORE), sys.executable, "-c", CLOSED_LOOP, url, str(SECONDS)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    run()
