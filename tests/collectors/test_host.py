"""One machine's cores, memory, disks and network: this one's own, and another's through its node_exporter."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import psutil
import pytest

from collectors import host
from facts.readings import Status
from mall.servers.processes import free_port

EXPOSITION = """\
# HELP node_cpu_seconds_total Seconds the CPUs spent in each mode.
# TYPE node_cpu_seconds_total counter
node_cpu_seconds_total{{cpu="0",mode="idle"}} {idle}
node_cpu_seconds_total{{cpu="0",mode="user"}} {user}
node_cpu_seconds_total{{cpu="1",mode="idle"}} {idle}
node_cpu_seconds_total{{cpu="1",mode="system"}} {system}
node_cpu_seconds_total{{cpu="1",mode="iowait"}} {iowait}
node_cpu_seconds_total{{cpu="1",mode="steal"}} 0
node_load1 1.75
node_memory_MemTotal_bytes 8e+09
node_memory_MemAvailable_bytes 2e+09
node_memory_SwapTotal_bytes 1e+09
node_memory_SwapFree_bytes 7.5e+08
node_filesystem_size_bytes{{device="/dev/sda1",fstype="ext4",mountpoint="/"}} 1e+11
node_filesystem_avail_bytes{{device="/dev/sda1",fstype="ext4",mountpoint="/"}} 4e+10
node_filesystem_size_bytes{{device="tmpfs",fstype="tmpfs",mountpoint="/run"}} 1e+09
node_network_receive_bytes_total{{device="eth0"}} {received}
node_network_transmit_bytes_total{{device="eth0"}} {sent}
"""
FIRST = {"idle": 1000.0, "user": 100.0, "system": 50.0, "iowait": 10.0, "received": 1_000_000, "sent": 500_000}
SECOND = {"idle": 1010.0, "user": 110.0, "system": 55.0, "iowait": 15.0, "received": 3_000_000, "sent": 500_000}


@dataclass
class Exporter:
    """A tiny web server that answers with one body after another, the last one for ever."""

    bodies: list[str]
    status: int = 200
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/metrics"


@pytest.fixture
def serve() -> Iterator[Callable[[Exporter], Exporter]]:
    servers = []

    def begin(exporter: Exporter) -> Exporter:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                exporter.asked.append(self.headers["User-Agent"])
                body = (exporter.bodies.pop(0) if len(exporter.bodies) > 1 else exporter.bodies[0]).encode()
                self.send_response(exporter.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        exporter.port = server.server_address[1]
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return exporter

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def test_this_machine_is_read_through_psutil() -> None:
    target, facts = host.finish(host.begin("here", None))
    assert (target.status, target.unreachable, facts.source) == (Status.OK, False, "psutil")
    assert facts.processor is not None
    assert facts.memory is not None
    assert facts.processor.cores == os.cpu_count()
    assert 0 <= facts.processor.busy_ratio <= 1
    assert facts.processor.window_seconds >= 0.5
    assert facts.memory.total_bytes == psutil.virtual_memory().total
    assert 0 < facts.memory.available_bytes <= facts.memory.total_bytes
    assert "lo" in {network.name for network in facts.networks}


def test_another_machine_is_read_through_its_node_exporter(serve: Callable[[Exporter], Exporter]) -> None:
    exporter = serve(Exporter([EXPOSITION.format(**FIRST), EXPOSITION.format(**SECOND)]))
    target, facts = host.finish(host.begin("db", exporter.url))
    assert (target.status, facts.source) == (Status.OK, "node_exporter")
    assert exporter.asked == ["tenfold", "tenfold"]
    processor = facts.processor
    assert processor is not None
    # 20 s idle, 10 s user, 5 s system and 5 s waiting for a disk: 40 core-seconds.
    assert (processor.cores, processor.load_1m) == (2, 1.75)
    assert processor.user_ratio == pytest.approx(0.25)
    assert processor.system_ratio == pytest.approx(0.125)
    assert processor.iowait_ratio == pytest.approx(0.125)
    assert processor.busy_ratio == pytest.approx(0.375)
    assert facts.memory is not None
    assert (facts.memory.total_bytes, facts.memory.available_bytes) == (8_000_000_000, 2_000_000_000)
    assert (facts.memory.swap_total_bytes, facts.memory.swap_used_bytes) == (1_000_000_000, 250_000_000)
    (disk,) = facts.disks
    assert (disk.name, disk.total_bytes, disk.free_bytes) == ("/", 100_000_000_000, 40_000_000_000)
    (network,) = facts.networks
    assert network.name == "eth0"
    assert network.received_bytes_per_second == pytest.approx(2_000_000 / processor.window_seconds, rel=0.01)
    assert network.sent_bytes_per_second == 0


def test_the_exposition_is_parsed_as_prometheus_writes_it() -> None:
    samples = host.parse(
        "# HELP a b\n\n"
        "plain 1\n"
        'labelled{b="2",a="say \\"hi\\", {x}"} 2.5e3 1700000000000\n'
        "infinite +Inf\n"
        "broken one\n"
        "<html>\n"
    )
    assert samples["plain", ()] == 1
    assert samples["labelled", (("a", 'say \\"hi\\", {x}'), ("b", "2"))] == 2500
    assert samples["infinite", ()] == float("inf")
    assert len(samples) == 3


def test_no_exporter_there() -> None:
    target, facts = host.finish(host.begin("db", f"http://127.0.0.1:{free_port()}/metrics"))
    assert (target.status, target.unreachable) == (Status.FAILED, True)
    assert "could not be reached" in str(target.detail)
    assert "9100" in str(target.remedy)
    assert facts.processor is None


def test_an_exporter_that_refuses(serve: Callable[[Exporter], Exporter]) -> None:
    target, _ = host.finish(host.begin("db", serve(Exporter(["no"], status=403)).url))
    assert target.unreachable
    assert "403" in str(target.detail)


def test_an_exporter_that_never_answers(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "TIMEOUT_SECONDS", 0.2)
    target, _ = host.finish(host.begin("db", f"http://127.0.0.1:{silent_port}/metrics"))
    assert (target.status, target.unreachable) == (Status.TIMED_OUT, True)
    assert "firewall" in str(target.remedy)


def test_an_exporter_that_goes_away_within_the_window(serve: Callable[[Exporter], Exporter]) -> None:
    exporter = serve(Exporter([EXPOSITION.format(**FIRST)]))
    begun = host.begin("db", exporter.url)
    exporter.status = 500
    target, facts = host.finish(begun)
    assert target.unreachable
    assert facts.processor is None


@pytest.mark.parametrize("address", ["localhost:9100", "http://127.0.0.1:notaport/", "http://[::1/metrics"])
def test_a_broken_address_is_told(address: str) -> None:
    target, _ = host.finish(host.begin("db", address))
    assert target.unreachable
    assert target.detail


@pytest.mark.parametrize(
    "body", ["<html>Welcome to nginx!</html>", "redis_up 1\nprocess_cpu_seconds_total 4\n"], ids=["nginx", "other"]
)
def test_another_page_is_not_taken_for_a_machine(serve: Callable[[Exporter], Exporter], body: str) -> None:
    target, facts = host.finish(host.begin("db", serve(Exporter([body])).url))
    assert target.status is not Status.OK
    assert facts.memory is None


def test_a_figure_that_is_no_number_is_no_exception(serve: Callable[[Exporter], Exporter]) -> None:
    body = EXPOSITION.format(**FIRST).replace("4e+10", "NaN")
    target, facts = host.finish(host.begin("db", serve(Exporter([body])).url))
    assert target.status is Status.OK
    (disk,) = facts.disks
    assert (disk.total_bytes, disk.free_bytes) == (100_000_000_000, None)
