"""The exporter's figures of machines: this one's, and another's through its node_exporter."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from collectors.host import parse
from collectors.runner import CollectorError
from collectors.serving import (
    host_clock,
    host_exporter,
    host_memory,
    host_network,
    host_processor,
    host_protocols,
    host_settings,
    host_storage,
    proc,
)
from collectors.serving.catalogue import HOST
from collectors.serving.metric import Part, Sample
from mall.servers.processes import end, free_port, start
from tests import conftest
from tests.collectors.prometheus_parts import MACHINE

NODE_EXPORTER = Path("/usr/bin/prometheus-node-exporter")


def one(found: tuple[Sample, ...], name: str, *labels: str) -> float:
    (sample,) = [each for each in found if each.metric.name == f"tenfold_host_{name}" and each.labels == labels]
    assert isinstance(sample.value, float | int)
    return sample.value


def read(part: Part) -> tuple[Sample, ...]:
    return tuple(part.begin()(None))


@pytest.mark.parametrize("part", HOST, ids=lambda each: each.name)
def test_what_comes_was_declared_and_comes_once(part: Part) -> None:
    found = read(part)
    assert found
    assert {each.metric for each in found} <= set(part.metrics)
    assert len({(each.metric.name, each.labels) for each in found}) == len(found)
    assert len(found) <= part.series


def test_processor_time_grows_and_its_cores_add_up() -> None:
    part = HOST[0]
    before = one(read(part), "cpu_seconds_total", "user")
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    found = read(part)
    after = one(found, "cpu_seconds_total", "user")
    assert after > before
    cores = [each.value for each in found if each.metric is host_processor.CORE and each.labels[1] == "user"]
    assert sum(value for value in cores if isinstance(value, float)) == pytest.approx(after)


def test_memory_is_what_the_system_says() -> None:
    found = tuple(host_memory.samples(host_memory.read(None)))
    total, available = one(found, "memory_total_bytes"), one(found, "memory_available_bytes")
    assert 0 < available <= total
    said = Path("/proc/meminfo").read_text("ascii")
    assert f"{int(total) // 1024} kB" in said


def test_the_file_system_that_we_are_on_has_room() -> None:
    found = tuple(host_storage.samples(host_storage.read(None)))
    sizes = {each.labels: each.value for each in found if each.metric is host_storage.SIZE}
    free = {each.labels: each.value for each in found if each.metric is host_storage.FREE}
    assert sizes.keys() == free.keys()
    assert all(free[place] <= size for place, size in sizes.items())  # type: ignore[operator]


def test_loopback_carries_what_is_sent_over_it() -> None:
    found = tuple(host_network.samples(host_network.read(None)))
    assert one(found, "network_received_bytes_total", "lo") >= 0
    assert one(found, "network_mtu_bytes", "lo") > 1000
    assert one(found, "network_carrier_changes_total", "lo") == 0


def test_datagrams_sent_are_counted() -> None:
    reader = host_protocols.remembering().begin()
    before = one(tuple(reader(None)), "network_protocol_total", "Udp", "OutDatagrams")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(10):
            sender.sendto(b"x", ("127.0.0.1", 9))
    found = tuple(reader(None))
    assert one(found, "network_protocol_total", "Udp", "OutDatagrams") >= before + 10
    assert one(found, "network_tcp_established") >= 0
    assert one(found, "network_local_ports") > 1000
    assert one(found, "network_socket_memory_limit_bytes", "TCP") > one(found, "network_socket_memory_bytes", "TCP")


def protocols(**counters: int) -> dict[str, Any]:
    read = host_protocols.read(None)
    return {**read, "six": [], "counters": {"TcpExt": counters}}


def told(facts: dict[str, Any], seen: host_protocols.Seen) -> dict[str, float]:
    found = host_protocols.samples(facts, seen)
    return {each.labels[1]: each.value for each in found if each.metric is host_protocols.PROTOCOL}  # type: ignore[misc]


def test_a_counter_has_its_series_from_when_it_moves_and_keeps_its_place() -> None:
    seen = host_protocols.asked_for()
    assert told(protocols(ListenDrops=0, TCPPureAcks=0, TCPHPHits=3), seen) == {"ListenDrops": 0, "TCPHPHits": 3}
    later = told(protocols(ListenDrops=1, TCPPureAcks=7, TCPHPHits=3), seen)
    assert list(later.items()) == [("ListenDrops", 1), ("TCPHPHits", 3), ("TCPPureAcks", 7)]
    assert told(protocols(ListenDrops=1, TCPPureAcks=0, TCPHPHits=0), seen).keys() == later.keys(), "it never goes away"


def test_counters_that_move_are_bounded() -> None:
    seen = host_protocols.asked_for()
    told(protocols(**{f"Counter{number}": 1 for number in range(400)}), seen)
    assert len(seen) == host_protocols.COUNTERS_AT_MOST


def test_settings_and_states_among_the_counters_are_left_out() -> None:
    found = dict(host_protocols.counts(host_protocols.read(None)))
    assert ("Tcp", "RtoMax") not in found
    assert ("Ip", "Forwarding") not in found
    assert not [name for _, name in found if name.startswith("InType")]
    assert ("Tcp", "InSegs") in found


def test_soft_interrupts_by_kind_add_up() -> None:
    text = proc.lines("stat")
    found = tuple(host_processor.samples({**host_processor.read(None), "stat": text}))
    kinds = [each.value for each in found if each.metric is host_processor.SOFT_KIND]
    assert sum(value for value in kinds if isinstance(value, float)) == one(found, "soft_interrupts_total")
    assert one(found, "soft_interrupts_by_kind_total", "timer") > 0


def test_each_cores_queue_of_packets_is_told() -> None:
    newer = "0000001a 00000002 00000003 0 0 0 0 0 0 00000000 00000000 00000004 00000007"
    older = "000000ff 00000000 00000001 0 0 0 0 0 0 00000000"
    facts = host_processor.read(None)
    found = tuple(host_processor.samples({**facts, "softnet": [newer]}))
    assert [one(found, f"softnet_{name}", "7") for name in ("processed_total", "dropped_total", "squeezed_total")] == [
        26,
        2,
        3,
    ]
    assert one(found, "softnet_queued", "7") == 4
    found = tuple(host_processor.samples({**facts, "softnet": [older]}))
    assert one(found, "softnet_processed_total", "0") == 255
    assert host_processor.QUEUED not in {each.metric for each in found}


def test_a_machine_of_many_cores_loses_nothing_but_figures_by_core() -> None:
    facts = host_processor.read(None)
    found = tuple(host_processor.samples({**facts, "cores": facts["cores"][:1] * 128}))
    kept = {each.metric for each in found[: HOST[0].series]}
    assert kept | {host_processor.CORE} == {each.metric for each in found}


def test_connections_that_were_not_tracked_are_added_up() -> None:
    text = ["entries insert_failed drop early_drop invalid search_restart", "2 1 a 0 0 0", "2 1 6 0 0 0"]
    facts = {**host_protocols.read(None), "conntrack": proc.by_core(text), "tracked": 2.0, "tracked_limit": 262144.0}
    found = tuple(host_protocols.samples(facts, {}))
    assert one(found, "conntrack_failures_total", "drop") == 16
    assert one(found, "conntrack_failures_total", "insert_failed") == 2
    assert one(found, "conntrack_entries") == 2
    without = tuple(host_protocols.samples({**facts, "conntrack": [], "tracked": None, "tracked_limit": None}, {}))
    assert not {each.metric.name for each in without if "conntrack" in each.metric.name}


def test_what_is_written_to_the_disk_is_counted_whole_and_in_bytes() -> None:
    found = tuple(host_storage.samples(host_storage.read(None)))
    devices = {each.labels[0] for each in found if each.metric.name == "tenfold_host_disk_in_flight"}
    assert devices == {
        each.name.replace("!", "/") for each in Path("/sys/block").iterdir() if host_storage.is_real(each.name)
    }
    whole = psutil.disk_io_counters(perdisk=True)
    for device in devices:
        assert one(found, "disk_read_bytes_total", device) <= whole[device].read_bytes
        assert one(found, "disk_weighted_seconds_total", device) >= 0


def test_the_clock_is_the_systems() -> None:
    found = tuple(host_clock.samples(host_clock.read(None)))
    assert one(found, "clock_timestamp_seconds") == pytest.approx(time.time(), abs=5)
    assert one(found, "clock_synchronized") in {0, 1}
    assert 0.99 < one(found, "clock_frequency_ratio") < 1.01
    assert one(found, "clock_maximal_error_seconds") >= 0


def test_settings_are_the_kernels_in_base_units() -> None:
    found = tuple(host_settings.samples(host_settings.read(None)))
    assert one(found, "setting", "net.core.somaxconn", "") == float(
        Path("/proc/sys/net/core/somaxconn").read_text("ascii")
    )
    kilobytes = float(Path("/proc/sys/vm/min_free_kbytes").read_text("ascii"))
    assert one(found, "setting", "vm.min_free_kbytes", "bytes") == kilobytes * 1024


@pytest.fixture
def node_exporter(tmp_path: Path) -> Iterator[str]:
    conftest._require(NODE_EXPORTER, f"apt-get install {NODE_EXPORTER.name}")
    port = free_port()
    process = start(
        [str(NODE_EXPORTER), f"--web.listen-address=127.0.0.1:{port}"],
        log=tmp_path / "node_exporter.log",
        environment=dict(os.environ),
    )
    url = f"http://127.0.0.1:{port}/metrics"
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(url, timeout=30).raise_for_status()
                break
            except httpx.HTTPError:
                assert time.monotonic() < deadline, (tmp_path / "node_exporter.log").read_text("utf-8")
                time.sleep(0.05)
        yield url
    finally:
        end(process)


@pytest.mark.debian_servers
def test_debians_node_exporter_gives_this_machine_the_same_series(node_exporter: str) -> None:
    with httpx.Client() as client:
        theirs = tuple(host_exporter.samples(host_exporter.read((client, node_exporter))))
    ours = {(each.metric.name, each.labels): each.value for part in HOST for each in read(part)}
    assert len({(each.metric.name, each.labels) for each in theirs}) == len(theirs)
    # It tells a device that is mounted twice as often, and in a container every single file that was mounted into it.
    same = {(each.metric.name, each.labels) for each in theirs if "mountpoint" not in each.metric.labels}
    assert not same - ours.keys()
    assert len(same) > 150
    assert {each.metric for each in theirs} <= set(host_exporter.METRICS)
    for name, *labels in (
        ("memory_total_bytes",),
        ("cores",),
        ("open_files_limit",),
        ("network_mtu_bytes", "lo"),
        ("network_up", "lo"),
        ("network_carrier_changes_total", "lo"),
        ("clock_synchronized",),
        ("clock_frequency_ratio",),
        ("boot_timestamp_seconds",),
    ):
        assert one(theirs, name, *labels) == pytest.approx(ours[f"tenfold_host_{name}", tuple(labels)]), name
    # Counters that every machine moves: the later reading is not below the earlier.
    for protocol, counter in (("Tcp", "InSegs"), ("IpExt", "InOctets")):
        later = ours["tenfold_host_network_protocol_total", (protocol, counter)]
        assert isinstance(later, int)
        assert one(theirs, "network_protocol_total", protocol, counter) <= later


def test_another_machines_exporter_gives_the_same_metrics() -> None:
    found = tuple(host_exporter.samples(parse(MACHINE.format(n=7))))
    assert one(found, "cpu_seconds_total", "user") == 7
    assert one(found, "cores") == 2
    assert one(found, "memory_available_bytes") == 2e9
    assert one(found, "filesystem_available_bytes", "/", "/dev/sda1") == 4e10
    assert one(found, "disk_busy_seconds_total", "sda") == 0.7
    assert one(found, "network_sent_bytes_total", "eth0") == 7_000_000
    assert "veth12" not in {label for each in found for label in each.labels}, "a container's"
    assert {each.metric for each in found} <= set(host_exporter.METRICS)


def test_what_node_exporter_calls_otherwise_is_brought_to_our_names() -> None:
    text = """\
