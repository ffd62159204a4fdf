"""Another machine, through the node_exporter that it already runs: the same metrics as this machine's.

Source: the exposition of node_exporter 1.x over HTTP.
Needed role and versions: whoever may scrape it.
Consumed by: the Mall and Hosts boards, the alerts on machines.
Cost: one GET of about 500 series a scrape, four megabytes at most.
Caveats: what has no counterpart among our metrics is left out; Prometheus can scrape node_exporter itself beside us.
"""

from collections.abc import Iterable, Iterator

import httpx

from collectors.host import FILE_SYSTEMS, Samples, parse
from collectors.runner import CollectorError
from collectors.serving import (
    host_clock,
    host_memory,
    host_network,
    host_processor,
    host_protocols,
    host_storage,
)
from collectors.serving import host_exporter_names as names
from collectors.serving.metric import Sample
from facts.message import msg
from facts.readings import Status

BYTES_AT_MOST = 4 * 2**20
METRICS = names.METRICS


def read(page: tuple[httpx.Client, str]) -> Samples:
    """The exposition's samples.

    Raises:
        httpx.HTTPError: It could not be had.
        CollectorError: What answers there is something else.
    """
    client, url = page
    with client.stream("GET", url) as answer:
        answer.raise_for_status()
        received = b""
        for piece in answer.iter_bytes():
            received += piece
            if len(received) > BYTES_AT_MOST:
                raise CollectorError(msg("the metrics page is larger than four megabytes"), status=Status.UNSUPPORTED)
    found = parse(received.decode("utf-8", "replace"))
    if not any(name.startswith("node_") for name, _ in found):
        raise CollectorError(msg("what answers there is no node_exporter"), status=Status.UNSUPPORTED)
    return found


def samples(found: Samples) -> Iterable[Sample]:
    """The same series that this machine would have; figures by core come last, as there."""
    by_core = []
    for (name, labels), value in found.items():
        given = dict(labels)
        if name == "node_cpu_seconds_total":
            by_core.append(host_processor.CORE.sample(value, given.get("cpu", ""), given.get("mode", "")))
        elif name in names.CORE:
            by_core.append(names.CORE[name].sample(value, given.get("cpu", "")))
        elif name in names.PLAIN:
            yield names.PLAIN[name].sample(value)
        elif name in names.LABELLED:
            metric, label = names.LABELLED[name]
            yield metric.sample(value, label)
        elif name in names.FILESYSTEM and given.get("fstype") in FILE_SYSTEMS:
            yield names.FILESYSTEM[name].sample(value, given.get("mountpoint", ""), given.get("device", ""))
        else:
            yield from _device(name, given.get("device", ""), value)
            yield from _kernels_own(name, value)
    yield from _gathered(found)
    yield from _together(by_core)
    yield from by_core


def _device(name: str, device: str, value: float) -> Iterator[Sample]:
    if name in names.INTERFACE and host_network.is_real(device):
        # Of a card that does not know its speed, it says that it is below zero.
        if value >= 0:
            yield names.INTERFACE[name].sample(value, device)
    elif name in names.DISK and host_storage.is_real(device):
        yield names.DISK[name].sample(value, device)
    elif name == names.DISCARDED_SECTORS and host_storage.is_real(device):
        yield names.DISCARDED.sample(value * host_storage.SECTOR, device)


def _kernels_own(name: str, value: float) -> Iterator[Sample]:
    """What the kernel gave its name."""
    if memory := names.MEMORY.fullmatch(name):
        kind = f"{memory[1]}({memory[2]})" if memory[2] else memory[1]
        if kind not in host_memory.NO_MEMORY:
            yield host_memory.KIND.sample(value, kind)
    elif (event := names.EVENT.fullmatch(name)) and event[1] in host_memory.EVENTS_TOLD:
        yield host_memory.EVENTS.sample(value, event[1])
    elif sockets := names.SOCKETS.fullmatch(name):
        yield host_protocols.SOCKETS.sample(value, sockets[1], sockets[2])
    elif (counted := names.COUNTER.fullmatch(name)) and host_protocols.is_told(counted[1], counted[2], value):
        yield host_protocols.PROTOCOL.sample(value, counted[1], counted[2])


def _gathered(found: Samples) -> Iterator[Sample]:
    """What stands in more than one of node_exporter's series, or in its labels."""
    up: dict[str, float] = {}
    neighbours: list[float] = []
    for (name, labels), value in found.items():
        given = dict(labels)
        if name in {"node_network_up", "node_network_carrier"}:
            # An interface without a state, such as the loopback, is not "up" there and has its line nevertheless.
            up[given.get("device", "")] = max(value, up.get(given.get("device", ""), 0.0))
        elif name == "node_arp_entries":
            neighbours.append(value)
        elif name == "node_softirqs_total":
            kind = given.get("vector", "")
            yield host_processor.SOFT_KIND.sample(value, "irq_poll" if kind == "block_iopoll" else kind)
        elif name == "node_uname_info":
            yield host_processor.INFO.sample(value, *(given.get(key, "") for key in ("sysname", "release", "machine")))
        elif name == "node_time_clocksource_current_info":
            yield host_clock.SOURCE.sample(value, given.get("clocksource", ""))
    for interface, value in up.items():
        if host_network.is_real(interface):
            yield host_network.UP.sample(value, interface)
    if neighbours:
        yield host_protocols.NEIGHBOURS.sample(sum(neighbours), "ipv4")


def _together(by_core: Iterable[Sample]) -> Iterator[Sample]:
    """All cores' time by mode, and how many they are."""
    modes: dict[str, float] = {}
    cores = set()
    for sample in by_core:
        if sample.metric is host_processor.CORE and isinstance(sample.value, float):
            core, mode = sample.labels
            cores.add(core)
            modes[mode] = modes.get(mode, 0.0) + sample.value
    for mode, seconds in modes.items():
        yield host_processor.SECONDS.sample(seconds, mode)
    if cores:
        yield host_processor.CORES.sample(len(cores))
