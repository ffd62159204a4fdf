"""The readers of evidence for one configuration, by name, as the ticket room is lent them.

A storm of alerts must not become a storm of readings: what was read within the last seconds is used again, and two tickets that want the
same at once wait for one reading of it.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2.extensions

from collectors import invariants
from collectors.watching import exposition, host, node_exporter, processes
from collectors.watching.source import Opening
from facts.invariants import InvariantError
from tenfold.collecting import machines
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.settings.ticketing import TicketsSection
from tenfold.this_machine import is_this_machine
from tenfold.ticketing.baselines import Baselines
from tenfold.ticketing.readers import business, cache, database, error_log, front_log, machine, metrics, probes
from tenfold.ticketing.readers.business import Queries
from tenfold.ticketing.readers.probes import Probe
from tenfold.ticketing.readers.statement_counters import Look
from tenfold.words import _, say

Reader = Callable[[Mapping[str, str], datetime], Any]
FRESH_SECONDS = 10.0
HISTORY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the configuration says beyond the targets.

    Attributes:
        queries: Statements about the business, read from the first `[[postgres]]`.
        probes: Third parties.
        error_logs: Text files by name.
        recent: Seconds of the access log that count as now.
        history: How far back payments, orders and rules of the business are looked at.
        before: What a database's statements cost when all was well, by the name of its reader (see `tenfold.ticketing.baselines`).
        look: Looks at what is usual; to be called each minute.
    """

    queries: Queries = field(default_factory=Queries)
    probes: tuple[Probe, ...] = ()
    error_logs: Mapping[str, Path] = field(default_factory=dict)
    recent: float = front_log.RECENT_SECONDS
    history: timedelta = HISTORY
    before: Callable[[str], tuple[Look, Look] | None] = lambda _name: None
    look: Callable[[], None] | None = None


def sources(settings: Settings) -> Sources:
    """What `[tickets.evidence]` says.

    Raises:
        CommandError: The file of invariants cannot be used.
    """
    section = (settings.ticketing or TicketsSection()).evidence
    try:
        rules = () if section.invariants is None else invariants.declared(section.invariants)
    except InvariantError as error:
        raise CommandError(say(error.said), _("Correct the file that [tickets.evidence] invariants names.")) from None
    usual = Baselines.of(databases(settings))
    return Sources(
        queries=Queries(payments=section.payments, orders=section.orders, invariants=rules),
        probes=tuple(Probe(name=each.name, url=each.url, slow=each.slow) for each in section.probe),
        error_logs=section.error_logs,
        before=usual.before,
        look=usual.read,
    )


def readers(settings: Settings, sources: Sources | None = None) -> dict[str, Reader]:
    """A reader for each target and subject: `database:orders`, `redis:cache`, `host:…`, `application:…`, `log:…`, `payments`, ….

    Args:
        settings: Whose targets they are.
        sources: What else is to be read.
    """
    sources = sources or Sources()
    found: dict[str, Reader] = {}
    for name, (dsn, each) in databases(settings).items():
        found[name] = _shared(partial(_database, dsn, each, partial(sources.before, name)))
    for store in settings.redis:
        found[f"redis:{store.name}"] = _shared(partial(cache.read, store.name, store.url))
    for name, exporter in machines(settings):
        found[f"host:{name}"] = _shared(partial(_host, settings, name, exporter))
    for site in settings.http:
        if site.metrics:
            page = exposition.opening(site.name, site.metrics)
            found[f"application:{site.name}"] = _shared(partial(machine.watched, [page]))
        if site.access_log:
            found[f"log:{site.name}"] = _shared(partial(_log, site.access_log, site.log_format, sources.recent))
    for name, path in sources.error_logs.items():
        found[f"errors:{name}"] = _shared(partial(error_log.read, path))
    return found | _of_the_business(settings, sources) | _of_others(settings, sources)


def _of_the_business(settings: Settings, sources: Sources) -> dict[str, Reader]:
    if not settings.postgres:
        return {}
    dsn, queries = _dsn(settings), sources.queries
    found: dict[str, Reader] = {}
    if queries.payments or queries.orders:
        found["payments"] = _shared(lambda: business.read_payments(dsn, queries, _now() - sources.history))
    if queries.invariants:
        found["integrity"] = _shared(lambda: business.read_integrity(dsn, queries.invariants, _now() - sources.history))
    return found


def _of_others(settings: Settings, sources: Sources) -> dict[str, Reader]:
    found: dict[str, Reader] = {}
    if sources.probes:
        found["probes"] = _shared(lambda: probes.read(sources.probes))
    if settings.prometheus is not None:
        url = settings.prometheus.url
        # Its question differs from alert to alert.
        found["metrics"] = lambda labels, at: metrics.read(url, labels, at, _now())
    return found


def databases(settings: Settings) -> dict[str, tuple[str, str | None]]:
    """DSN and name of each database by the name of its reader."""
    return {
        f"database:{server.name}/{each}" if each else f"database:{server.name}": (server.dsn, each)
        for server in settings.postgres
        for each in server.databases or (None,)
    }


def _database(dsn: str, name: str | None, before: Callable[[], tuple[Look, Look] | None]) -> dict[str, Any]:
    return database.read(dsn, name, before=before())


def _dsn(settings: Settings) -> str:
    server = settings.postgres[0]
    if not server.databases:
        return server.dsn
    return str(psycopg2.extensions.make_dsn(server.dsn, dbname=server.databases[0]))


def _host(settings: Settings, name: str, exporter: str | None) -> dict[str, Any]:
    openings: list[Opening] = [node_exporter.opening(name, exporter) if exporter else host.opening(name)]
    if not exporter:
        programs = _programs(settings)
        if programs:
            openings.append(processes.opening(programs, name=name))
    return {**machine.watched(openings), "disks": machine.disks(name, exporter)}


def _log(path: Path, log_format: str | None, recent: float) -> dict[str, Any]:
    return front_log.read(path, log_format, _now(), recent=recent)


def _programs(settings: Settings) -> dict[str, int]:
    """The mall's programs on this machine by the ports on which they listen."""
    found: dict[str, int] = {}
    for site in settings.http:
        address = urlsplit(site.url)
        if is_this_machine(address.hostname or ""):
            found.setdefault("app", address.port or (443 if address.scheme == "https" else 80))
    for server in settings.postgres:
        try:
            parts = psycopg2.extensions.parse_dsn(server.dsn)
        except psycopg2.ProgrammingError:
            continue
        if is_this_machine(parts.get("host", "")):
            found.setdefault("postgres", int(parts.get("port", 5432)))
    for store in settings.redis:
        address = urlsplit(store.url)
        if address.hostname and is_this_machine(address.hostname):
            found.setdefault("redis", address.port or 6379)
    return found


def _now() -> datetime:
    return datetime.now(UTC)


def _shared(read: Callable[[], Any], seconds: float = FRESH_SECONDS) -> Reader:
    """A reader that reads once for all who ask within some seconds; a failure is told to all of them too."""
    lock = threading.Lock()
    kept: tuple[float, Any, Exception | None] = (float("-inf"), None, None)

    def give(_labels: Mapping[str, str], _at: datetime) -> Any:
        nonlocal kept
        with lock:
            if time.monotonic() - kept[0] > seconds:
                try:
                    value, failure = read(), None
                except Exception as error:  # noqa: BLE001  (kept, and raised below for each who asks)
                    value, failure = None, error
                kept = (time.monotonic(), value, failure)
            _, value, failure = kept
        if failure is not None:
            raise failure
        return value

    return give
