"""Reads the mall's own Prometheus: what no other collector can see, of machines, containers, JVMs, pools and cloud databases.

Source: `GET /api/v1/query` of Prometheus, or of what speaks its language (Thanos, Mimir, VictoriaMetrics): a fixed list of instant
queries over node_exporter, cAdvisor, Micrometer and the JVM's exporters, HikariCP, pgbouncer_exporter, php-fpm, nginx, and the exporters
of CloudWatch and Alibaba Cloud.
Needed role and versions: whoever may query; Prometheus 2.26 or newer. User and password may stand in the address.
Consumed by: every rule that speaks of cores, CAP001, CFG001.
Cost: about thirty queries, one after the other; five seconds, two megabytes and 500 series at most for each, half a minute for all. A
server that is slow twice is left alone.
Caveats: rates and peaks cover the window, but five minutes at least, since many a Prometheus scrapes once a minute, and an hour at most,
since a query reads every sample of it; a peak between two scrapes is not seen. A machine is called like the target on it where their
addresses are equal, else by its address. The queries themselves ask for a few labels only, and values that look like a person's
are masked.
"""

import json
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from collectors.host import processor
from collectors.prometheus_queries import FIGURES, LEAST_WINDOW_SECONDS, MACHINES, queries
from collectors.runner import CollectorError, Notes, run
from facts.host import Disk, External, HostFacts, Memory, Network
from facts.readings import Reading, Status, Target

NAME = "prometheus"
TIMEOUT_SECONDS = 5.0
SECONDS_AT_MOST = 30.0
SLOW_AT_MOST = 2
BYTES_AT_MOST = 2 * 2**20
SERIES_AT_MOST = 500
VALUE_LENGTH = 200
# A day of every container's samples would be more than a production server should be asked for.
MOST_WINDOW_SECONDS = 3600
LABELS = ("instance", "job", "pod", "container", "namespace", "pool", "name", "device", "mountpoint", "area")

# Besides job and instance, a query of MACHINES has one of these at most.
_TOLD_APART_BY = ("mode", "device", "mountpoint", "__name__")
# Somebody's credentials, mail address, telephone or identity number within a label's value.
_PERSONAL = re.compile(r"\?.*|//.*@|[^\s/@]+@[^\s/@]*|(?<!\d)(?:1[3-9]\d{9}|\d{15,18}[\dXx]?)(?!\d)")


