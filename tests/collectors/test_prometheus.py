"""The mall's own Prometheus: what it knows of machines, containers, JVMs, pools and cloud databases, and how it can refuse."""

import base64
import gzip
import json
import math
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from advisors.judging import cores_of, judge
from advisors.rules import RULES
from collectors import prometheus, prometheus_answers, prometheus_queries
from facts.findings import Report, Severity
from facts.host import External, HostFacts
from facts.promotion import Policy, Promotion
from facts.readings import Status, Target
from mall.servers.processes import end, free_port, start
from tests import conftest
from tests.advisors import build

PROMETHEUS = Path("/usr/bin/prometheus")
# Samples of the shortest range that the tests ask for; one is taken each second.
WINDOW = 4
NAMES = {"db.example": "mall"}
MAIL, SECRET = "nana.ouyang@shop.example", "hunter2"

# Counters grow by so much with each scrape; {n} is its number.
MACHINE = """\
node_cpu_seconds_total{{cpu="0",mode="idle"}} {n}.0
node_cpu_seconds_total{{cpu="0",mode="user"}} {n}.0
node_cpu_seconds_total{{cpu="0",mode="nice"}} 0
node_cpu_seconds_total{{cpu="1",mode="idle"}} {n}.0
node_cpu_seconds_total{{cpu="1",mode="user"}} 0
node_cpu_seconds_total{{cpu="1",mode="iowait"}} {n}.0
node_load1 1.75
node_memory_MemTotal_bytes 8e+09
node_memory_MemAvailable_bytes 2e+09
node_memory_SwapTotal_bytes 1e+09
node_memory_SwapFree_bytes 7.5e+08
node_filesystem_size_bytes{{device="/dev/sda1",fstype="ext4",mountpoint="/"}} 1e+11
node_filesystem_avail_bytes{{device="/dev/sda1",fstype="ext4",mountpoint="/"}} 4e+10
node_filesystem_size_bytes{{device="tmpfs",fstype="tmpfs",mountpoint="/run"}} 1e+09
node_filesystem_size_bytes{{device="/dev/sda1",fstype="ext4",mountpoint="/var/lib/kubelet/pods/1"}} 1e+11
node_disk_io_time_seconds_total{{device="sda"}} {n}e-1
node_disk_read_bytes_total{{device="sda"}} {n}000
node_disk_written_bytes_total{{device="sda"}} {n}000000
node_disk_io_time_seconds_total{{device="dm-0"}} {n}e-1
node_network_receive_bytes_total{{device="eth0"}} {n}000
node_network_transmit_bytes_total{{device="eth0"}} {n}000000
node_network_receive_errs_total{{device="eth0"}} 2
node_network_transmit_errs_total{{device="eth0"}} 1
node_network_receive_bytes_total{{device="veth12"}} {n}000
"""
CONTAINERS = """\
container_cpu_usage_seconds_total{{container="shop",namespace="mall",pod="shop-1",cpu="total",name="4af"}} {n}.0
container_cpu_usage_seconds_total{{container="",namespace="mall",pod="shop-1",cpu="total",name=""}} {n}.0
container_cpu_usage_seconds_total{{container="POD",namespace="mall",pod="shop-1",cpu="total",name="5be"}} {n}.0
container_cpu_usage_seconds_total{{name="redis",image="redis:7"}} {n}e-1
container_cpu_cfs_periods_total{{container="shop",namespace="mall",pod="shop-1"}} {n}0
container_cpu_cfs_throttled_periods_total{{container="shop",namespace="mall",pod="shop-1"}} {n}
container_spec_cpu_quota{{container="shop",namespace="mall",pod="shop-1"}} 150000
container_spec_cpu_period{{container="shop",namespace="mall",pod="shop-1"}} 100000
container_memory_working_set_bytes{{container="shop",namespace="mall",pod="shop-1"}} 7.5e+08
container_spec_memory_limit_bytes{{container="shop",namespace="mall",pod="shop-1"}} 1e+09
container_memory_working_set_bytes{{name="redis"}} 1e+08
container_spec_memory_limit_bytes{{name="redis"}} 0
"""
SHOP = """\
jvm_memory_used_bytes{{area="heap",id="Eden"}} 1e+08
jvm_memory_used_bytes{{area="heap",id="Old"}} 4e+08
jvm_memory_used_bytes{{area="nonheap",id="Metaspace"}} 9e+08
jvm_memory_max_bytes{{area="heap",id="Eden"}} -1
jvm_memory_max_bytes{{area="heap",id="Old"}} 1e+09
jvm_gc_pause_seconds_sum{{action="minor"}} {n}e-2
jvm_threads_live_threads 80
hikaricp_connections_max{{pool="shop-pool",owner="nana.ouyang@shop.example"}} 10
hikaricp_connections_active{{pool="shop-pool",owner="nana.ouyang@shop.example"}} 4
hikaricp_connections_pending{{pool="shop-pool",owner="nana.ouyang@shop.example"}} {pending}
hikaricp_connections_max{{pool="jdbc:postgresql://nana:hunter2@db/mall?user=nana"}} 5
jdbc_connections_max{{name="dataSource"}} 10
tomcat_threads_busy_threads{{name="http-nio-8080"}} 30
tomcat_threads_config_max_threads{{name="http-nio-8080"}} 200
"""
OLDER_SHOP = """\
jvm_memory_bytes_used{{area="heap"}} 3e+08
jvm_memory_bytes_max{{area="heap"}} 6e+08
jvm_gc_collection_seconds_sum{{gc="G1"}} {n}e-2
jvm_threads_current 33
hikaricp_max_connections{{pool="older"}} 7
hikaricp_active_connections{{pool="older"}} 2
hikaricp_pending_threads{{pool="older"}} 0
"""
TOMCAT = """\
jdbc_connections_max{{name="orders"}} 12
jdbc_connections_active{{name="orders"}} 6
"""
FRONT = """\
pgbouncer_pools_client_active_connections{{database="mall",user="ann"}} 3
pgbouncer_pools_client_active_connections{{database="mall",user="bob"}} 4
pgbouncer_pools_client_waiting_connections{{database="mall",user="ann"}} 2
pgbouncer_databases_pool_size{{name="mall",database="mall",host="10.0.0.1"}} 20
phpfpm_active_processes{{pool="www",scrape_uri="tcp://127.0.0.1:9000/status"}} 5
phpfpm_listen_queue{{pool="www",scrape_uri="tcp://127.0.0.1:9000/status"}} 9
phpfpm_max_children_reached{{pool="www",scrape_uri="tcp://127.0.0.1:9000/status"}} 1
nginx_connections_active 17
nginx_http_requests_total {n}0
nginx_connections_accepted {n}0
nginx_connections_handled {n}
"""
CLOUD = """\
aws_rds_cpuutilization_average{{dbinstance_identifier="mall-1",account_id="123456789012"}} 61.5
aws_rds_database_connections_average{{dimension_DBInstanceIdentifier="mall-2",name="arn:aws:rds:eu:123456789012:db"}} 40
aliyun_acs_rds_dashboard_CpuUsage{{instanceId="rm-1",userId="1234567890123456"}} 33
aliyun_acs_rds_dashboard_DiskUsage{{instanceId="rm-1",userId="1234567890123456"}} 70
"""
# Job: (instance, exposition).
SCRAPED = {
    "node": ("db.example:9100", MACHINE),
    "node-again": ("db.example:9101", MACHINE),
    "web": ("web-1:9100", MACHINE),
    "cadvisor": ("kubelet-1", CONTAINERS),
    "shop": ("shop-1:8080", SHOP),
    "older": ("older-1:8080", OLDER_SHOP),
    "tomcat": ("tomcat-1:8080", TOMCAT),
    "front": ("front-1", FRONT),
    "cloud": ("exporter:9106", CLOUD),
}


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _serving(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


# A real Prometheus, which scrapes a mall's exporters once a second


@pytest.fixture(scope="module")
def exporters() -> Iterator[int]:
    """The mall's exporters, one path for each job; threads wait in every other scrape."""
    scrapes = dict.fromkeys(SCRAPED, 0)

    class Handler(_Quiet):
        def do_GET(self) -> None:
            job = self.path.strip("/")
            scrapes[job] += 1
            n = scrapes[job]
            self.reply(200, SCRAPED[job][1].format(n=n, pending=3 * (n % 2)).encode(), {"Content-Type": "text/plain"})

    server = _serving(Handler)
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()


def _configuration(port: int) -> str:
    jobs = [
        {
            "job_name": job,
            "metrics_path": f"/{job}",
            "static_configs": [{"targets": [f"127.0.0.1:{port}"], "labels": {"instance": instance}}],
        }
        for job, (instance, _) in SCRAPED.items()
    ]
    # JSON is YAML.
    return json.dumps({"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": jobs})


@pytest.fixture(scope="module")
def url(exporters: int, server_folder: Path) -> Iterator[str]:
    """Debian's Prometheus, once it has seen enough of every job."""
    conftest._require(PROMETHEUS, "apt-get install prometheus")
    folder = server_folder / "prometheus"
    folder.mkdir()
    (folder / "prometheus.yml").write_text(_configuration(exporters))
    address = f"127.0.0.1:{free_port()}"
    command = [str(PROMETHEUS), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    log = server_folder / "prometheus.log"
    process = start([*command, f"--web.listen-address={address}"], log=log)

    def ask() -> None:
        query = f"count(count_over_time(up[1m]) > {WINDOW + 2}) or vector(0)"
        answer = httpx.get(f"http://{address}/api/v1/query", params={"query": query}).raise_for_status().json()
        if int(answer["data"]["result"][0]["value"][1]) < len(SCRAPED):
            raise httpx.HTTPError("not every job was scraped often enough yet")

    try:
        conftest._wait(process, log, ask, httpx.HTTPError)
        yield f"http://{address}"
    finally:
        end(process)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading brought."""

    target: Target
    machines: dict[str, HostFacts]
    rest: HostFacts

    def value(self, name: str, /, **labels: str) -> float:
        (found,) = [
            each.value for each in self.rest.external if each.name == name and labels.items() <= each.labels.items()
        ]
        return found


def read(url: str) -> Reading:
    target, (*machines, rest) = prometheus.finish(prometheus.begin(url, NAMES))
    assert rest.target == "prometheus"
    return Reading(target, {each.target: each for each in machines}, rest)


@pytest.fixture(scope="module")
def reading(url: str) -> Reading:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prometheus, "LEAST_WINDOW_SECONDS", WINDOW)
        return read(url)


@pytest.mark.debian_servers
def test_every_query_is_understood_and_answered_in_full(reading: Reading) -> None:
    (record,) = reading.rest.readings
    assert (record.collector, record.status, record.partial) == ("prometheus", Status.OK, ())
    assert reading.target == Target(name="prometheus", kind="host", status=Status.OK)


@pytest.mark.debian_servers
def test_every_query_brings_something(url: str) -> None:
    """So that no metric's name is spelled wrong on one side alone."""
    for name, query in prometheus_queries.queries(WINDOW):
        answer = httpx.get(f"{url}/api/v1/query", params={"query": query}).json()
        assert answer["data"]["result"], name


@pytest.mark.debian_servers
def test_a_machine_is_called_like_the_database_on_it(reading: Reading) -> None:
    assert list(reading.machines) == ["mall", "web-1"]
    machine = reading.machines["mall"]
    assert machine.source == "prometheus"
    assert machine.processor is not None
    assert machine.memory is not None
    # Two cores: each idle half of the time, one computing and one waiting for a disk in the other half.
    assert (machine.processor.cores, machine.processor.load_1m) == (2, 1.75)
    assert machine.processor.window_seconds == WINDOW
    assert machine.processor.user_ratio == pytest.approx(0.25, abs=0.01)
    assert machine.processor.iowait_ratio == pytest.approx(0.25, abs=0.01)
    assert machine.processor.busy_ratio == pytest.approx(0.25, abs=0.01)
    assert (machine.memory.total_bytes, machine.memory.available_bytes) == (8_000_000_000, 2_000_000_000)
    assert (machine.memory.swap_total_bytes, machine.memory.swap_used_bytes) == (1_000_000_000, 250_000_000)


@pytest.mark.debian_servers
def test_a_machines_disks_and_network_leave_out_what_is_not_its_own(reading: Reading) -> None:
    machine = reading.machines["mall"]
    volume, device = machine.disks
    assert (volume.name, volume.total_bytes, volume.free_bytes) == ("/", 100_000_000_000, 40_000_000_000)
    assert (device.name, device.total_bytes) == ("sda", None)
    assert device.busy_ratio is not None
    assert 0 < device.busy_ratio <= 1
    assert device.read_bytes_per_second is not None
    assert device.written_bytes_per_second is not None
    assert device.written_bytes_per_second > 100 * device.read_bytes_per_second > 0
    (network,) = machine.networks
    assert (network.name, network.errors) == ("eth0", 3)
    assert network.sent_bytes_per_second > 100 * network.received_bytes_per_second > 0


@pytest.mark.debian_servers
def test_rules_take_the_cores_of_the_databases_machine(reading: Reading) -> None:
    facts = build.database(target="mall")
    hosts = (build.host(cores=64, target="elsewhere"), *reading.machines.values(), reading.rest)
    assert cores_of(build.snapshot(facts, *hosts), facts) == 2


@pytest.mark.debian_servers
@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("container_cpu_limit_cores", {"namespace": "mall", "pod": "shop-1", "container": "shop"}, 1.5),
        ("container_cpu_throttled_ratio", {"pod": "shop-1"}, 0.1),
        ("container_memory_working_set_bytes", {"container": "shop"}, 750_000_000),
        ("container_memory_working_set_bytes", {"name": "redis"}, 100_000_000),
        ("container_memory_limit_ratio", {}, 0.75),
        ("jvm_heap_used_bytes", {"instance": "shop-1:8080"}, 500_000_000),
        ("jvm_heap_max_bytes", {"instance": "shop-1:8080"}, 1_000_000_000),
        ("jvm_threads", {"job": "shop"}, 80),
        ("jvm_heap_used_bytes", {"job": "older"}, 300_000_000),
        ("jvm_heap_max_bytes", {"job": "older"}, 600_000_000),
        ("jvm_threads", {"job": "older"}, 33),
        ("pool_connections_max", {"pool": "shop-pool"}, 10),
        ("pool_connections_active", {"pool": "shop-pool"}, 4),
        ("pool_connections_active_peak", {"pool": "shop-pool"}, 4),
        ("pool_connections_pending_peak", {"pool": "shop-pool"}, 3),
        ("pool_connections_max", {"pool": "older"}, 7),
        ("pool_connections_active", {"pool": "older"}, 2),
        ("pool_connections_pending_peak", {"pool": "older"}, 0),
        ("pool_connections_max", {"pool": "orders"}, 12),
        ("pool_connections_active", {"pool": "orders"}, 6),
        ("tomcat_threads_busy_threads", {"name": "http-nio-8080"}, 30),
        ("tomcat_threads_config_max_threads", {}, 200),
        ("pgbouncer_pools_client_active_connections", {"pool": "mall"}, 7),
        ("pgbouncer_databases_pool_size", {"pool": "mall"}, 20),
        ("pgbouncer_client_waiting_peak", {"pool": "mall"}, 2),
        ("phpfpm_active_processes", {"pool": "www"}, 5),
        ("phpfpm_listen_queue", {"pool": "www"}, 9),
        ("nginx_connections_active", {"instance": "front-1"}, 17),
        ("aws_rds_cpuutilization_average", {"instance": "mall-1"}, 61.5),
        ("aws_rds_database_connections_average", {"instance": "mall-2"}, 40),
        ("aliyun_acs_rds_dashboard_CpuUsage", {"instance": "rm-1"}, 33),
        ("aliyun_acs_rds_dashboard_DiskUsage", {"instance": "rm-1"}, 70),
    ],
)
def test_a_figure_is_read(reading: Reading, name: str, labels: dict[str, str], value: float) -> None:
    assert reading.value(name, **labels) == pytest.approx(value, rel=0.01)


