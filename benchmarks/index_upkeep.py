"""What the writes pay for one more index: an entry, a page touched for the first time after a checkpoint, an update that is HOT no more.

`python -m benchmarks.index_upkeep [--rounds N]`; a minute. The advice charges `entry_seconds` and `page_seconds` of
`advisors.index_search.advice.Thresholds`; here is what they are on this machine: the server's own time of a statement with the index less
that without it, medians of several rounds.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg2
import psycopg2.extensions

from mall.servers import postgres
from mall.servers.processes import end, free_port

ROUNDS, CALLS = 5, 5_000
SMALL, LARGE = 20_000, 2_000_000
INSERT = "INSERT INTO t (scattered, pad) VALUES (%s, 'x')"
UPDATE = "UPDATE t SET counted = counted + 1 WHERE id = %s"
Cursor = psycopg2.extensions.cursor


@dataclass(frozen=True, slots=True)
class Setting:
    """What is measured.

    Attributes:
        rows: Of the table before.
        indexes: What the one more index is on, and what stands beside it.
        warmed: Every page has been written to since the checkpoint.
        cached: Its pages are in the server's own memory.
    """

    name: str
    statement: str
    rows: int
    index: str
    beside: Sequence[str] = ()
    warmed: bool = True
    cached: bool = True


SETTINGS = (
    Setting("an entry, in order", INSERT, SMALL, "(at)"),
    Setting("an entry, anywhere", INSERT, SMALL, "(scattered)"),
    Setting("an entry and a page after a checkpoint", INSERT, LARGE, "(scattered)", warmed=False),
    Setting("the same, the page has to be read", INSERT, LARGE, "(scattered)", warmed=False, cached=False),
    Setting("an update that was HOT", UPDATE, SMALL, "(counted)"),
    Setting("an update that was HOT, three more indexes", UPDATE, SMALL, "(counted)", ("(scattered)", "(at)", "(pad)")),
)


def run(rounds: int) -> None:
    """Prints microseconds of one row.

    Args:
        rounds: Of each, with and without the index in turn; the median counts.
    """
    with _server() as cursor:
        for each in SETTINGS:
            found: dict[bool, list[float]] = {False: [], True: []}
            for number in range(rounds):
                for there in (False, True):
                    found[there].append(_microseconds(cursor, each, there=there, seed=number))
            before, after = median(found[False]), median(found[True])
            print(f"  {each.name:45} {before:7.1f} -> {after:7.1f} µs: {after - before:6.1f} µs", flush=True)


def _microseconds(cursor: Cursor, setting: Setting, *, there: bool, seed: int) -> float:
    """The server's mean time of the statement."""
    dice = random.Random(seed)
    cursor.execute("DROP TABLE IF EXISTS t")
    cursor.execute(
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, scattered int, at timestamptz DEFAULT clock_timestamp(), "
        "counted int DEFAULT 0, pad text) WITH (fillfactor = 80, autovacuum_enabled = off)"
    )
    cursor.execute(
        f"INSERT INTO t (scattered, pad) SELECT (random() * {setting.rows})::int, 'x' FROM generate_series(1, {setting.rows})"
    )
    for each in (*setting.beside, *([setting.index] if there else [])):
        cursor.execute(f"CREATE INDEX ON t {each}")
    cursor.execute("VACUUM ANALYZE t")
    if there and setting.cached:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("SELECT count(scattered) FROM t WHERE scattered >= 0")
        cursor.execute("RESET enable_seqscan")
    cursor.execute("CHECKPOINT")
    if setting.warmed:
        _call(cursor, setting, dice)
    cursor.execute("SELECT pg_stat_statements_reset()")
    _call(cursor, setting, dice)
    cursor.execute(
        "SELECT sum(total_exec_time) / sum(calls) * 1000 FROM pg_stat_statements WHERE query ~ '^(INSERT|UPDATE)'"
    )
    row = cursor.fetchone()
    return float(row[0]) if row else 0.0


def _call(cursor: Cursor, setting: Setting, dice: random.Random) -> None:
    for _ in range(CALLS):
        cursor.execute(setting.statement, [1 + dice.randrange(setting.rows)])


@contextmanager
def _server() -> Iterator[Cursor]:
    with tempfile.TemporaryDirectory(prefix="tenfold-upkeep-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        data = postgres.data_folder(folder)
        postgres.initialize(data)
        port = free_port()
        server = postgres.start_server(data, port, folder / "log")
        try:
            with closing(
                psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres")
            ) as connection:
                connection.autocommit = True
                with connection.cursor() as cursor:
                    cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
                    # As a shop's many sessions would: nobody waits for the disk after each row.
                    cursor.execute("SET synchronous_commit = off")
                    yield cursor
        finally:
            end(server)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.index_upkeep", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    run(parser.parse_args().rounds)
