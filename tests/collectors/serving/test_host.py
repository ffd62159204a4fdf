"""The exporter's figures of machines: this one's, and another's through its node_exporter."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from collectors.host import parse
from collectors.runner import CollectorError
from collectors.serving import host_exporter, host_memory, host_network, host_processor, host_storage
from collectors.serving.catalogue import HOST
from collectors.serving.metric import Part, Sample
from tests.collectors.prometheus_parts import MACHINE


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
    assert one(found, "network_tcp_established") >= 0


def test_another_machines_exporter_gives_the_same_metrics() -> None:
    found = tuple(host_exporter.samples(parse(MACHINE.format(n=7))))
    assert one(found, "cpu_seconds_total", "user") == 7
    assert one(found, "cores") == 2
    assert one(found, "memory_available_bytes") == 2e9
    assert one(found, "filesystem_available_bytes", "/", "/dev/sda1") == 4e10
    assert one(found, "disk_busy_seconds_total", "sda") == 0.7
    assert one(found, "network_sent_bytes_total", "eth0") == 7_000_000
    assert {each.metric for each in found} <= set(host_exporter.METRICS)


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
