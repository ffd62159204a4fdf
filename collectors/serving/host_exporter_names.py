"""What node_exporter calls our metrics of a machine: tables for `host_exporter`."""

import re

from collectors.serving import host_clock, host_memory, host_network, host_processor, host_protocols, host_storage
from collectors.serving.metric import Metric

PLAIN: dict[str, Metric] = {
    "node_memory_MemTotal_bytes": host_memory.TOTAL,
    "node_memory_MemAvailable_bytes": host_memory.AVAILABLE,
    "node_memory_SwapTotal_bytes": host_memory.SWAP,
    "node_memory_SwapFree_bytes": host_memory.SWAP_FREE,
    "node_procs_running": host_processor.RUNNABLE,
    "node_procs_blocked": host_processor.BLOCKED,
    "node_processes_threads": host_processor.THREADS,
    "node_forks_total": host_processor.FORKS,
    "node_context_switches_total": host_processor.SWITCHES,
    "node_intr_total": host_processor.INTERRUPTS,
    "node_boot_time_seconds": host_processor.BOOTED,
    "node_filefd_allocated": host_storage.OPEN,
    "node_filefd_maximum": host_storage.OPEN_LIMIT,
    "node_netstat_Tcp_CurrEstab": host_protocols.ESTABLISHED,
    "node_nf_conntrack_entries": host_protocols.TRACKED,
    "node_nf_conntrack_entries_limit": host_protocols.TRACKED_LIMIT,
    "node_time_seconds": host_clock.NOW,
    "node_timex_sync_status": host_clock.SYNCHRONIZED,
    "node_timex_offset_seconds": host_clock.OFFSET,
    "node_timex_estimated_error_seconds": host_clock.ESTIMATED,
    "node_timex_maxerror_seconds": host_clock.MAXIMAL,
    "node_timex_frequency_adjustment_ratio": host_clock.FREQUENCY,
}
# Of one series each: our metric and its label's value.
LABELLED: dict[str, tuple[Metric, str]] = {
    "node_load1": (host_processor.LOAD, "1"),
    "node_load5": (host_processor.LOAD, "5"),
    "node_load15": (host_processor.LOAD, "15"),
    "node_pressure_cpu_waiting_seconds_total": (host_processor.WAITED, "cpu"),
    "node_pressure_io_waiting_seconds_total": (host_processor.WAITED, "io"),
    "node_pressure_memory_waiting_seconds_total": (host_processor.WAITED, "memory"),
    "node_pressure_io_stalled_seconds_total": (host_processor.STALLED, "io"),
    "node_pressure_memory_stalled_seconds_total": (host_processor.STALLED, "memory"),
    "node_pressure_irq_stalled_seconds_total": (host_processor.STALLED, "irq"),
    "node_sockstat_TCP_mem_bytes": (host_protocols.MEMORY, "TCP"),
    "node_sockstat_UDP_mem_bytes": (host_protocols.MEMORY, "UDP"),
    "node_sockstat_FRAG_memory": (host_protocols.MEMORY, "FRAG"),
    "node_sockstat_FRAG6_memory": (host_protocols.MEMORY, "FRAG6"),
    "node_memory_HugePages_Total": (host_memory.HUGE, "total"),
    "node_memory_HugePages_Free": (host_memory.HUGE, "free"),
    "node_memory_HugePages_Rsvd": (host_memory.HUGE, "rsvd"),
    "node_memory_HugePages_Surp": (host_memory.HUGE, "surp"),
    **{
        f"node_nf_conntrack_stat_{kind}": (host_protocols.UNTRACKED, kind) for kind in host_protocols.CONNTRACK_FAILURES
    },
}
FILESYSTEM: dict[str, Metric] = {
    "node_filesystem_size_bytes": host_storage.SIZE,
    "node_filesystem_free_bytes": host_storage.UNUSED,
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
    "node_disk_io_now": "in_flight",
    "node_disk_io_time_weighted_seconds_total": "weighted_time",
    "node_disk_discards_completed_total": "discard_count",
    "node_disk_discards_merged_total": "discard_merged_count",
    "node_disk_discard_time_seconds_total": "discard_time",
    "node_disk_flush_requests_total": "flush_count",
    "node_disk_flush_requests_time_seconds_total": "flush_time",
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
    "node_network_receive_fifo_total": "fifo_in",
    "node_network_transmit_fifo_total": "fifo_out",
    "node_network_receive_frame_total": "frame",
    "node_network_receive_multicast_total": "multicast",
    "node_network_transmit_colls_total": "colls",
    "node_network_transmit_carrier_total": "carrier",
}
_DISK_METRICS = {name: metric for name, metric, _ in host_storage.DISK}
_INTERFACE_METRICS = dict(host_network.INTERFACE)
DISK: dict[str, Metric] = {name: _DISK_METRICS[ours] for name, ours in _DISK.items()}
# node_exporter counts sectors of 512 bytes here.
DISCARDED_SECTORS = "node_disk_discarded_sectors_total"
INTERFACE: dict[str, Metric] = {name: _INTERFACE_METRICS[ours] for name, ours in _INTERFACE.items()} | {
    "node_network_mtu_bytes": host_network.MTU,
    "node_network_speed_bytes": host_network.SPEED,
    "node_network_carrier_changes_total": host_network.CARRIER,
}
CORE: dict[str, Metric] = {
    "node_softnet_processed_total": host_processor.PROCESSED,
    "node_softnet_dropped_total": host_processor.DROPPED,
    "node_softnet_times_squeezed_total": host_processor.SQUEEZED,
    "node_softnet_backlog_len": host_processor.QUEUED,
}
# Names that hold the kernel's own; memory's lost the brackets of such as Active(anon).
MEMORY = re.compile(r"node_memory_(\w+?)(?:_(anon|file))?_bytes")
EVENT = re.compile(r"node_vmstat_(\w+)")
COUNTER = re.compile(r"node_netstat_([A-Za-z0-9]+)_(\w+)")
SOCKETS = re.compile(r"node_sockstat_([A-Za-z0-9]+)_(inuse|orphan|tw|alloc|used)")
METRICS: tuple[Metric, ...] = tuple(
    dict.fromkeys((
        host_processor.INFO, host_processor.SECONDS, host_processor.CORE, host_processor.CORES, host_processor.SOFT_KIND, *PLAIN.values(),
        *(metric for metric, _ in LABELLED.values()), *FILESYSTEM.values(), *DISK.values(), _DISK_METRICS["discard_sectors"],
        *INTERFACE.values(), host_network.UP, *CORE.values(), host_memory.KIND, host_memory.EVENTS, host_protocols.PROTOCOL,
        host_protocols.SOCKETS, host_protocols.NEIGHBOURS, host_clock.SOURCE,
    ))
)  # fmt: skip
DISCARDED = _DISK_METRICS["discard_sectors"]
