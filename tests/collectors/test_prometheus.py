"""The mall's own Prometheus: what it knows of machines, containers, JVMs, pools and cloud databases, and how it can refuse."""

import gzip
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from advisors.judging import cores_of
from collectors import prometheus, prometheus_queries
from facts.findings import Severity
from facts.readings import Status, Target
from mall.servers.processes import end, free_port, start
from tests import conftest
from tests.advisors import build
from tests.collectors.prometheus_parts import (
    MAIL,
    PROMETHEUS,
    SCRAPED,
    SECRET,
    WINDOW,
    Quiet,
    Reading,
    judged,
    program,
    read,
    serving,
)


@pytest.fixture(scope="module")
def exporters() -> Iterator[int]:
    """The mall's exporters, one path for each job; threads wait in every other scrape."""
    scrapes = dict.fromkeys(SCRAPED, 0)

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            job = self.path.strip("/")
            scrapes[job] += 1
            n = scrapes[job]
            self.reply(200, SCRAPED[job][1].format(n=n, pending=3 * (n % 2)).encode(), {"Content-Type": "text/plain"})

    server = serving(Handler)
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
