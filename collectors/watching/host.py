"""This machine once a second: processor, run queue, pressure, memory, disks, network.

Source: psutil and, on Linux, /proc/stat, /proc/pressure, /proc/net/snmp, /proc/net/netstat.
Needed role and versions: any user.
Consumed by: `loadtest.cause`, the live view, the round report.
Cost: under 2 ms of one core a second.
Caveats: inside a container psutil shows the machine's cores and memory, not the container's share. Loopback's traffic is not the
    network's and is left out, unless there is no other.

Values, ratios between 0 and 1: `cpu_busy_ratio`, `cpu_core_max_ratio` (the busiest core), `cpu_steal_ratio`, `cpu_iowait_ratio`,
`runnable` (processes ready to run, Linux), `pressure_cpu_ratio`, `pressure_io_ratio`, `pressure_memory_ratio` (share of the second in
which some task waited for it, Linux ≥ 4.20), `memory_available_ratio`, `swap_in_bytes` a second, `disk_busy_ratio` (of the busiest
device, Linux), `network_received_bytes` and `network_sent_bytes` a second of the busiest interface, `tcp_retransmitted_ratio` (of the
segments sent), `listen_overflows` a second (connections refused because the backlog was full).
Limits: `cores`, `memory_bytes`, `network_bytes_per_second` (configured, else what the busiest interface's driver tells).
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from collectors.host import understand
from collectors.watching.source import Ending, Opening, Rates

MEGABIT_BYTES = 1_000_000 / 8
_PSEUDO_DEVICES = ("loop", "ram", "zram", "dm-", "sr")
_VIRTUAL_INTERFACES = ("lo", "veth", "docker", "br-", "cali", "cni", "flannel", "virbr", "tap", "tun", "ifb")
_PROC = Path("/proc")


@dataclass(slots=True)
class Machine:
    """The machine that we run on.

    Attributes:
        link: Bytes a second that the network may carry, None for what the driver tells.
    """

    link: float | None = None
    limits: dict[str, float] = field(default_factory=dict)
    _rates: Rates = field(default_factory=Rates)

    def read(self) -> dict[str, float]:
        """The figures now; shares and rates are over the time since the reading before."""
        memory = psutil.virtual_memory()
        self.limits |= {"cores": float(psutil.cpu_count() or 1), "memory_bytes": float(memory.total)}
        at = time.monotonic()
        rates = self._rates.of(dict(_counters()), at)
        values = {"memory_available_ratio": memory.available / memory.total}
        runnable = _after("stat", "procs_running")
        if runnable is not None:
            values["runnable"] = runnable
        values |= cpu_shares(rates)
        values |= {name: min(rate, 1.0) for name, rate in rates.items() if name.startswith("pressure_")}
        values |= {name: rates[name] for name in ("listen_overflows", "swap_in_bytes") if name in rates}
        if rates.get("tcp:out"):
            values["tcp_retransmitted_ratio"] = min(rates.get("tcp:again", 0.0) / rates["tcp:out"], 1.0)
        disks = [rate for name, rate in rates.items() if name.startswith("disk:")]
        if disks:
            values["disk_busy_ratio"] = min(max(disks), 1.0)
        return values | self._network(rates)

    def _network(self, rates: Mapping[str, float]) -> dict[str, float]:
        sent = {name.removeprefix("sent:"): rate for name, rate in rates.items() if name.startswith("sent:")}
        if not sent:
            return {}
        received = {name: rates.get(f"received:{name}", 0.0) for name in sent}
        busiest = max(sent, key=lambda name: max(sent[name], received[name]))
        link = self.link or _link_speed(busiest)
        if link:
            self.limits["network_bytes_per_second"] = link
        return {"network_sent_bytes": sent[busiest], "network_received_bytes": received[busiest]}

    def finish(self) -> Ending:
        """Nothing more."""
        return Ending()

    def close(self) -> None:
        """Holds nothing."""


def opening(name: str = "this machine", *, network_bits_per_second: float | None = None) -> Opening:
    """How to watch this machine.

    Args:
        name: What the machine is called in the configuration.
        network_bits_per_second: What the line to the shoppers may carry, where that is less than the interface's speed.
    """
    link = network_bits_per_second / 8 if network_bits_per_second else None
    return Opening(name=name, kind="host", open=lambda: Machine(link=link), understand=understand)


def cpu_shares(rates: Mapping[str, float]) -> dict[str, float]:
    """Shares of processor time.

    Args:
        rates: Seconds a second by `cpu:CORE:MODE`; `guest` must be left out, Linux counts it in `user`.
    """
    cores: dict[str, dict[str, float]] = {}
    for name, rate in rates.items():
        if name.startswith("cpu:"):
            _, core, mode = name.split(":", 2)
            cores.setdefault(core, {})[mode] = rate
    whole = {core: sum(modes.values()) for core, modes in cores.items()}
    cores = {core: modes for core, modes in cores.items() if whole[core] > 0}
    if not cores:
        return {}
    total = sum(whole[core] for core in cores)
    idle = {core: modes.get("idle", 0.0) + modes.get("iowait", 0.0) for core, modes in cores.items()}
    return {
        "cpu_busy_ratio": 1 - sum(idle.values()) / total,
        "cpu_core_max_ratio": max(1 - idle[core] / whole[core] for core in cores),
        "cpu_steal_ratio": sum(modes.get("steal", 0.0) for modes in cores.values()) / total,
        "cpu_iowait_ratio": sum(modes.get("iowait", 0.0) for modes in cores.values()) / total,
    }


def _counters() -> Iterator[tuple[str, float]]:
    for core, times in enumerate(psutil.cpu_times(percpu=True)):
        for mode in times._fields:
            if not mode.startswith("guest"):
                yield f"cpu:{core}:{mode}", getattr(times, mode)
    for subject in ("cpu", "io", "memory"):
        waited = _pressure(subject)
        if waited is not None:
            yield f"pressure_{subject}_ratio", waited
    yield "swap_in_bytes", float(psutil.swap_memory().sin)
    for device, disk in (psutil.disk_io_counters(perdisk=True) or {}).items():
        busy = getattr(disk, "busy_time", None)  # milliseconds; Linux and FreeBSD alone
        if busy is not None and not device.startswith(_PSEUDO_DEVICES):
            yield f"disk:{device}", busy / 1000
    interfaces = psutil.net_io_counters(pernic=True)
    real = {name: each for name, each in interfaces.items() if not name.startswith(_VIRTUAL_INTERFACES)}
    for name, each in (real or interfaces).items():
        yield f"sent:{name}", float(each.bytes_sent)
        yield f"received:{name}", float(each.bytes_recv)
    segments = _table("net/snmp", "Tcp")
    if "OutSegs" in segments:
        yield "tcp:out", segments["OutSegs"]
        yield "tcp:again", segments.get("RetransSegs", 0.0)
    extended = _table("net/netstat", "TcpExt")
    if "ListenOverflows" in extended:
        yield "listen_overflows", extended["ListenOverflows"]


def _link_speed(interface: str) -> float | None:
    """Bytes a second; None where the driver does not tell, as in most virtual machines."""
    known = psutil.net_if_stats().get(interface)
    return known.speed * MEGABIT_BYTES if known is not None and known.speed > 0 else None


def _pressure(subject: str) -> float | None:
    """Seconds in which some task waited, since the machine started."""
    try:
        first = (_PROC / "pressure" / subject).read_text(encoding="ascii").partition("\n")[0]
        return int(first.rpartition("total=")[2]) / 1e6
    except (OSError, ValueError):  # an older kernel, or another system
        return None


def _after(file: str, word: str) -> float | None:
    try:
        for line in (_PROC / file).read_text(encoding="ascii").splitlines():
            if line.startswith(f"{word} "):
                return float(line.split()[1])
    except (OSError, ValueError):
        return None
    return None


def _table(file: str, name: str) -> dict[str, float]:
    """One of the kernel's tables of a line of names and a line of values."""
    try:
        lines = [line.split() for line in (_PROC / file).read_text(encoding="ascii").splitlines()]
    except OSError:
        return {}
    rows = [line[1:] for line in lines if line and line[0] == f"{name}:"]
    return dict(zip(rows[0], map(float, rows[1]), strict=False)) if len(rows) == 2 else {}  # noqa: PLR2004  (names and values)