@pytest.mark.debian_servers
@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("container_cpu_cores", {"container": "shop"}),
        ("container_cpu_cores", {"name": "redis"}),
        ("jvm_gc_ratio", {"job": "shop"}),
        ("jvm_gc_ratio", {"job": "older"}),
        ("nginx_requests_per_second", {}),
        ("nginx_dropped_per_second", {}),
    ],
)
def test_a_rate_is_read(reading: Reading, name: str, labels: dict[str, str]) -> None:
    assert reading.value(name, **labels) > 0


@pytest.mark.debian_servers
def test_a_container_is_counted_once(reading: Reading) -> None:
    found = [each.labels for each in reading.rest.external if each.name == "container_cpu_cores"]
    assert len(found) == 2
    assert {"job": "cadvisor", "instance": "kubelet-1", "name": "redis"} in found


@pytest.mark.debian_servers
def test_a_hikari_pool_is_not_counted_again_as_a_jdbc_pool(reading: Reading) -> None:
    pools = {each.labels["pool"] for each in reading.rest.external if each.name == "pool_connections_max"}
    assert "dataSource" not in pools


@pytest.mark.debian_servers
def test_only_named_labels_are_kept_and_nothing_personal_in_them(reading: Reading) -> None:
    labels = {label for each in reading.rest.external for label in each.labels}
    assert labels <= set(prometheus.LABELS)
    text = json.dumps([asdict(each) for each in (*reading.machines.values(), reading.rest)])
    for personal in (MAIL, "nana", SECRET, "ann", "bob", "123456789012", "1234567890123456"):
        assert personal not in text, personal
    assert reading.value("pool_connections_max", pool="jdbc:postgresql:{masked}db/mall{masked}") == 5


