"""The program as a user starts it, a folder of its own for each test, and a shop with faults to find."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from collectors.role_sql import role_sql
from tests.conftest import PostgresServer

AUDITOR = "tenfold"
SHOPPER = "shopper"
# What a user's shell may have set and a test's must not: languages, libpq's defaults, our own variables.
_FOREIGN = ("PG", "TENFOLD", "LC_", "LANG", "COLUMNS", "LINES", "PYTHON", "NO_COLOR", "FORCE_COLOR", "TTY")

SHOP = f"""
CREATE EXTENSION pg_stat_statements;
CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL, state text, created_at timestamptz);
INSERT INTO users SELECT n, 'user' || n || '@shop.example' FROM generate_series(1, 5000) n;
INSERT INTO orders SELECT n, n * 7919 % 5000, 'paid', '2026-01-01'::timestamptz + n * interval '1 min' FROM generate_series(1, 120000) n;
CREATE INDEX orders_state ON orders (state);
CREATE INDEX orders_state_again ON orders (state);
GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO {SHOPPER};
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the program ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document that `--json` promises: anything else on stdout fails here."""
        found = json.loads(self.stdout)
        assert isinstance(found, dict)
        return found

    @property
    def everything(self) -> str:
        return self.stdout + self.stderr


@dataclass(frozen=True, slots=True)
class Program:
    """`tenfold`, started in a folder of the test's own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> tuple[str, ...]:
        return sys.executable, "-m", "tenfold"

    @classmethod
    def in_new_folder(cls, parent: Path) -> "Program":
        """The program in an empty folder, in English, with nothing of the user's environment that it would heed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        folder = parent / "user"
        folder.mkdir()
        environment |= {"LC_ALL": "C.UTF-8", "HOME": str(parent), "PYTHONPATH": str(Path(__file__).parents[2])}
        return cls(folder, environment)

    def start(
        self,
        *arguments: str | Path,
        environment: Mapping[str, str] | None = None,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
    ) -> "subprocess.Popen[str]":
        """Starts it and does not wait."""
        return subprocess.Popen(
            [*self.command, *map(str, arguments)],
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            # Ctrl-C must be heard even where the shell that started the tests has switched it off.
            preexec_fn=_hear_interrupts,  # noqa: PLW1509  (one signal call)
        )

    def __call__(self, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> Ended:
        """Runs it to its end; a traceback fails the test, whatever it is about."""
        with self.start(*arguments, environment=environment) as process:
            return finish(process, verbose="--verbose" in arguments)

    def findings(self, run: Path | str = "tenfold-runs/latest") -> dict[str, Any]:
        """A run's `findings.json`."""
        found = json.loads((self.folder / run / "findings.json").read_text(encoding="utf-8"))
        assert isinstance(found, dict)
        return found

    def written(self) -> str:
        """Everything that the program wrote below its folder, snapshots unpacked."""
        import gzip

        parts = []
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                data = path.read_bytes()
                parts.append(path.name)
                parts.append((gzip.decompress(data) if path.suffix == ".tfz" else data).decode("utf-8", "replace"))
        return "\n".join(parts)


def finish(process: "subprocess.Popen[str]", *, verbose: bool = False) -> Ended:
    """Waits for the end; a traceback fails the test, unless it was asked for with --verbose."""
    try:
        stdout, stderr = process.communicate(timeout=100)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    # Python ends by the signal itself when Ctrl-C came in the middle of an import; a shell calls both 130.
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    ended = Ended(code, stdout or "", stderr or "")
    assert verbose or "Traceback" not in ended.everything, ended.everything
    return ended


def skipped(document: Mapping[str, Any]) -> str:
    """What a report did not examine, as text to look into."""
    return "\n".join(
        f"{each['subject']}: {each['reason']} → {each['remedy']}" for each in document["coverage"]["skipped"]
    )


def wait_for(condition: Callable[[], bool]) -> None:
    """Waits until something is so."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


@pytest.fixture
def tenfold(tmp_path: Path) -> Program:
    """The program in a folder of the test's own."""
    return Program.in_new_folder(tmp_path)


@dataclass(frozen=True, slots=True)
class Shop:
    """A database with faults and a workload that suffers from them."""

    server: PostgresServer
    database: str

    @property
    def dsn(self) -> str:
        return f"postgresql://{AUDITOR}@127.0.0.1:{self.server.port}/{self.database}"

    def shop(self) -> None:
        """Some shoppers look into their orders."""
        looks = [f"SELECT * FROM orders WHERE user_id = {n} ORDER BY created_at DESC LIMIT 20" for n in range(1, 40)]
        self.server.execute(self.database, *looks, role=SHOPPER)

    def shop_anew(self) -> None:
        """The same with all counters at zero before: other tests reset those of the whole server, and time thins out what is left."""
        self.server.execute(self.database, "SELECT pg_stat_statements_reset()")
        self.shop()


def prepared(server: PostgresServer, *ddl: str, name: str | None = None) -> str:
    """A fresh database with the role that `tenfold init` asks for; its name."""
    server.create_role(SHOPPER)
    database = server.create_database(*ddl, role_sql(AUDITOR), "VACUUM ANALYZE", name=name)
    # The counters of the inserts reach the server's statistics only after a while, and would make fresh statistics look stale.
    server.execute(database, "SELECT pg_stat_force_next_flush()", "ANALYZE")
    if server.execute(database, "SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'"):
        server.execute(database, "SELECT pg_stat_statements_reset()")
    return database


@pytest.fixture(scope="session")
def opened_shop(postgres18: PostgresServer) -> Shop:
    """The shop's database on PostgreSQL 18."""
    return Shop(postgres18, prepared(postgres18, SHOP, name="shop"))


@pytest.fixture
def shop(opened_shop: Shop) -> Shop:
    """The shop with a workload of this moment; tests leave it as they found it, but for its counters."""
    opened_shop.shop_anew()
    return opened_shop


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port whose server accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as listener:
        yield int(listener.getsockname()[1])


def codes(document: Mapping[str, Any]) -> Sequence[str]:
    """The rules that reported something."""
    return [each["code"] for each in document["findings"]]


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
