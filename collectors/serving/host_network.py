"""The machine's network interfaces: what goes over the line, what is lost there, whether the line holds.

Source: on Linux /proc/net/dev and /sys/class/net; elsewhere psutil.
Needed role and versions: any user.
Consumed by: the Hosts board, the alert on a line that is full.
Cost: one file of /proc and four of /sys for each interface, below 0.5 ms.
Caveats: virtual interfaces of containers are left out; the first 16 others by name are told.
"""

from collections.abc import Iterable
from typing import Any

import psutil

from collectors.serving.metric import Metric, Sample, counter, gauge, given
from collectors.serving.proc import SYS, lines, number

_VIRTUAL = ("veth", "docker", "br-", "cali", "cni", "flannel", "virbr", "tap", "ifb")
_INTERFACES_AT_MOST = 16
_PREFIX = "tenfold_host_network_"
INTERFACE = (
    ("bytes_recv", counter(f"{_PREFIX}received_bytes_total", "Bytes received.", "interface")),
    ("bytes_sent", counter(f"{_PREFIX}sent_bytes_total", "Bytes sent.", "interface")),
    ("packets_recv", counter(f"{_PREFIX}received_packets_total", "Packets received.", "interface")),
    ("packets_sent", counter(f"{_PREFIX}sent_packets_total", "Packets sent.", "interface")),
    ("errin", counter(f"{_PREFIX}receive_errors_total", "Packets received with errors.", "interface")),
    ("errout", counter(f"{_PREFIX}send_errors_total", "Packets that could not be sent.", "interface")),
    ("dropin", counter(f"{_PREFIX}receive_drops_total", "Packets thrown away on arrival.", "interface")),
    ("dropout", counter(f"{_PREFIX}send_drops_total", "Packets thrown away instead of sent.", "interface")),
    ("fifo_in", counter(f"{_PREFIX}receive_overruns_total", "Packets that found the card's buffer full.", "interface")),
    ("fifo_out", counter(f"{_PREFIX}send_overruns_total", "Packets that the card was given too slowly.", "interface")),
    ("frame", counter(f"{_PREFIX}receive_frame_errors_total", "Packets that arrived misshapen.", "interface")),
    ("multicast", counter(f"{_PREFIX}received_multicast_packets_total", "Packets received for many.", "interface")),
    ("colls", counter(f"{_PREFIX}collisions_total", "Packets that met another on the line.", "interface")),
    ("carrier", counter(f"{_PREFIX}send_carrier_errors_total", "Packets not sent for want of a line.", "interface")),
)
UP = gauge(f"{_PREFIX}up", "1 for an interface that is up.", "interface")
SPEED = gauge(f"{_PREFIX}speed_bytes_per_second", "What its driver says that it carries.", "interface")
MTU = gauge(f"{_PREFIX}mtu_bytes", "The largest packet that it carries.", "interface")
CARRIER = counter(f"{_PREFIX}carrier_changes_total", "Times that its line came or went.", "interface")
METRICS = (*(metric for _, metric in INTERFACE), UP, SPEED, MTU, CARRIER)
# Columns of /proc/net/dev; psutil knows half of them.
_COLUMNS = (
    "bytes_recv", "packets_recv", "errin", "dropin", "fifo_in", "frame", "compressed_in", "multicast",
    "bytes_sent", "packets_sent", "errout", "dropout", "fifo_out", "colls", "carrier", "compressed_out",
)  # fmt: skip
_BITS = 8
_MEGA = 1_000_000


def is_real(interface: str) -> bool:
    """Whether it is told: those that come and go with containers are not."""
    return not interface.startswith(_VIRTUAL)


def read(_: Any) -> dict[str, Any]:
    """The counters of each interface that is told, and the state of its line."""
    counters = _counters()
    names = sorted(filter(is_real, counters))[:_INTERFACES_AT_MOST]
    return {"interfaces": {name: counters[name] for name in names}, "states": _states(names)}


def samples(facts: dict[str, Any]) -> Iterable[Sample]:
    """What goes over the line, and what is lost there."""
    for interface, counters in facts["interfaces"].items():
        for name, metric in INTERFACE:
            if name in counters:
                yield metric.sample(counters[name], interface)
        for metric, value in facts["states"].get(interface, {}).items():
            yield from given(metric, value, interface)


def _states(names: list[str]) -> dict[str, dict[Metric, float | None]]:
    """Of each interface whether it is up, and what its line is."""
    if not (SYS / "class/net").is_dir():
        found = psutil.net_if_stats()
        return {
            name: {UP: each.isup, MTU: each.mtu, SPEED: each.speed * _MEGA / _BITS or None}
            for name, each in found.items()
            if name in names
        }
    states: dict[str, dict[Metric, float | None]] = {}
    for name in names:
        # psutil would ask every container's interface, of which there can be hundreds.
        speed = number(f"class/net/{name}/speed", SYS)
        states[name] = {
            UP: number(f"class/net/{name}/carrier", SYS) or 0.0,
            MTU: number(f"class/net/{name}/mtu", SYS),
            SPEED: speed * _MEGA / _BITS if speed is not None and speed > 0 else None,
            CARRIER: number(f"class/net/{name}/carrier_changes", SYS),
        }
    return states


def _counters() -> dict[str, dict[str, int]]:
    found = {}
    for line in lines("net/dev")[2:]:
        interface, _, counts = line.rpartition(":")
        found[interface.strip()] = dict(zip(_COLUMNS, map(int, counts.split()), strict=False))
    return found or {name: each._asdict() for name, each in psutil.net_io_counters(pernic=True).items()}
