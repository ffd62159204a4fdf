"""What the tests of Prometheus share: a mall's exporters as texts, a server of our own, one reading, and the program."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from advisors.judging import judge
from advisors.rules import RULES
from collectors import prometheus
from facts.findings import Report
from facts.host import HostFacts
from facts.promotion import Policy, Promotion
from facts.readings import Target
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


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serving(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


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
