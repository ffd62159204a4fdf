"""The machines among the figures that a Prometheus brought: one record for each that has node_exporter."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from collectors.host import processor
from collectors.prometheus_answers import Series
from collectors.prometheus_queries import MACHINES
from facts.host import Disk, HostFacts, Memory, Network

# Besides job and instance, a query of MACHINES has one of these at most.
_TOLD_APART_BY = ("mode", "device", "mountpoint", "__name__")
# By the query's name.
Found = dict[str, list[Series]]


def machines_among(found: Found, window: int, names: Mapping[str, str]) -> list[HostFacts]:
    """One record for each machine that has node_exporter; the first of several jobs that scrape the same one."""
    figures: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for query in MACHINES:
        for each in found.get(query, ()):
            machine = (each.labels.get("instance", ""), each.labels.get("job", ""))
            key = next((each.labels[label] for label in _TOLD_APART_BY if label in each.labels), "")
            figures.setdefault(machine, {}).setdefault(query, {})[key] = each.value
    machines: dict[str, HostFacts] = {}
    for (instance, _job), of_machine in figures.items():
        address = _address_of(instance)
        name = names.get(address, address)
        if "node_cores" in of_machine and name not in machines:
            machines[name] = _machine(name, of_machine, float(window))
    return list(machines.values())


def _machine(name: str, figures: Mapping[str, Mapping[str, float]], window: float) -> HostFacts:
    def of(query: str) -> Mapping[str, float]:
        return figures.get(query, {})

    modes, gauges = of("node_cpu_modes"), of("node_gauges")
    memory = {each.removeprefix("node_memory_").removesuffix("_bytes"): int(value) for each, value in gauges.items()}
    file_systems = [
        _disk(mountpoint, total=size, free=of("node_filesystem_avail_bytes").get(mountpoint))
        for mountpoint, size in of("node_filesystem_size_bytes").items()
    ]
    devices = [
        _disk(
            device,
            read=of("node_disk_read_bytes").get(device),
            written=of("node_disk_written_bytes").get(device),
            busy=min(busy, 1.0),
        )
        for device, busy in of("node_disk_busy_ratio").items()
    ]
    return HostFacts(
        target=name,
        source="prometheus",
        readings=(),
        # Right after its first scrape, or where the list of series was cut, a machine's modes are not all there.
        processor=processor(int(of("node_cores")[""]), dict(modes), window, gauges.get("node_load1"))
        if {"idle", "user"} <= modes.keys()
        else None,
        memory=Memory(
            total_bytes=memory["MemTotal"],
            available_bytes=memory["MemAvailable"],
            swap_total_bytes=memory.get("SwapTotal", 0),
            swap_used_bytes=memory.get("SwapTotal", 0) - memory.get("SwapFree", 0),
        )
        if {"MemTotal", "MemAvailable"} <= memory.keys()
        else None,
        disks=(*file_systems, *devices),
        networks=tuple(
            Network(
                name=device,
                received_bytes_per_second=round(received, 1),
                sent_bytes_per_second=round(of("node_network_sent_bytes").get(device, 0.0), 1),
                errors=int(of("node_network_errors").get(device, 0)),
                speed_bits_per_second=None,
            )
            for device, received in of("node_network_received_bytes").items()
        ),
    )


def _disk(
    name: str,
    *,
    total: float | None = None,
    free: float | None = None,
    read: float | None = None,
    written: float | None = None,
    busy: float | None = None,
) -> Disk:
    return Disk(
        name=name,
        total_bytes=None if total is None else int(total),
        free_bytes=None if free is None else int(free),
        read_bytes_per_second=read,
        written_bytes_per_second=written,
        busy_ratio=busy,
    )


def _address_of(instance: str) -> str:
    """The address without its port: `db.example:9100` is db.example."""
    try:
        return urlsplit(f"//{instance}").hostname or instance
    except ValueError:
        return instance
