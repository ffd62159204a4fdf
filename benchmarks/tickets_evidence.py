"""From a webhook to the evidence: `python -m benchmarks.tickets_evidence [--folder FOLDER] [--alerts 100]`; ten minutes.

The practice mall with shoppers and a dead payment channel, `tenfold serve` beside it as an engineer would configure it, and one alert
after the other for another part of the mall each time, so that each opens a ticket and has its evidence read anew. Printed is the time
from the webhook's answer until the evidence is frozen, by the service's own log. Promised: 99 of 100 within 5 s.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from collectors.role_sql import role_sql
from mall import Mall, open_mall
from mall.servers.processes import die_with_parent, end, free_port

ALERTS, PAUSE_SECONDS, PATIENCE_SECONDS = 100, 3.0, 60.0
RATE = 8.0
AREAS = ("payments", "orders", "cache", "search", "database")


def run(folder: Path, alerts: int = ALERTS) -> list[float]:
    """Prints the distribution; returns the seconds of each alert.

    Args:
        folder: Where the small practice mall lives.
        alerts: How many.
    """
    found: list[float] = []
    with open_mall(folder) as mall, tempfile.TemporaryDirectory() as name:
        home = Path(name)
        with mall.connection() as connection, connection.cursor() as cursor:
            cursor.execute(role_sql())
            cursor.execute("GRANT SELECT ON orders, payments TO tenfold")
        (home / "tenfold.toml").write_text(_configuration(mall), encoding="utf-8")
        machine, engineer = (
            _tenfold(home, "tokens", "create", role, "--role", role) for role in ("machine", "engineer")
        )
        crowd = mall.send_shoppers(alerts * (PAUSE_SECONDS + PATIENCE_SECONDS / 6) + 60, rate=RATE, seed=5)
        try:
            with _serving(home) as client:
                time.sleep(20)
                mall.turn("dead-payment-channel", on=True)
                for number in range(alerts):
                    found.append(_seconds(client, machine, engineer, number))
                    print(f"  {number + 1:4} {AREAS[number % len(AREAS)]:10}{found[-1]:6.2f} s", flush=True)
                    time.sleep(PAUSE_SECONDS)
        finally:
            mall.turn("dead-payment-channel", on=False)
            crowd.end()
    found.sort()
    print(
        f"\n{alerts} alerts: median {statistics.median(found):.2f} s, p95 {_at(found, 0.95):.2f} s, p99 {_at(found, 0.99):.2f} s"
    )
    return found


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _configuration(mall: Mall) -> str:
    return f"""
[mall]
name = "practice"
[[postgres]]
name = "orders"
dsn = "{mall.dsn.replace("postgres@", "tenfold@")}"
[[redis]]
name = "cache"
url = "{mall.redis_url}"
[[http]]
name = "shop"
url = "{mall.shop_url}"
access_log = "{mall.access_log}"
[[host]]
name = "this machine"
[tickets]
[[tickets.evidence.probe]]
name = "wechat"
url = "{mall.shop_url}"
"""


def _tenfold(home: Path, *arguments: str) -> str:
    """The last word of what the program says."""
    command = [sys.executable, "-m", "tenfold", *arguments]
    done = subprocess.run(command, cwd=home, env=_environment(), capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


@contextmanager
def _serving(home: Path) -> Iterator[httpx.Client]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tenfold", "serve", "--listen", f"127.0.0.1:{port}"],
        cwd=home,
        env=_environment(),
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent,  # noqa: PLW1509  (one prctl call, safe between fork and exec)
    )
    try:
        with closing(httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=30.0)) as client:
            deadline = time.monotonic() + 60
            while not _is_ready(client):
                if time.monotonic() > deadline:
                    raise RuntimeError("the service does not start")
                time.sleep(0.2)
            yield client
    finally:
        end(process)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/tickets").status_code == 401
    except httpx.TransportError:
        return False


def _seconds(client: httpx.Client, machine: str, engineer: str, number: int) -> float:
    """From the answer to the webhook until all of the evidence of its ticket is frozen, after which the cause is judged."""
    labels = {
        "alertname": f"Trouble{number}",
        "severity": "critical",
        "area": AREAS[number % len(AREAS)],
        "channel": "wechat",
    }
    body = json.dumps({"title": f"trouble {number}", "labels": labels})
    headers = {"Authorization": f"Bearer {machine}", "Content-Type": "application/json"}
    client.post("/alerts", content=body, headers=headers).raise_for_status()
    answered = datetime.now(UTC)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        frozen = _frozen(client, engineer, f"trouble {number}")
        if frozen is not None:
            return (frozen - answered).total_seconds()
        time.sleep(0.25)
    return PATIENCE_SECONDS


def _frozen(client: httpx.Client, engineer: str, title: str) -> datetime | None:
    headers = {"Authorization": f"Bearer {engineer}"}
    tickets: list[dict[str, Any]] = client.get("/tickets", headers=headers).raise_for_status().json()["items"]
    number = next((each["id"] for each in tickets if each["title"] == title), None)
    if number is None:
        return None
    events = client.get(f"/tickets/{number}", headers=headers).raise_for_status().json()["events"]
    if not any(each["event"]["kind"] == "cause_given" for each in events):
        return None
    return max(datetime.fromisoformat(each["at"]) for each in events if each["event"]["kind"] == "evidence_frozen")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.tickets_evidence", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("tenfold-bench") / "small")
    parser.add_argument("--alerts", type=int, default=ALERTS)
    given = parser.parse_args()
    run(given.folder, given.alerts)
