"""Each source that is watched once a second, on real servers; and the watcher that one failing source cannot stop."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from collectors.runner import CollectorError
from collectors.watching import exposition, host, node_exporter, postgres, processes, prometheus, redis
from collectors.watching.source import Opening, Source
from facts.message import Message
from mall.servers.processes import end, free_port, start
from tests import conftest
from tests.collectors.conftest import Audited
from tests.collectors.prometheus_parts import PROMETHEUS
from tests.collectors.watching_parts import watched
from tests.conftest import PostgresServer, RedisServer


@contextmanager
def opened(opening: Opening) -> Iterator[Source]:
    source = opening.open()
    try:
        yield source
    finally:
        source.close()


def test_a_lock_wait_is_seen_while_it_lasts_and_its_statement_afterwards(mall: Audited) -> None:
    with opened(postgres.opening("orders", mall.dsn)) as source:
        source.read()
        with (
            mall.server.connection(mall.database) as holder,
            mall.server.connection(mall.database) as waiter,
            holder.cursor() as holding,
            waiter.cursor() as waiting,
        ):
            holding.execute("BEGIN")
            holding.execute("UPDATE users SET level = 1 WHERE id = 7")
            thread = threading.Thread(target=waiting.execute, args=("UPDATE users SET level = 2 WHERE id = 7",))
            thread.start()
            values: Mapping[str, float] = {}
            deadline = time.monotonic() + 10
            while values.get("row_lock_waiters") != 1 and time.monotonic() < deadline:
                values = source.read()
            holding.execute("COMMIT")
            thread.join()
        ending = source.finish()
    assert (values["row_lock_waiters"], values["lock_waiters"]) == (1, 1)
    assert values["idle_in_transaction"] >= 1
    assert values["busy:shop"] == values["connections:shop"] == 2
    assert 0 <= values["longest_lock_wait_seconds"] < 10
    assert any("UPDATE users SET level" in each.text and each.calls == 2 for each in ending.statements)
    assert not any("pg_stat" in each.text for each in ending.statements)


def test_rates_are_of_the_time_between_two_readings(mall: Audited) -> None:
    with opened(postgres.opening("orders", mall.dsn)) as source:
        assert "commits" not in source.read()
        values = source.read()
    assert {"commits", "blocks_hit", "rows_scanned", "rows_fetched", "deadlocks"} <= values.keys()
    assert source.limits["max_connections"] > 0


def test_without_the_extension_everything_else_is_watched(postgres_server: PostgresServer) -> None:
    database = postgres_server.create_database()
    with opened(postgres.opening("orders", postgres_server.dsn(database))) as source:
        assert "connections" in source.read()
        (reason,) = source.finish().missing
    assert "pg_stat_statements is not there" in str(reason)


def test_literals_never_reach_the_watch(mall: Audited) -> None:
    with opened(postgres.opening("orders", mall.dsn)) as source:
        mall.execute("SELECT 'secret@shop.example' AS address, level FROM users WHERE id = 424242")
        texts = " ".join(each.text for each in source.finish().statements)
    assert "level FROM users" in texts
    assert "secret" not in texts
    assert "424242" not in texts


# Redis


def test_evictions_and_misses_are_seen(redis_server: RedisServer) -> None:
    with redis_server.client() as client, opened(redis.opening("cache", redis_server.url())) as source:
        source.read()
        before = client.config_get("maxmemory*")
        try:
            client.config_set("maxmemory-policy", "allkeys-random")
            client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + 100_000)
            for number in range(400):
                client.set(f"page:{number}", "x" * 1000)
                client.get(f"page:{number - 300}")
            values = source.read()
        finally:
            client.config_set("maxmemory", before["maxmemory"])
            client.config_set("maxmemory-policy", before["maxmemory-policy"])
    assert values["evictions"] > 0
    assert values["misses"] > 0
    assert values["ping_seconds"] > 0
    assert source.limits["maxmemory_bytes"] > 0


# Machines and programs


def test_this_machines_shares_lie_between_nothing_and_all() -> None:
    with opened(host.opening(network_bits_per_second=8_000_000)) as source:
        first = source.read()
        assert "cpu_busy_ratio" not in first
        time.sleep(0.3)
        values = source.read()
    shares = {name: value for name, value in values.items() if name.endswith("_ratio")}
    assert {"cpu_busy_ratio", "cpu_core_max_ratio", "memory_available_ratio"} <= shares.keys()
    assert all(0 <= value <= 1 for value in shares.values()), shares
    assert source.limits["cores"] == psutil.cpu_count()
    assert source.limits["network_bytes_per_second"] == 1_000_000


LISTENING = "import socket, sys, time\ns = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"


@contextmanager
def program(after: str) -> Iterator[int]:
    """A program that listens on a port, given, and then does something for ever."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", LISTENING + after, str(port)])
    try:
        deadline = time.monotonic() + 20
        while port not in processes.listeners() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def test_the_program_that_computes_is_told_from_the_one_that_sleeps() -> None:
    with program("while True: pass") as busy, program("time.sleep(60)") as idle:
        opening = processes.opening({"app": busy, "orders": idle, "cache": free_port()})
        with opened(opening) as source:
            source.read()
            time.sleep(1)
            values = source.read()
            missing = source.finish().missing
        limits = dict(source.limits)
    assert values["cpu_cores:app"] > 4 * values["cpu_cores:orders"]
    assert limits["cores:app"] == 1, "a Python program cannot use more than one core"
    assert list(map(str, missing)) == ["cache was not found on this machine"]


