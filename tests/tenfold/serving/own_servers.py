"""A PostgreSQL and a Redis of a test's own, which it may stop, starve and end."""

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from collectors.role_sql import role_sql
from mall.servers import postgres as wheel_postgres
from mall.servers import redis as wheel_redis
from mall.servers.processes import end, free_port
from tests.conftest import PostgresServer, _throw_away


@dataclass
class Servers:
    """A PostgreSQL and a Redis of the test's own, which it may stop and end."""

    folder: Path
    postgres_port: int
    redis_port: int
    postgres: object = None
    redis: object = None

    @property
    def server(self) -> PostgresServer:
        return PostgresServer(version=18, port=self.postgres_port)

    def start_postgres(self) -> None:
        self.postgres = wheel_postgres.start_server(
            self.folder / "data", self.postgres_port, self.folder / "postgres.log"
        )

    def signal_postgres(self, number: signal.Signals) -> None:
        parent = psutil.Process(self.postgres.pid)  # type: ignore[attr-defined]
        for process in [parent, *parent.children(recursive=True)]:
            # A backend may end by itself, or by its parent, before its turn comes.
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def backends(self) -> int:
        rows = self.server.execute("postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'tenfold'")
        return int(rows[0][0])


@contextmanager
def own_servers(folder: Path) -> Iterator[Servers]:
    """Both running, with an empty shop in the one and nothing in the other.

    Args:
        folder: Where they keep what they write; it exists.
    """
    data = wheel_postgres.data_folder(folder)
    wheel_postgres.initialize(data)
    if data != folder / "data":
        (folder / "data").symlink_to(data)
    own = Servers(folder, free_port(), free_port())
    own.start_postgres()
    own.redis = wheel_redis.start_server(own.redis_port, folder / "redis.log")
    own.server.execute("postgres", "CREATE DATABASE shop")
    own.server.execute(
        "shop", "CREATE EXTENSION pg_stat_statements", "CREATE TABLE orders (id int)", role_sql("tenfold")
    )
    try:
        yield own
    finally:
        own.signal_postgres(signal.SIGCONT)
        os.kill(own.redis.pid, signal.SIGCONT)
        _throw_away(own.postgres)  # type: ignore[arg-type]
        end(own.redis)


def watching(own: Servers) -> str:
    """The configuration that watches both, and this machine."""
    return f"""
        [[postgres]]
        name = "orders"
        dsn = "{own.server.dsn("shop", role="tenfold")}"
        [[redis]]
        name = "cache"
        url = "redis://127.0.0.1:{own.redis_port}/0"
        [[host]]
        name = "this machine"
    """
