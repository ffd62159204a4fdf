"""Reads every configured target, over one shared window, into one snapshot."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import psycopg2.extensions

from collectors import front, host, postgres, redis
from facts.postgres import PostgresFacts
from facts.readings import Target
from facts.snapshot import FORMAT_VERSION, Cost, Snapshot
from tenfold import __version__
from tenfold.cli.options import Terminal
from tenfold.exits import CommandError
from tenfold.settings import Settings, from_addresses
from tenfold.words import _

LOOKS_AT_MOST = 30
_LOCAL = ("localhost", "127.0.0.1", "::1", "")


@dataclass(frozen=True, slots=True)
class Collected:
    """What was read, and whether Ctrl-C cut the window short."""

    snapshot: Snapshot
    interrupted: bool


def targets_of(settings: Settings | None, addresses: Sequence[str]) -> Settings:
    """The settings with the targets to read: the addresses where any were given, else the configuration's.

    Raises:
        CommandError: There is nothing to read.
    """
    if addresses:
        return from_addresses(addresses, settings)
    if settings is None:
        raise CommandError(
            _("There is nothing to read: no address was given and there is no tenfold.toml."),
            _("Write one with `tenfold init`, or name addresses: tenfold audit postgresql://tenfold@db.example/mall"),
        )
    if not (settings.postgres or settings.redis or settings.http or settings.host):
        raise CommandError(
            _("The configuration names no target."), _("Add [[postgres]], [[redis]], [[host]] or [[http]] to it.")
        )
    return settings


def collect(
    settings: Settings,
    *,
    window: float,
    keep_values: bool,
    terminal: Terminal,
) -> Collected:
    """One snapshot of all targets; what cannot be read is recorded and the rest goes on.

    Ctrl-C ends the window early: the second reading is taken at once, and nothing that was read is lost.

    Args:
        settings: The targets.
        window: Seconds between the two readings; 0 for counters since their last reset.
        keep_values: Leave personal values as they are.
        terminal: For the progress display.
    """
    two = window > 0
    interrupted = False
    taken_at = datetime.now(UTC)
    with terminal.progress() as progress:
        task = progress.add_task(_("Connecting"), total=None)
        databases = [
            (each, postgres.begin(each.name, each.dsn, each.databases, two_readings=two)) for each in settings.postgres
        ]
        caches = [redis.begin(each.name, each.url, two_readings=two) for each in settings.redis]
        begun_hosts = [host.begin(name, exporter) for name, exporter in machines(settings)]
        sites = [front.begin(each.name, each.url, each.access_log, each.log_format) for each in settings.http]
        started = time.monotonic()
        if two:
            progress.update(task, description=_("Watching"), total=window)
            begun = [each for _section, group in databases for each in group]
            try:
                _watch(window, begun, lambda passed: progress.update(task, completed=passed))
            except KeyboardInterrupt:
                interrupted = True
                terminal.remark(_("Interrupted: reading what there is. Ctrl-C again gives up."))
        progress.update(task, description=_("Reading"), total=None)
        targets: list[Target] = []
        read_postgres: list[PostgresFacts] = []
        for section, group in databases:
            facts = [postgres.finish(each, keep_values=keep_values) for each in group]
            targets.append(postgres.target_record(section.name, group, facts))
            read_postgres += facts
        read_redis = [redis.finish(each) for each in caches]
        read_hosts = [host.finish(each) for each in begun_hosts]
        since = next((facts.statements.since for facts in read_postgres if facts.statements), None)
        read_fronts = [front.finish(each, two_readings=two, since=since) for each in sites]
    targets += [target for target, _facts in (*read_redis, *read_hosts, *read_fronts)]
    usages = [usage for _section, group in databases for usage in postgres.usage(group)]
    snapshot = Snapshot(
        format_version=FORMAT_VERSION,
        tool_version=__version__,
        mall=settings.mall.name,
        taken_at=taken_at,
        window_seconds=round(time.monotonic() - started, 3) if two else 0.0,
        masked=not keep_values,
        targets=tuple(targets),
        postgres=tuple(read_postgres),
        redis=tuple(facts for _target, facts in read_redis),
        hosts=tuple(facts for _target, facts in read_hosts),
        fronts=tuple(facts for _target, facts in read_fronts),
        cost=Cost(
            statements=sum(usage.statements for usage in usages) + sum(each.commands_sent for each in caches),
            cpu_seconds=None,
            execution_seconds=round(sum(usage.execution_seconds for usage in usages), 3),
            longest_lock_wait_seconds=round(max((usage.longest_lock_wait_seconds for usage in usages), default=0.0), 3),
            connections=len(usages) + sum(each.client is not None for each in caches),
        ),
    )
    return Collected(snapshot, interrupted)


def _watch(window: float, begun: Sequence[postgres.Begun], tick: Callable[[float], None]) -> None:
    """Waits out the window and looks at the sessions now and then."""
    started = time.monotonic()
    pause = max(window / LOOKS_AT_MOST, 1.0)
    following = pause
    while (passed := time.monotonic() - started) < window:
        tick(passed)
        if passed >= following:
            for each in begun:
                postgres.look(each)
            following += pause
        time.sleep(min(0.2, max(window - passed, 0)))


def machines(settings: Settings) -> list[tuple[str, str | None]]:
    """The configured machines; without any, this one when every database is on it."""
    if settings.host:
        return [(each.name, each.node_exporter) for each in settings.host]
    hosts = [_host_of(each.dsn) for each in settings.postgres]
    return [("localhost", None)] if hosts and all(name in _LOCAL or name.startswith("/") for name in hosts) else []


def _host_of(dsn: str) -> str:
    try:
        return str(psycopg2.extensions.parse_dsn(dsn).get("host", ""))
    except psycopg2.ProgrammingError:
        return urlsplit(dsn).hostname or "unknown"
