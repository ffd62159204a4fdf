"""Who sees a server that stood still: 500 requests a second for 20 s, frozen for 1 s at second 10.

Of 10,000 arrivals 500 came while it stood still, evenly over the second: an honest 99th percentile is 800 ms, the 99.9th 980 ms. Named
peers in the same run, each against a fresh server: plain Locust (`constant_throughput`, 50 users) and k6 (constant arrival rate, with
enough virtual users and with ten).

`python -m benchmarks.stall`; about two minutes.
"""

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from loadtest.driving import drive
from loadtest.plan import Plan, Segment
from tests.loadtest.targets import server

RATE, SECONDS, FROZEN_AT, FROZEN_SECONDS = 500, 20, 10.0, 1.0
LIMIT = 50
USERS = 50
PROGRAMS = Path(sys.executable).parent

LOCUSTFILE = f"""
from locust import FastHttpUser, constant_throughput, task

class Shopper(FastHttpUser):
    wait_time = constant_throughput({RATE / USERS})

    @task
    def look(self):
        self.client.get("/")
"""
K6_SCRIPT = """
import http from "k6/http";
export const options = { summaryTrendStats: ["med", "p(99)", "p(99.9)", "max"], scenarios: { all: {
  executor: "constant-arrival-rate", rate: %d, timeUnit: "1s", duration: "%ds", preAllocatedVUs: %d, maxVUs: %d } } };
export default function () { http.get(`${__ENV.TARGET}/`); }
"""

Row = tuple[int, int, float, float, float]
"""Sent, failed or dropped, and the percentiles 50, 99 and 99.9 in milliseconds."""


def run() -> dict[str, Row]:
    """Prints the table; returns its rows by name."""
    runs: dict[str, Callable[[str], Row]] = {
        "tenfold": lambda url: _tenfold(url, 10_000),
        f"tenfold, at most {LIMIT} at once": lambda url: _tenfold(url, LIMIT),
        f"Locust, constant_throughput, {USERS} users": _locust,
        "k6, 600 virtual users": lambda url: _k6(url, 600),
        "k6, 10 virtual users": lambda url: _k6(url, 10),
    }
    found = {}
    print(f"\n{RATE}/s for {SECONDS} s, frozen for {FROZEN_SECONDS} s: the truth is p99 800 ms, p99.9 980 ms")
    print(f"  {'':44}{'sent':>7}{'failed':>8}{'p50 ms':>9}{'p99 ms':>9}{'p99.9 ms':>10}")
    for name, measure in runs.items():
        with server("stall", at=FROZEN_AT, seconds=FROZEN_SECONDS) as url:
            found[name] = measure(url)
        sent, failed, p50, p99, p99_9 = found[name]
        print(f"  {name:44}{sent:7}{failed:8}{p50:9.1f}{p99:9.1f}{p99_9:10.1f}", flush=True)
    return found


def _tenfold(url: str, limit: int) -> Row:
    plan = Plan(target=f"{url}/", segments=(Segment(seconds=SECONDS, per_second=RATE),), max_concurrency=limit)
    overall = drive(plan).overall
    assert overall.latency_ms is not None
    return overall.sent, overall.failed, overall.latency_ms.p50, overall.latency_ms.p99, overall.latency_ms.p99_9


def _locust(url: str) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "locustfile.py"
        file.write_text(LOCUSTFILE, encoding="utf-8")
        command = [str(PROGRAMS / "locust"), "-f", str(file), "-H", url, "--headless", "-u", str(USERS), "-r", "1000"]
        command += ["-t", f"{SECONDS}s", "--csv", str(Path(folder) / "out"), "--only-summary"]
        subprocess.run(command, check=True, capture_output=True)
        with (Path(folder) / "out_stats.csv").open(encoding="utf-8") as table:
            (row,) = [each for each in csv.DictReader(table) if each["Name"] == "Aggregated"]
    times = (float(row["50%"]), float(row["99%"]), float(row["99.9%"]))
    return int(row["Request Count"]), int(row["Failure Count"]), *times


def _k6(url: str, users: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        script, summary = Path(folder) / "script.js", Path(folder) / "summary.json"
        script.write_text(K6_SCRIPT % (RATE, SECONDS, users, users), encoding="utf-8")
        command = [str(PROGRAMS / "k6"), "run", "--quiet", "--no-usage-report", "--summary-export", str(summary)]
        subprocess.run([*command, "-e", f"TARGET={url}", str(script)], check=True, capture_output=True)
        metrics = json.loads(summary.read_text(encoding="utf-8"))["metrics"]
    times, dropped = metrics["http_req_duration"], metrics.get("dropped_iterations", {}).get("count", 0)
    return metrics["http_reqs"]["count"], int(dropped), times["med"], times["p(99)"], times["p(99.9)"]


if __name__ == "__main__":
    run()
