"""Reads one machine: this one through psutil, another through the node_exporter that it already runs.

Source: psutil (Linux: /proc), or the exposition of node_exporter 1.x over HTTP.
Needed role and versions: any user.
Consumed by: every rule that speaks of cores, CAP001, CFG003.
Cost: a few files of /proc; one HTTP GET of node_exporter (about 500 series) for each reading.
Caveats: inside a container psutil shows the machine's cores and memory, not the container's share.
"""

import math
import re
import time
from dataclasses import dataclass, replace
from typing import Any

import httpx
import psutil

from collectors.runner import CollectorError, Notes, refusal_of, run
from facts.host import Disk, HostFacts, Memory, Network, Processor
from facts.message import msg, verbatim
from facts.readings import Status, Target

TIMEOUT_SECONDS = 5.0
_SERIES = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
FILE_SYSTEMS = ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "vfat", "overlay")

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@dataclass(slots=True)
class Begun:
    """One machine between its two readings."""

    target: str
    node_exporter: str | None
    at: float
    first: Any
    refusal: CollectorError | None = None


def understand(error: Exception) -> CollectorError | None:
    """The failure behind an exception of httpx or psutil."""
    if isinstance(error, httpx.TimeoutException):
        return CollectorError(
            msg("node_exporter gave no answer in time"),
            status=Status.TIMED_OUT,
            remedy=msg("check its address and a firewall in between"),
        )
    if isinstance(error, httpx.InvalidURL):
        # Its own text shows what it took for the port, which can be a piece of a password.
        return CollectorError(msg("the address is not valid"), remedy=msg("write it as http://db.example:9100/metrics"))
    if isinstance(error, httpx.HTTPError):
        return CollectorError(
            msg("node_exporter could not be reached: {reason}", reason=str(error)),
            remedy=msg("check the address; its default port is 9100"),
        )
    if isinstance(error, psutil.Error | OSError):
        return CollectorError(verbatim(str(error)))
    return None


def begin(target: str, node_exporter: str | None) -> Begun:
    """Takes the first reading."""
    begun = Begun(target=target, node_exporter=node_exporter, at=time.monotonic(), first=None)
    reading, begun.first = run("host", lambda _: _read(node_exporter), understand=understand)
    if begun.first is None:
        begun.refusal = refusal_of(reading)
    return begun


def finish(begun: Begun) -> tuple[Target, HostFacts]:
    """Takes the second reading and compares."""
    source = "node_exporter" if begun.node_exporter else "psutil"

    def read(_: Notes) -> HostFacts:
        if begun.refusal is not None:
            raise begun.refusal
        if time.monotonic() - begun.at < 0.5:  # noqa: PLR2004  (shares of a shorter time are noise)
            time.sleep(0.5)
        make = _from_exporter if begun.node_exporter else _from_psutil
        return make(begun.target, begun.first, _read(begun.node_exporter), time.monotonic() - begun.at)

    reading, brought = run("host", read, understand=understand)
    if brought is None:
        target = Target(
            name=begun.target,
            kind="host",
            status=reading.status,
            detail=reading.detail,
            remedy=reading.remedy,
            unreachable=True,
        )
        return target, HostFacts(target=begun.target, source=source, readings=(reading,))
    return Target(name=begun.target, kind="host", status=Status.OK), replace(brought, readings=(reading,))


def _read(node_exporter: str | None) -> Any:
    if node_exporter is None:
        return {
            "cpu": psutil.cpu_times(),
            "memory": psutil.virtual_memory(),
            "swap": psutil.swap_memory(),
            "networks": psutil.net_io_counters(pernic=True),
            "disks": [
                (part.mountpoint, psutil.disk_usage(part.mountpoint))
                for part in psutil.disk_partitions()
                if part.fstype in FILE_SYSTEMS
            ],
        }
    answer = httpx.get(node_exporter, timeout=TIMEOUT_SECONDS, headers={"User-Agent": "tenfold"})
    answer.raise_for_status()
    samples = {key: value for key, value in parse(answer.text).items() if math.isfinite(value)}
    if not any(name == "node_cpu_seconds_total" for name, _ in samples):
        raise CollectorError(
            msg("something answered, but it is no node_exporter"),
            status=Status.UNSUPPORTED,
            remedy=msg("check the address; node_exporter's is http://HOST:9100/metrics"),
        )
    return samples


def parse(exposition: str) -> Samples:
    """The samples of a Prometheus text exposition by name and sorted labels."""
    samples: Samples = {}
    for line in exposition.splitlines():
        match = _SERIES.match(line)
        if line.startswith("#") or match is None:
            continue
        try:
            value = float(match.group("value"))
        except ValueError:
            continue
        samples[match.group("name"), tuple(sorted(_LABEL.findall(match.group("labels") or "")))] = value
    return samples


