"""The machines' cases."""

from collections.abc import Iterator, Mapping

from tests.dashboards.rules.case import About, Case, series

HOST = "db-1"
_GB = 10**9


def _disk(available: str, *, size: int = 100) -> Mapping[str, str]:
    labels = {"target": HOST, "mountpoint": "/data", "device": "/dev/sda1"}
    prefix = "tenfold_host_filesystem_"
    return {
        series(f"{prefix}available_bytes", **labels): available,
        series(f"{prefix}size_bytes", **labels): f"{size * _GB}+0x800",
    }


def _cpu(**modes: float) -> Mapping[str, str]:
    return {
        series("tenfold_host_cpu_seconds_total", target=HOST, mode=mode): f"0+{seconds:g}x60"
        for mode, seconds in modes.items()
    }


def _memory(available: float) -> Mapping[str, str]:
    return {
        series("tenfold_host_memory_total_bytes", target=HOST): f"{64 * _GB}+0x60",
        series("tenfold_host_memory_available_bytes", target=HOST): f"{64 * _GB * available:g}+0x60",
    }


def _filesystems() -> Iterator[Case]:
    place = {"target": HOST, "mountpoint": "/data", "device": "/dev/sda1"}
    for severity, start, an_hour, slow in (
        ("urgent", 40, 5, 1),
        ("important", 45, 2, 0.2),
    ):
        about = About("FilesystemFills", severity, at="6h", labels=place)
        falling = f"{start * _GB}-{an_hour * _GB / 60:g}x360"
        yield about.fires("it will be full soon", _disk(falling))
        yield about.quiet("it fills slowly", _disk(f"{start * _GB}-{slow * _GB / 60:g}x360"))
        yield about.quiet("there is much room yet", _disk(falling, size=start))
        small = _disk(f"{10 * _GB}-{an_hour * _GB / 60:g}x120")
        yield about.fires("little is left of it", small, at="90m")
        yield about.quiet("it has been watched for half an hour", small, at="30m")
        yield about.quiet("it becomes emptier", _disk(f"{10 * _GB}+{_GB / 60:g}x360"))
    for severity, little, more in (("urgent", 2, 5), ("important", 7, 10)):
        about = About("FilesystemFull", severity, labels=place)
        yield about.fires("nearly nothing is free", _disk(f"{little * _GB}+0x60"))
        yield about.quiet("more is free", _disk(f"{more * _GB}+0x60"))
    about = About("FilesystemInodesRunOut", "important", labels=place)
    inodes, free = (series(f"tenfold_host_filesystem_inodes{end}", **place) for end in ("", "_free"))
    yield about.fires("few are left", {inodes: "1000+0x60", free: "40+0x60"})
    yield about.quiet("enough are left", {inodes: "1000+0x60", free: "60+0x60"})
    yield about.quiet("a file system that counts none", {inodes: "0+0x60", free: "0+0x60"})
    about = About("FilesystemReadOnly", "important", at="3h", labels=place)
    readonly = series("tenfold_host_filesystem_readonly", **place)
    yield about.fires("it became so", {readonly: "0+0x100 1+0x100"})
    yield about.quiet("it always was", {readonly: "1+0x200"})


def _processors() -> Iterator[Case]:
    about = About("HostProcessorsBusy", "important", labels={"target": HOST})
    yield about.fires("hardly ever idle", _cpu(user=200, system=30, idle=8, iowait=2))
    yield about.quiet("they wait for a disk", _cpu(user=20, system=3, idle=8, iowait=209))
    yield about.quiet("half idle", _cpu(user=100, system=20, idle=120))
    about = About("HostProcessorsStolen", "important", labels={"target": HOST})
    yield about.fires("a quarter is withheld", _cpu(user=80, idle=100, steal=60))
    yield about.quiet("little is withheld", _cpu(user=80, idle=150, steal=10))


def _memories() -> Iterator[Case]:
    for severity, share, more in (("urgent", 0.02, 0.05), ("important", 0.07, 0.1)):
        about = About("HostMemoryRunsOut", severity, labels={"target": HOST})
        yield about.fires("hardly any is left", _memory(share))
        yield about.quiet("some is left", _memory(more))
    about = About("HostMemoryStalls", "important", labels={"target": HOST, "resource": "memory"})
    stalled = series("tenfold_host_pressure_stalled_seconds_total", target=HOST, resource="memory")
    yield about.fires("a fifth of the time", {stalled: "0+12x60"})
    yield about.quiet("now and then", {stalled: "0+1x60"})
    yield about.quiet("another resource", {stalled.replace("memory", "io"): "0+12x60"})
    about = About("HostKillsProcesses", "important", labels={"target": HOST, "event": "oom_kill"})
    events = series("tenfold_host_memory_events_total", target=HOST, event="oom_kill")
    yield about.fires("one was ended", {events: "0+0x25 1+0x40"})
    yield about.quiet("long ago", {events: "0+0x5 1+0x60"})


def _lines() -> Iterator[Case]:
    about = About("HostDiskBusy", "important", labels={"target": HOST, "device": "sda"})
    busy = series("tenfold_host_disk_busy_seconds_total", target=HOST, device="sda")
    waiting = series("tenfold_host_pressure_waiting_seconds_total", target=HOST, resource="io")
    yield about.fires("and tasks wait", {busy: "0+59x60", waiting: "0+30x60"})
    yield about.quiet("nobody waits", {busy: "0+59x60", waiting: "0+2x60"})
    yield about.quiet("half of the time", {busy: "0+30x60", waiting: "0+30x60"})
    about = About("HostLineFull", "important", labels={"target": HOST, "interface": "eth0"})
    speed, sent, received = (
        series(f"tenfold_host_network_{name}", target=HOST, interface="eth0")
        for name in ("speed_bytes_per_second", "sent_bytes_total", "received_bytes_total")
    )
    # A hundred megabits a second.
    carries = {speed: "12500000+0x60"}
    yield about.fires("what is sent", {**carries, sent: f"0+{12e6 * 60:g}x60", received: "0+60x60"})
    yield about.fires("what is received", {**carries, sent: "0+60x60", received: f"0+{12e6 * 60:g}x60"})
    yield about.quiet("half of it", {**carries, sent: f"0+{6e6 * 60:g}x60", received: f"0+{6e6 * 60:g}x60"})
    yield about.quiet("a driver that knows no speed", {speed: "0+0x60", sent: f"0+{12e6 * 60:g}x60"})


CASES = (*_filesystems(), *_processors(), *_memories(), *_lines())
