"""What a scrape costs beside Debian's exporters, on the same servers in the same run, both in turn.

PostgreSQL 15 with pgbench at scale 20 against postgres_exporter: alone, with a second database of 2,500 tables in the cluster, with
5,000 statement families. Redis 7 with 173,000 keys against redis_exporter. This machine against node_exporter. Then 100 databases in one
process. The target's processor time is the kernel's own count for the backends that work for the exporter. What counts as a fact stands in
`exporter_peers`.

`python -m benchmarks exporter`; about four minutes. Needs Debian's postgresql-15, redis-server and the three exporters.
"""

import statistics
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import redis

from benchmarks.exporter_peers import (
    Cost,
    Scraped,
    backends_of,
    execute,
    folder,
    peer,
    postgres15,
    redis7,
    side_by_side,
    tenfold,
)

SCRAPES = 100
TABLES, FAMILIES, KEYS, DATABASES = 2_500, 5_000, 173_000, 100
INTERVAL_SECONDS, ROUNDS = 15.0, 4
_HEADINGS = ("wall ms median", "p95", "facts", "target CPU ms", "RSS MB")


def run(scrapes: int = SCRAPES) -> dict[str, tuple[Cost, Cost]]:
    """Prints the table; returns what was measured, ours first.

    Args:
        scrapes: Of each exporter in each case.
    """
    found: dict[str, tuple[Cost, Cost]] = {}
    with folder() as where:
        print(f"\na scrape of each exporter, {scrapes} in turn: ours / the peer's")
        print(f"  {'':34}" + "".join(f"{name:>24}" for name in _HEADINGS))
        with postgres15(where) as dsn:
            _postgres(where, dsn, scrapes, found)
            _many_databases(where, dsn)
        with redis7(where) as port:
            _redis(where, port, scrapes, found)
        _host(where, scrapes, found)
    _flat(found)
    return found


def _postgres(where: Path, dsn: str, scrapes: int, found: dict[str, tuple[Cost, Cost]]) -> None:
    configuration = f'[[postgres]]\nname = "bench"\ndsn = "{dsn}"\n'
    with ExitStack() as stack:
        url, pid = stack.enter_context(tenfold(where, configuration))
        environment = {"DATA_SOURCE_NAME": dsn + "?sslmode=disable"}
        other, other_pid = stack.enter_context(peer("prometheus-postgres-exporter", where, environment=environment))

        def measure(name: str) -> None:
            ours = Scraped(url.replace("metrics", "probe?target=bench"), pid, backends_of(dsn, ours=True))
            theirs = Scraped(other, other_pid, backends_of(dsn, ours=False))
            found[name] = _told(name, side_by_side(ours, theirs, scrapes))

        measure("PostgreSQL")
        execute(dsn, "CREATE DATABASE crowded")
        crowd = dsn.rpartition("/")[0] + "/crowded"
        execute(
            crowd,
            f"DO $$ BEGIN FOR n IN 1..{TABLES} LOOP EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY)', n); END LOOP; END $$",
        )
        measure(f"with {TABLES:,} tables")
        _families(dsn)
        measure(f"with {FAMILIES:,} statements")


def _families(dsn: str) -> None:
    """Statements that differ in shape."""
    names = [f"c{number}" for number in range(13)]
    execute(dsn, f"CREATE TABLE shapes ({', '.join(f'{name} int' for name in names)})")
    execute(
        dsn,
        *(
            f"SELECT {', '.join(name for bit, name in enumerate(names) if number >> bit & 1)} FROM shapes"
            for number in range(1, FAMILIES + 1)
        ),
    )


