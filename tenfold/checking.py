"""What an audit could read of each target, what will be missing, and the command that mends it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console
from rich.text import Text

from collectors import front, host, postgres_readiness, postgres_server, prometheus, prometheus_queries, redis
from collectors.postgres_connection import Session, connect
from collectors.postgres_errors import understand
from collectors.postgres_sent import every_statement
from collectors.runner import CollectorError, refusal_of, run
from facts.message import Message, msg
from facts.postgres import Server
from facts.readings import Omission, Reading, Status, Target
from pages.plain import harmless
from tenfold.cli.options import print_json
from tenfold.collecting import machines, names_by_address
from tenfold.settings import Settings
from tenfold.settings.model import HttpSection, PostgresSection
from tenfold.words import _, say


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One target, or one database of it.

    Attributes:
        version: What answered, in words; empty when nothing did.
        detail: Why it could not be read, when it could not.
        gaps: What an audit would lack.
    """

    name: str
    kind: str
    unreachable: bool
    version: Message | str = ""
    detail: Message | None = None
    remedy: Message | None = None
    gaps: tuple[Omission, ...] = ()


def check_targets(settings: Settings) -> list[CheckLine]:
    """Connects to everything once, and asks for no more than it takes to say what will be missing."""
    lines = [line for section in settings.postgres for line in _postgres(section)]
    lines += [_redis(section.name, section.url) for section in settings.redis]
    for name, exporter in machines(settings):
        target, machine = host.finish(host.begin(name, exporter))
        lines.append(_plain(target, "node_exporter" if exporter else "psutil", _left_out(machine.readings)))
    for section in settings.http:
        begun = front.begin(section.name, section.url, section.access_log, section.log_format)
        target, facts = front.finish(begun, two_readings=False)
        status = f"HTTP {facts.probe.status}" if facts.probe else ""
        lines.append(_plain(target, status, (*_log_gaps(section), *_left_out(facts.readings))))
    if settings.prometheus:
        lines.append(_prometheus(settings.prometheus.url, names_by_address(settings)))
    return lines


def everything_sent() -> Iterator[str]:
    """Every statement and command of an audit, each under the collector that sends it; what begins with `--` is for people."""
    yield "-- " + _("PostgreSQL: each statement runs alone in a read-only transaction with its own limits.")
    collector = ""
    for name, statement in every_statement():
        if name != collector:
            collector = name
            yield f"\n-- {name}"
        yield f"{statement};"
    yield "\n-- Redis"
    yield from redis.COMMANDS
    yield "\n-- HTTP"
    yield "GET the configured address, once"
    yield "\n-- Prometheus"
    yield "-- " + _(
        "GET /api/v1/query, each of these once; a range is the window, five minutes at least and an hour at most"
    )
    yield from (query for _name, query in prometheus_queries.queries())


def show_sent(console: Console, *, as_json: bool) -> None:
    """Prints everything that an audit would send."""
    if as_json:
        print_json({"sent": [line for line in everything_sent() if not line.strip().startswith("--")]}, console)
        return
    for line in everything_sent():
        console.file.write(line + "\n")


def show_checks(lines: Sequence[CheckLine], console: Console, *, as_json: bool) -> None:
    """Prints one line for each target, with what will be missing below it."""
    if as_json:
        print_json({"targets": [_document(line) for line in lines]}, console)
        return
    for line in lines:
        mark, style = (
            ("✗", "bold red") if line.unreachable else ("!", "yellow") if line.gaps or line.detail else ("✓", "green")
        )
        text = Text(f"{mark} ", style=style)
        text.append(harmless(line.name), style="bold")
        text.append(f"  {line.kind}  {harmless(say(line.version or line.detail or ''))}")
        console.print(text, soft_wrap=True)
        if line.version and line.detail:
            _below(console, say(line.detail), line.remedy)
        elif line.remedy:
            _below(console, "", line.remedy)
        for gap in line.gaps:
            _below(console, _("{subject}: {reason}").format(subject=gap.subject, reason=say(gap.reason)), gap.remedy)


