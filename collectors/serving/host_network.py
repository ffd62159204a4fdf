"""The machine's network: interfaces, connections, what TCP had to repeat or refuse.

Source: psutil (/proc/net/dev); on Linux also /proc/net/snmp, /proc/net/netstat, /proc/net/sockstat.
Needed role and versions: any user.
Consumed by: the Hosts board, the alert on a line that is full.
Cost: four files of /proc, below 1 ms.
Caveats: virtual interfaces of containers are left out; the first 16 others by name are told.
"""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from collectors.serving.metric import Sample, counter, gauge

_NET = Path("/proc/net")
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
)
UP = gauge(f"{_PREFIX}up", "1 for an interface that is up.", "interface")
SPEED = gauge(f"{_PREFIX}speed_bytes_per_second", "What its driver says that it carries.", "interface")
PROTOCOL = counter(
    f"{_PREFIX}protocol_total", "Counters of the protocols, as the kernel names them.", "protocol", "counter"
)
ESTABLISHED = gauge(f"{_PREFIX}tcp_established", "TCP connections established.")
SOCKETS = gauge(f"{_PREFIX}sockets", "Sockets, by protocol and state as the kernel names them.", "protocol", "state")
METRICS = (*(metric for _, metric in INTERFACE), UP, SPEED, PROTOCOL, ESTABLISHED, SOCKETS)
_WANTED = {
    "Tcp": ("ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets", "InSegs", "OutSegs", "RetransSegs", "InErrs", "OutRsts"),
    "TcpExt": ("ListenOverflows", "ListenDrops", "SyncookiesSent", "SyncookiesRecv", "SyncookiesFailed", "TCPSynRetrans",
               "TCPTimeouts", "TCPRcvQDrop", "TCPOFOQueue", "TW", "TCPAbortOnMemory", "TCPBacklogDrop"),
    "Udp": ("InDatagrams", "OutDatagrams", "NoPorts", "InErrors", "RcvbufErrors", "SndbufErrors"),
    "Icmp": ("InMsgs", "OutMsgs", "InErrors"),
    "IpExt": ("InOctets", "OutOctets"),
    "Ip": ("Forwarding",),
}  # fmt: skip
_BITS = 8
_MEGA = 1_000_000
_PAGES = frozenset({"mem", "memory"})


def read(_: Any) -> dict[str, Any]:
    """Counters of interfaces and protocols, and the sockets."""
    return {
        "interfaces": psutil.net_io_counters(pernic=True),
        "states": psutil.net_if_stats(),
        "protocols": _table("snmp") | _table("netstat"),
        "sockets": _sockets(),
    }


def samples(facts: dict[str, Any]) -> Iterable[Sample]:
    """What goes over the line, and what had to be repeated or refused."""
    real = sorted(name for name in facts["interfaces"] if not name.startswith(_VIRTUAL))[:_INTERFACES_AT_MOST]
    for interface in real:
        for name, metric in INTERFACE:
            yield metric.sample(getattr(facts["interfaces"][interface], name), interface)
        state = facts["states"].get(interface)
        if state is not None:
            yield UP.sample(float(state.isup), interface)
            if state.speed:
                yield SPEED.sample(state.speed * _MEGA / _BITS, interface)
    for protocol, wanted in _WANTED.items():
        counts = facts["protocols"].get(protocol, {})
        for name in wanted:
            if name in counts:
                yield PROTOCOL.sample(counts[name], protocol, name)
    established = facts["protocols"].get("Tcp", {}).get("CurrEstab")
    if established is not None:
        yield ESTABLISHED.sample(established)
    for protocol, states in facts["sockets"].items():
        for state, count in states.items():
            yield SOCKETS.sample(count, protocol, state)


def _table(name: str) -> dict[str, dict[str, int]]:
    """Pairs of lines: the names of a protocol's counters, then their values."""
    found: dict[str, dict[str, int]] = {}
    for names, values in pairwise(_lines(name)):
        protocol, _, head = names.partition(":")
        same, _, tail = values.partition(":")
        if protocol == same and not head.split()[0].lstrip("-").isdigit():
            found[protocol] = {key: int(value) for key, value in zip(head.split(), tail.split(), strict=False)}
    return found


def _sockets() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for line in _lines("sockstat"):
        protocol, _, rest = line.partition(":")
        words = rest.split()
        found[protocol] = {
            state: int(count) for state, count in zip(words[::2], words[1::2], strict=False) if state not in _PAGES
        }
    return found


def _lines(name: str) -> list[str]:
    try:
        return (_NET / name).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
