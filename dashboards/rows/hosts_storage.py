"""Disks and file systems of each machine: busy, slow, full."""

from dashboards.board import Query, Row
from dashboards.links import POSTGRES
from dashboards.panel import time_series
from facts.message import msg

_DEVICE, _THEIR_DEVICE = "{{target}} {{device}}", "{{instance}} {{device}}"
_PLACE, _THEIR_PLACE = "{{target}} {{mountpoint}}", "{{instance}} {{mountpoint}}"
# Memory that looks like a disk; ours leaves it out by itself.
_REAL = '{device!~"zram.*|ram.*|loop.*|sr.*"}'
_KEPT = '{fstype!~"tmpfs|ramfs"}'


def _ours(metric: str) -> str:
    return f"sum by (mall, target, device) (rate({metric}[$__rate_interval]))"


def _theirs(metric: str) -> str:
    return f"sum by (instance, device) (rate({metric}{_REAL}[$__rate_interval]))"


ROW = Row(
    msg("Disks"),
    (
        time_series(
            msg("Disks busy"),
            msg(
                "Share of the time in which something was under way. A fast disk can do more at once and need not be full then."
            ),
            unit="percentunit",
            ours=(Query(_ours("tenfold_host_disk_busy_seconds_total"), _DEVICE),),
            theirs=(Query(_theirs("node_disk_io_time_seconds_total"), _THEIR_DEVICE),),
            links=(POSTGRES,),
        ),
        time_series(
            msg("Time for one write"),
            msg("Mean; every commit waits for one. No data while nothing is written."),
            unit="s",
            ours=(
                Query(
                    f"{_ours('tenfold_host_disk_write_seconds_total')} / ({_ours('tenfold_host_disk_writes_total')} > 0)",
                    _DEVICE,
                ),
            ),
            theirs=(
                Query(
                    f"{_theirs('node_disk_write_time_seconds_total')}"
                    f" / ({_theirs('node_disk_writes_completed_total')} > 0)",
                    _THEIR_DEVICE,
                ),
            ),
            links=(POSTGRES,),
        ),
        time_series(
            msg("Bytes read and written"),
            msg("Bytes a second, by disk."),
            unit="Bps",
            ours=(
                Query(_ours("tenfold_host_disk_read_bytes_total"), msg("{target} read", target=_DEVICE)),
                Query(_ours("tenfold_host_disk_written_bytes_total"), msg("{target} written", target=_DEVICE)),
            ),
            theirs=(
                Query(_theirs("node_disk_read_bytes_total"), msg("{target} read", target=_THEIR_DEVICE)),
                Query(_theirs("node_disk_written_bytes_total"), msg("{target} written", target=_THEIR_DEVICE)),
            ),
        ),
        time_series(
            msg("Reads and writes"),
            msg("Requests a second, by disk."),
            unit="iops",
            ours=(
                Query(_ours("tenfold_host_disk_reads_total"), msg("{target} read", target=_DEVICE)),
                Query(_ours("tenfold_host_disk_writes_total"), msg("{target} written", target=_DEVICE)),
            ),
            theirs=(
                Query(_theirs("node_disk_reads_completed_total"), msg("{target} read", target=_THEIR_DEVICE)),
                Query(_theirs("node_disk_writes_completed_total"), msg("{target} written", target=_THEIR_DEVICE)),
            ),
        ),
        time_series(
            msg("File systems used"),
            msg("Share of each file system that programs can no longer get."),
            unit="percentunit",
            ours=(
                Query(
                    "max by (mall, target, mountpoint)"
                    " (1 - tenfold_host_filesystem_available_bytes / tenfold_host_filesystem_size_bytes)",
                    _PLACE,
                ),
            ),
            theirs=(
                Query(
                    "max by (instance, mountpoint)"
                    f" (1 - node_filesystem_avail_bytes{_KEPT} / node_filesystem_size_bytes{_KEPT})",
                    _THEIR_PLACE,
                ),
            ),
            limit=1,
            links=(POSTGRES,),
        ),
        time_series(
            msg("Inodes used"),
            msg("A file system without inodes is full, whatever space it has left."),
            unit="percentunit",
            ours=(
                Query(
                    "max by (mall, target, mountpoint)"
                    " (1 - tenfold_host_filesystem_inodes_free / (tenfold_host_filesystem_inodes > 0))",
                    _PLACE,
                ),
            ),
            theirs=(
                Query(
                    "max by (instance, mountpoint)"
                    f" (1 - node_filesystem_files_free{_KEPT} / (node_filesystem_files{_KEPT} > 0))",
                    _THEIR_PLACE,
                ),
            ),
            limit=1,
        ),
    ),
)
