"""The machine's file systems and disks.

Source: psutil (statvfs; /proc/diskstats), /proc/sys/fs/file-nr.
Needed role and versions: any user.
Consumed by: the Hosts board, the alert on a disk that fills.
Cost: one statvfs for each file system of a disk, below 1 ms.
Caveats: a file system over a network is not asked: a server that is gone would hold us for good.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from collectors.host import FILE_SYSTEMS
from collectors.serving.metric import Sample, counter, gauge

_FILES = Path("/proc/sys/fs/file-nr")
_PSEUDO_DEVICES = ("loop", "ram", "zram", "sr")
_MILLI = 1e-3
_PLACE = ("mountpoint", "device")
_PREFIX = "tenfold_host_"
SIZE = gauge(f"{_PREFIX}filesystem_size_bytes", "Size of the file system.", *_PLACE)
FREE = gauge(f"{_PREFIX}filesystem_available_bytes", "What is free to programs without privilege.", *_PLACE)
INODES = gauge(f"{_PREFIX}filesystem_inodes", "Inodes of the file system.", *_PLACE)
INODES_FREE = gauge(f"{_PREFIX}filesystem_inodes_free", "Inodes that are free.", *_PLACE)
READONLY = gauge(f"{_PREFIX}filesystem_readonly", "1 for one that cannot be written.", *_PLACE)
DISK = (
    ("read_count", counter(f"{_PREFIX}disk_reads_total", "Reads completed.", "device"), 1.0),
    ("write_count", counter(f"{_PREFIX}disk_writes_total", "Writes completed.", "device"), 1.0),
    ("read_bytes", counter(f"{_PREFIX}disk_read_bytes_total", "Bytes read.", "device"), 1.0),
    ("write_bytes", counter(f"{_PREFIX}disk_written_bytes_total", "Bytes written.", "device"), 1.0),
    ("read_time", counter(f"{_PREFIX}disk_read_seconds_total", "Time that reads took.", "device"), _MILLI),
    ("write_time", counter(f"{_PREFIX}disk_write_seconds_total", "Time that writes took.", "device"), _MILLI),
    (
        "busy_time",
        counter(f"{_PREFIX}disk_busy_seconds_total", "Time in which something was under way.", "device"),
        _MILLI,
    ),
    ("read_merged_count", counter(f"{_PREFIX}disk_reads_merged_total", "Reads merged.", "device"), 1.0),
    ("write_merged_count", counter(f"{_PREFIX}disk_writes_merged_total", "Writes merged.", "device"), 1.0),
)
OPEN = gauge(f"{_PREFIX}open_files", "Files open on the machine.")
OPEN_LIMIT = gauge(f"{_PREFIX}open_files_limit", "Files that may be open.")
METRICS = (SIZE, FREE, INODES, INODES_FREE, READONLY, *(metric for _, metric, _ in DISK), OPEN, OPEN_LIMIT)


def read(_: Any) -> dict[str, Any]:
    """File systems, disks' counters, and the number of open files with its limit."""
    places: dict[str, Any] = {}
    for each in psutil.disk_partitions(all=True):
        # Mounted twice, a device is one file system; inside a container its first place is often a single file.
        if (
            each.fstype in FILE_SYSTEMS
            and each.device not in {device for device, *_ in places.values()}
            and Path(each.mountpoint).is_dir()
        ):
            places[each.mountpoint] = (each.device, os.statvfs(each.mountpoint), "ro" in each.opts.split(","))
    try:
        files = [float(word) for word in _FILES.read_text(encoding="ascii").split()]
    except OSError:
        files = []
    return {"places": places, "disks": psutil.disk_io_counters(perdisk=True) or {}, "files": files}


def samples(facts: dict[str, Any]) -> Iterable[Sample]:
    """What is full, and what is busy."""
    for place, (device, figures, readonly) in facts["places"].items():
        labels = (place, device)
        yield SIZE.sample(figures.f_blocks * figures.f_frsize, *labels)
        yield FREE.sample(figures.f_bavail * figures.f_frsize, *labels)
        yield INODES.sample(figures.f_files, *labels)
        yield INODES_FREE.sample(figures.f_ffree, *labels)
        yield READONLY.sample(float(readonly), *labels)
    for device, figures in facts["disks"].items():
        if not device.startswith(_PSEUDO_DEVICES):
            for name, metric, scale in DISK:
                if hasattr(figures, name):
                    yield metric.sample(getattr(figures, name) * scale, device)
    if len(facts["files"]) > 1:
        yield OPEN.sample(facts["files"][0])
        yield OPEN_LIMIT.sample(facts["files"][-1])