node_uname_info{sysname="Linux",release="6.1.0",version="#1 SMP",machine="x86_64",nodename="db-1",domainname="(none)"} 1
node_softirqs_total{vector="block_iopoll"} 3
node_memory_Active_anon_bytes 5e+06
node_memory_VmallocTotal_bytes 3.5e+13
node_memory_HugePages_Free 4
node_vmstat_oom_kill 2
node_vmstat_nr_something 9
node_disk_discarded_sectors_total{device="sda"} 4
node_disk_io_now{device="zram0"} 1
node_network_up{device="lo"} 0
node_network_carrier{device="lo"} 1
node_network_up{device="eth0"} 1
node_network_speed_bytes{device="eth0"} -125000
node_arp_entries{device="eth0"} 2
node_arp_entries{device="eth1"} 3
node_netstat_TcpExt_ListenDrops 0
node_netstat_TcpExt_TCPSomething 0
node_netstat_Ip_Forwarding 1
node_netstat_Udp6_InDatagrams 6
node_sockstat_TCP_mem 9
node_sockstat_TCP_mem_bytes 36864
node_sockstat_TCP_tw 7
node_nf_conntrack_stat_drop 1
node_time_clocksource_current_info{clocksource="tsc",device="0"} 1
"""
    found = tuple(host_exporter.samples(parse(text)))
    assert {(each.metric.name.removeprefix("tenfold_host_"), *each.labels): each.value for each in found} == {
        ("info", "Linux", "6.1.0", "x86_64"): 1,
        ("soft_interrupts_by_kind_total", "irq_poll"): 3,
        ("memory_bytes", "Active(anon)"): 5e6,
        ("huge_pages", "free"): 4,
        ("memory_events_total", "oom_kill"): 2,
        ("disk_discarded_bytes_total", "sda"): 2048,
        ("network_up", "lo"): 1,
        ("network_up", "eth0"): 1,
        ("network_neighbours", "ipv4"): 5,
        ("network_protocol_total", "TcpExt", "ListenDrops"): 0,
        ("network_protocol_total", "Udp6", "InDatagrams"): 6,
        ("network_socket_memory_bytes", "TCP"): 36864,
        ("network_sockets", "TCP", "tw"): 7,
        ("conntrack_failures_total", "drop"): 1,
        ("clock_source_info", "tsc"): 1,
    }


@pytest.fixture
def foreign_page(tmp_path: Path) -> Iterator[str]:
    import functools
    import http.server
    import threading

    (tmp_path / "metrics").write_text("shop_orders 5\n", encoding="utf-8")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/metrics"
    server.shutdown()
    server.server_close()


def test_what_is_no_node_exporter_is_told(foreign_page: str) -> None:
    with httpx.Client() as client, pytest.raises(CollectorError, match="no node_exporter"):
        host_exporter.read((client, foreign_page))


def test_a_disk_that_is_closed_to_us_alone_is_not_read_only() -> None:
    mounts = (
        "25 1 8:1 / / ro,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro",
        "26 1 8:17 / /data rw,relatime - xfs /dev/sdb1 ro,attr2",
        "27 1 0:5 / /proc rw - proc proc rw",
        "a line that is none",
    )
    assert host_storage.read_only(mounts) == {"/dev/sdb1"}
