"""Reads every configured target, over one shared window, into one snapshot."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import psycopg2.extensions

from collectors import front, host, postgres, prometheus, redis
from collectors.postgres_connection import Usage
from facts.postgres import PostgresFacts
from facts.readings import Target
from facts.snapshot import FORMAT_VERSION, Cost, Snapshot
from tenfold import __version__
from tenfold.cli.options import Terminal
from tenfold.exits import CommandError
from tenfold.interrupts import Interrupts
from tenfold.settings import Settings, from_addresses
from tenfold.this_machine import is_this_machine
from tenfold.words import _, say

LOOKS_AT_MOST = 30


@dataclass(frozen=True, slots=True)
class Collected:
    """What was read, and whether Ctrl-C cut the window short."""

    snapshot: Snapshot
    interrupted: bool


def names_a_target(settings: Settings) -> bool:
    """Whether the configuration has anything to read."""
    return bool(settings.postgres or settings.redis or settings.http or settings.host)


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
    if not names_a_target(settings):
        raise CommandError(
            _("The configuration names no target."), _("Add [[postgres]], [[redis]], [[host]] or [[http]] to it.")
        )
    return settings


@dataclass(slots=True)
class Window:
    """All targets between their two readings."""

    taken_at: datetime
    databases: list[tuple[str, list[postgres.Begun]]]
    caches: list[redis.Begun]
    hosts: list[host.Begun]
    fronts: list[front.Begun]
    prometheus: list[prometheus.Begun]
    two: bool
    started: float = 0.0
    rested: bool = False

    def begun(self) -> list[postgres.Begun]:
        """Every database."""
        return [each for _name, group in self.databases for each in group]


def open_window(settings: Settings, *, two: bool) -> Window:
    """Connects to every target and takes the first readings; what refuses is recorded.

    Args:
        settings: The targets.
        two: A second reading follows.
    """
    return Window(
        taken_at=datetime.now(UTC),
        databases=[
            (each.name, postgres.begin(each.name, each.dsn, each.databases, two_readings=two))
            for each in settings.postgres
        ],
        caches=[redis.begin(each.name, each.url, two_readings=two) for each in settings.redis],
        hosts=[host.begin(name, exporter) for name, exporter in machines(settings)],
        fronts=[front.begin(each.name, each.url, each.access_log, each.log_format) for each in settings.http],
        prometheus=[prometheus.begin(each.url, names_by_address(settings)) for each in (settings.prometheus,) if each],
        two=two,
        started=time.monotonic(),
    )


def rest(window: Window) -> None:
    """Gives back the connections to databases and caches until the window closes: a round is watched over connections of its own."""
    window.rested = True
    for database in window.begun():
        postgres.rest(database)
    for cache in window.caches:
        redis.rest(cache)


def close_window(window: Window, settings: Settings, *, keep_values: bool) -> Snapshot:
    """Takes the second readings and everything else, and closes every connection.

    Args:
        window: From `open_window`.
        settings: The same.
        keep_values: Leave personal values as they are.
    """
    targets: list[Target] = []
    read_postgres: list[PostgresFacts] = []
    seconds = round(time.monotonic() - window.started, 3) if window.two else 0.0
    for name, group in window.databases:
        facts = [postgres.finish(each, keep_values=keep_values, rested=window.rested) for each in group]
        targets.append(postgres.target_record(name, group, facts))
        read_postgres += facts
    read_redis = [redis.finish(each, rested=window.rested) for each in window.caches]
    read_hosts = [host.finish(each) for each in window.hosts]
    since = next((facts.statements.since for facts in read_postgres if facts.statements), None)
    read_fronts = [front.finish(each, two_readings=window.two, since=since) for each in window.fronts]
    read_further = [prometheus.finish(each) for each in window.prometheus]
    targets += [target for target, _facts in (*read_redis, *read_hosts, *read_fronts, *read_further)]
    # What was read from a machine itself goes before what Prometheus knows of it.
    known = {facts.target for _target, facts in read_hosts if facts.processor is not None}
    others = [
        facts for _target, group in read_further for facts in group if facts.readings or facts.target not in known
    ]
    usages = postgres.usage(window.begun())
    return Snapshot(
        format_version=FORMAT_VERSION,
        tool_version=__version__,
        mall=settings.mall.name,
        taken_at=window.taken_at,
        window_seconds=seconds,
        masked=not keep_values,
        targets=tuple(targets),
        postgres=tuple(read_postgres),
        redis=tuple(facts for _target, facts in read_redis),
        hosts=(*(facts for _target, facts in read_hosts), *others),
        fronts=tuple(facts for _target, facts in read_fronts),
        cost=Cost(
            statements=sum(usage.statements for usage in usages) + sum(each.sent.commands for each in window.caches),
            cpu_seconds=_cpu_seconds(usages),
            execution_seconds=round(sum(usage.execution_seconds for usage in usages), 3),
            longest_lock_wait_seconds=round(max((usage.longest_lock_wait_seconds for usage in usages), default=0.0), 3),
            connections=len(usages) + sum(each.client is not None for each in window.caches),
        ),
    )


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
    with terminal.progress() as progress:
        task = progress.add_task(_("Connecting"), total=None)
        opened = open_window(settings, two=two)
        if two:
            progress.update(task, description=_("Watching"), total=window)
            interrupted = _watch(window, opened.begun(), lambda passed: progress.update(task, completed=passed))
            if interrupted:
                terminal.remark(_("Interrupted: reading what there is. Ctrl-C again gives up."))
        progress.update(task, description=_("Reading"), total=None)
        snapshot = close_window(opened, settings, keep_values=keep_values)
    return Collected(snapshot, interrupted)


def complain_about_unreachable(snapshot: Snapshot, terminal: Terminal) -> None:
    """Says on stderr which targets were not read, why, and what mends it: the reason of exit code 3."""
    for target in snapshot.targets:
        if target.unreachable:
            reason, remedy = say(target.detail or ""), say(target.remedy or "")
            what = _("{name} could not be read: {reason}.").format(name=target.name, reason=reason)
            terminal.complain(f"tenfold: {what}" + (f"\n{remedy}" if remedy else ""))


def _cpu_seconds(usages: Sequence[Usage]) -> float | None:
    """Of all our backends; None when one of them could not be asked."""
    known = [usage.cpu_seconds for usage in usages if usage.cpu_seconds is not None]
    return round(sum(known), 3) if known and len(known) == len(usages) else None


def _watch(window: float, begun: Sequence[postgres.Begun], tick: Callable[[float], None]) -> bool:
    """Waits out the window and looks at the sessions now and then; true when Ctrl-C ended it."""
    started = time.monotonic()
    pause = max(window / LOOKS_AT_MOST, 1.0)
    following = pause
    interrupts = Interrupts()
    with interrupts.noted():
        while not interrupts.pressed and (passed := time.monotonic() - started) < window:
            tick(passed)
            if passed >= following:
                for each in begun:
                    postgres.look(each)
                following += pause
            time.sleep(min(0.2, max(window - passed, 0)))
    return interrupts.pressed


def machines(settings: Settings) -> list[tuple[str, str | None]]:
    """The configured machines; without any, this one when every database is on it."""
    if settings.host:
        return [(each.name, each.node_exporter) for each in settings.host]
    hosts = [_host_of(each.dsn) for each in settings.postgres]
    return [("localhost", None)] if hosts and all(map(is_this_machine, hosts)) else []


def names_by_address(settings: Settings) -> dict[str, str]:
    """The target on each machine, by the machine's address; a database's name goes before a site's and a machine's own."""
    addresses = [
        *((urlsplit(each.node_exporter or "").hostname, each.name) for each in settings.host),
        *((urlsplit(each.url).hostname, each.name) for each in settings.http),
        *((_host_of(each.dsn), each.name) for each in settings.postgres),
    ]
    return {address: name for address, name in addresses if address}


def _host_of(dsn: str) -> str:
    try:
        return str(psycopg2.extensions.parse_dsn(dsn).get("host", ""))
    except psycopg2.ProgrammingError:
        return urlsplit(dsn).hostname or "unknown"