def _redis(where: Path, port: int, scrapes: int, found: dict[str, tuple[Cost, Cost]]) -> None:
    client = redis.Redis(port=port)
    with client.pipeline(transaction=False) as pipe:
        for number in range(KEYS):
            pipe.set(f"product:{number}", "x" * 40)
            if number % 10_000 == 0:
                pipe.execute()
        pipe.execute()
    (server,) = [
        each.info["pid"]
        for each in psutil.process_iter(["pid", "name", "cmdline"])
        if each.info["name"] == "redis-server" and f":{port}" in " ".join(each.info["cmdline"] or ())
    ]
    with ExitStack() as stack:
        url, pid = stack.enter_context(
            tenfold(where, f'[[redis]]\nname = "bench"\nurl = "redis://127.0.0.1:{port}/0"\n')
        )
        other, other_pid = stack.enter_context(
            peer("prometheus-redis-exporter", where, f"--redis.addr=redis://127.0.0.1:{port}")
        )
        ours = Scraped(url.replace("metrics", "probe?target=bench"), pid, [server])
        name = f"Redis with {KEYS:,} keys"
        found[name] = _told(name, side_by_side(ours, Scraped(other, other_pid, [server]), scrapes))


def _host(where: Path, scrapes: int, found: dict[str, tuple[Cost, Cost]]) -> None:
    with ExitStack() as stack:
        url, pid = stack.enter_context(tenfold(where, '[[host]]\nname = "bench"\n'))
        other, other_pid = stack.enter_context(peer("prometheus-node-exporter", where))
        ours = Scraped(url.replace("metrics", "probe?target=bench"), pid, [])
        found["this machine"] = _told("this machine", side_by_side(ours, Scraped(other, other_pid, []), scrapes))


def _many_databases(where: Path, dsn: str) -> None:
    """One process, 100 databases, a scrape every 15 s."""
    names = [f"shop_{number}" for number in range(DATABASES)]
    for name in names:
        execute(dsn, f"CREATE DATABASE {name}")
    listed = ", ".join(f'"{name}"' for name in names)
    configuration = f'[serve]\nseries = 100000\n[[postgres]]\nname = "bench"\ndsn = "{dsn}"\ndatabases = [{listed}]\n'
    with tenfold(where, configuration) as (url, pid):
        process, walls = psutil.Process(pid), []
        before = sum(process.cpu_times()[:2])
        began = time.monotonic()
        for number in range(ROUNDS):
            time.sleep(max(began + number * INTERVAL_SECONDS - time.monotonic(), 0))
            started = time.perf_counter()
            text = httpx.get(url, timeout=30).text
            walls.append(time.perf_counter() - started)
        share = (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)
        up = sum(line.startswith("tenfold_postgres_up{") and line.endswith(" 1.0") for line in text.splitlines())
        print(
            f"  {up} of {DATABASES} databases in one process, every {INTERVAL_SECONDS:.0f} s: scrape {statistics.median(walls):.2f} s"
            f" (longest {max(walls):.2f} s), {process.memory_info().rss / 2**20:.0f} MB, {share:.1%} of one core"
        )


def _told(name: str, costs: tuple[Cost, Cost]) -> tuple[Cost, Cost]:
    ours, theirs = costs
    cells = (
        f"{ours.median_ms:.2f} / {theirs.median_ms:.2f} ({ours.median_ms / theirs.median_ms:.2f})",
        f"{ours.p95_ms:.2f} / {theirs.p95_ms:.2f}",
        f"{ours.facts} / {theirs.facts}",
        f"{ours.target_cpu_ms:.2f} / {theirs.target_cpu_ms:.2f}"
        + (f" ({ours.target_cpu_ms / theirs.target_cpu_ms:.2f})" if theirs.target_cpu_ms else ""),
        f"{ours.memory_mb:.0f} / {theirs.memory_mb:.0f}",
    )
    print(f"  {name:34}" + "".join(f"{cell:>24}" for cell in cells), flush=True)
    return costs


def _flat(found: dict[str, tuple[Cost, Cost]]) -> None:
    """Whether a crowded cluster costs more than an empty one."""
    alone = found["PostgreSQL"][0]
    for name, (ours, _) in found.items():
        if name.startswith("with "):
            print(
                f"  {name}: wall {ours.median_ms / alone.median_ms:.2f} ×, target CPU {ours.target_cpu_ms / alone.target_cpu_ms:.2f} ×"
                " of the same without (promised: at most 1.2)"
            )


if __name__ == "__main__":
    run()
