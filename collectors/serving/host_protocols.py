"""The machine's protocols: connections, sockets and their memory, what TCP had to repeat or refuse, tracked connections, neighbours.

Source: on Linux /proc/net/snmp, snmp6, netstat, sockstat, sockstat6, /proc/net/stat and /proc/sys/net; elsewhere nothing.
Needed role and versions: any user.
Consumed by: the Hosts board.
Cost: a dozen files of /proc, below 1 ms.
Caveats: the kernel knows some 300 counters, most of which never move. Traffic and failures are always told, the others once they are
    not zero: 160 in all. Inside a container they are those of its own network.
"""

import functools
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

from collectors.serving.metric import Metric, Part, Reader, Sample, counter, gauge, given
from collectors.serving.proc import by_core, by_protocol, lines, number

COUNTERS_AT_MOST = 160
_PREFIX = "tenfold_host_network_"
PROTOCOL = counter(
    f"{_PREFIX}protocol_total", "Counters of the protocols, as the kernel names them.", "protocol", "counter"
)
ESTABLISHED = gauge(f"{_PREFIX}tcp_established", "TCP connections established.")
SOCKETS = gauge(f"{_PREFIX}sockets", "Sockets, by protocol and state as the kernel names them.", "protocol", "state")
MEMORY = gauge(f"{_PREFIX}socket_memory_bytes", "Memory for what sockets keep, by protocol.", "protocol")
MEMORY_LIMIT = gauge(f"{_PREFIX}socket_memory_limit_bytes", "Memory that the protocol's sockets may take.", "protocol")
PORTS = gauge(f"{_PREFIX}local_ports", "Ports there are for connections to one and the same address.")
TRACKED = gauge("tenfold_host_conntrack_entries", "Connections that the firewall tracks.")
TRACKED_LIMIT = gauge("tenfold_host_conntrack_entries_limit", "Connections that it can track.")
UNTRACKED = counter(
    "tenfold_host_conntrack_failures_total",
    "Packets and connections that it could not track, by what happened.",
    "kind",
)
NEIGHBOURS = gauge(f"{_PREFIX}neighbours", "Machines of the own network whose hardware address is known.", "protocol")
OVERFLOWS = counter(
    f"{_PREFIX}neighbour_table_overflows_total", "Times that the table of neighbours was full.", "protocol"
)
METRICS: tuple[Metric, ...] = (
    PROTOCOL, ESTABLISHED, SOCKETS, MEMORY, MEMORY_LIMIT, PORTS, TRACKED, TRACKED_LIMIT, UNTRACKED, NEIGHBOURS, OVERFLOWS,
)  # fmt: skip
# Traffic, and every failure: one that appears with its first event has no zero before it, so that Prometheus sees no increase.
_ASKED_FOR = {
    "Ip": ("InReceives", "InDelivers", "OutRequests", "InDiscards", "OutDiscards", "OutNoRoutes", "ReasmFails", "FragFails"),
    "IpExt": ("InOctets", "OutOctets", "InNoRoutes", "InCsumErrors", "InCEPkts"),
    "Icmp": ("InMsgs", "OutMsgs", "InErrors", "InDestUnreachs", "OutDestUnreachs"),
    "Udp": ("InDatagrams", "OutDatagrams", "NoPorts", "InErrors", "RcvbufErrors", "SndbufErrors", "InCsumErrors", "MemErrors"),
    "Tcp": ("ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets", "InSegs", "OutSegs", "RetransSegs", "InErrs", "OutRsts",
            "InCsumErrors"),
    "TcpExt": (
        "ListenOverflows", "ListenDrops", "TCPReqQFullDrop", "TCPReqQFullDoCookies", "SyncookiesSent", "SyncookiesRecv", "SyncookiesFailed",
        "EmbryonicRsts", "TCPDeferAcceptDrop", "TCPSynRetrans", "TCPTimeouts", "TCPSpuriousRTOs", "TCPLossProbes", "TCPFastRetrans",
        "TCPSlowStartRetrans", "TCPLostRetransmit", "TCPRetransFail", "TCPSACKReneging", "TCPOFOQueue", "TCPOFODrop", "TCPRcvQDrop",
        "TCPBacklogDrop", "PruneCalled", "RcvPruned", "OfoPruned", "TCPRcvCollapsed", "TCPToZeroWindowAdv", "TCPZeroWindowDrop",
        "TCPMemoryPressures", "TCPMemoryPressuresChrono", "TCPWqueueTooBig", "PFMemallocDrop", "TCPAbortOnMemory", "TCPAbortOnTimeout",
        "TCPAbortOnData", "TCPAbortOnClose", "TCPAbortOnLinger", "TCPAbortFailed", "TW", "TCPTimeWaitOverflow",
    ),
}  # fmt: skip
# Beside the counters the kernel gives settings and states.
_NO_COUNTERS = frozenset({
    ("Ip", "Forwarding"), ("Ip", "DefaultTTL"), ("Tcp", "RtoAlgorithm"), ("Tcp", "RtoMin"), ("Tcp", "RtoMax"), ("Tcp", "MaxConn"),
    ("Tcp", "CurrEstab"), ("MPTcpExt", "MPCurrEstab"),
})  # fmt: skip
_SIX = re.compile(r"(Ip6|Icmp6|Udp6|UdpLite6)(\w+)")
_TYPE = re.compile(r"(In|Out)Type\d+")
CONNTRACK_FAILURES = ("insert_failed", "drop", "early_drop", "invalid", "search_restart")
# In pages, or in bytes: fragments' memory.
_PAGES, _BYTES = "mem", "memory"

