"""Cost is not time: what the chosen indexes really spare, as CPU of the server, on TPC-H at a quarter of the heap's size.

The same searches as `benchmarks.index_selection`; then each set is built, every query runs, and the CPU of its backend and of its parallel
workers is read from the system. Sets take turns, so that a neighbour's noise is nobody's merit.

`python -m benchmarks.index_cpu [--folder FOLDER] [--scale S] [--share S] [--rounds N]`; a quarter of an hour.
"""

import argparse
import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg2
import psycopg2.extensions

from benchmarks.index_selection import tpch
from benchmarks.index_selection.pools import advised, pairs
from benchmarks.index_selection.searches import extend, ours
from facts.planner import Candidate

ROUNDS, SHARE = 3, 0.25
SLOWER = 1.1
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
        sets: dict[str, Sequence[Candidate]] = {
            "none": (),
            "Extend": extend(facts, texts, schema, budget).chosen,
            "ours": ours(facts, texts, advised(texts, schema), budget).chosen,
            "ours, its columns": ours(facts, texts, pairs(texts, schema), budget).chosen,
        }
        print(f"\nTPC-H, scale {scale:g}, {budget / 2**20:,.0f} MB for indexes, CPU seconds of the server")
        for name, chosen in sets.items():
            print(f"  {name}: {', '.join(each.subject for each in chosen) or '-'}")
        with closing(psycopg2.connect(dsn)) as connection:
            connection.autocommit = True
            server = Server(connection)
            server.execute("SET statement_timeout = '10min'")
            # Its workers would end as children of the server too.
            server.execute("ALTER SYSTEM SET autovacuum = off")
            server.execute("SELECT pg_reload_conf()")
            server.execute("SET maintenance_work_mem = '512MB'")
            found: dict[str, list[dict[str, float]]] = {name: [] for name in sets}
            for number in range(rounds + 1):
                for name, chosen in sets.items():
                    with server.built(chosen):
                        measured = {query: _cpu_of(server, text) for query, text in texts.items()}
                    if number:  # the first round warms the caches
                        found[name].append(measured)
        _print(texts, found)


def _print(texts: Mapping[str, str], found: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    middle = {name: {query: median(each[query] for each in rows) for query in texts} for name, rows in found.items()}
    print(f"  {'':8}" + "".join(f"{name:>20}" for name in middle))
    for query in texts:
        print(f"  {query:8}" + "".join(f"{each[query]:20.2f}" for each in middle.values()))
    totals = {name: sum(each.values()) for name, each in middle.items()}
    print(f"  {'all':8}" + "".join(f"{each:20.2f}" for each in totals.values()))
    print(f"  {'':8}" + "".join(f"{each / totals['none']:20.3f}" for each in totals.values()))
    for name, each in middle.items():
        slower = [query for query in texts if each[query] > SLOWER * middle["none"][query] + 0.02]
        print(f"  {name}: slower by more than a tenth: {', '.join(slower) or '-'}")


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
