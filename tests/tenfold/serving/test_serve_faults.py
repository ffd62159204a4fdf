"""Whatever happens to the mall's servers: an answer in time each time, never a second backend, and back when they are back."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg2
import pytest

from collectors.role_sql import role_sql
from mall.servers import postgres as wheel_postgres
from mall.servers import redis as wheel_redis
from mall.servers.processes import end, free_port
from tests.conftest import PostgresServer, _throw_away
from tests.tenfold.conftest import Program
from tests.tenfold.serving.conftest import Scrape, Service, serving

TIMEOUT = 2.0


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
            process.send_signal(number)

    def backends(self) -> int:
        rows = self.server.execute("postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'tenfold'")
        return int(rows[0][0])


@pytest.fixture
def servers(server_folder: Path, request: pytest.FixtureRequest) -> Iterator[Servers]:
    folder = server_folder / f"faults-{os.getpid()}-{abs(hash(request.node.name))}"
    folder.mkdir()
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


@pytest.fixture
def service(tenfold: Program, servers: Servers) -> Iterator[Service]:
    configuration = f"""
        [[postgres]]
        name = "orders"
        dsn = "{servers.server.dsn("shop", role="tenfold")}"
        [[redis]]
        name = "cache"
        url = "redis://127.0.0.1:{servers.redis_port}/0"
        [[host]]
        name = "this machine"
    """
    with serving(tenfold, configuration) as running:
        running.until("tenfold_postgres_up", 1.0)
        running.until("tenfold_redis_up", 1.0)
        yield running


def in_time(scrape: Scrape) -> Scrape:
    assert scrape.status == 200
    assert scrape.seconds < TIMEOUT, "Prometheus has given up"
    assert scrape.value("tenfold_host_up") == 1, "what is well is shown"
    return scrape


def test_a_stopped_postgresql_is_down_at_once_and_up_again_over_the_same_backend(
    service: Service, servers: Servers
) -> None:
    servers.signal_postgres(signal.SIGSTOP)
    for _ in range(4):
        scrape = in_time(service.scrape(timeout=TIMEOUT))
        assert scrape.value("tenfold_postgres_up") == 0
        assert scrape.value("tenfold_redis_up") == 1
        assert scrape.value("tenfold_collector_success", collector="postgres_sessions") == 0
    servers.signal_postgres(signal.SIGCONT)
    service.until("tenfold_postgres_up", 1.0, seconds=80)
    assert servers.backends() == 1


def test_only_our_backend_stopped_gets_no_second_one_beside_it(service: Service, servers: Servers) -> None:
    rows = servers.server.execute("postgres", "SELECT pid FROM pg_stat_activity WHERE usename = 'tenfold'")
    pid = int(rows[0][0])
    os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(5):
            assert in_time(service.scrape(timeout=1.0)).value("tenfold_postgres_up") == 0
            assert servers.backends() == 1
    finally:
        os.kill(pid, signal.SIGCONT)
    service.until("tenfold_postgres_up", 1.0, seconds=80)
    rows = servers.server.execute("postgres", "SELECT pid FROM pg_stat_activity WHERE usename = 'tenfold'")
    assert rows == [(pid,)]


def test_a_stopped_redis_is_down_at_once_and_up_again(service: Service, servers: Servers) -> None:
    os.kill(servers.redis.pid, signal.SIGSTOP)  # type: ignore[attr-defined]
    for _ in range(3):
        scrape = in_time(service.scrape(timeout=TIMEOUT))
        assert scrape.value("tenfold_redis_up") == 0
        assert scrape.value("tenfold_postgres_up") == 1
    os.kill(servers.redis.pid, signal.SIGCONT)  # type: ignore[attr-defined]
    service.until("tenfold_redis_up", 1.0, seconds=80)


def test_a_server_that_was_killed_is_seen_again_when_it_is_back(service: Service, servers: Servers) -> None:
    _throw_away(servers.postgres)  # type: ignore[arg-type]
    for _ in range(3):
        assert in_time(service.scrape(timeout=TIMEOUT)).value("tenfold_postgres_up") == 0
    servers.start_postgres()
    service.until("tenfold_postgres_up", 1.0, seconds=80)


def test_an_exclusive_lock_that_is_held_and_one_that_waits_hold_up_nothing(service: Service, servers: Servers) -> None:
    with servers.server.connection("shop") as holder:
        holder.cursor().execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        waiting = psycopg2.connect(servers.server.dsn("shop"), async_=1)
        while waiting.poll() != psycopg2.extensions.POLL_OK:
            time.sleep(0.01)
        waiting.cursor().execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        scrape = service.until("tenfold_postgres_locks_waited", 1.0, mode="AccessExclusiveLock")
        in_time(scrape)
        assert scrape.value("tenfold_postgres_up") == 1
        failed = [
            line
            for line in scrape.text.splitlines()
            if line.startswith("tenfold_collector_success{") and line.endswith(" 0.0")
        ]
        assert failed == []
        waiting.close()


def test_slots_that_are_exhausted_are_told_and_ours_is_kept(tenfold: Program, servers: Servers) -> None:
    servers.server.execute("postgres", "ALTER ROLE tenfold CONNECTION LIMIT 1")
    taken = psycopg2.connect(servers.server.dsn("shop", role="tenfold"))
    configuration = f"""
        [[postgres]]
        name = "orders"
        dsn = "{servers.server.dsn("shop", role="tenfold")}"
        [[host]]
        name = "this machine"
    """
    with serving(tenfold, configuration) as running:
        assert in_time(running.scrape(timeout=TIMEOUT)).value("tenfold_postgres_up") == 0
        taken.close()
        running.until("tenfold_postgres_up", 1.0, seconds=80)


def test_a_name_that_cannot_be_resolved_holds_up_nobody(tenfold: Program) -> None:
    configuration = """
        [[postgres]]
        name = "orders"
        dsn = "postgresql://tenfold@database.invalid/shop"
        [[redis]]
        name = "cache"
        url = "redis://cache.invalid:6379/0"
        [[host]]
        name = "this machine"
    """
    with serving(tenfold, configuration) as running:
        for _ in range(3):
            scrape = in_time(running.scrape(timeout=TIMEOUT))
            assert scrape.value("tenfold_postgres_up") == 0
            assert scrape.value("tenfold_redis_up") == 0


def test_fifty_scrapes_at_once_cost_the_mall_one_backend(service: Service, servers: Servers) -> None:
    with ThreadPoolExecutor(50) as pool:
        scrapes = list(pool.map(lambda _: service.scrape(), range(50)))
    assert {scrape.status for scrape in scrapes} == {200}
    assert {scrape.value("tenfold_postgres_up") for scrape in scrapes} == {1.0}
    assert servers.backends() == 1


def test_many_scrapes_leave_nothing_behind(service: Service, servers: Servers) -> None:
    """The short form; `benchmarks.exporter_leaks` scrapes ten thousand times."""
    process = psutil.Process(service.pid)
    for _ in range(100):
        service.scrape()
    before = (process.num_threads(), process.num_fds(), process.memory_info().rss)
    for _ in range(400):
        service.scrape()
    after = (process.num_threads(), process.num_fds(), process.memory_info().rss)
    assert after[0] <= before[0]
    assert after[1] <= before[1] + 1
    assert after[2] < before[2] + 4 * 2**20
    assert servers.backends() == 1


def test_ending_it_gives_the_connections_back(tenfold: Program, servers: Servers) -> None:
    configuration = f'[[postgres]]\nname = "orders"\ndsn = "{servers.server.dsn("shop", role="tenfold")}"\n'
    with serving(tenfold, configuration) as running:
        running.until("tenfold_postgres_up", 1.0)
        assert servers.backends() == 1
    deadline = time.monotonic() + 10
    while servers.backends():
        assert time.monotonic() < deadline
        time.sleep(0.05)
