"""Cost is not time: what the chosen indexes really spare, as CPU of the server, on TPC-H at a quarter of the heap's size.

The queries run as they are, and their times calibrate what plans cost in time; then sets of indexes are chosen by the planner's cost, as in
`benchmarks.index_selection`, and by time. Each set is built, every query runs, and the CPU of its backend and of its parallel workers is
read from the system. Sets take turns, so that a neighbour's noise is nobody's merit. What was foretold of every query with every set is
plotted against what was measured.

`python -m benchmarks.index_cpu [--folder FOLDER] [--scale S] [--share S] [--rounds N]`; a quarter of an hour.
"""

import argparse
import dataclasses
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg2
import psycopg2.extensions

from advisors.index_search.weighing import FROM_MEMORY_SECONDS
from benchmarks.index_selection import tpch
from benchmarks.index_selection.pools import advised, pairs
from benchmarks.index_selection.searches import extend, foretold, ours, timed
from benchmarks.scatter import scatter
from facts.planner import Candidate

ROUNDS, SHARE = 3, 0.25
SLOWER = 1.1
# What the system counts processor time in, twice.
TICK_SECONDS = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """The one with the data."""

    connection: psycopg2.extensions.connection

    def execute(self, statement: str) -> None:
        """Runs it and throws its rows away."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            if cursor.description:
                cursor.fetchall()

    def cpu_seconds(self) -> float:
        """Of this session's process, and of all workers that the server has ended until now."""
        backend = self.connection.get_backend_pid()
        own = _times(backend)
        parent = int(_fields(backend)[1])
        return own[0] + own[1] + sum(_times(parent)[2:])

    @contextmanager
    def built(self, candidates: Sequence[Candidate]) -> Iterator[None]:
        """With these indexes."""
        for number, each in enumerate(candidates):
            self.execute(each.ddl(f"chosen_{number}"))
        try:
            self.execute("ANALYZE")
            yield
        finally:
            for number in range(len(candidates)):
                self.execute(f"DROP INDEX IF EXISTS public.chosen_{number}")


def run(folder: Path, scale: float, share: float, rounds: int) -> None:
    """Prints the CPU of every query with every set.

    Args:
        folder: Where the data lives.
        scale: TPC-H's scale factor.
        share: Of the heap, for the indexes.
        rounds: Of every query with every set; the median counts.
    """
    texts = tpch.statements()
    with tpch.serving(folder, scale) as dsn:
        facts = dataclasses.replace(tpch.facts(dsn), statements=None)
        schema = facts.schema
        assert schema is not None
        budget = int(sum(table.heap_bytes or 0 for table in schema.tables) * share)
        with closing(psycopg2.connect(dsn)) as connection:
            connection.autocommit = True
            server = Server(connection)
            server.execute("SET statement_timeout = '10min'")
            # Its workers would end as children of the server too.
            server.execute("ALTER SYSTEM SET autovacuum = off")
            server.execute("SELECT pg_reload_conf()")
            server.execute("SET maintenance_work_mem = '512MB'")
            observed, cached = _observed(server, texts)
            pools, narrow = advised(texts, schema), pairs(texts, schema)
            sets: dict[str, Sequence[Candidate]] = {
                "none": (),
                "Extend": extend(facts, texts, schema, budget).chosen,
                "by cost": ours(facts, texts, pools, budget).chosen,
                "by time": timed(facts, texts, pools, budget, observed, cached),
                "by time, its columns": timed(facts, texts, narrow, budget, observed, cached),
            }
            prices, expected = foretold(facts, texts, sets, observed, cached)
            print(f"\nTPC-H, scale {scale:g}, {budget / 2**20:,.0f} MB for indexes, CPU seconds of the server")
            print(
                f"  calibrated from {prices.statements} queries, half of them within {prices.error:.2f} times their price; "
                f"{cached:.0%} of the pages in memory"
            )
            for name, chosen in sets.items():
                print(f"  {name}: {', '.join(each.subject for each in chosen) or '-'}", flush=True)
            found: dict[str, list[dict[str, float]]] = {name: [] for name in sets}
            for number in range(rounds + 1):
                for name, chosen in sets.items():
                    with server.built(chosen):
                        measured = {query: _cpu_of(server, text) for query, text in texts.items()}
                    if number:  # the first round warms the caches
                        found[name].append(measured)
        middle = {
            name: {query: median(each[query] for each in rows) for query in texts} for name, rows in found.items()
        }
        _print(texts, middle, expected)
        plot = folder / "foretold.svg"
        plot.write_text(scatter(expected, middle), encoding="utf-8")
        print(f"  foretold against measured: {plot}")


def _observed(server: Server, texts: Mapping[str, str]) -> tuple[dict[str, float], float]:
    """Seconds of each query, the second time that it runs, and the share of pages in memory, as an audit reads it."""
    server.execute("SET track_io_timing = on")
    taken: dict[str, float] = {}
    for _ in range(2):
        for query, text in texts.items():
            begun = time.perf_counter()
            server.execute(text)
            taken[query] = time.perf_counter() - begun
    # The counters are sent at the latest when the session asks for them in another transaction.
    server.execute("SELECT pg_stat_force_next_flush()")
    with server.connection.cursor() as cursor:
        cursor.execute(
            "SELECT blks_hit, blks_read, blk_read_time FROM pg_stat_database WHERE datname = current_database()"
        )
        row = cursor.fetchone()
    server.execute("SET track_io_timing = off")
    assert row is not None
    hit, read, milliseconds = row
    in_memory = milliseconds / 1000 / max(read, 1) < FROM_MEMORY_SECONDS
    return taken, 1.0 if in_memory else hit / (hit + read)


def _print(
    texts: Mapping[str, str], middle: Mapping[str, Mapping[str, float]], expected: Mapping[str, Mapping[str, float]]
) -> None:
    print(f"  {'':8}" + "".join(f"{name:>20}" for name in middle))
    for query in texts:
        print(f"  {query:8}" + "".join(f"{each[query]:20.2f}" for each in middle.values()))
    totals = {name: sum(each.values()) for name, each in middle.items()}
    print(f"  {'all':8}" + "".join(f"{each:20.2f}" for each in totals.values()))
    print(f"  {'':8}" + "".join(f"{each / totals['none']:20.3f}" for each in totals.values()))
    foretold_totals = [sum(expected[name].values()) for name in middle]
    print(f"  {'foretold':8}" + "".join(f"{each:20.2f}" for each in foretold_totals))
    for name, each in middle.items():
        slower = [query for query in texts if each[query] > SLOWER * middle["none"][query] + TICK_SECONDS]
        unsaid = [query for query in slower if expected[name][query] <= SLOWER * expected["none"][query]]
        print(
            f"  {name}: slower by more than a tenth: {', '.join(slower) or '-'}; of these not foretold: {', '.join(unsaid) or '-'}"
        )


def _cpu_of(server: Server, text: str) -> float:
    before = server.cpu_seconds()
    server.execute(text)
    return server.cpu_seconds() - before


def _fields(pid: int) -> list[str]:
    """From the state on, the third field of /proc/PID/stat (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()


def _times(pid: int) -> list[float]:
    """User and system time of the process, then of its children that have ended."""
    return [int(each) / _TICKS for each in _fields(pid)[11:15]]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.index_cpu", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("tenfold-bench") / "tpch")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--share", type=float, default=SHARE)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    run(given.folder, given.scale, given.share, given.rounds)
