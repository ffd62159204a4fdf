"""A mall as it is watched: what the configuration names, each with its thread."""

import threading
import time
from collections.abc import Iterator, Sequence

from collectors import host
from collectors.serving import catalogue
from collectors.serving.declared import Declared, declaring
from collectors.serving.front_log import tailing
from collectors.serving.line import Line
from collectors.serving.metric import Part
from collectors.serving.postgres_discovery import discovering
from tenfold.exits import CommandError
from tenfold.serving.marks import newest_marks
from tenfold.serving.promotion import coming
from tenfold.serving.runs import newest_runs
from tenfold.serving.source import MachineSource, PostgresSource, RedisSource, WebSource
from tenfold.serving.watched import Watched
from tenfold.settings import Settings
from tenfold.settings.model import PostgresSection
from tenfold.words import _

RUNS = "tenfold"


class WatchedMall:
    """All targets; databases that are found later join."""

    def __init__(self, settings: Settings) -> None:
        """Connects to nothing yet.

        Args:
            settings: The configuration.

        Raises:
            CommandError: A `[[metric]]` names a server that is not configured.
        """
        self.name = settings.mall.name
        self._lock = threading.Lock()
        self._watched: list[Watched] = []
        for number, section in enumerate(settings.postgres):
            self._add_server(section, metrics_of(settings, section.name, first=number == 0))
        _every_metric_has_a_server(settings)
        for each in settings.redis:
            self._add(Watched(each.name, "redis", RedisSource(each.url), catalogue.REDIS))
        for machine in settings.host:
            if machine.node_exporter:
                source = WebSource(machine.node_exporter, host.understand)
                self._add(Watched(machine.name, "host", source, catalogue.HOST_EXPORTER))
            else:
                self._add(Watched(machine.name, "host", MachineSource(), catalogue.HOST))
        for site in settings.http:
            log = (tailing(site.access_log, site.log_format),) if site.access_log else ()
            self._add(Watched(site.name, "front", WebSource(site.url), (*catalogue.FRONT, *log)))
        parts = (
            coming(settings.promotion_facts()),
            newest_runs(settings.serve.runs),
            newest_marks(settings.serve.runs),
        )
        self._add(Watched(RUNS, "runs", MachineSource(), parts))

    def __iter__(self) -> Iterator[Watched]:
        """Every watched target, those that were found later at the end."""
        with self._lock:
            return iter(tuple(self._watched))

    def named(self, target: str) -> list[Watched]:
        """All that is watched under one name of the configuration; a host may be named like the server on it."""
        return [each for each in self if each.target == target]

    def start(self) -> None:
        """Asks everything once, so that the slow facts are there when the first scrape comes."""
        for each in self:
            each.ask(time.monotonic() + 10.0)

    def stop(self) -> None:
        """Gives every connection back."""
        for each in self:
            each.stop()

    def add(self, watched: Watched) -> None:
        """Watches something more, such as the ticket store of this process."""
        self._add(watched)

    def _add(self, watched: Watched) -> None:
        with self._lock:
            self._watched.append(watched)

    def _add_server(self, section: PostgresSection, declared: Sequence[Declared]) -> None:
        """One connection for each database; the first one also reads what is the server's."""
        first, *others = section.databases or ("",)
        metrics: dict[str, list[Part]] = {}
        for each in declared:
            metrics.setdefault(each.database or first, []).append(declaring(each))
        server: tuple[Part, ...] = catalogue.POSTGRES_SERVER
        lead = Line(section.dsn, first or None)
        if section.discover:
            server += (
                discovering(section.discover, section.exclude, lambda names: self._found(section, lead.name, names)),
            )
        self._add_database(section, first, (*server, *catalogue.POSTGRES_DATABASE, *metrics.pop(first, ())), lead)
        for name in dict.fromkeys((*others, *metrics)):
            self._add_database(
                section, name, (*catalogue.POSTGRES_DATABASE, *metrics.get(name, ())), Line(section.dsn, name)
            )

    def _add_database(self, section: PostgresSection, name: str, parts: Sequence[Part], line: Line) -> None:
        # The server's parts come first, so that one of them tells whether it is up; another database has none that is read at every
        # scrape, and is up when it could be connected to.
        self._add(Watched(section.name, "postgres", PostgresSource(line), parts, database=name or line.name))

    def _found(self, section: PostgresSection, lead: str, names: Sequence[str]) -> None:
        """Databases that joined the server; one that is gone stays, and is down, until the configuration forgets it."""
        known = {each.database for each in self.named(section.name)} | {lead}
        for name in names:
            if name not in known:
                self._add_database(section, name, catalogue.POSTGRES_DATABASE, Line(section.dsn, name))


def metrics_of(settings: Settings, server: str, *, first: bool) -> list[Declared]:
    """The mall's own figures that are read from that server; `first` has those that name none."""
    return [
        Declared(
            name=each.name, sql=each.sql, labels=each.labels, help=each.help, every=each.every, database=each.database
        )
        for each in settings.metric
        if each.postgres == server or (first and not each.postgres)
    ]


def _every_metric_has_a_server(settings: Settings) -> None:
    names = [each.name for each in settings.postgres]
    for each in settings.metric:
        if (each.postgres or not names) and each.postgres not in names:
            raise CommandError(
                _(
                    "The metric {name} is to be read from {server}, which is no [[postgres]] of the configuration."
                ).format(name=each.name, server=repr(each.postgres)),
                _("Known here: {names}").format(names=", ".join(names) or "-"),
            )