@pytest.mark.debian_servers
def test_a_pool_that_makes_requests_wait_is_a_finding(reading: Reading) -> None:
    report = judged(reading.rest)
    (finding,) = [each for each in report.findings if each.subject == "shop/shop-pool"]
    assert (finding.code, finding.target, finding.severity) == ("CFG001", "prometheus", Severity.HIGH)
    assert finding.evidence.figures["pool_connections_pending_peak"] == 3


@pytest.mark.debian_servers
def test_the_program_checks_collects_and_shows_it(url: str, tmp_path: Path) -> None:
    (tmp_path / "tenfold.toml").write_text(f'[[host]]\nname = "web-1"\n[prometheus]\nurl = "{url}"\n')
    check = program(tmp_path, "check", "--json")
    lines = {each["name"]: each for each in json.loads(check.stdout)["targets"]}
    assert lines["prometheus"]["version"].startswith("2 machines, ")
    assert not lines["prometheus"]["unreachable"]
    program(tmp_path, "collect", "--window", "0", "-o", "mall.tfz")
    snapshot = json.loads(gzip.decompress((tmp_path / "mall.tfz").read_bytes()))["snapshot"]
    # What was read from web-1 itself goes before what Prometheus knows of it.
    assert [(each["target"], each["source"]) for each in snapshot["hosts"]] == [
        ("web-1", "psutil"),
        ("db.example", "prometheus"),
        ("prometheus", "prometheus"),
    ]
    shown = program(tmp_path, "snapshot", "show", "mall.tfz").stdout
    assert "prometheus (host): ok" in shown
    assert "pool_connections_pending_peak" in shown