@dataclass(slots=True)
class Begun:
    """One Prometheus whose window has begun.

    Attributes:
        names: Names of targets by the address of their machine.
        answered: Whether it gave any answer, if only a refusal.
    """

    url: str
    names: Mapping[str, str]
    at: float
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer."""

    labels: dict[str, str]
    value: float


# By the query's name.
Found = dict[str, list[Series]]


class UnusableError(CollectorError):
    """Whatever is asked, this server will not answer."""


def understand(error: Exception) -> CollectorError | None:
    """The failure behind an exception."""
    if isinstance(error, httpx.TimeoutException):
        return CollectorError(
            "Prometheus gave no answer in time",
            status=Status.TIMED_OUT,
            remedy="check its address and a firewall in between",
        )
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        # The message would repeat a part of the address, and a password may stand in it.
        return CollectorError("the address is not valid", remedy="write it as http://prometheus.example:9090")
    if isinstance(error, httpx.HTTPError):
        return CollectorError(
            f"Prometheus could not be reached: {error}", remedy="check url under [prometheus]; its default port is 9090"
        )
    return None


def begin(url: str, names: Mapping[str, str] | None = None) -> Begun:
    """Notes when the window starts; the server keeps what happens in it.

    Args:
        url: The server's address, with its path prefix where it has one.
        names: Names of targets by the address of their machine, so that a machine is called like the server on it.
    """
    return Begun(url=url, names=names or {}, at=time.monotonic())


def finish(begun: Begun) -> tuple[Target, tuple[HostFacts, ...]]:
    """Asks for the window: a record for each machine, and one under the name "prometheus" for all the rest."""
    window = min(max(LEAST_WINDOW_SECONDS, round(time.monotonic() - begun.at)), MOST_WINDOW_SECONDS)
    reading, found = run(NAME, lambda notes: _read(begun, window, notes), understand=understand)
    if found is None:
        target = Target(
            name=NAME,
            kind="host",
            status=reading.status,
            detail=reading.detail,
            remedy=reading.remedy,
            unreachable=True,
        )
        return target, (HostFacts(target=NAME, source=NAME, readings=(reading,)),)
    if not any(found.values()):
        reading = _nothing(reading)
    rest = HostFacts(target=NAME, source=NAME, readings=(reading,), external=tuple(_figures(found)))
    return _target(reading), (*_machines(found, window, begun.names), rest)


def _nothing(reading: Reading) -> Reading:
    """The record of a server that brought nothing: only where every query was answered is there nothing to bring."""
    if reading.partial:
        first = reading.partial[0]
        return replace(
            reading,
            status=Status.FAILED,
            detail=f"it brought nothing: {first.subject}: {first.reason}",
            remedy=first.remedy,
        )
    return replace(
        reading,
        status=Status.EMPTY,
        detail="it has none of the figures that an audit uses",
        remedy="let it scrape node_exporter, cAdvisor or the application's own metrics",
    )


def _target(reading: Reading) -> Target:
    detail, remedy = reading.detail, reading.remedy
    if reading.partial and not detail:
        first = reading.partial[0]
        more = f", and {len(reading.partial) - 1} more" if len(reading.partial) > 1 else ""
        detail, remedy = f"it answered in part: {first.subject}: {first.reason}{more}", first.remedy
    return Target(name=NAME, kind="host", status=reading.status, detail=detail, remedy=remedy)


def _read(begun: Begun, window: int, notes: Notes) -> Found:
    started = time.monotonic()
    found: Found = {}
    asked = list(queries(window))
    slow = 0
    first: Exception | None = None
    with httpx.Client(
        timeout=TIMEOUT_SECONDS, headers={"User-Agent": "tenfold", "Accept-Encoding": "identity"}
    ) as client:
        for position, (name, query) in enumerate(asked):
            if slow >= SLOW_AT_MOST or time.monotonic() - started > SECONDS_AT_MOST:
                _leave_alone([left for left, _ in asked[position:]], notes)
                break
            try:
                found[name] = _kept(_ask(client, begun, query, name, notes), name, notes)
            except UnusableError:
                raise
            except (httpx.HTTPError, CollectorError) as error:
                first = first or error
                if isinstance(error, httpx.HTTPError) and not isinstance(error, httpx.TimeoutException):
                    if not begun.answered:
                        raise
                    slow = SLOW_AT_MOST
                refusal = error if isinstance(error, CollectorError) else understand(error) or CollectorError("")
                slow += refusal.status is Status.TIMED_OUT
                notes.omit(f"{NAME}: {name}", str(refusal), refusal.remedy)
    if not found and first is not None:
        # The first failure speaks for all of them.
        notes.partial.clear()
        raise first
    return found


def _leave_alone(names: Sequence[str], notes: Notes) -> None:
    notes.omit(
        f"{NAME}: {', '.join(names)}",
        "not asked, because it had answered too slowly",
        "audit again when it is less busy, or name a replica of it under [prometheus]",
    )


def _ask(client: httpx.Client, begun: Begun, query: str, name: str, notes: Notes) -> list[Series]:
    """The answer to one query.

    Raises:
        UnusableError: The server refuses us, or is no Prometheus.
        CollectorError: It did not answer this query.
        httpx.HTTPError: It was not reached, or not in time.
    """
    address = begun.url.partition("?")[0].partition("#")[0].rstrip("/") + "/api/v1/query"
    deadline = time.monotonic() + TIMEOUT_SECONDS
    parameters = {"query": query, "timeout": f"{TIMEOUT_SECONDS:g}s"}
    body = bytearray()
    with client.stream("GET", address, params=parameters) as answer:
        begun.answered = True
        _refuse(answer.status_code)
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > BYTES_AT_MOST:
                raise CollectorError(f"the answer is larger than {BYTES_AT_MOST // 2**20} MiB")
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("")
    document = _document(bytes(body), answer.status_code)
    if document["status"] != "success":
        raise _query_error(document)
    for warning in document.get("warnings") or ():
        notes.omit(f"{NAME}: {name}", f"the answer is not whole: {_clean(str(warning))}")
    return list(_series(document.get("data")))


def _refuse(status: int) -> None:
    if status in {401, 407}:
        raise UnusableError(
            f"Prometheus asks for a user and a password (HTTP {status})",
            status=Status.FORBIDDEN,
            remedy='write them into the address: url = "https://USER:${PASSWORD}@prometheus.example"',
        )
    if status == httpx.codes.FORBIDDEN:
        raise UnusableError(
            "Prometheus may not be queried from here (HTTP 403)",
            status=Status.FORBIDDEN,
            remedy="let this machine or user read /api/v1/query",
        )
    if 300 <= status < 400:  # noqa: PLR2004  (redirections)
        raise UnusableError(
            f"the address leads elsewhere (HTTP {status}), often to a login page",
            status=Status.FORBIDDEN,
            remedy="name the address behind the login page, or the one that it leads to",
        )


def _document(body: bytes, status: int) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict) and document.get("status") in {"success", "error"}:
        return document
    if status >= 500 or status == httpx.codes.TOO_MANY_REQUESTS:  # noqa: PLR2004  (the server's own failures)
        raise UnusableError(
            f"Prometheus, or a proxy before it, is not ready (HTTP {status})", remedy="try again when it is"
        )
    raise UnusableError(
        f"what answers there is not a Prometheus (HTTP {status})",
        remedy="name the address below which /api/v1/query answers; its default port is 9090",
    )


def _query_error(document: Mapping[str, Any]) -> CollectorError:
    kind, sentence = str(document.get("errorType") or "error"), _clean(str(document.get("error") or ""))
    if kind in {"timeout", "canceled"}:
        return CollectorError(
            "Prometheus gave up on the query", status=Status.TIMED_OUT, remedy="audit again when it is less busy"
        )
    return CollectorError(
        f"Prometheus refused the query: {kind}: {sentence}", remedy="Prometheus 2.26 or newer knows all of them"
    )


def _series(data: Any) -> Iterator[Series]:
    """The series of an answer, with cleaned labels; what is no finite number is left out."""
    if not isinstance(data, dict) or data.get("resultType") != "vector" or not isinstance(data.get("result"), list):
        raise UnusableError(
            "what answers there is not a Prometheus: no vector came back",
            remedy="name the address below which /api/v1/query answers; its default port is 9090",
        )
    for each in data["result"]:
        try:
            value = float(each["value"][1])
            labels = {str(name): _clean(str(text)) for name, text in each["metric"].items() if text}
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            continue
        if math.isfinite(value):
            yield Series(labels, value)


def _clean(text: str) -> str:
    return _PERSONAL.sub("{masked}", text)[:VALUE_LENGTH]


def _kept(series: list[Series], name: str, notes: Notes) -> list[Series]:
    """The series in a stable order, and no more than a snapshot should hold."""
    series.sort(key=lambda each: (each.labels.get("instance", ""), sorted(each.labels.items())))
    if len(series) > SERIES_AT_MOST:
        notes.omit(f"{NAME}: {name}", f"{len(series)} series, of which the first {SERIES_AT_MOST} were kept")
    return series[:SERIES_AT_MOST]


def _figures(found: Found) -> Iterator[External]:
    for query in FIGURES:
        for each in found.get(query, ()):
            labels = {label: each.labels[label] for label in LABELS if label in each.labels}
            yield External(name=each.labels.get("__name__", query), labels=labels, value=each.value)


def _machines(found: Found, window: int, names: Mapping[str, str]) -> list[HostFacts]:
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
        source=NAME,
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
