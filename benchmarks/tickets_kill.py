"""`kill -9` of the service at random moments while alerts arrive: `python -m benchmarks.tickets_kill [--alerts 10000] [--kills 500]`.

Senders post as Alertmanager does: again until a 2xx. A killer ends the service's process at random moments and starts it again at
once. In the end every answer of 2xx has to be in the ledger with each of its alerts (0 lost), every key has to have exactly one
ticket (0 doubled), the ledger has to balance, and every ticket's row has to say what its log says. SQLite with
`synchronous=FULL`, PostgreSQL with `fsync` on.

A second process serves the same PostgreSQL all the time with `--processes 2`; each of them is killed in turn.
"""

import argparse
import random
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field

from sqlalchemy import func, select

from benchmarks.tickets_processes import Sender, Service, alert, services, stores, webhook
from tickets.store import ledger, log
from tickets.store.opening import open_store
from tickets.store.tables import OPEN_KEYS, OUTCOMES, POSTS, TICKETS

SENDERS = 8
# Alerts of the same group come one after another from whichever sender is free, so that a killed post meets its successor.
ALERTS_A_GROUP = 5
GIVE_UP_SECONDS = 600.0


@dataclass(slots=True)
class Found:
    """What was found when all was over.

    Attributes:
        kills: Made.
        taken: Posts that were answered with 2xx.
        attempts_without_answer: Posts that were under way when the process died.
        lost: Alerts answered with 2xx that the ledger does not have.
        doubled: Keys with more than one ticket.
        wrong: Whatever else is not as it should be.
    """

    kills: int = 0
    taken: int = 0
    attempts_without_answer: int = 0
    lost: int = 0
    doubled: int = 0
    tickets: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Work:
    """Posts that have still to be sent, handed to whichever sender is free."""

    left: list[tuple[str, str]]
    answered: dict[str, int] = field(default_factory=dict)
    missed: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> tuple[str, str] | None:
        with self.lock:
            return self.left.pop() if self.left else None


def run_one(
    store: str, alerts: int, kills: int, *, processes: int = 1, pause: tuple[float, float] = (0.02, 0.4)
) -> Found:
    """Kills while alerts arrive.

    Args:
        store: Its address.
        alerts: To be taken, each with a fingerprint of its own.
        kills: To be made; senders go on with repeats until all of them were.
        processes: That serve the store at once.
        pause: Between the start of a process that answers and its end, in seconds, from and to.
    """
    dice = random.Random(7)
    groups = max(alerts // ALERTS_A_GROUP, 1)
    posts = [(f"group-{number % groups}", f"f{number}") for number in range(alerts)]
    dice.shuffle(posts)
    work, found, over = _Work(list(posts)), Found(), threading.Event()
    with services(store, processes) as running:
        senders = [
            threading.Thread(target=_send, args=(work, running[number % processes].port, over, posts))
            for number in range(SENDERS)
        ]
        for each in senders:
            each.daemon = True
            each.start()
        while found.kills < kills:
            victim = running[found.kills % processes]
            time.sleep(dice.uniform(*pause))
            victim.kill()
            victim.start()
            found.kills += 1
            victim.wait()
        until = time.monotonic() + GIVE_UP_SECONDS
        while work.left and time.monotonic() < until:
            time.sleep(0.1)
        over.set()
        for each in senders:
            each.join(GIVE_UP_SECONDS)
    _examine(store, work, found, alerts)
    return found


def _send(work: _Work, port: int, over: threading.Event, posts: list[tuple[str, str]]) -> None:
    with closing(Sender(port, timeout=30)) as sender:
        _send_all(sender, work, over, posts)


def _send_all(sender: Sender, work: _Work, over: threading.Event, posts: list[tuple[str, str]]) -> None:
    dice = random.Random(sender.port)
    while True:
        each = work.take()
        if each is None:
            if over.is_set():
                return
            # All are in; the kills are not over yet, so what is known is told again.
            sender.post(webhook(*_one(dice.choice(posts))))
            time.sleep(0.05)
            continue
        until = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < until:
            status, answer = sender.post(webhook(*_one(each)))
            if 200 <= status < 300:
                with work.lock:
                    work.answered[each[1]] = answer["post"]
                break
            work.missed["no answer" if status == 0 else str(status)] += 1
            time.sleep(0.1)


def _one(each: tuple[str, str]) -> tuple[str, dict[str, object]]:
    key, fingerprint = each
    return key, alert(fingerprint, instance=fingerprint)


def _examine(store: str, work: _Work, found: Found, alerts: int) -> None:
    opened = open_store(store)
    with opened.read() as connection:
        known = {
            (row.post, row.fingerprint) for row in connection.execute(select(OUTCOMES.c.post, OUTCOMES.c.fingerprint))
        }
        found.taken = len(work.answered)
        found.lost = sum((post, fingerprint) not in known for fingerprint, post in work.answered.items())
        keys = connection.execute(select(TICKETS.c.key, func.count()).group_by(TICKETS.c.key)).all()
        found.tickets = len(keys)
        found.doubled = sum(count > 1 for _, count in keys)
        balance = ledger.balance(connection)
        if not balance.balanced or ledger.unbalanced(connection, 1):
            found.wrong.append(f"unbalanced: {balance.received} received, {balance.accounted} accounted for")
        if len(work.answered) != alerts:
            found.wrong.append(f"{alerts - len(work.answered)} alerts were never taken")
        holders = connection.execute(select(func.count()).select_from(OPEN_KEYS)).scalar_one()
        if holders != found.tickets:
            found.wrong.append(f"{holders} open keys for {found.tickets} tickets")
        for number in connection.execute(select(TICKETS.c.number)).scalars().all():
            differing = log.check(connection, number)
            if differing:
                found.wrong.append(f"T-{number}: row and log differ in {differing}")
        firing = {each for row in connection.execute(select(TICKETS.c.firing)) for each in row.firing}
        missing = set(work.answered) - firing
        if missing:
            found.wrong.append(f"{len(missing)} alerts are in no ticket")
        found.attempts_without_answer = work.missed["no answer"]
        posts = connection.execute(select(func.count()).select_from(POSTS)).scalar_one()
        if posts < found.taken:
            found.wrong.append("fewer posts than answers")
    opened.close()


def run(kinds: list[str], alerts: int, kills: int, processes: int) -> dict[str, Found]:
    """Prints what was found, by store."""
    results = {}
    for kind in kinds:
        with stores([kind]) as found:
            started = time.monotonic()
            result = run_one(found[kind], alerts, kills, processes=processes if kind == "postgresql" else 1)
            results[kind] = result
        print(
            f"{kind}: {result.kills} kills while {alerts} alerts arrived in {time.monotonic() - started:.0f} s; "
            f"{result.taken} answered with 2xx, {result.attempts_without_answer} attempts without an answer; {result.tickets} tickets; "
            f"{result.lost} lost (limit 0), {result.doubled} doubled (limit 0); {'; '.join(result.wrong) or 'nothing else wrong'}"
        )
    return results


__all__ = ["Found", "Service", "run", "run_one"]

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=300)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--stores", default="sqlite,postgresql")
    chosen = parser.parse_args()
    run(chosen.stores.split(","), chosen.alerts, chosen.kills, chosen.processes)
