"""A storm of alerts against a bare endpoint: `python -m benchmarks.tickets_storm [--seconds 300] [--stores sqlite,postgresql]`.

Both are served by the same process, with the same token check, the same store and the same durability; the bare one inserts one
row and commits (`benchmarks.tickets_app`). Both are driven twice:

- closed loop: some connections post as fast as they are answered; posts a second, and posts a CPU-second of the service;
- open loop: 200 alerts a second for the given time; CPU-seconds spent, latency of the answers, memory at the beginning and at the end.
  Meanwhile an engineer looks: the board, the API's list of open tickets, a search, a ticket, three a second (promised: p95 under 300 ms).

The alerts are those of a storm: each post has one alert; of a hundred posts five open or reopen a ticket, five are new alerts of
an open ticket, five end an alert, the others repeat what is known. `--new` makes every alert one of a new ticket.
"""

import argparse
import itertools
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil

from benchmarks.tickets_app import BARE, ENGINEER
from benchmarks.tickets_processes import ALERTMANAGER, SECRET, Sender, alert, services, stores, webhook

GROUPS = 200
LOOKED_AT = ("/tickets", "/api/v1/tickets?state=open&sort=urgent", "/tickets/list?q=Storm", "/tickets/1")
LOOKS_PER_SECOND = 3.0
PROMISED_MS = 300.0
BARE_SECONDS = 60.0
START = datetime(2026, 11, 11, tzinfo=UTC)
Documents = Iterator[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run gave; times in seconds, memory in bytes."""

    posts: int
    failed: int
    seconds: float
    cpu: float
    latencies: list[float]
    memory: int

    @property
    def per_second(self) -> float:
        """Posts that were answered with 2xx, a second."""
        return self.posts / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """The same for each second of the service's CPU time."""
        return self.posts / self.cpu if self.cpu else 0.0

    def at(self, share: float) -> float:
        """The latency that this share of the posts stayed below, in milliseconds."""
        return _at(self.latencies, share)


def _at(latencies: list[float], share: float) -> float:
    return statistics.quantiles(latencies, n=1000)[int(share * 1000) - 1] * 1000 if len(latencies) > 1 else 0.0


@dataclass(slots=True)
class Onlooker:
    """An engineer who looks at the room while it storms; `latencies` by what is looked at, in seconds."""

    port: int
    latencies: dict[str, list[float]] = field(default_factory=lambda: {address: [] for address in LOOKED_AT})
    failed: Counter[str] = field(default_factory=Counter)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Looks for as long as the block takes."""
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _look(self) -> None:
        headers = {"Authorization": f"Bearer {SECRET}{ENGINEER}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=60) as client:
            due = time.monotonic()
            for address in itertools.cycle(LOOKED_AT):
                due += 1 / LOOKS_PER_SECOND
                if self._over.wait(max(due - time.monotonic(), 0)):
                    return
                try:
                    said = str(client.get(address).raise_for_status().status_code)
                except httpx.HTTPError as error:
                    said = type(error).__name__
                # From the moment at which it was due: what waits behind a slow answer is not left out.
                self.latencies[address].append(time.monotonic() - due)
                if said != "200":
                    self.failed[f"{address} {said}"] += 1


def storm(seed: int, *, new: bool) -> Documents:
    """Posts without end."""
    dice = random.Random(seed)
    known = [(f"{seed}-{group}", f"{seed:x}a{group:x}") for group in range(GROUPS)]
    for number in itertools.count():
        starts = START + timedelta(seconds=number)
        chance = 0.0 if new else dice.random()
        if chance < 0.05:
            group = (f"{seed}-new-{number}", f"{seed:x}b{number:x}")
            known[dice.randrange(GROUPS)] = group
            yield webhook(group[0], alert(group[1], starts_at=starts, instance=f"host-{number}"))
            continue
        key, fingerprint = dice.choice(known)
        if chance < 0.10:
            yield webhook(key, alert(f"{fingerprint}c{number:x}", starts_at=starts, instance=f"host-{number}"))
        elif chance < 0.15:
            yield webhook(key, alert(fingerprint, status="resolved", starts_at=starts))
        else:
            yield webhook(key, alert(fingerprint, starts_at=START))


def closed(
    port: int, path: str, documents: Callable[[int], Documents], seconds: float, connections: int, pid: int
) -> Run:
    """As fast as it is answered."""
    return _drive(port, path, documents, seconds, connections, pid, None)


def paced(port: int, path: str, documents: Callable[[int], Documents], seconds: float, rate: float, pid: int) -> Run:
    """At a steady rate, whatever it answers; a latency counts from the moment at which the post was due."""
    return _drive(port, path, documents, seconds, 16, pid, rate)


def _drive(
    port: int, path: str, documents: Callable[[int], Documents], seconds: float, connections: int, pid: int,
    rate: float | None,
) -> Run:  # fmt: skip
    process = psutil.Process(pid)
    before = process.cpu_times()
    started = time.monotonic()
    latencies: list[float] = []
    failed = Counter[int]()
    due = itertools.count()

    def send(number: int) -> None:
        sender = Sender(port, timeout=60)
        for document in documents(number):
            at = started + next(due) / rate if rate else time.monotonic()
            if at - started >= seconds:
                break
            time.sleep(max(at - time.monotonic(), 0))
            status, _ = sender.post(document, path)
            if 200 <= status < 300:
                latencies.append(time.monotonic() - at)
            else:
                failed[status] += 1
        sender.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(connections)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    after = process.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    took = time.monotonic() - started
    return Run(len(latencies), failed.total(), took, cpu, latencies, process.memory_info().rss)


def run(
    kinds: list[str], *, seconds: float, rate: float, closed_seconds: float, rounds: int, new: bool
) -> dict[str, float]:
    """Prints the figures; the ratios by store."""
    ratios: dict[str, float] = {}
    seeds = itertools.count(1)

    def documents(_connection: int) -> Documents:
        return storm(next(seeds), new=new)

    with stores(kinds) as found:
        for kind, store in found.items():
            with services(store) as (service,):
                assert service.process is not None
                pid = service.process.pid
                for path in (BARE, ALERTMANAGER):
                    closed(service.port, path, documents, 2.0, 16, pid)  # warm
                first = psutil.Process(pid).memory_info().rss
                runs: dict[str, list[Run]] = {BARE: [], ALERTMANAGER: []}
                for _ in range(rounds):
                    for path, made in runs.items():
                        made.append(closed(service.port, path, documents, closed_seconds, 16, pid))
                # What the bare one is compared by is CPU time a post, which a minute tells.
                steady = {BARE: paced(service.port, BARE, documents, min(seconds, BARE_SECONDS), rate, pid)}
                onlooker = Onlooker(service.port)
                with onlooker.looking():
                    steady[ALERTMANAGER] = paced(service.port, ALERTMANAGER, documents, seconds, rate, pid)
            ratios |= _print(kind, runs, steady, rate, first)
            _print_looks(onlooker)
    return ratios


def _print(kind: str, runs: dict[str, list[Run]], steady: dict[str, Run], rate: float, first: int) -> dict[str, float]:
    print(f"\n{kind}, one process")
    for path, made in runs.items():
        per_second = statistics.median(each.per_second for each in made)
        per_cpu = statistics.median(each.per_cpu_second for each in made)
        print(f"  closed loop {path:28} {per_second:7.0f} posts/s, {per_cpu:7.0f} posts a CPU-second")
    for path, each in steady.items():
        print(
            f"  {rate:.0f}/s for {each.seconds:.0f} s {path:28} {each.posts} taken, {each.failed} not; {each.cpu:.1f} CPU-s; "
            f"p50 {each.at(0.5):.1f} ms, p95 {each.at(0.95):.1f} ms, p99 {each.at(0.99):.1f} ms; {each.memory / 2**20:.0f} MiB"
        )
    print(f"  memory before {first / 2**20:.0f} MiB")
    ratios = {
        f"{kind} closed loop": _ratio(runs, lambda each: each.per_second),
        f"{kind} CPU, closed loop": _ratio(runs, lambda each: each.per_cpu_second),
        f"{kind} CPU, {rate:.0f}/s": steady[ALERTMANAGER].per_cpu_second / steady[BARE].per_cpu_second,
    }
    for name, ratio in ratios.items():
        print(f"  ratio {name:35} {ratio:.2f} (limit 0.40)")
    return ratios


def _print_looks(onlooker: Onlooker) -> None:
    for address, latencies in onlooker.latencies.items():
        failed = any(each.startswith(f"{address} ") for each in onlooker.failed)
        verdict = "kept" if latencies and not failed and _at(latencies, 0.95) < PROMISED_MS else "BROKEN"
        print(
            f"  meanwhile {address:40} {len(latencies)} answers; p50 {_at(latencies, 0.5):.1f} ms, "
            f"p95 {_at(latencies, 0.95):.1f} ms, p99 {_at(latencies, 0.99):.1f} ms  {verdict}"
        )
    for what, count in onlooker.failed.items():
        print(f"  meanwhile {what}: {count} times")


def _ratio(runs: dict[str, list[Run]], figure: Callable[[Run], float]) -> float:
    return statistics.median(map(figure, runs[ALERTMANAGER])) / statistics.median(map(figure, runs[BARE]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--closed-seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stores", default="sqlite,postgresql")
    parser.add_argument("--new", action="store_true", help="every alert opens a ticket")
    chosen = parser.parse_args()
    run(
        chosen.stores.split(","),
        seconds=chosen.seconds,
        rate=chosen.rate,
        closed_seconds=chosen.closed_seconds,
        rounds=chosen.rounds,
        new=chosen.new,
    )
