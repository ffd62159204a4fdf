"""Ten thousand scrapes of one service: connections, threads, descriptors and memory before and after.

`python -m benchmarks leaks [--scrapes N]`; about five minutes. Needs Debian's postgresql-15 and redis-server.
"""

import argparse
import time

import httpx
import psutil

from benchmarks.exporter_peers import backends_of, folder, postgres15, redis7, tenfold

SCRAPES, WARM = 10_000, 300


def run(scrapes: int = SCRAPES) -> dict[str, tuple[float, float]]:
    """Prints the table; returns each figure before and after.

    Args:
        scrapes: How many.
    """
    with folder() as where, postgres15(where) as dsn, redis7(where) as port:
        configuration = (
            f'[[postgres]]\nname = "db"\ndsn = "{dsn}"\n[[redis]]\nname = "cache"\nurl = "redis://127.0.0.1:{port}/0"\n'
            '[[host]]\nname = "this machine"\n'
        )
        with tenfold(where, configuration) as (url, pid), httpx.Client(timeout=30) as client:
            process = psutil.Process(pid)

            def look() -> dict[str, float]:
                return {
                    "backends": len(backends_of(dsn, ours=True)),
                    "threads": process.num_threads(),
                    "descriptors": process.num_fds(),
                    "resident MB": process.memory_info().rss / 2**20,
                }

            for _ in range(WARM):
                client.get(url).raise_for_status()
            before, began = look(), time.monotonic()
            for _ in range(scrapes):
                client.get(url).raise_for_status()
            after, seconds = look(), time.monotonic() - began
    print(f"\n{scrapes:,} scrapes in {seconds:.0f} s, after {WARM} that are not counted")
    for name, value in before.items():
        print(f"  {name:14}{value:10.1f} → {after[name]:.1f}")
    return {name: (value, after[name]) for name, value in before.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.exporter_leaks", description=__doc__)
    parser.add_argument("--scrapes", type=int, default=SCRAPES)
    run(parser.parse_args().scrapes)