Seen = dict[tuple[str, str], None]


def read(_: Any) -> dict[str, Any]:
    """Everything as it stands in the files."""
    return {
        "counters": by_protocol(lines("net/snmp")) | by_protocol(lines("net/netstat")),
        "six": lines("net/snmp6"),
        "sockets": lines("net/sockstat") + lines("net/sockstat6"),
        "limits": {"TCP": number("sys/net/ipv4/tcp_mem"), "UDP": number("sys/net/ipv4/udp_mem")},
        "ports": lines("sys/net/ipv4/ip_local_port_range"),
        "tracked": number("sys/net/netfilter/nf_conntrack_count"),
        "tracked_limit": number("sys/net/netfilter/nf_conntrack_max"),
        "conntrack": by_core(lines("net/stat/nf_conntrack")),
        "neighbours": {"ipv4": by_core(lines("net/stat/arp_cache")), "ipv6": by_core(lines("net/stat/ndisc_cache"))},
    }


def asked_for() -> Seen:
    """The counters that are told from the start."""
    return dict.fromkeys((protocol, name) for protocol, names in _ASKED_FOR.items() for name in names)


def samples(facts: dict[str, Any], seen: Seen) -> Iterable[Sample]:
    """What had to be repeated or refused, and how near the limits are.

    Args:
        facts: What was read.
        seen: The counters that have series, in their order; those that have moved join it.
    """
    counters = dict(counts(facts))
    for key, count in counters.items():
        if count and len(seen) < COUNTERS_AT_MOST:
            seen.setdefault(key)
    for key in seen:
        if key in counters:
            yield PROTOCOL.sample(counters[key], *key)
    yield from given(ESTABLISHED, facts["counters"].get("Tcp", {}).get("CurrEstab"))
    yield from _sockets(facts["sockets"])
    page = os.sysconf("SC_PAGE_SIZE")
    for protocol, pages in facts["limits"].items():
        yield from given(MEMORY_LIMIT, None if pages is None else pages * page, protocol)
    for line in facts["ports"]:
        first, last = map(int, line.split())
        yield PORTS.sample(last - first + 1)
    yield from given(TRACKED, facts["tracked"])
    yield from given(TRACKED_LIMIT, facts["tracked_limit"])
    for kind in CONNTRACK_FAILURES:
        if facts["conntrack"] and kind in facts["conntrack"][0]:
            yield UNTRACKED.sample(sum(core.get(kind, 0) for core in facts["conntrack"]), kind)
    for protocol, cores in facts["neighbours"].items():
        if cores:
            yield NEIGHBOURS.sample(cores[0]["entries"], protocol)
            yield OVERFLOWS.sample(sum(core.get("table_fulls", 0) for core in cores), protocol)


def counts(facts: dict[str, Any]) -> Iterator[tuple[tuple[str, str], int]]:
    """Every counter by protocol and name."""
    for protocol, counters in facts["counters"].items():
        for name, count in counters.items():
            if is_counter(protocol, name):
                yield (protocol, name), count
    for line in facts["six"]:
        whole, count = line.split()
        key = _six(whole)
        if key is not None and is_counter(*key):
            yield key, int(count)


@functools.cache
def is_counter(protocol: str, name: str) -> bool:
    """Whether what the kernel lists there only rises; messages by the number of their type are told by its name already."""
    return (protocol, name) not in _NO_COUNTERS and protocol != "IcmpMsg" and not _TYPE.fullmatch(name)


@functools.cache
def _six(name: str) -> tuple[str, str] | None:
    """Protocol and counter of a line in snmp6, where they are one word."""
    found = _SIX.fullmatch(name)
    return (found[1], found[2]) if found else None


def is_told(protocol: str, name: str, count: float) -> bool:
    """Whether a reading that stands alone tells it."""
    return is_counter(protocol, name) and (count > 0 or name in _ASKED_FOR.get(protocol, ()))


def _sockets(text: Iterable[str]) -> Iterator[Sample]:
    for line in text:
        protocol, _, rest = line.partition(":")
        words = rest.split()
        for state, count in zip(words[::2], map(int, words[1::2]), strict=False):
            if state == _PAGES:
                yield MEMORY.sample(count * os.sysconf("SC_PAGE_SIZE"), protocol)
            elif state == _BYTES:
                yield MEMORY.sample(count, protocol)
            else:
                yield SOCKETS.sample(count, protocol, state)


def remembering() -> Part:
    """The part; it keeps in mind which counters have moved."""

    def begin() -> Reader:
        seen = asked_for()
        return lambda source: samples(read(source), seen)

    return Part(name="host_protocols", metrics=METRICS, begin=begin)
