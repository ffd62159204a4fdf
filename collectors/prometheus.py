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

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import httpx

from collectors.prometheus_answers import Series, UnusableError, ask, connected, understand
from collectors.prometheus_machines import Found, machines_among
from collectors.prometheus_queries import FIGURES, LEAST_WINDOW_SECONDS, queries
from collectors.runner import CollectorError, Notes, run
from facts.host import External, HostFacts
from facts.message import msg, verbatim
from facts.readings import Reading, Status, Target

NAME = "prometheus"
SECONDS_AT_MOST = 30.0
SLOW_AT_MOST = 2
SERIES_AT_MOST = 500
# A day of every container's samples would be more than a production server should be asked for.
MOST_WINDOW_SECONDS = 3600
LABELS = ("instance", "job", "pod", "container", "namespace", "pool", "name", "device", "mountpoint", "area")


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

    def note_answer(self) -> None:
        """It said something."""
        self.answered = True


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
    return _target(reading), (*machines_among(found, window, begun.names), rest)


def _nothing(reading: Reading) -> Reading:
    """The record of a server that brought nothing: only where every query was answered is there nothing to bring."""
    if reading.partial:
        first = reading.partial[0]
        return replace(
            reading,
            status=Status.FAILED,
            detail=msg("it brought nothing: {subject}: {reason}", subject=first.subject, reason=first.reason),
            remedy=first.remedy,
        )
    return replace(
        reading,
        status=Status.EMPTY,
        detail=msg("it has none of the figures that an audit uses"),
        remedy=msg("let it scrape node_exporter, cAdvisor or the application's own metrics"),
    )


def _target(reading: Reading) -> Target:
    detail, remedy = reading.detail, reading.remedy
    if reading.partial and not detail:
        first = reading.partial[0]
        more, remedy = len(reading.partial) - 1, first.remedy
        detail = (
            msg(
                "it answered in part: {subject}: {reason}, and {count} more",
                subject=first.subject,
                reason=first.reason,
                count=more,
            )
            if more
            else msg("it answered in part: {subject}: {reason}", subject=first.subject, reason=first.reason)
        )
    return Target(name=NAME, kind="host", status=reading.status, detail=detail, remedy=remedy)


def _read(begun: Begun, window: int, notes: Notes) -> Found:
    started = time.monotonic()
    found: Found = {}
    asked = list(queries(window))
    slow = 0
    first: Exception | None = None
    with connected() as client:
        for position, (name, query) in enumerate(asked):
            if slow >= SLOW_AT_MOST or time.monotonic() - started > SECONDS_AT_MOST:
                _leave_alone([left for left, _ in asked[position:]], notes)
                break
            try:
                warn = partial(notes.omit, f"{NAME}: {name}")
                found[name] = _kept(ask(client, begun.url, query, answered=begun.note_answer, warn=warn), name, notes)
            except UnusableError:
                raise
            except (httpx.HTTPError, CollectorError) as error:
                first = first or error
                if isinstance(error, httpx.HTTPError) and not isinstance(error, httpx.TimeoutException):
                    if not begun.answered:
                        raise
                    slow = SLOW_AT_MOST
                refusal = (
                    error
                    if isinstance(error, CollectorError)
                    else understand(error) or CollectorError(verbatim(str(error)))
                )
                slow += refusal.status is Status.TIMED_OUT
                notes.omit(f"{NAME}: {name}", refusal.detail, refusal.remedy)
    if not found and first is not None:
        # The first failure speaks for all of them.
        notes.partial.clear()
        raise first
    return found


def _leave_alone(names: Sequence[str], notes: Notes) -> None:
    notes.omit(
        f"{NAME}: {', '.join(names)}",
        msg("not asked, because it had answered too slowly"),
        msg("audit again when it is less busy, or name a replica of it under [prometheus]"),
    )


def _kept(series: list[Series], name: str, notes: Notes) -> list[Series]:
    """The series in a stable order, and no more than a snapshot should hold."""
    series.sort(key=lambda each: (each.labels.get("instance", ""), sorted(each.labels.items())))
    if len(series) > SERIES_AT_MOST:
        kept = msg("{count} series, of which the first {kept} were kept", count=len(series), kept=SERIES_AT_MOST)
        notes.omit(f"{NAME}: {name}", kept)
    return series[:SERIES_AT_MOST]


def _figures(found: Found) -> Iterator[External]:
    for query in FIGURES:
        for each in found.get(query, ()):
            labels = {label: each.labels[label] for label in LABELS if label in each.labels}
            yield External(name=each.labels.get("__name__", query), labels=labels, value=each.value)
