"""What gave first, named: each fault of the practice mall under load, ten seeds each, and the healthy mall.

`python -m benchmarks.causes [--folder FOLDER] [--seeds N] [--only NAME,…]`, forty minutes for all of it.

A fault counts as named when the first cause is its own. Two faults need the mall to live as real ones do before they hurt on one
machine: a pool of two connections is too small only where the database is not in the same memory, and a cache that evicts costs most where
pages live off it. Their healthy control lives the same way.
"""

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rehearsal import GENERATOR_CORE, give, pin, rehearse
from facts.rounds import Cause
from loadtest.cause import rank
from mall import Mall, open_mall
from mall.servers.processes import die_with_parent

SEEDS = range(1, 11)
QUIET_SECONDS, LOUD_SECONDS = 4.0, 10.0
LINE_BYTES_PER_SECOND = 150_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fault and what must be named.

    Attributes:
        name: In the table.
        cause: The word of `loadtest.cause`; empty for the healthy mall, of which nothing of its own may be named.
        fault: To switch on.
        quiet, loud: Journeys a second before and under load: healthy, the mall holds the second.
        far: The database is as far away as in another zone of a cloud.
        cache_alone: Search has no index of its own and lives off the cache.
        narrow: Shoppers come over a narrow line.
    """

    name: str
    cause: str
    fault: str = ""
    quiet: float = 5.0
    loud: float = 40.0
    far: bool = False
    cache_alone: bool = False
    narrow: bool = False


CASES = (
    Case(name="pool too small", cause="database-pool", fault="small-pool", loud=60, far=True),
    Case(name="row lock", cause="row-locks", fault="hot-stock-lock"),
    Case(name="missing index", cause="missing-index", fault="missing-order-index", loud=80),
    Case(name="CPU-bound app", cause="application-cpu", fault="cpu-bound-app", quiet=2, loud=15),
    Case(name="slow payment channel", cause="payment-channel", fault="slow-payment-channel"),
    Case(name="Redis eviction", cause="redis-eviction", fault="redis-evicting", loud=60, far=True, cache_alone=True),
    Case(name="network, narrow", cause="network", narrow=True),
    Case(name="network, far", cause="network", fault="slow-network"),
    Case(name="healthy", cause="", loud=40),
    Case(name="healthy, far, cache alone", cause="", loud=60, far=True, cache_alone=True),
)


def run(folder: Path, seeds: Sequence[int] = SEEDS, only: Sequence[str] = ()) -> dict[str, int]:
    """Prints the table; returns how often each case was named.

    Args:
        folder: Where the small mall lives.
        seeds: Of arrivals and shoppers.
        only: Names of cases; empty for all.
    """
    named: dict[str, int] = {}
    with open_mall(folder) as mall:
        mall.shop(3.0, rate=10.0)
        pin(mall)
        print(f"\n{'fault':26} {'named':7} first causes by seed")
        for case in CASES:
            if only and case.name not in only:
                continue
            firsts = [first(causes) for causes in (causes_of(mall, case, seed) for seed in seeds)]
            named[case.name] = sum(each == case.cause for each in firsts)
            told = " ".join(each or "-" for each in firsts)
            print(f"{case.name:26} {named[case.name]:2d}/{len(seeds):<4d} {told}", flush=True)
    return named


def first(causes: Sequence[Cause]) -> str:
    """The first cause's resource; empty where there is none, or none that is known."""
    return causes[0].resource if causes and causes[0].resource != "unknown" else ""


def causes_of(mall: Mall, case: Case, seed: int) -> tuple[Cause, ...]:
    """The causes that are named when the case is driven once."""
    with _living(mall, case) as port:
        segments = ((QUIET_SECONDS, case.quiet), (LOUD_SECONDS, case.loud))
        recording, watch = rehearse(mall, segments, seed=seed, shop_port=port)
    _rest(mall)
    return rank(recording, watch)


@contextlib.contextmanager
def _living(mall: Mall, case: Case) -> Iterator[int | None]:
    """The mall as the case wants it; the port that shoppers go to, where it is not the shop's own."""
    with contextlib.ExitStack() as stack:
        if case.far:
            stack.callback(mall.set_switch, "far_database", on=False)
            mall.set_switch("far_database", on=True)
        if case.cache_alone:
            made = "CREATE INDEX IF NOT EXISTS products_title_trgm ON products USING gin (title gin_trgm_ops)"
            stack.callback(mall.run_sql, made)
            mall.run_sql("DROP INDEX IF EXISTS products_title_trgm")
        if case.fault:
            stack.callback(mall.turn, case.fault, on=False)
            mall.turn(case.fault, on=True)
        yield stack.enter_context(_narrow_line(mall.shop_port)) if case.narrow else None


@contextlib.contextmanager
def _narrow_line(port: int) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.narrow_line", str(port), str(LINE_BYTES_PER_SECOND)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
        preexec_fn=die_with_parent,  # noqa: PLW1509  (one prctl call, safe between fork and exec)
    )
    give(GENERATOR_CORE, process.pid)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate()


def _rest(mall: Mall) -> None:
    """Waits until what shoppers left behind has been worked off."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with mall.connection() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shop' AND state <> 'idle'")
            row = cursor.fetchone()
        if row is not None and row[0] == 0:
            return
        time.sleep(0.5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.causes")
    parser.add_argument("--folder", type=Path, default=Path("tenfold-bench") / "small")
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--only", default="", help="names of cases, separated by commas")
    chosen = parser.parse_args()
    run(chosen.folder, range(1, chosen.seeds + 1), [name for name in chosen.only.split(",") if name])
