"""What counting writes is worth: advice with and without it, both built on the write-heavy practice mall, total of read and write time.

At ten times the traffic orders are placed and paid and stock is reserved, while the staff's pages look for what is new. An index on what is
written all the time spares the staff a scan and costs every reservation. The same seconds of that workload are replayed, statement by
statement, on a copy of the mall's database each time: without new indexes, with those that are advised, and with those that would be
advised if writes cost nothing.

`python -m benchmarks.write_heavy [--folder FOLDER] [--rounds N] [--seconds S]`; about five minutes.
"""

import argparse
import dataclasses
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg2
import psycopg2.extensions

from advisors.index_search import search
from advisors.index_search.advice import Thresholds
from advisors.workload import build_workload, kind_of
from collectors import postgres as collector
from facts.planner import Candidate
from facts.postgres import PostgresFacts
from facts.promotion import Policy, Promotion
from mall import Mall, open_mall
from shadow import open_shadows

ROUNDS, SECONDS = 3, 20.0
BASE, COPY = "write_heavy_base", "write_heavy"


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement of the workload, with its calls a second at ten times the traffic."""

    per_second: float
    text: str
    values: tuple[str, ...]


# `order`, `sku`, `user`, `merchant` are numbers of rows; `recent` is a moment of the last second.
WORKLOAD = (
    Asked(5000, "UPDATE stock SET reserved = reserved + 1, changed_at = now() WHERE sku_id = %s", ("sku",)),
    Asked(
        300,
        "INSERT INTO orders (user_id, merchant_id, order_status, total_cents, shipping_address) VALUES (%s, %s, 'new', 100, 'x')",
        ("user", "merchant"),
    ),
    Asked(300, "UPDATE orders SET order_status = 'paid', paid_at = now() WHERE id = %s", ("order",)),
    Asked(
        300,
        "INSERT INTO payments (order_id, pay_channel, pay_status, paid_cents) VALUES (%s, 'alipay', 'pending', 100)",
        ("order",),
    ),
    Asked(300, "UPDATE payments SET pay_status = 'captured', captured_at = now() WHERE order_id = %s", ("order",)),
    Asked(200, "SELECT id, order_status FROM orders WHERE user_id = %s ORDER BY placed_at DESC LIMIT 20", ("user",)),
    Asked(5, "SELECT sku_id, reserved FROM stock WHERE changed_at > %s ORDER BY changed_at DESC LIMIT 50", ("recent",)),
    Asked(2, "SELECT count(*) FROM orders WHERE order_status = 'refused' AND placed_at > %s", ("recent",)),
    Asked(2, "SELECT count(*) FROM orders WHERE paid_at > %s", ("recent",)),
    Asked(1, "SELECT count(*) FROM payments WHERE captured_at > %s", ("recent",)),
    Asked(1, "SELECT l.order_id FROM order_lines l WHERE l.line_cents > %s LIMIT 20", ("dear",)),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """Server time of the replayed workload, in seconds."""

    read: float
    written: float
    wal_bytes: int

    @property
    def total(self) -> float:
        """Of both."""
        return self.read + self.written


def run(folder: Path, rounds: int, seconds: float) -> None:
    """Prints the advice of both searches, and what each costs when it is built.

    Args:
        folder: Where the small mall lives.
        rounds: Replays of each set, in turn; the median counts.
        seconds: Of the workload.
    """
    with open_mall(folder) as mall:
        _copy(mall, mall.database, BASE)
        facts = _observed(mall, seconds)
        sets: dict[str, Sequence[Candidate]] = {
            "no new index": (),
            "advised": _advice(facts, Thresholds()),
            "advised if writes were free": _advice(facts, Thresholds(entry_seconds=0.0, page_seconds=0.0)),
        }
        for name, candidates in sets.items():
            print(f"\n{name}: {', '.join(each.subject for each in candidates) or '-'}")
        found: dict[str, list[Spent]] = {name: [] for name in sets}
        for number in range(rounds):
            for name, candidates in sets.items():
                found[name].append(_replayed(mall, candidates, seconds, seed=number))
        print(f"\nserver time of {seconds:.0f} s of the workload, median of {rounds}")
        print(f"  {'':30}{'read s':>9}{'write s':>9}{'total s':>9}{'WAL MB':>9}")
        for name, spent in found.items():
            middle = sorted(spent, key=lambda each: each.total)[len(spent) // 2]
            print(
                f"  {name:30}{middle.read:9.2f}{middle.written:9.2f}{median(each.total for each in spent):9.2f}"
                f"{middle.wal_bytes / 2**20:9.0f}"
            )


def _copy(mall: Mall, template: str, name: str) -> None:
    """A database of its own with the template's rows; whoever is connected to the template is sent away, and kept away meanwhile."""
    with closing(psycopg2.connect(_dsn(mall, "postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"ALTER DATABASE {template} ALLOW_CONNECTIONS false")
            try:
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template])
                cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
            finally:
                cursor.execute(f"ALTER DATABASE {template} ALLOW_CONNECTIONS true")


def _dsn(mall: Mall, database: str) -> str:
    return f"postgresql://postgres@127.0.0.1:{mall.postgres_port}/{database}"


def _observed(mall: Mall, seconds: float) -> PostgresFacts:
    """What an audit would read after so many seconds of the workload."""
    _replayed(mall, (), seconds, seed=99)
    begun = collector.begin("mall", _dsn(mall, COPY), (), two_readings=False)
    facts = collector.finish(begun[0], keep_values=True)
    statements = facts.statements
    assert statements is not None
    ours = tuple(each for each in statements.statements if kind_of(each.text) != "other")
    return dataclasses.replace(
        facts, statements=dataclasses.replace(statements, statements=ours, window_seconds=seconds)
    )


def _advice(facts: PostgresFacts, thresholds: Thresholds) -> list[Candidate]:
    # The rates are those of ten times the traffic already.
    workload = build_workload(facts, promotion=Promotion(multiplier=1.0), peak_factor=1.0, cores=2.0, fronts=())
    with open_shadows([facts]) as shadows:
        (planner,) = shadows.planners.values()
        return [each.candidate for each in search(workload, planner, Policy(), thresholds).choices]


def _replayed(mall: Mall, candidates: Sequence[Candidate], seconds: float, *, seed: int) -> Spent:
    """Server time of the workload on a fresh copy with these indexes."""
    _copy(mall, BASE, COPY)
    with closing(psycopg2.connect(_dsn(mall, COPY))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            for number, each in enumerate(candidates):
                cursor.execute(each.ddl(f"advised_{number}"))
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
            limits = _limits(cursor)
            cursor.execute("SELECT pg_stat_statements_reset()")
            # As a shop's many sessions would: nobody waits for the disk after each reservation.
            cursor.execute("SET synchronous_commit = off")
            for text, values in _calls(seconds, limits, seed):
                cursor.execute(text, values)
            return _spent(cursor)


def _limits(cursor: psycopg2.extensions.cursor) -> Mapping[str, int]:
    found = {}
    for name, table, column in (
        ("sku", "stock", "sku_id"),
        ("order", "orders", "id"),
        ("user", "users", "id"),
        ("merchant", "merchants", "id"),
    ):
        cursor.execute(f"SELECT max({column}) FROM {table}")
        row = cursor.fetchone()
        found[name] = int(row[0]) if row else 1
    return found


def _calls(seconds: float, limits: Mapping[str, int], seed: int) -> Iterator[tuple[str, list[object]]]:
    """Every call of the workload in a seeded order."""
    chance = random.Random(seed)
    calls = [each for each in WORKLOAD for _ in range(round(each.per_second * seconds))]
    chance.shuffle(calls)
    for each in calls:
        yield each.text, [_value(kind, limits, chance) for kind in each.values]


def _value(kind: str, limits: Mapping[str, int], chance: random.Random) -> object:
    if kind == "recent":
        return psycopg2.TimestampFromTicks(time.time() - chance.random())
    if kind == "dear":
        return 10**9
    # A few are sought after: half of the calls go to a twentieth of the rows.
    share = chance.random() / (20 if chance.random() < 0.5 else 1)
    return 1 + int(share * (limits[kind] - 1))


def _spent(cursor: psycopg2.extensions.cursor) -> Spent:
    cursor.execute(
        "SELECT query, total_exec_time / 1000, wal_bytes::bigint FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database "
        "WHERE datname = current_database())"
    )
    read = written = 0.0
    wal = 0
    for text, seconds, wal_bytes in cursor.fetchall():
        kind = kind_of(text)
        if kind == "select":
            read += seconds
        elif kind != "other":
            written += seconds
            wal += wal_bytes
    return Spent(read, written, wal)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.write_heavy", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("tenfold-bench") / "small")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args()
    run(given.folder, given.rounds, given.seconds)
