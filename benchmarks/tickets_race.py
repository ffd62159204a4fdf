"""Three senders, the same group, the same instant: `python -m benchmarks.tickets_race [--rounds 1000]`.

They post to three processes of one PostgreSQL, as three Alertmanagers of a cluster do when their gossip fails. After each round there has
to be exactly one ticket of that group.
"""

import argparse
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field

from sqlalchemy import func, select

from benchmarks.tickets_processes import Sender, alert, services, stores, webhook
from tickets.store import ledger
from tickets.store.opening import open_store
from tickets.store.tables import OPEN_KEYS, TICKETS

SENDERS = 3


@dataclass(slots=True)
class Raced:
    """What was found.

    Attributes:
        rounds: Made.
        wrong: Groups that have not exactly one ticket.
        refused: Answers that were no 2xx.
    """

    rounds: int
    wrong: int = 0
    refused: int = 0
    balanced: bool = False
    merged: int = 0
    answers: list[int] = field(default_factory=list)


def run_one(store: str, rounds: int) -> Raced:
    """Races on a store."""
    found = Raced(rounds)
    with services(store, SENDERS) as running:
        barrier = threading.Barrier(SENDERS, timeout=600)

        def send(port: int) -> None:
            with closing(Sender(port, timeout=120)) as sender:
                sender.post([], "/api/v1/alerts")  # connected before the race
                for number in range(rounds):
                    document = webhook(f"race-{number}", alert(f"f{number}"))
                    barrier.wait()
                    found.answers.append(sender.post(document)[0])

        threads = [threading.Thread(target=send, args=(each.port,)) for each in running]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    found.refused = sum(not 200 <= status < 300 for status in found.answers)
    opened = open_store(store)
    with opened.read() as connection:
        rows = connection.execute(select(TICKETS.c.key, func.count()).group_by(TICKETS.c.key))
        counts = {row[0]: row[1] for row in rows}
        keys = set(connection.execute(select(OPEN_KEYS.c.key)).scalars())
        groups = [f"race-{number}" for number in range(rounds)]
        found.wrong = sum(counts.get(group) != 1 or group not in keys for group in groups)
        balance = ledger.balance(connection)
        found.balanced = balance.balanced
        found.merged = sum(n for (outcome, _), n in balance.outcomes.items() if outcome == "merged")
    opened.close()
    return found


def run(rounds: int) -> Raced:
    """Prints what was found."""
    with stores(["postgresql"]) as found:
        started = time.monotonic()
        raced = run_one(found["postgresql"], rounds)
    print(
        f"{rounds} rounds of {SENDERS} senders and {SENDERS} processes in {time.monotonic() - started:.0f} s: {raced.wrong} groups "
        f"without exactly one open ticket (limit 0), {raced.refused} posts refused, {raced.merged} merged, "
        f"ledger {'balanced' if raced.balanced else 'NOT balanced'}"
    )
    return raced


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    run(parser.parse_args().rounds)
