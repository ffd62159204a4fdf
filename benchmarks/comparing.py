"""Whether a comparison of two rounds sells noise as a difference, and whether it finds one that is there, on the practice mall.

Forty pairs of rounds of the very same mall (A/A): at most two may be told apart, at 1 %. Twenty pairs of which the second round comes over
a way that makes every answer 20 % slower: nineteen must be found. Rounds of a pair follow each other, with seeds of their own.

`python -m benchmarks.comparing [--folder FOLDER] [--pairs N] [--planted N] [--seconds S]`; an hour with the lengths that it has.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.rehearsal import GENERATOR_CORE, MALL_CORE, give, pin
from facts.round_comparison import DifferenceVerdict, RoundComparison
from facts.rounds import Recording
from loadtest.comparison import compare
from loadtest.driving import Driving
from loadtest.plan import Arrivals, Plan, Segment
from mall import Mall, open_mall
from mall.servers.processes import die_with_parent, end

PAIRS, PLANTED = 40, 20
RATE, SECONDS = 30.0, 30.0
SLOWER = 0.2
WARM_SECONDS = 20.0


def run(folder: Path, pairs: int = PAIRS, planted: int = PLANTED, seconds: float = SECONDS) -> tuple[int, int]:
    """Prints each pair; returns how many equal pairs were told apart, and in how many the planted slowdown was found.

    Args:
        folder: Where the small mall lives.
        pairs: Of the same mall.
        planted: Of the mall and the slower way to it.
        seconds: Of each round.
    """
    with ExitStack() as stack:
        mall = stack.enter_context(open_mall(folder))
        pin(mall)
        same = stack.enter_context(_way(mall, 0.0))
        slower = stack.enter_context(_way(mall, SLOWER))
        _round(same, WARM_SECONDS, seed=0)
        print(f"\npairs of rounds of {seconds:.0f} s at {RATE:.0f} journeys/s on the small practice mall", flush=True)
        found = 0
        # The planted pairs among the others, so that no half of the hour is theirs alone.
        told_apart, every = 0, max(pairs // max(planted, 1), 1)
        for number in range(pairs):
            told_apart += _told(f"A/A {number + 1}", _pair(same, same, seconds, 10 * number))
            if number % every == 0 and number // every < planted:
                found += _told(
                    f"planted {number // every + 1}", _pair(same, slower, seconds, 10 * number + 5), worse=True
                )
    print(f"  A/A told apart: {told_apart} of {pairs} (promised: at most 2 of 40)")
    print(f"  planted {SLOWER:.0%} found: {found} of {planted} (promised: at least 95 %)")
    return told_apart, found


def _pair(before: int, after: int, seconds: float, seed: int) -> RoundComparison:
    return compare([_round(before, seconds, seed=seed + 1)], [_round(after, seconds, seed=seed + 2)])


def _told(name: str, comparison: RoundComparison, *, worse: bool = False) -> bool:
    """Whether the comparison calls a difference, or the one that was planted; prints what it calls."""
    called = [
        each
        for each in comparison.differences
        if each.verdict is DifferenceVerdict.WORSE or (not worse and each.verdict is DifferenceVerdict.BETTER)
    ]
    names = " ".join(f"{each.subject or 'all'}:{each.figure}:{each.verdict.value}" for each in called)
    print(f"  {name:12}{names or '-'}", flush=True)
    return bool(called)


def _round(port: int, seconds: float, *, seed: int) -> Recording:
    plan = Plan(
        target=f"http://127.0.0.1:{port}/",
        journeys=("loadtest.journeys.practice_mall",),
        segments=(Segment(seconds=seconds, per_second=RATE),),
        arrivals=Arrivals.POISSON,
        seed=seed,
        allow_writes=True,
    )
    with Driving(plan) as driving:
        give(GENERATOR_CORE, driving.pid)
        return driving.recording()


@contextmanager
def _way(mall: Mall, share: float) -> Iterator[int]:
    """The port of a way to the shop on which answers take so much longer; it shares the mall's core."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.slow_line", str(mall.shop_port), str(share)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509  (one prctl call, safe between fork and exec)
    )
    assert process.stdout is not None
    try:
        give(MALL_CORE, process.pid)
        yield int(process.stdout.readline())
    finally:
        end(process)
        process.stdout.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.comparing", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("tenfold-bench") / "small")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--planted", type=int, default=PLANTED)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    chosen = parser.parse_args()
    run(chosen.folder, chosen.pairs, chosen.planted, chosen.seconds)
