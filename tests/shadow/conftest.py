"""One real mall server for the whole room, and the facts that the collectors read from it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest

from collectors import postgres as collector
from facts.postgres import PostgresFacts
from mall.servers import postgres
from mall.servers.processes import free_port


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
