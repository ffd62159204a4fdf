"""The ticket room's desk, from the configuration: the one place where settings become the room's own records, and hands are lent."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.exits import CommandError
from tenfold.serving import marks
from tenfold.settings import Settings
from tenfold.settings.ticketing import TicketsSection
from tenfold.ticketing import hours, notifying, routes
from tenfold.words import _

if TYPE_CHECKING:
    from tickets.desk import Change, Desk
    from tickets.store.opening import Store

FINDINGS = Path("latest") / "findings.json"
BYTES_AT_MOST = 64 * 2**20


def desk(settings: Settings, store: "Store") -> "Desk":
    """The desk over an open store.

    Args:
        settings: The configuration; it has a ticket room (`Settings.ticketing`).
        store: Of tickets.

    Raises:
        CommandError: A part of the room refuses its settings.
    """
    return rules(settings)(store=store)


def rules(settings: Settings) -> "partial[Desk]":
    """The same before there is a store, so that a mistake is told before anything is opened.

    Raises:
        CommandError: A part of the room refuses its settings.
    """
    try:
        return _rules(settings)
    except ValueError as error:
        raise CommandError(
            _("The settings of tickets cannot be used: {reason}.").format(reason=error),
            _("Mend [tickets] in tenfold.toml."),
        ) from None


def _rules(settings: Settings) -> "partial[Desk]":
    from tickets.desk import Desk, Hands

    runs, zone = settings.serve.runs, settings.mall.timezone
    section = settings.ticketing or TicketsSection()
    return partial(
        Desk,
        mall=settings.mall.name,
        timezone=zone,
        hands=Hands(
            findings=lambda: newest_findings(runs),
            changes=lambda since: changes_since(runs, since),
            record_change=lambda change: record(runs, change),
        ),
        routing=routes.routing(settings),
        watchdog=routes.watchdog(section),
        alertmanager=routes.alertmanager(section),
        promises=hours.promises(section.promises),
        calendar=hours.calendar(section.calendar, zone),
        escalation=hours.escalation(section.escalation),
        rotations=hours.rotations(section.rotation, zone),
        notifying=notifying.notifying(settings, section),
        heartbeat_url="" if section.heartbeat is None else section.heartbeat.url,
        heartbeat_every=60.0 if section.heartbeat is None else section.heartbeat.every,
    )


def newest_findings(runs: Path) -> Sequence[Mapping[str, Any]]:
    """The findings of the newest audit in the folder of runs; none where there is no audit, or its file is damaged."""
    path = runs / FINDINGS
    try:
        if path.stat().st_size > BYTES_AT_MOST:
            return ()
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    found = document.get("findings") if isinstance(document, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else ()


def changes_since(runs: Path, since: datetime) -> "Sequence[Change]":
    """Deployments and configuration changes that `tenfold mark` or the API has told of, the newest last."""
    from tickets.desk import Change

    return [
        Change(kind=each.kind, what=each.what, at=datetime.fromtimestamp(each.at, UTC))
        for each in marks.read(runs)
        if each.at >= since.timestamp()
    ]


def record(runs: Path, change: "Change") -> None:
    """Keeps another one, where every dashboard shows it too.

    Raises:
        OSError: The folder of runs cannot be written.
    """
    marks.append(runs, marks.Mark(change.kind, change.what, change.at.timestamp()))
