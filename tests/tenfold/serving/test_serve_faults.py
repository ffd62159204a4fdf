"""Whatever happens to the mall's servers: an answer in time each time, never a second backend, and back when they are back."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import psycopg2

from tests.conftest import _throw_away
from tests.tenfold.conftest import Program
from tests.tenfold.serving.conftest import TIMEOUT, Service, in_time, serving
from tests.tenfold.serving.own_servers import Servers


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
    """The short form; `python -m benchmarks leaks` scrapes ten thousand times."""
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