def test_every_query_is_printed_for_approval(tmp_path: Path) -> None:
    printed = program(tmp_path, "check", "--print-sql").stdout.partition("\n-- Prometheus\n")[2].splitlines()
    for _, query in prometheus_queries.queries():
        assert query in printed


def program(folder: Path, *arguments: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
    """One run of the program, which has to end with this code."""
    ended = subprocess.run(
        [sys.executable, "-m", "tenfold", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    return ended


# Servers that refuse, fail and dawdle


@dataclass
class Fake:
    """Something that answers each query as it likes."""

    answer: Callable[[str], tuple[int, bytes]]
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    authorizations: set[str | None] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    pause: float = 0.0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


Serve = Callable[[Callable[[str], tuple[int, bytes]]], Fake]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers = []

    def begin(answer: Callable[[str], tuple[int, bytes]]) -> Fake:
        fake = Fake(answer)

        class Handler(_Quiet):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                (query,) = parse_qs(address.query)["query"]
                fake.asked.append(query)
                fake.paths.add(address.path)
                fake.authorizations.add(self.headers["Authorization"])
                status, body = fake.answer(query)
                if not fake.pause:
                    self.reply(status, body, fake.headers)
                    return
                self.send_response(status)
                self.end_headers()
                try:
                    for position in range(len(body)):
                        self.wfile.write(body[position : position + 1])
                        time.sleep(fake.pause)
                except OSError:
                    """The other side has had enough."""

        server = _serving(Handler)
        fake.port = int(server.server_address[1])
        servers.append(server)
        return fake

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def vector(*series: tuple[Mapping[str, Any], str], **more: Any) -> tuple[int, bytes]:
    result = [{"metric": dict(labels), "value": [1_700_000_000.0, value]} for labels, value in series]
    document = {"status": "success", "data": {"resultType": "vector", "result": result}, **more}
    return 200, json.dumps(document).encode()


def error(kind: str, sentence: str, status: int = 422) -> tuple[int, bytes]:
    return status, json.dumps({"status": "error", "errorType": kind, "error": sentence}).encode()


def threads(
    *series: tuple[Mapping[str, Any], str], otherwise: tuple[int, bytes] | None = None
) -> Callable[[str], tuple[int, bytes]]:
    """Answers the question for the JVM's threads, and all others with nothing."""
    return lambda query: vector(*series) if "jvm_threads" in query else (otherwise or vector())


ONE = ({"job": "shop", "instance": "shop-1"}, "7")


def test_nobody_there() -> None:
    found = read(f"http://127.0.0.1:{free_port()}")
    assert (found.target.status, found.target.unreachable) == (Status.FAILED, True)
    assert "could not be reached" in str(found.target.detail)
    assert "9090" in str(found.target.remedy)
    assert found.rest.readings[0].status is Status.FAILED


@pytest.mark.parametrize("reached", [False, True], ids=["not reached", "refused"])
def test_a_server_that_cannot_be_reached_or_refuses_us_is_an_exit_code(
    serve: Serve, tmp_path: Path, *, reached: bool
) -> None:
    url = serve(lambda _: (403, b"")).url if reached else f"http://127.0.0.1:{free_port()}"
    (tmp_path / "tenfold.toml").write_text(f'[[host]]\nname = "web-1"\n[prometheus]\nurl = "{url}"\n')
    shown = program(tmp_path, "check", code=3).stdout
    assert ("may not be queried" if reached else "could not be reached") in shown


def test_a_machine_of_the_same_name_does_not_hide_it(serve: Serve, tmp_path: Path) -> None:
    url = serve(threads(ONE)).url
    (tmp_path / "tenfold.toml").write_text(f'[[host]]\nname = "prometheus"\n[prometheus]\nurl = "{url}"\n')
    program(tmp_path, "collect", "--window", "0", "-o", "mall.tfz")
    snapshot = json.loads(gzip.decompress((tmp_path / "mall.tfz").read_bytes()))["snapshot"]
    assert [(each["source"], len(each["external"])) for each in snapshot["hosts"]] == [("psutil", 0), ("prometheus", 1)]


def test_a_server_that_never_answers_is_asked_twice(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus_answers, "TIMEOUT_SECONDS", 0.2)
    found = read(f"http://127.0.0.1:{silent_port}")
    assert (found.target.status, found.target.unreachable) == (Status.TIMED_OUT, True)
    assert "firewall" in str(found.target.remedy)


@pytest.mark.parametrize(
    ("answer", "status", "detail", "remedy"),
    [
        ((401, b"Unauthorized"), Status.FORBIDDEN, "asks for a user and a password", "USER:${PASSWORD}@"),
        ((403, b"Forbidden"), Status.FORBIDDEN, "may not be queried from here", "/api/v1/query"),
        ((302, b""), Status.FORBIDDEN, "login page", "login page"),
        ((200, b"<html>Welcome to nginx!</html>"), Status.FAILED, "not a Prometheus", "9090"),
        ((404, b"<html>404</html>"), Status.FAILED, "not a Prometheus", "/api/v1/query"),
        ((200, b'{"status": "success", "data": []}'), Status.FAILED, "not a Prometheus", "9090"),
        ((200, b'["status"]'), Status.FAILED, "not a Prometheus", "9090"),
        ((200, b"[" * 100_000), Status.FAILED, "not a Prometheus", "9090"),
        ((503, b"<html>Service Unavailable</html>"), Status.FAILED, "HTTP 503", "try again"),
        ((429, b"slow down"), Status.FAILED, "HTTP 429", "try again"),
    ],
    ids=["401", "403", "302", "html", "404", "no vector", "no object", "bottomless", "503", "429"],
)
def test_a_server_that_answers_nothing_is_asked_once(
    serve: Serve, answer: tuple[int, bytes], status: Status, detail: str, remedy: str
) -> None:
    fake = serve(lambda _: answer)
    fake.headers["Location"] = "/login"
    found = read(fake.url)
    assert len(fake.asked) == 1
    assert (found.target.status, found.target.unreachable) == (status, True)
    assert detail in str(found.target.detail)
    assert remedy in str(found.target.remedy)
    assert (found.machines, found.rest.external) == ({}, ())
    assert found.rest.readings[0].status is status


def test_a_prometheus_without_any_of_it_says_so(serve: Serve) -> None:
    fake = serve(lambda _: vector())
    found = read(fake.url)
    assert (found.target.status, found.target.unreachable) == (Status.EMPTY, False)
    assert "none of the figures" in str(found.target.detail)
    assert "node_exporter" in str(found.target.remedy)
    assert len(fake.asked) == len(dict(prometheus_queries.queries()))


def test_a_refused_query_costs_no_other_its_answer(serve: Serve) -> None:
    fake = serve(lambda query: error("bad_data", "unknown function") if "topk" in query else threads(ONE)(query))
    found = read(fake.url)
    assert found.value("jvm_threads") == 7
    assert (found.target.status, found.target.unreachable) == (Status.OK, False)
    assert "it answered in part: prometheus: container_cpu_cores: " in str(found.target.detail)
    assert "bad_data: unknown function, and 4 more" in str(found.target.detail)
    assert "2.26" in str(found.target.remedy)
    (record,) = found.rest.readings
    assert len(record.partial) == 5


def test_where_every_query_is_refused_the_first_refusal_stands_for_all(serve: Serve) -> None:
    found = read(serve(lambda _: error("execution", "query processing would load too many samples")).url)
    assert (found.target.status, found.target.unreachable) == (Status.FAILED, True)
    assert "too many samples" in str(found.target.detail)
    assert found.rest.readings[0].partial == ()


def test_a_server_that_gives_up_twice_is_left_alone(serve: Serve) -> None:
    busy = error("timeout", "query timed out in expression evaluation", 503)
    fake = serve(lambda query: vector(ONE) if "node" in query else busy)
    found = read(fake.url)
    assert len(fake.asked) == len(prometheus_queries.MACHINES) + 2
    assert found.target.status is Status.OK
    (*given_up, left) = found.rest.readings[0].partial
    assert [str(each.reason) for each in given_up] == ["Prometheus gave up on the query"] * 2
    assert left.subject.endswith("aliyun_rds")
    assert "too slowly" in str(left.reason)


def test_what_was_not_asked_is_not_taken_for_nothing(serve: Serve) -> None:
    busy = error("timeout", "query timed out in expression evaluation", 503)
    found = read(serve(lambda query: vector() if "node" in query else busy).url)
    assert (found.target.status, found.target.unreachable) == (Status.FAILED, False)
    assert "it brought nothing: prometheus: container_cpu_cores" in str(found.target.detail)


def test_a_server_that_takes_its_time_for_each_is_not_asked_for_all(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prometheus, "SECONDS_AT_MOST", 0.2)

    def slowly(_: str) -> tuple[int, bytes]:
        time.sleep(0.1)
        return vector(ONE)

    fake = serve(slowly)
    found = read(fake.url)
    assert 0 < len(fake.asked) <= 3
    (left,) = found.rest.readings[0].partial
    assert left.subject.endswith("aliyun_rds")
    assert found.target.status is Status.OK


def test_a_server_that_dribbles_is_not_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and the whole never."""
    monkeypatch.setattr(prometheus_answers, "TIMEOUT_SECONDS", 0.3)
    fake = serve(lambda _: vector(*[ONE] * 100))
    fake.pause = 0.02
    found = read(fake.url)
    assert len(fake.asked) == 2
    assert (found.target.status, found.target.unreachable) == (Status.TIMED_OUT, True)


def test_a_server_that_breaks_off_keeps_what_it_gave(serve: Serve) -> None:
    fake = serve(threads(ONE))

    def broken(query: str) -> tuple[int, bytes]:
        if "phpfpm" in query:
            raise ConnectionAbortedError
        return threads(ONE)(query)

    fake.answer = broken
    found = read(fake.url)
    assert found.value("jvm_threads") == 7
    assert found.target.status is Status.OK
    assert "phpfpm" in str(found.target.detail)
    assert not any("nginx" in query for query in fake.asked)


def test_an_answer_that_is_too_large_is_not_read_to_its_end(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus_answers, "BYTES_AT_MOST", 2**20)
    large = 200, b" " * (2**20 + 1)
    found = read(serve(threads(ONE, otherwise=large)).url)
    assert found.value("jvm_threads") == 7
    assert "larger than 1 MiB" in str(found.target.detail)


@pytest.mark.parametrize("more", [0, 1])
def test_no_more_series_are_kept_than_a_snapshot_should_hold(serve: Serve, more: int) -> None:
    count = prometheus.SERIES_AT_MOST + more
    series = [({"job": "shop", "instance": f"shop-{number:04}"}, "1") for number in reversed(range(count))]
    found = read(serve(threads(*series)).url)
    assert len(found.rest.external) == prometheus.SERIES_AT_MOST
    assert found.rest.external[0].labels["instance"] == "shop-0000"
    assert ("501 series" in str(found.target.detail)) is bool(more)


def test_a_warning_of_the_server_is_passed_on(serve: Serve) -> None:
    found = read(serve(lambda _: vector(ONE, warnings=["store eu-2 did not answer"])).url)
    assert "not whole: store eu-2 did not answer" in str(found.target.detail)


def test_what_is_no_number_is_left_out(serve: Serve) -> None:
    labels = [{"instance": f"shop-{number}"} for number in range(5)]
    values = ["NaN", "+Inf", "7", "", "much"]
    broken: list[Any] = [None, {}, {"metric": {}, "value": []}, {"metric": None, "value": [0, "1"]}]
    _, body = vector(*zip(labels, values, strict=True))
    document = json.loads(body)
    document["data"]["result"] += broken
    found = read(serve(lambda query: (200, json.dumps(document).encode()) if "jvm_threads" in query else vector()).url)
    assert [(each.labels, each.value) for each in found.rest.external] == [({"instance": "shop-2"}, 7.0)]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("x" * 201, "x" * 200),
        ("shop-7d9f8b6c5-x2x4z", "shop-7d9f8b6c5-x2x4z"),
        ("cron-29384756", "cron-29384756"),
        (f"pool of {MAIL}", "pool of {masked}"),
        ("13912345678", "{masked}"),
        ("110101199003074258", "{masked}"),
    ],
)
def test_a_labels_value_is_cut_and_says_nothing_of_a_person(serve: Serve, value: str, kept: str) -> None:
    found = read(serve(threads(({"pod": value, "owner": MAIL, "__name__": "jvm_threads"}, "1"))).url)
    assert [each.labels for each in found.rest.external] == [{"pod": kept}]


def test_the_password_goes_to_the_server_and_nowhere_else(serve: Serve) -> None:
    fake = serve(lambda _: (401, b"no"))
    found = read(f"http://nana:{SECRET}@127.0.0.1:{fake.port}/prometheus/?tab=graph#top")
    assert fake.authorizations == {"Basic " + base64.b64encode(f"nana:{SECRET}".encode()).decode()}
    assert fake.paths == {"/prometheus/api/v1/query"}
    assert SECRET not in repr((found.target, found.rest))


@pytest.mark.parametrize("address", ["localhost:9090", f"http://nana:{SECRET}@127.0.0.1:notaport/", "http://[::1/"])
def test_a_broken_address_is_told_without_repeating_it(address: str) -> None:
    found = read(address)
    assert found.target.unreachable
    assert found.target.detail
    assert SECRET not in str(found.target.detail) + str(found.target.remedy)


def test_a_machine_that_was_scraped_once_has_no_shares_yet(serve: Serve) -> None:
    machine = {"job": "node", "instance": "[2001:db8::1]:9100"}
    fake = serve(lambda query: vector((machine, "4")) if query.startswith("count") else vector())
    found = read(fake.url)
    assert [(each.target, each.processor, each.memory) for each in found.machines.values()] == [
        ("2001:db8::1", None, None)
    ]


@pytest.mark.parametrize(("passed", "window"), [(0, 300), (301, 301), (3601, 3600)])
def test_the_range_is_the_window_within_bounds(serve: Serve, passed: float, window: int) -> None:
    fake = serve(lambda _: vector())
    begun = prometheus.begin(fake.url)
    begun.at -= passed
    prometheus.finish(begun)
    assert {text for query in fake.asked for text in re.findall(r"\[(\w+)\]", query)} == {f"{window}s", "20m"}


# What CFG001 makes of pools that tell their own limit


def pool(*, most: float = 10, active: float = 0.4, pending: float | None = 0, job: str = "shop") -> HostFacts:
    figures = {"max": most, "active": active, "pending_peak": pending}
    return HostFacts(
        target="prometheus",
        source="prometheus",
        readings=(),
        external=tuple(
            External(name=f"pool_connections_{name}", labels={"job": job, "pool": "main"}, value=value)
            for name, value in figures.items()
            if value is not None
        ),
    )


def judged(*hosts: HostFacts) -> Report:
    return judge(
        build.snapshot(*hosts),
        promotion=Promotion(multiplier=10.0),
        policy=Policy(),
        planners={},
        planner_failures={},
        tool_version="0",
        rules=[rule for rule in RULES if rule.code == "CFG001"],
    )


LOAD = 4
NEEDED = LOAD + 2 * math.isqrt(LOAD)


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        (pool(most=NEEDED), None),
        (pool(most=NEEDED - 1), Severity.MEDIUM),
        (pool(most=LOAD + 1), Severity.MEDIUM),
        (pool(most=LOAD), Severity.HIGH),
        (pool(most=NEEDED, pending=1), Severity.HIGH),
        (pool(most=NEEDED, pending=None), None),
        (pool(most=1, job="mall-admin"), Severity.MEDIUM),
        (pool(most=2, job="mall-admin"), None),
    ],
    ids=[
        *("just large enough", "one is missing", "just larger than the load", "no larger than the load"),
        *(
            "a thread waits today",
            "waiting is not told",
            "the staff is no larger at the promotion",
            "enough for the staff",
        ),
    ],
)
def test_a_pool_is_judged_by_its_own_limit(facts: HostFacts, severity: Severity | None) -> None:
    report = judged(facts)
    subjects = [each.subject for each in report.findings] + [each.subject for each in report.quiet]
    assert [subject.rpartition("/")[2] for subject in subjects] == ["main"]
    assert [each.severity for each in report.findings] == ([severity] if severity else [])
    assert [each.reason for each in report.quiet] == ([] if severity else ["enough"])


def test_the_same_pool_of_several_processes_counts_as_one() -> None:
    one, other = pool(most=NEEDED / 2, active=0.2), pool(most=NEEDED / 2, active=0.2)
    both = HostFacts(target="prometheus", source="prometheus", readings=(), external=one.external + other.external)
    report = judged(both)
    assert (len(report.findings), [each.reason for each in report.quiet]) == (0, ["enough"])


def test_a_pool_whose_limit_is_not_known_is_not_judged() -> None:
    facts = pool()
    unlimited = HostFacts(target="prometheus", source="prometheus", readings=(), external=facts.external[1:])
    report = judged(unlimited)
    assert (report.findings, report.quiet) == ((), ())
