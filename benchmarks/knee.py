"""The knee of real servers whose capacity is known: ten seeded searches each, nine of them within five percent.

The servers are queues in processes of their own that compute when each answer leaves, so that late timers cost no capacity:
4 slots of 10 ms, 1 slot of 2.5 ms and 16 slots of 40 ms carry exactly 400 requests a second. With log-normal service times the truth is
the knee of a simulation with the same objective.

`python -m benchmarks.knee [--searches N] [--only NAME,…] [--at-once N]`; a search takes three to five minutes, all of them three hours one
after the other. Four at once still leave most of both cores idle; what disturbs them all the same can only cost hits.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from multiprocessing import get_context

from loadtest.knee import Search
from loadtest.plan import Arrivals, Plan, Segment
from loadtest.safety.abort import AbortLimits
from loadtest.slo import parse
from tenfold.stressing.running import Ran
from tenfold.stressing.running import run as run_plan
from tenfold.stressing.single import knee
from tests.loadtest.queueing import Mall, simulated_knee
from tests.loadtest.targets import server

SEARCHES = 10
SLO = "p99<500ms"
SLO_MS = 500.0
TOLERANCE = 0.05
SERVER_CORE, GENERATOR_CORE = 0, 1
SEARCH = Search(low=100.0, high=1600.0, hold_seconds=30.0)
# Where service times vary, half a minute is luck: the mean of so many log-normal ones still differs by one percent, and the knee of a queue
# by several. So the hold is as long as the program's own.
LONGER = replace(SEARCH, hold_seconds=60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One kind of server: so many slots, each taken for so long."""

    name: str
    slots: int
    seconds: float
    sigma: float = 0.0

    @property
    def truth(self) -> float:
        """Requests a second at the knee."""
        mall = Mall(
            slots=self.slots, service_seconds=self.seconds, service="log-normal" if self.sigma else "deterministic",
            sigma=self.sigma or 1.0,
        )  # fmt: skip
        return simulated_knee(mall, SLO_MS, seconds=600.0) if self.sigma else mall.capacity


CASES = (
    Case(name="4x10ms", slots=4, seconds=0.010),
    Case(name="1x2.5ms", slots=1, seconds=0.0025),
    Case(name="16x40ms", slots=16, seconds=0.040),
    Case(name="4x10ms-log-normal", slots=4, seconds=0.010, sigma=1.0),
    Case(name="16x40ms-log-normal", slots=16, seconds=0.040, sigma=1.0),
)


def run(searches: int = SEARCHES, only: Sequence[str] = (), at_once: int = 1) -> dict[str, list[float]]:
    """Prints the table; returns the knees by case.

    Args:
        searches: Of each case, each with a seed of its own.
        only: Names of cases; empty for all.
        at_once: How many searches run beside each other, each in a process of its own.
    """
    found: dict[str, list[float]] = {}
    print(f"\nthe knee ({SLO}) of real servers, {searches} searches each (promised: nine of ten within 5 %)")
    for case in CASES:
        if only and case.name not in only:
            continue
        truth = case.truth
        print(f"  {case.name}: truth {truth:.1f}/s", flush=True)
        found[case.name] = []
        with ProcessPoolExecutor(at_once, mp_context=get_context("spawn")) as pool:
            for knee_found in pool.map(_search, repeat(case, searches), range(1, searches + 1)):
                found[case.name].append(knee_found)
                print(f"    {knee_found:7.1f}/s  {knee_found / truth - 1:+.1%}", flush=True)
        near = sum(abs(each / truth - 1) <= TOLERANCE for each in found[case.name])
        print(f"  {case.name}: {near} of {searches} within 5 %", flush=True)
    return found


def _search(case: Case, seed: int) -> float:
    """The knee that one search finds; 0 when it finds none."""
    with server(
        "slots", cores=str(SERVER_CORE), number=case.slots, seconds=case.seconds, sigma=case.sigma, seed=seed
    ) as url:
        plan = Plan(
            target=f"{url}/",
            segments=(Segment(seconds=1.0, per_second=1.0),),
            arrivals=Arrivals.POISSON,
            seed=1000 * seed,
        )
        done = knee(plan, (parse(SLO),), LONGER if case.sigma else SEARCH, _send, {})
    return done.round.knee.per_second if done.round.knee else 0.0


def _send(plan: Plan, limits: AbortLimits) -> Ran:
    return run_plan(plan, limits=limits, cores=(GENERATOR_CORE,))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.knee", description=__doc__)
    parser.add_argument("--searches", type=int, default=SEARCHES)
    parser.add_argument("--only", default="", help="names of cases, separated by commas")
    parser.add_argument("--at-once", type=int, default=1, help="searches beside each other")
    chosen = parser.parse_args()
    run(chosen.searches, [name for name in chosen.only.split(",") if name], chosen.at_once)
