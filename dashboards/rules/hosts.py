"""Machines: disks that fill, processors, memory, lines."""

from dashboards.rules.places import COUNT, LABELS, SHARE, TIME
from dashboards.rules.rule import Alert, Group, Recording, Severity, once, until_used_up
from facts.message import msg

_FREE = "tenfold_host_filesystem_available_bytes"
_FREE_RATIO = "mall_target_mountpoint:tenfold_host_filesystem_available:ratio"
_FULL_IN = "mall_target_mountpoint:tenfold_host_filesystem:exhaustion_seconds"
_BUSY = "mall_target:tenfold_host_cpu_busy:ratio_rate5m"
_STOLEN = "mall_target:tenfold_host_cpu_stolen:ratio_rate5m"
_AVAILABLE = "mall_target:tenfold_host_memory_available:ratio"


def _of_all(modes: str) -> str:
    return (
        f'sum by (mall, target) (rate(tenfold_host_cpu_seconds_total{{mode=~"{modes}"}}[5m]))\n'
        "/\nsum by (mall, target) (rate(tenfold_host_cpu_seconds_total[5m]))"
    )


def _fills(severity: Severity, hours: int, share: float) -> Alert:
    return Alert(
        name="FilesystemFills",
        expr=f"{_FULL_IN} < {hours} * 3600\nand {_FREE_RATIO} < {share}",
        lasts="10m",
        severity=severity,
        summary=msg("{mall}: the disk of {target} at {mountpoint} fills", **LABELS),
        description=msg("As it has been filling in the last hours, it is full in {value}.", value=TIME),
    )


def _full(severity: Severity, share: float) -> Alert:
    return Alert(
        name="FilesystemFull",
        expr=f"{_FREE_RATIO} < {share}",
        lasts="5m",
        severity=severity,
        summary=msg("{mall}: the disk of {target} at {mountpoint} is nearly full", **LABELS),
        description=msg("{value} of it is free.", value=SHARE),
    )


def _memory(severity: Severity, share: float, lasts: str) -> Alert:
    return Alert(
        name="HostMemoryRunsOut",
        expr=f"{_AVAILABLE} < {share}",
        lasts=lasts,
        severity=severity,
        summary=msg("{mall}: {target} runs out of memory", **LABELS),
        description=msg("{value} of its memory can still be had.", value=SHARE),
    )


def _line(direction: str) -> str:
    return f"rate(tenfold_host_network_{direction}_bytes_total[5m]) / (tenfold_host_network_speed_bytes_per_second > 0)"


GROUP = Group(
    name="hosts",
    about=msg("Machines: disks that fill, processors, memory, lines."),
    recordings=(
        Recording(
            record=_FREE_RATIO,
            expr=once(f"{_FREE} / (tenfold_host_filesystem_size_bytes > 0)"),
        ),
        Recording(record=_FULL_IN, expr=once(until_used_up(f"{_FREE} / -(deriv({_FREE}[6h]) < 0)", _FREE, "1h"))),
        Recording(record=_BUSY, expr=f"1 -\n{_of_all('idle|iowait')}"),
        Recording(record=_STOLEN, expr=_of_all("steal")),
        Recording(
            record=_AVAILABLE, expr=once("tenfold_host_memory_available_bytes / tenfold_host_memory_total_bytes")
        ),
    ),
    alerts=(
        _fills(Severity.URGENT, 4, 0.25),
        _fills(Severity.IMPORTANT, 24, 0.4),
        _full(Severity.URGENT, 0.03),
        _full(Severity.IMPORTANT, 0.08),
        Alert(
            name="FilesystemInodesRunOut",
            expr=once("tenfold_host_filesystem_inodes_free / (tenfold_host_filesystem_inodes > 0)") + " < 0.05",
            lasts="10m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the disk of {target} at {mountpoint} has hardly any inodes left", **LABELS),
            description=msg("{value} of them are free: no file can be made when they are used up.", value=SHARE),
        ),
        Alert(
            name="FilesystemReadOnly",
            expr=once(
                "tenfold_host_filesystem_readonly == 1\nand min_over_time(tenfold_host_filesystem_readonly[1d]) == 0"
            ),
            lasts="1m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the disk of {target} at {mountpoint} can no longer be written", **LABELS),
            description=msg("It could be within the last day; a kernel does this when a disk fails."),
        ),
        Alert(
            name="HostProcessorsBusy",
            expr=f"{_BUSY} > 0.9",
            lasts="10m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the processors of {target} are used up", **LABELS),
            description=msg("They were busy for {value} of the time.", value=SHARE),
        ),
        Alert(
            name="HostProcessorsStolen",
            expr=f"{_STOLEN} > 0.1",
            lasts="10m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the hypervisor withholds processors from {target}", **LABELS),
            description=msg("It took {value} of the time for others.", value=SHARE),
        ),
        _memory(Severity.URGENT, 0.03, "5m"),
        _memory(Severity.IMPORTANT, 0.08, "15m"),
        Alert(
            name="HostMemoryStalls",
            expr=once('rate(tenfold_host_pressure_stalled_seconds_total{resource="memory"}[5m])') + " > 0.1",
            lasts="5m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: everything on {target} waits for memory", **LABELS),
            description=msg(
                "For {value} of the time all tasks stood still, because memory had to be freed.", value=SHARE
            ),
        ),
        Alert(
            name="HostKillsProcesses",
            expr=once('increase(tenfold_host_memory_events_total{event="oom_kill"}[15m])') + " > 0",
            lasts="",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: {target} ended processes because it had no memory left", **LABELS),
            description=msg("{value} in the last 15 minutes.", value=COUNT),
        ),
        Alert(
            name="HostDiskBusy",
            expr=once("rate(tenfold_host_disk_busy_seconds_total[10m])")
            + " > 0.9\nand on (mall, target)\n"
            + once('rate(tenfold_host_pressure_waiting_seconds_total{resource="io"}[10m])')
            + " > 0.3",
            lasts="10m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the disk {device} of {target} is busy all the time, and tasks wait for it", **LABELS),
            description=msg("It was busy for {value} of the time.", value=SHARE),
        ),
        Alert(
            name="HostLineFull",
            expr=once(f"{_line('sent')} > 0.85\nor\n{_line('received')} > 0.85"),
            lasts="10m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the line of {target} at {interface} is full", **LABELS),
            description=msg("{value} of what it carries is used.", value=SHARE),
        ),
    ),
)