def _from_psutil(target: str, first: Any, now: Any, seconds: float) -> HostFacts:
    spent = {name: getattr(now["cpu"], name, 0.0) - getattr(first["cpu"], name, 0.0) for name in now["cpu"]._fields}
    memory, swap = now["memory"], now["swap"]
    return HostFacts(
        target=target,
        source="psutil",
        readings=(),
        processor=processor(psutil.cpu_count() or 1, spent, seconds, psutil.getloadavg()[0]),
        memory=Memory(
            total_bytes=memory.total,
            available_bytes=memory.available,
            swap_total_bytes=swap.total,
            swap_used_bytes=swap.used,
        ),
        disks=tuple(_disk(name, usage.total, usage.free) for name, usage in now["disks"]),
        networks=tuple(
            _network(
                name,
                seconds,
                after.bytes_recv - first["networks"][name].bytes_recv,
                after.bytes_sent - first["networks"][name].bytes_sent,
                after.errin + after.errout,
            )
            for name, after in sorted(now["networks"].items())
            if name in first["networks"]
        ),
    )


def _from_exporter(target: str, first: Samples, now: Samples, seconds: float) -> HostFacts:
    spent: dict[str, float] = {}
    cores = set()
    for (name, labels), value in now.items():
        if name == "node_cpu_seconds_total":
            mode = dict(labels).get("mode", "")
            cores.add(dict(labels).get("cpu"))
            spent[mode] = spent.get(mode, 0.0) + value - first.get((name, labels), value)

    disks = [
        _disk(dict(labels).get("mountpoint", ""), int(value), now.get(("node_filesystem_avail_bytes", labels)))
        for (name, labels), value in now.items()
        if name == "node_filesystem_size_bytes" and dict(labels).get("fstype") in FILE_SYSTEMS
    ]
    networks = [
        _network(
            dict(labels).get("device", ""),
            seconds,
            value - first.get((name, labels), value),
            now.get(("node_network_transmit_bytes_total", labels), 0.0)
            - first.get(("node_network_transmit_bytes_total", labels), 0.0),
            0,
        )
        for (name, labels), value in now.items()
        if name == "node_network_receive_bytes_total"
    ]
    return HostFacts(
        target=target,
        source="node_exporter",
        readings=(),
        processor=processor(max(len(cores), 1), spent, seconds, now.get(("node_load1", ()))),
        memory=_memory(now),
        disks=tuple(disks),
        networks=tuple(networks),
    )


def processor(cores: int, spent: dict[str, float], seconds: float, load: float | None) -> Processor:
    """Shares of all cores' time; `guest` is inside `user` on Linux and not counted again."""
    whole = sum(value for name, value in spent.items() if name not in {"guest", "guest_nice"}) or 1e-9

    def share(*names: str) -> float:
        return round(min(max(sum(spent.get(name, 0.0) for name in names) / whole, 0.0), 1.0), 4)

    return Processor(
        cores=cores,
        window_seconds=round(seconds, 3),
        busy_ratio=round(min(max(1 - share("idle", "iowait"), 0.0), 1.0), 4),
        user_ratio=share("user", "nice"),
        system_ratio=share("system", "irq", "softirq"),
        iowait_ratio=share("iowait"),
        steal_ratio=share("steal"),
        load_1m=load,
    )


def _memory(now: Samples) -> Memory | None:
    total, available = now.get(("node_memory_MemTotal_bytes", ())), now.get(("node_memory_MemAvailable_bytes", ()))
    if total is None or available is None:
        return None
    swap = now.get(("node_memory_SwapTotal_bytes", ()), 0.0)
    return Memory(
        total_bytes=int(total),
        available_bytes=int(available),
        swap_total_bytes=int(swap),
        swap_used_bytes=int(swap - now.get(("node_memory_SwapFree_bytes", ()), swap)),
    )


def _disk(name: str, total: int, free: float | None) -> Disk:
    return Disk(
        name=name,
        total_bytes=total,
        free_bytes=None if free is None else int(free),
        read_bytes_per_second=None,
        written_bytes_per_second=None,
        busy_ratio=None,
    )


def _network(name: str, seconds: float, received: float, sent: float, errors: int) -> Network:
    return Network(
        name=name,
        received_bytes_per_second=round(received / seconds, 1),
        sent_bytes_per_second=round(sent / seconds, 1),
        errors=errors,
        speed_bits_per_second=None,
    )
