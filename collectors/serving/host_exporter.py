"""Another machine, through the node_exporter that it already runs: the same metrics as this machine's.

Source: the exposition of node_exporter 1.x over HTTP.
Needed role and versions: whoever may scrape it.
Consumed by: the Mall and Hosts boards, the alerts on machines.
Cost: one GET of about 500 series a scrape, four megabytes at most.
Caveats: what has no counterpart among our metrics is left out; Prometheus can scrape node_exporter itself beside us.
"""

from collections.abc import Iterable
from typing import Any

import httpx

from collectors.host import FILE_SYSTEMS, Samples, parse
from collectors.runner import CollectorError
from collectors.serving import host_memory, host_network, host_processor, host_storage
from collectors.serving.metric import Metric, Sample
from facts.message import msg
from facts.readings import Status

BYTES_AT_MOST = 4 * 2**20
_PLAIN = {
    "node_memory_MemTotal_bytes": host_memory.TOTAL,
    "node_memory_MemAvailable_bytes": host_memory.AVAILABLE,
    "node_memory_SwapTotal_bytes": host_memory.SWAP,
    "node_memory_SwapFree_bytes": host_memory.SWAP_FREE,
    "node_procs_running": host_processor.RUNNABLE,
    "node_procs_blocked": host_processor.BLOCKED,
    "node_forks_total": host_processor.FORKS,
    "node_context_switches_total": host_processor.SWITCHES,
    "node_intr_total": host_processor.INTERRUPTS,
    "node_boot_time_seconds": host_processor.BOOTED,
    "node_filefd_allocated": host_storage.OPEN,
    "node_filefd_maximum": host_storage.OPEN_LIMIT,
    "node_netstat_Tcp_CurrEstab": host_network.ESTABLISHED,
}
_LOAD = {"node_load1": "1", "node_load5": "5", "node_load15": "15"}
_FILESYSTEM = {
    "node_filesystem_size_bytes": host_storage.SIZE,
    "node_filesystem_avail_bytes": host_storage.FREE,
    "node_filesystem_files": host_storage.INODES,
    "node_filesystem_files_free": host_storage.INODES_FREE,
    "node_filesystem_readonly": host_storage.READONLY,
}
_DISK = {
    "node_disk_reads_completed_total": "read_count",
    "node_disk_writes_completed_total": "write_count",
    "node_disk_read_bytes_total": "read_bytes",
    "node_disk_written_bytes_total": "write_bytes",
    "node_disk_read_time_seconds_total": "read_time",
    "node_disk_write_time_seconds_total": "write_time",
    "node_disk_io_time_seconds_total": "busy_time",
    "node_disk_reads_merged_total": "read_merged_count",
    "node_disk_writes_merged_total": "write_merged_count",
}
_INTERFACE = {
    "node_network_receive_bytes_total": "bytes_recv",
    "node_network_transmit_bytes_total": "bytes_sent",
    "node_network_receive_packets_total": "packets_recv",
    "node_network_transmit_packets_total": "packets_sent",
    "node_network_receive_errs_total": "errin",
    "node_network_transmit_errs_total": "errout",
    "node_network_receive_drop_total": "dropin",
    "node_network_transmit_drop_total": "dropout",
}
_PRESSURE = {
    "node_pressure_cpu_waiting_seconds_total": (host_processor.WAITED, "cpu"),
    "node_pressure_io_waiting_seconds_total": (host_processor.WAITED, "io"),
    "node_pressure_memory_waiting_seconds_total": (host_processor.WAITED, "memory"),
    "node_pressure_io_stalled_seconds_total": (host_processor.STALLED, "io"),
    "node_pressure_memory_stalled_seconds_total": (host_processor.STALLED, "memory"),
}
_DISK_METRICS = {name: metric for name, metric, _ in host_storage.DISK}
_INTERFACE_METRICS = dict(host_network.INTERFACE)
_BY_DEVICE: dict[str, Metric] = {name: _DISK_METRICS[ours] for name, ours in _DISK.items()} | {
    name: _INTERFACE_METRICS[ours] for name, ours in _INTERFACE.items()
}
METRICS: tuple[Metric, ...] = (
    host_processor.SECONDS, host_processor.CORE, host_processor.CORES, host_processor.LOAD, *_PLAIN.values(), *_FILESYSTEM.values(),
    *_BY_DEVICE.values(), host_processor.WAITED, host_processor.STALLED, host_network.UP,
)  # fmt: skip


def read(page: tuple[httpx.Client, str]) -> Samples:
    """The exposition's samples.

    Raises:
        httpx.HTTPError: It could not be had.
        CollectorError: What answers there is something else.
    """
    client, url = page
    with client.stream("GET", url) as answer:
        answer.raise_for_status()
        received = b""
        for piece in answer.iter_bytes():
            received += piece
            if len(received) > BYTES_AT_MOST:
                raise CollectorError(msg("the metrics page is larger than four megabytes"), status=Status.UNSUPPORTED)
    found = parse(received.decode("utf-8", "replace"))
    if not any(name.startswith("node_") for name, _ in found):
        raise CollectorError(msg("what answers there is no node_exporter"), status=Status.UNSUPPORTED)
    return found


def samples(found: Samples) -> Iterable[Sample]:
    """The same series that this machine would have."""
    modes: dict[str, float] = {}
    cores = set()
    for (name, labels), value in found.items():
        given: dict[str, Any] = dict(labels)
        if name == "node_cpu_seconds_total":
            core, mode = given.get("cpu", ""), given.get("mode", "")
            cores.add(core)
            modes[mode] = modes.get(mode, 0.0) + value
            yield host_processor.CORE.sample(value, core, mode)
        elif name in _PLAIN:
            yield _PLAIN[name].sample(value)
        elif name in _LOAD:
            yield host_processor.LOAD.sample(value, _LOAD[name])
        elif name in _FILESYSTEM and given.get("fstype") in FILE_SYSTEMS:
            yield _FILESYSTEM[name].sample(value, given.get("mountpoint", ""), given.get("device", ""))
        elif name in _BY_DEVICE:
            yield _BY_DEVICE[name].sample(value, given.get("device", ""))
        elif name in _PRESSURE:
            metric, subject = _PRESSURE[name]
            yield metric.sample(value, subject)
        elif name == "node_network_up":
            yield host_network.UP.sample(value, given.get("device", ""))
    for mode, seconds in modes.items():
        yield host_processor.SECONDS.sample(seconds, mode)
    if cores:
        yield host_processor.CORES.sample(len(cores))
