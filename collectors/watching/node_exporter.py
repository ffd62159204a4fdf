"""Another machine once a second, through the node_exporter that it already runs.

Source: the exposition of node_exporter 1.x over HTTP.
Needed role and versions: whoever may scrape it.
Consumed by: as `collectors.watching.host`, whose values and limits it gives by the same names.
Cost: one GET a second of about 500 series: 6 ms of the machine's time, 3 ms of ours.
Caveats: figures are as old as the exporter's own reading, a few milliseconds.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from collectors.host import Samples, parse, understand
from collectors.runner import CollectorError
from collectors.watching.host import cpu_shares
from collectors.watching.source import Ending, Opening, Rates
from facts.message import msg
from facts.readings import Status

TIMEOUT_SECONDS = 3.0
_PRESSURE = {
    "node_pressure_cpu_waiting_seconds_total": "pressure_cpu_ratio",
    "node_pressure_io_waiting_seconds_total": "pressure_io_ratio",
    "node_pressure_memory_waiting_seconds_total": "pressure_memory_ratio",
}
_COUNTERS = {
    "node_netstat_Tcp_OutSegs": "tcp:out",
    "node_netstat_Tcp_RetransSegs": "tcp:again",
    "node_netstat_TcpExt_ListenOverflows": "listen_overflows",
    "node_vmstat_pswpin": "swap:pages",
}
_PAGE_BYTES = 4096
_PSEUDO = ("lo", "veth", "docker", "br-", "cali", "cni", "flannel", "virbr", "tap", "tun", "ifb")


@dataclass(slots=True)
class Exporter:
    """One machine's exporter, over one kept connection."""

    url: str
    client: httpx.Client
    link: float | None = None
    limits: dict[str, float] = field(default_factory=dict)
    _rates: Rates = field(default_factory=Rates)

    def read(self) -> dict[str, float]:
        """The figures now; one GET."""
        at = time.monotonic()
        answer = self.client.get(self.url)
        answer.raise_for_status()
        samples = {key: value for key, value in parse(answer.text).items() if math.isfinite(value)}
        if not any(name == "node_cpu_seconds_total" for name, _ in samples):
            raise CollectorError(
                msg("something answered, but it is no node_exporter"),
                status=Status.UNSUPPORTED,
                remedy=msg("check the address; node_exporter's is http://HOST:9100/metrics"),
            )
        values, rates = self._gauges(samples), self._rates.of(dict(_counters(samples)), at)
        values |= cpu_shares(rates)
        values |= {name: min(rate, 1.0) for name, rate in rates.items() if name.startswith("pressure_")}
        if "listen_overflows" in rates:
            values["listen_overflows"] = rates["listen_overflows"]
        if "swap:pages" in rates:
            values["swap_in_bytes"] = rates["swap:pages"] * _PAGE_BYTES
        if rates.get("tcp:out"):
            values["tcp_retransmitted_ratio"] = min(rates.get("tcp:again", 0.0) / rates["tcp:out"], 1.0)
        for prefix, name in (
            ("disk:", "disk_busy_ratio"),
            ("sent:", "network_sent_bytes"),
            ("received:", "network_received_bytes"),
        ):
            found = [rate for key, rate in rates.items() if key.startswith(prefix)]
            if found:
                values[name] = min(max(found), 1.0) if prefix == "disk:" else max(found)
        return values

    def _gauges(self, samples: Samples) -> dict[str, float]:
        cores = {dict(labels).get("cpu") for name, labels in samples if name == "node_cpu_seconds_total"}
        self.limits["cores"] = float(len(cores))
        values = {}
        total = samples.get(("node_memory_MemTotal_bytes", ()))
        available = samples.get(("node_memory_MemAvailable_bytes", ()))
        if total and available is not None:
            self.limits["memory_bytes"] = total
            values["memory_available_ratio"] = available / total
        if ("node_procs_running", ()) in samples:
            values["runnable"] = samples["node_procs_running", ()]
        speeds = [
            value
            for (name, labels), value in samples.items()
            if name == "node_network_speed_bytes"
            and value > 0
            and not dict(labels).get("device", "lo").startswith(_PSEUDO)
        ]
        link = self.link or (max(speeds) if speeds else None)
        if link:
            self.limits["network_bytes_per_second"] = link
        return values

    def finish(self) -> Ending:
        """Nothing more."""
        return Ending()

    def close(self) -> None:
        """Ends the connection."""
        self.client.close()


def opening(name: str, url: str, *, network_bits_per_second: float | None = None) -> Opening:
    """How to watch one machine.

    Args:
        name: What the machine is called in the configuration; like the server on it, where there is one.
        url: The exporter's address, such as http://db.example:9100/metrics.
        network_bits_per_second: What the line to the shoppers may carry, where that is less than the interface's speed.
    """

    def connect() -> Exporter:
        client = httpx.Client(timeout=TIMEOUT_SECONDS, headers={"User-Agent": "tenfold"}, trust_env=False)
        return Exporter(url=url, client=client, link=network_bits_per_second / 8 if network_bits_per_second else None)

    return Opening(name=name, kind="host", open=connect, understand=understand)


def _counters(samples: Samples) -> Iterator[tuple[str, float]]:
    for (name, labels), value in samples.items():
        if name in _PRESSURE:
            yield _PRESSURE[name], value
        elif name in _COUNTERS:
            yield _COUNTERS[name], value
        elif name == "node_cpu_seconds_total":
            yield f"cpu:{dict(labels).get('cpu', '')}:{dict(labels).get('mode', '')}", value
        elif name == "node_disk_io_time_seconds_total":
            yield f"disk:{dict(labels).get('device', '')}", value
        elif name in {"node_network_transmit_bytes_total", "node_network_receive_bytes_total"}:
            device = dict(labels).get("device", "lo")
            if not device.startswith(_PSEUDO):
                yield f"{'sent' if 'transmit' in name else 'received'}:{device}", value
