"""The machine's file systems and disks.

Source: psutil, statvfs; on Linux /proc/diskstats, /proc/sys/fs/file-nr.
Needed role and versions: any user.
Consumed by: the Hosts board, the alert on a disk that fills.
Cost: one statvfs for each file system of a disk, below 1 ms.
Caveats: a file system over a network is not asked: a server that is gone would hold us for good. Partitions of a disk are not told again.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from collectors.host import FILE_SYSTEMS
from collectors.serving.metric import Metric, Sample, counter, gauge, given
from collectors.serving.proc import SYS, lines, number

_PSEUDO_DEVICES = ("loop", "ram", "zram", "sr")
_MILLI = 1e-3
SECTOR = 512.0
# Columns of /proc/diskstats after the device's name; psutil knows the first ten.
_COLUMNS = (
    "read_count", "read_merged_count", "read_sectors", "read_time", "write_count", "write_merged_count", "write_sectors", "write_time",
    "in_flight", "busy_time", "weighted_time", "discard_count", "discard_merged_count", "discard_sectors", "discard_time", "flush_count",
    "flush_time",
)  # fmt: skip
_PLACE = ("mountpoint", "device")
_PREFIX = "tenfold_host_"
SIZE = gauge(f"{_PREFIX}filesystem_size_bytes", "Size of the file system.", *_PLACE)
UNUSED = gauge(f"{_PREFIX}filesystem_free_bytes", "What is free, with what only privileged programs get.", *_PLACE)
FREE = gauge(f"{_PREFIX}filesystem_available_bytes", "What is free to programs without privilege.", *_PLACE)
INODES = gauge(f"{_PREFIX}filesystem_inodes", "Inodes of the file system.", *_PLACE)
INODES_FREE = gauge(f"{_PREFIX}filesystem_inodes_free", "Inodes that are free.", *_PLACE)
READONLY = gauge(f"{_PREFIX}filesystem_readonly", "1 for one that cannot be written.", *_PLACE)
DISK: tuple[tuple[str, Metric, float], ...] = (
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
    ("in_flight", gauge(f"{_PREFIX}disk_in_flight", "Requests that are under way.", "device"), 1.0),
    (
        "weighted_time",
        counter(
            f"{_PREFIX}disk_weighted_seconds_total", "Time of all requests under way; its rate is the queue.", "device"
        ),
        _MILLI,
    ),
    ("discard_count", counter(f"{_PREFIX}disk_discards_total", "Discards completed.", "device"), 1.0),
    ("discard_merged_count", counter(f"{_PREFIX}disk_discards_merged_total", "Discards merged.", "device"), 1.0),
    ("discard_sectors", counter(f"{_PREFIX}disk_discarded_bytes_total", "Bytes discarded.", "device"), SECTOR),
    ("discard_time", counter(f"{_PREFIX}disk_discard_seconds_total", "Time that discards took.", "device"), _MILLI),
    ("flush_count", counter(f"{_PREFIX}disk_flushes_total", "Flushes of its cache completed.", "device"), 1.0),
    ("flush_time", counter(f"{_PREFIX}disk_flush_seconds_total", "Time that flushes took.", "device"), _MILLI),
)
OPEN = gauge(f"{_PREFIX}open_files", "Files open on the machine.")
OPEN_LIMIT = gauge(f"{_PREFIX}open_files_limit", "Files that may be open.")
ASYNCHRONOUS = gauge(f"{_PREFIX}asynchronous_requests", "Places taken for asynchronous input and output.")
ASYNCHRONOUS_LIMIT = gauge(f"{_PREFIX}asynchronous_requests_limit", "Places that there are.")
METRICS = (
    SIZE,
    UNUSED,
    FREE,
    INODES,
    INODES_FREE,
    READONLY,
    *(metric for _, metric, _ in DISK),
    OPEN,
    OPEN_LIMIT,
    ASYNCHRONOUS,
    ASYNCHRONOUS_LIMIT,
)


def is_real(device: str) -> bool:
    """Whether it is told: memory, files and optical drives that pass for disks are not."""
    return not device.startswith(_PSEUDO_DEVICES)


def read_only(mounts: Iterable[str]) -> set[str]:
    """Devices whose file system itself cannot be written.

    A mount of one that can be written is read-only to whoever it was made for: to every service that systemd protects, for one.

    Args:
        mounts: Lines of /proc/self/mountinfo; what follows the lone hyphen is the file system's own.
    """
    own = [line.partition(" - ")[2].split() for line in mounts]
    return {words[1] for words in own if len(words) > 2 and "ro" in words[2].split(",")}  # noqa: PLR2004  (type, device, options)


def read(_: Any) -> dict[str, Any]:
    """File systems, disks' counters, and the number of open files with its limit."""
    places: dict[str, Any] = {}
    closed = read_only(lines("self/mountinfo"))
    for each in psutil.disk_partitions(all=True):
        # Mounted twice, a device is one file system; inside a container its first place is often a single file.
        # One that we may not look at, or whose disk is gone, costs the others nothing.
        with suppress(OSError):
            if (
                each.fstype in FILE_SYSTEMS
                and each.device not in {device for device, *_ in places.values()}
                and Path(each.mountpoint).is_dir()
            ):
                places[each.mountpoint] = (each.device, os.statvfs(each.mountpoint), each.device in closed)
    files = [float(word) for line in lines("sys/fs/file-nr") for word in line.split()]
    places_taken = (number("sys/fs/aio-nr"), number("sys/fs/aio-max-nr"))
    return {"places": places, "disks": _disks(), "files": files, "asynchronous": places_taken}


def samples(facts: dict[str, Any]) -> Iterable[Sample]:
    """What is full, and what is busy."""
    for place, (device, figures, readonly) in facts["places"].items():
        labels = (place, device)
        yield SIZE.sample(figures.f_blocks * figures.f_frsize, *labels)
        yield UNUSED.sample(figures.f_bfree * figures.f_frsize, *labels)
        yield FREE.sample(figures.f_bavail * figures.f_frsize, *labels)
        yield INODES.sample(figures.f_files, *labels)
        yield INODES_FREE.sample(figures.f_ffree, *labels)
        yield READONLY.sample(float(readonly), *labels)
    for device, counters in facts["disks"].items():
        if is_real(device):
            for name, metric, scale in DISK:
                if name in counters:
                    yield metric.sample(counters[name] * scale, device)
    if len(facts["files"]) > 1:
        yield OPEN.sample(facts["files"][0])
        yield OPEN_LIMIT.sample(facts["files"][-1])
    for metric, value in zip((ASYNCHRONOUS, ASYNCHRONOUS_LIMIT), facts["asynchronous"], strict=True):
        yield from given(metric, value)


def _disks() -> dict[str, dict[str, float]]:
    """The counters of each disk as a whole."""
    found: dict[str, dict[str, float]] = {}
    for line in lines("diskstats"):
        _major, _minor, device, *counts = line.split()
        # A disk that is one has a folder of its own; a partition's is inside of its disk's.
        if is_real(device) and (SYS / "block" / device.replace("/", "!")).is_dir():
            found[device] = dict(zip(_COLUMNS, map(float, counts), strict=False))
    for counters in found.values():
        counters["read_bytes"] = counters["read_sectors"] * SECTOR
        counters["write_bytes"] = counters["write_sectors"] * SECTOR
    return found or {name: each._asdict() for name, each in (psutil.disk_io_counters(perdisk=True) or {}).items()}
