"""Opens the practice mall: servers, data, shop; and closes all of it."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import psycopg2
import psycopg2.extensions

from mall.names import SCHEMA, Names, index_names, scrambled
from mall.servers import postgres, redis
from mall.servers.processes import end, free_port, start
from mall.shoppers import Crowd, Driven
from mall.switches import Switches

Size = Literal["small", "medium", "large"]
Progress = Callable[[str, float], None]

_ROWS = {
    "small": {"users": 40_000, "merchants": 200, "products": 20_000, "orders": 150_000},
    "medium": {"users": 200_000, "merchants": 1_000, "products": 60_000, "orders": 1_000_000},
    "large": {"users": 800_000, "merchants": 4_000, "products": 200_000, "orders": 5_000_000},
}
_SEED_VERSION = 5
# What a marked order writes, so that a rehearsal leaves no trace in the mall's own tables.
_SHADOWED = (
    "carts", "cart_items", "stock", "orders", "order_lines", "payments", "commissions", "shipments", "outbox",
)  # fmt: skip
STATE_FILE = "mall.json"


@dataclass
class Mall:
    """A running practice mall.

    Attributes:
        dsn: Of the practice database, as its superuser.
        shop_dsn: The same as the role that the shop uses.
        everyday_peak: Journeys a second that the shop declares as its everyday peak.
    """

    directory: Path
    size: Size
    names: Names
    postgres_port: int
    redis_port: int
    shop_port: int
    secret: str
    switches: Switches = field(default_factory=Switches)
    faults: set[str] = field(default_factory=set)
    everyday_peak: float = 4.0
    database: str = "mall"

    @property
    def dsn(self) -> str:
        """The superuser's address."""
        return f"postgresql://postgres@127.0.0.1:{self.postgres_port}/{self.database}"

    @property
    def shop_dsn(self) -> str:
        """The shop's own role's address."""
        return f"postgresql://shop@127.0.0.1:{self.postgres_port}/{self.database}"

    @property
    def redis_url(self) -> str:
        """The cache's address."""
        return f"redis://127.0.0.1:{self.redis_port}/0"

    @property
    def shop_url(self) -> str:
        """The shop's address."""
        return f"http://127.0.0.1:{self.shop_port}/"

    @property
    def access_log(self) -> Path:
        """The shop's access log."""
        return self.directory / "access.log"

    @property
    def server_log(self) -> Path:
        """PostgreSQL's log."""
        return self.directory / "postgres.log"

    def faults_on(self) -> frozenset[str]:
        """Names of the faults that are switched on."""
        return frozenset(self.faults)

    def turn(self, name: str, *, on: bool) -> None:
        """Switches one fault on or off; doing it twice changes nothing.

        Raises:
            KeyError: There is no such fault.
        """
        from mall.faults import FAULTS

        fault = next((each for each in FAULTS if each.name == name), None)
        if fault is None:
            raise KeyError(name)
        if on == (name in self.faults):
            return
        (fault.plant if on else fault.mend)(self)
        (self.faults.add if on else self.faults.discard)(name)
        self._save()

    def set_switch(self, name: str, *, on: bool) -> None:
        """Turns one of the shop's own switches."""
        self.switches = self.switches.with_switch(name, on=on)
        request = urllib.request.Request(  # noqa: S310  (loopback, our own shop)
            f"{self.shop_url}__control",
            data=json.dumps(asdict(self.switches)).encode(),
            headers={"X-Control-Secret": self.secret},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  (as above)
            answer.read()

    @contextlib.contextmanager
    def connection(self) -> Iterator[psycopg2.extensions.connection]:
        """A superuser's connection in autocommit mode."""
        with contextlib.closing(psycopg2.connect(self.dsn)) as connection:
            connection.autocommit = True
            yield connection

    def run_sql(self, *texts: str) -> None:
        """Runs statements one by one, with their names scrambled as the mall's are.

        Each has a session of its own: a session keeps its counters back for a second, and an ANALYZE that follows a bulk change in the
        same session would be told of that change afterwards.
        """
        for text in texts:
            with self.connection() as connection, connection.cursor() as cursor:
                cursor.execute(self.names.sql(text))

    def reset_statistics(self) -> None:
        """Starts a clean window: statement counters and the access log; tables keep theirs, which tell how old their statistics are."""
        with self.connection() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_statements_reset()")
        os.truncate(self.access_log, 0)

    def shop(
        self, seconds: float, *, rate: float | None = None, seed: int = 1, progress: Progress | None = None
    ) -> Driven:
        """Drives shoppers through the shop, by default at the everyday peak, and waits until the last one has left."""
        return self.send_shoppers(seconds, rate=rate, seed=seed).wait(progress)

    def send_shoppers(self, seconds: float, *, rate: float | None = None, seed: int = 1) -> Crowd:
        """Sends shoppers into the shop and comes back at once."""
        return Crowd(self.shop_url, seconds=seconds, rate=rate or self.everyday_peak, seed=seed)

    def _save(self) -> None:
        state = {
            "size": self.size, "names": self.names.mapping, "postgres_port": self.postgres_port, "redis_port": self.redis_port,
            "shop_port": self.shop_port, "secret": self.secret, "switches": asdict(self.switches), "faults": sorted(self.faults),
            "pid": os.getpid(),
        }  # fmt: skip
        path = self.directory / STATE_FILE
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
        partial.chmod(0o600)
        partial.replace(path)


def attach(directory: Path) -> Mall:
    """The mall that another process opened in that folder.

    Raises:
        FileNotFoundError: None runs there.
    """
    state = json.loads((directory / STATE_FILE).read_text(encoding="utf-8"))
    try:
        os.kill(state["pid"], 0)
    except ProcessLookupError:
        raise FileNotFoundError(directory / STATE_FILE) from None
    return Mall(
        directory=directory,
        size=state["size"],
        names=Names(state["names"]),
        postgres_port=state["postgres_port"],
        redis_port=state["redis_port"],
        shop_port=state["shop_port"],
        secret=state["secret"],
        switches=Switches(**state["switches"]),
        faults=set(state["faults"]),
    )


@contextlib.contextmanager
def open_mall(
    directory: Path,
    *,
    size: Size = "small",
    faults: Iterable[str] = (),
    scramble: int | None = None,
    seed: int = 10,
    shop_port: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Mall]:
    """Starts the mall's servers, seeds it when it is new, opens the shop, and ends all of it with the context.

    Args:
        directory: Where data, logs and state live; a mall of the same size, seed and scramble is opened again at once.
        size: `small` (150,000 orders), `medium` (1 million) or `large` (5 million).
        faults: To switch on.
        scramble: Rename everything at random from this seed.
        seed: Of the data.
        shop_port: Where the shop listens; default: any free port.
        progress: Told what is being done and the share that is done.
    """
    tell = progress or (lambda _text, _share: None)
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    names = scrambled(scramble) if scramble is not None else Names()
    folder = postgres.data_folder(directory)
    stamp = folder.parent / "seeded.json"
    wanted = {"version": _SEED_VERSION, "size": size, "seed": seed, "scramble": scramble}
    fresh = not stamp.is_file() or json.loads(stamp.read_text(encoding="utf-8")) != wanted
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
        stamp.unlink(missing_ok=True)
        tell("initdb", 0.02)
        postgres.initialize(folder)
    for log in ("access.log", "postgres.log", "redis.log", "shop.log"):
        (directory / log).write_bytes(b"")
    with contextlib.ExitStack() as stack:
        postgres_port = free_port()
        stack.callback(postgres.stop_server, postgres.start_server(folder, postgres_port, directory / "postgres.log"))
        redis_port = free_port()
        stack.callback(redis.stop_server, redis.start_server(redis_port, directory / "redis.log"))
        mall = Mall(
            directory=directory, size=size, names=names, postgres_port=postgres_port, redis_port=redis_port,
            shop_port=shop_port or free_port(), secret=secrets.token_hex(16),
        )  # fmt: skip
        if fresh:
            _seed(mall, seed, tell)
            stamp.write_text(json.dumps(wanted), encoding="utf-8")
        _make_healthy(mall)
        tell("shop", 0.97)
        stack.callback(end, _start_shop(mall))
        mall._save()  # noqa: SLF001  (its own module)
        stack.callback((directory / STATE_FILE).unlink, missing_ok=True)
        for name in faults:
            mall.turn(name, on=True)
        tell("", 1.0)
        yield mall


def _seed(mall: Mall, seed: int, tell: Progress) -> None:
    """Creates and fills the database; the texts say what is in it."""
    administrator = psycopg2.connect(host="127.0.0.1", port=mall.postgres_port, user="postgres", dbname="postgres")
    administrator.autocommit = True
    with contextlib.closing(administrator), administrator.cursor() as cursor:
        cursor.execute("CREATE DATABASE mall")
        cursor.execute("CREATE ROLE shop LOGIN")
        cursor.execute("CREATE ROLE staff LOGIN")
    rows = {**_ROWS[mall.size], "seed": seed}
    seeding = (SCHEMA / "seed.sql").read_text(encoding="utf-8")
    steps = [part for part in seeding.split(";\n") if part.strip()]
    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET synchronous_commit = off; SET search_path = public")
        cursor.execute("CREATE EXTENSION pg_trgm; CREATE EXTENSION pg_stat_statements")
        cursor.execute(mall.names.sql((SCHEMA / "tables.sql").read_text(encoding="utf-8")))
        # Foreign keys of generated rows hold by construction; checking millions of them one by one would take longer than everything else.
        cursor.execute("SET session_replication_role = replica")
        for number, step in enumerate(steps):
            tell("rows", 0.05 + 0.6 * number / len(steps))
            text = step
            for key, value in rows.items():
                text = text.replace("{" + key + "}", str(value))
            cursor.execute(mall.names.sql(text))
        cursor.execute("SET session_replication_role = origin")
        statements = (SCHEMA / "indexes.sql").read_text(encoding="utf-8").split(";\n")
        for number, statement in enumerate(filter(str.strip, statements)):
            tell("indexes", 0.65 + 0.2 * number / len(statements))
            cursor.execute(mall.names.sql(statement))
        tell("statistics", 0.87)
        cursor.execute("CREATE SCHEMA rehearsal")
        for table in _SHADOWED:
            cursor.execute(mall.names.sql(f"CREATE TABLE rehearsal.{table} (LIKE public.{table} INCLUDING ALL)"))
        cursor.execute(mall.names.sql("INSERT INTO rehearsal.stock SELECT * FROM public.stock"))
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute(
            "GRANT USAGE ON SCHEMA rehearsal TO shop; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL "
            "TABLES IN SCHEMA public, rehearsal TO shop, staff"
        )
        cursor.execute("CHECKPOINT")


def _make_healthy(mall: Mall) -> None:
    """Undoes what faults and advice of an earlier run left in the database, so that every opening starts from the healthy mall."""
    from mall.faults import FAULTS

    for fault in FAULTS:
        fault.undo_in_database(mall)
    own = [mall.names.mapping.get(name, name) for name in index_names()]
    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('DROP INDEX %%s', i.indexrelid::regclass) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> ALL (%s) "
            "AND NOT EXISTS (SELECT 1 FROM pg_constraint con WHERE con.conindid = i.indexrelid)",
            [own],
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        cursor.execute("ALTER ROLE shop RESET ALL; ALTER ROLE staff RESET ALL")


def _start_shop(mall: Mall) -> "subprocess.Popen[bytes]":
    names = mall.directory / "names.json"
    names.write_text(json.dumps(mall.names.mapping, ensure_ascii=False), encoding="utf-8")
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "MALL_DSN": mall.shop_dsn,
        "MALL_STAFF_DSN": mall.dsn.replace("postgres@", "staff@"),
        "MALL_REDIS_URL": mall.redis_url,
        "MALL_PORT": str(mall.shop_port),
        "MALL_ACCESS_LOG": str(mall.access_log),
        "MALL_NAMES": str(names),
        "MALL_SECRET": mall.secret,
        "MALL_PEAK": str(mall.everyday_peak),
    }
    log = mall.directory / "shop.log"
    process = start([sys.executable, "-m", "mall.shopfront"], log=log, environment=environment)
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"{mall.shop_url}.well-known/mall.json", timeout=5):  # noqa: S310  (loopback)
                return process
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(encoding="utf-8", errors="replace")[-600:]
                raise RuntimeError(f"the practice shop did not start: {tail}") from None
            time.sleep(0.05)
