"""The board and the search with 100,000 tickets in the store, over HTTP.

`python -m benchmarks.tickets_listing [--tickets N] [--requests N] [--database FILE_OR_URL]`; two minutes. Promised: p95 under 300 ms.
"""

import argparse
import random
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import func, insert, select, text

from mall.servers.processes import free_port
from tickets.desk import Desk
from tickets.names import Role, State, Urgency
from tickets.people.tokens import create_token
from tickets.store import search
from tickets.store.opening import Store, open_store
from tickets.store.tables import EVENTS, TICKETS
from tickets.store.words import words
from tickets.web.app import mount

COUNT, REQUESTS, PROMISED_MS = 100_000, 200, 300.0
AT_ONCE = 5_000
# Of a mall that has run for years: nearly everything is over.
SHARES = {State.WAITING: 0.01, State.IN_PROGRESS: 0.02, State.RESOLVED: 0.02, State.CLOSED: 0.95}
SUBJECTS = "支付通道 payment checkout 库存 stock 订单 order search 商品 cache Redis PostgreSQL coupon 佣金 shipment login".split()
TROUBLES = "down slow 超时 wrong 丢失 failing 不一致 doubled stuck 报错".split()
AREAS = ["payments", "orders", "stock", "search", "cache", ""]
ASKED: dict[str, dict[str, Any]] = {
    "board": {"state": "open", "sort": "urgent"},
    "board, one state": {"state": "waiting"},
    "all, newest": {},
    "all, page 500": {"page": 500},
    "an engineer's": {"owner": "engineer1", "state": "open"},
    "an area's urgent ones": {"area": "payments", "urgency": "urgent"},
    "q, a common word": {"q": "payment"},
    "q, Chinese, two words": {"q": "支付通道 超时"},
    "q, a rare word": {"q": "T-77777"},
    "q, no match": {"q": "没有这样的词"},
}


def fill(store: Store, count: int, seed: int = 7) -> None:
    """Writes that many tickets, each with the first line of its log.

    Args:
        store: An empty one.
        count: Of tickets.
        seed: Of the dice.
    """
    dice, start = random.Random(seed), datetime(2024, 1, 1, tzinfo=UTC)
    for first in range(1, count + 1, AT_ONCE):
        rows: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for number in range(first, min(first + AT_ONCE, count + 1)):
            at = start + timedelta(minutes=15 * number)
            title = f"{dice.choice(SUBJECTS)} {dice.choice(TROUBLES)} #{dice.randrange(10_000)}"
            state = dice.choices(list(SHARES), list(SHARES.values()))[0]
            urgency, area = dice.choice(list(Urgency)).value, dice.choice(AREAS)
            rows.append({
                "number": number, "version": 1, "title": title, "urgency": urgency, "state": state.value, "area": area,
                "owner": None if state is State.WAITING else f"engineer{dice.randrange(10)}",
                "reporter": f"reporter{dice.randrange(500)}", "source": "person", "opened_at": at, "changed_at": at,
                "firing": [], "seen": [],
            })  # fmt: skip
            data = {"title": title, "urgency": urgency, "area": area, "source": "person"}
            events.append({"ticket": number, "number": 1, "at": at, "actor": "x", "kind": "opened", "data": data})
        with store.write() as connection:
            connection.execute(insert(TICKETS), rows)
            connection.execute(insert(EVENTS), events)
            for row in rows:
                search.put(connection, row["number"], words([row["title"]]), words([row["area"]]), new=True)
    with store.write() as connection:
        connection.execute(text("ANALYZE"))


def run(database: str | None = None, count: int = COUNT, requests: int = REQUESTS) -> dict[str, float]:
    """Prints the table; the p95 of each question in milliseconds.

    Args:
        database: An empty one, or one that an earlier run has filled; a file in a temporary folder where none is given.
        count: Of tickets.
        requests: Of each kind, one after the other.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(database or str(Path(folder) / "tickets.sqlite"))
        with store.read() as connection:
            full = connection.execute(select(func.count()).select_from(TICKETS)).scalar_one()
        began = time.monotonic()
        if not full:
            fill(store, count)
        print(f"{full or count:,} tickets on {store.dialect}, filled in {time.monotonic() - began:.0f} s")
        desk = Desk(store=store)
        app = FastAPI()
        mount(app, desk)
        port = free_port()
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        token = create_token(desk, f"engineer{time.time_ns()}", Role.ENGINEER)
        try:
            return _ask(f"http://127.0.0.1:{port}/api/v1/tickets", token, requests)
        finally:
            server.should_exit = True
            thread.join(10)
            store.close()


def _ask(url: str, token: str, requests: int) -> dict[str, float]:
    found = {}
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        for name, params in ASKED.items():
            taken, worked, total = [], [], 0
            for _ in range(requests):
                began, working = time.perf_counter(), time.process_time()
                answer = client.get(url, params=params)
                taken.append((time.perf_counter() - began) * 1000)
                worked.append((time.process_time() - working) * 1000)
                total = answer.raise_for_status().json()["total"]
            found[name] = statistics.quantiles(taken, n=20)[-1]
            verdict = "kept" if found[name] < PROMISED_MS else "BROKEN"
            print(
                f"  {name:24} p50 {statistics.median(taken):7.1f} ms  p95 {found[name]:7.1f} ms"
                f"  CPU of both ends p95 {statistics.quantiles(worked, n=20)[-1]:6.1f} ms  {total:7,} found  {verdict}"
            )
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.tickets_listing", description=__doc__)
    parser.add_argument("--tickets", type=int, default=COUNT)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--database")
    asked = parser.parse_args()
    run(asked.database, asked.tickets, asked.requests)