def test_programs_that_run_elsewhere_are_missing_with_the_reason() -> None:
    watch = watched(processes.opening({"app": free_port()}), until=lambda: True)
    assert watch.samples == ()
    assert list(map(str, watch.missing)) == [
        "this machine: none of the programs runs on this machine, or its processes may not be seen"
    ]


# Pages


@dataclass
class Pages:
    """A tiny web server that answers with one body after another, the last one for ever."""

    bodies: list[str]
    status: int = 200
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(pages: Pages) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages.asked.append(self.path)
            body = (pages.bodies.pop(0) if len(pages.bodies) > 1 else pages.bodies[0]).encode()
            self.send_response(pages.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


OPENTELEMETRY = """\
db_client_connection_count{{db_client_connection_pool_name="shop",db_client_connection_state="used"}} 32
db_client_connection_count{{db_client_connection_pool_name="shop",db_client_connection_state="idle"}} 0
db_client_connection_max{{db_client_connection_pool_name="shop"}} 32
db_client_connection_pending_requests{{db_client_connection_pool_name="shop"}} 7
db_client_connection_count{{db_client_connection_pool_name="staff",db_client_connection_state="used"}} 1
db_client_connection_max{{db_client_connection_pool_name="staff"}} 4
http_server_request_duration_seconds_count{{http_request_method="GET"}} {served}
http_server_request_duration_seconds_sum{{http_request_method="GET"}} {server}
http_client_request_duration_seconds_count{{server_address="wechat.example"}} {called}
http_client_request_duration_seconds_sum{{server_address="wechat.example"}} {outside}
"""
MICROMETER = """\
hikaricp_connections_active{pool="HikariPool-1",} 10.0
hikaricp_connections_max{pool="HikariPool-1",} 10.0
hikaricp_connections_pending{pool="HikariPool-1",} 4.0
tomcat_threads_busy_threads{name="http-nio-8080",} 200.0
tomcat_threads_config_max_threads{name="http-nio-8080",} 200.0
"""


def test_opentelemetrys_names_are_read() -> None:
    pages = Pages([
        OPENTELEMETRY.format(served=100, server=1.0, called=10, outside=2.0),
        OPENTELEMETRY.format(served=300, server=5.0, called=20, outside=14.0),
    ])  # fmt: skip
    with serving(pages) as url, opened(exposition.opening("app", url)) as source:
        first = source.read()
        values = source.read()
    assert (first["pool_used"], first["pool_max"], first["pool_pending"]) == (32, 32, 7)
    assert values["server_seconds"] == pytest.approx(0.02)
    assert values["outside_seconds"] == pytest.approx(1.2)
    assert values["outside_waiting"] > 0


def test_micrometers_names_are_read() -> None:
    with serving(Pages([MICROMETER])) as url, opened(exposition.opening("app", url)) as source:
        values = source.read()
    assert values == {"pool_used": 10, "pool_max": 10, "pool_pending": 4, "workers_busy": 200, "workers_max": 200}


NODE = """\
node_cpu_seconds_total{{cpu="0",mode="idle"}} {idle}
node_cpu_seconds_total{{cpu="0",mode="user"}} {user}
node_memory_MemTotal_bytes 8e+09
node_memory_MemAvailable_bytes 2e+09
node_disk_io_time_seconds_total{{device="sda"}} 5
node_network_speed_bytes{{device="eth0"}} 1.25e+07
node_network_transmit_bytes_total{{device="eth0"}} {sent}
node_network_receive_bytes_total{{device="eth0"}} 0
"""


def test_another_machine_is_read_through_its_exporter() -> None:
    pages = Pages([NODE.format(idle=100, user=50, sent=0), NODE.format(idle=101, user=59, sent=1000)])
    with serving(pages) as url, opened(node_exporter.opening("orders", url)) as source:
        source.read()
        values = source.read()
    assert values["cpu_busy_ratio"] == pytest.approx(0.9)
    assert values["memory_available_ratio"] == 0.25
    assert values["network_sent_bytes"] > 0
    assert source.limits == {"cores": 1, "memory_bytes": 8e9, "network_bytes_per_second": 1.25e7}


@pytest.mark.debian_servers
def test_a_real_prometheus_answers_every_query_and_what_it_lacks_is_listed(server_folder: Path) -> None:
    conftest._require(PROMETHEUS, "apt-get install prometheus")
    folder = server_folder / "watched-prometheus"
    folder.mkdir()
    with serving(Pages(['hikaricp_connections_pending{pool="main"} 9\n'])) as url:
        job = f'- job_name: shop\n    static_configs: [{{targets: ["{url.split("/")[2]}"]}}]'
        (folder / "prometheus.yml").write_text(f"global: {{scrape_interval: 1s}}\nscrape_configs:\n  {job}\n")
        address = f"127.0.0.1:{free_port()}"
        command = [str(PROMETHEUS), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
        process = start([*command, f"--web.listen-address={address}"], log=server_folder / "watched-prometheus.log")
        try:
            values: Mapping[str, float] = {}
            missing: tuple[Message, ...] = ()
            deadline = time.monotonic() + 60
            while not values and time.monotonic() < deadline:
                time.sleep(0.3)
                with opened(prometheus.opening(f"http://{address}")) as source:
                    try:
                        values, missing = source.read(), source.finish().missing
                    except CollectorError:  # it is still starting
                        continue
        finally:
            end(process)
    assert values == {"pool_connections_pending_peak:main": 9}
    (absent,) = missing
    assert "jvm_gc_ratio" in str(absent)
    assert "pool_connections_pending_peak" not in str(absent)


# The watcher