def _below(console: Console, text: str, remedy: Message | None) -> None:
    if text:
        console.print(Text(f"    {harmless(text)}"), soft_wrap=True)
    if remedy:
        console.print(Text(f"    → {harmless(say(remedy))}", style="dim"), soft_wrap=True)


def _document(line: CheckLine) -> dict[str, Any]:
    """What a machine reads: sentences in English, whatever the terminal speaks."""
    gaps = [{"subject": gap.subject, "reason": str(gap.reason), "remedy": str(gap.remedy or "")} for gap in line.gaps]
    return {
        "name": line.name,
        "kind": line.kind,
        "unreachable": line.unreachable,
        "version": str(line.version),
        "detail": str(line.detail or ""),
        "remedy": str(line.remedy or ""),
        "gaps": gaps,
    }


def _postgres(section: PostgresSection) -> Iterator[CheckLine]:
    for database in section.databases or (None,):
        name = f"{section.name}/{database}" if database else section.name
        try:
            session = connect(section.dsn, database)
        except Exception as error:
            refusal = understand(error)
            if refusal is None:
                raise
            yield _refused(name, "postgres", refusal)
            continue
        with closing(session):
            reading, server = _server(session)
            if server is None:
                yield _refused(name, "postgres", refusal_of(reading))
                continue
            reading, gaps = _gaps(session, server)
            if gaps is None:
                yield _refused(name, "postgres", refusal_of(reading))
                continue
            version = msg("PostgreSQL {version} as {role}", version=server.version, role=server.role)
            yield CheckLine(name=name, kind="postgres", unreachable=False, version=version, gaps=tuple(gaps))


def _server(session: Session) -> tuple[Reading, Server | None]:
    return run("postgres_server", lambda _: postgres_server.read_server(session), understand=understand)


def _gaps(session: Session, server: Server) -> tuple[Reading, list[Omission] | None]:
    return run("postgres_readiness", lambda _: postgres_readiness.gaps(session, server), understand=understand)


def _redis(name: str, url: str) -> CheckLine:
    target, facts = redis.finish(redis.begin(name, url, two_readings=False))
    broken = [
        Omission(subject=reading.collector, reason=refusal_of(reading).detail, remedy=reading.remedy)
        for reading in facts.readings
        if reading.status not in {Status.OK, Status.EMPTY}
    ]
    if target.unreachable:
        return _plain(target, "")
    version = f"{facts.info.product} {facts.info.version}" if facts.info else ""
    return CheckLine(
        name=name, kind="redis", unreachable=False, version=version, gaps=(*broken, *_left_out(facts.readings))
    )


def _prometheus(url: str, names: Mapping[str, str]) -> CheckLine:
    target, groups = prometheus.finish(prometheus.begin(url, names))
    *machines_read, rest = groups
    version = msg(
        "{machines} machines, {figures} figures of containers, JVMs, pools and cloud databases",
        machines=len(machines_read),
        figures=len(rest.external),
    )
    answered = target.status is Status.OK
    line = _plain(target, version if answered else "", _left_out(rest.readings))
    return replace(line, detail=None, remedy=None) if answered else line


def _left_out(readings: Iterable[Reading]) -> tuple[Omission, ...]:
    """What readings that succeeded had to leave out, each once."""
    return tuple(dict.fromkeys(omission for reading in readings for omission in reading.partial))


def _log_gaps(section: HttpSection) -> tuple[Omission, ...]:
    if section.access_log is not None:
        return ()
    return (
        Omission(
            subject="access_log",
            reason=msg("no access log is named, so the everyday peak and the time per page are not known"),
            remedy=msg('access_log = "/var/log/nginx/access.log" under [[http]]'),
        ),
    )


def _plain(target: Target, version: Message | str, gaps: tuple[Omission, ...] = ()) -> CheckLine:
    return CheckLine(
        name=target.name,
        kind=target.kind,
        unreachable=target.unreachable,
        version=version,
        detail=target.detail,
        remedy=target.remedy,
        gaps=gaps,
    )


def _refused(name: str, kind: str, refusal: CollectorError) -> CheckLine:
    return CheckLine(name=name, kind=kind, unreachable=True, detail=refusal.detail, remedy=refusal.remedy)
