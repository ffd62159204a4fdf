"""One real mall server for the whole room, and the facts that the collectors read from it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest

from collectors import postgres as collector
from facts.postgres import PostgresFacts
from mall.servers import postgres
from mall.servers.processes import free_port
from shadow.open import _open_one
from shadow.server import Server, running
from tests.shadow.forging import BYSTANDERS, SCRIPT, SECRET, Opened, Trap


@dataclass(frozen=True)
class Mall:
    """A running PostgreSQL 18 with databases of the tests."""

    port: int

    def dsn(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str) -> psycopg2.extensions.connection:
        connection = psycopg2.connect(self.dsn(database))
        connection.autocommit = True
        return connection

    def rows(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def create(self, database: str, script: str, *, options: str = "") -> None:
        self.rows("postgres", f'CREATE DATABASE "{database}" TEMPLATE template0 {options}')
        self.rows(database, script)

    def facts(self, database: str) -> PostgresFacts:
        begun = collector.begin("mall", self.dsn(database), (), two_readings=False)
        return collector.finish(begun[0], keep_values=True)


@pytest.fixture(scope="session")
def mall() -> Iterator[Mall]:
    folder = Path(tempfile.mkdtemp(prefix="tenfold-tests-shadow-", dir="/tmp"))
    folder.chmod(0o755)
    postgres.initialize(folder / "postgres")
    port = free_port()
    process = postgres.start_server(folder / "postgres", port, folder / "log")
    try:
        yield Mall(port)
    finally:
        postgres.stop_server(process)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def small_mall(mall: Mall) -> Callable[[str, str], PostgresFacts]:
    """Makes a database from a script and reads it."""

    def make(database: str, script: str) -> PostgresFacts:
        mall.create(database, script)
        mall.rows(database, "ANALYZE")
        return mall.facts(database)

    return make


@pytest.fixture
def trap() -> Iterator[Trap]:
    folder = Path(tempfile.mkdtemp(prefix="tenfold-tests-trap-", dir="/tmp"))
    folder.chmod(0o777)
    (folder / "secret").write_text(SECRET, encoding="utf-8")
    (folder / "secret").chmod(0o644)
    try:
        yield Trap(folder)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def opened(server: Server) -> Opened:
    numbers = count()
    return lambda facts: closing(_open_one(server, f"shadow_{next(numbers)}", facts))


@pytest.fixture(scope="session")
def wares(small_mall: Callable[[str, str], PostgresFacts]) -> PostgresFacts:
    return small_mall("wares", SCRIPT)


@pytest.fixture(scope="session")
def real(mall: Mall, wares: PostgresFacts) -> dict[str, float]:
    found = {}
    for statement in BYSTANDERS:
        document = mall.rows(wares.database, f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement}")[0][0]
        found[statement] = document[0]["Plan"]["Total Cost"]
    return found
