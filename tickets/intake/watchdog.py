"""The alert that always fires: when it falls silent, Prometheus, Alertmanager or the way to us is broken, and an urgent ticket says so."""

import json
from datetime import datetime
from typing import Any

from facts.message import msg
from tickets.desk import Desk
from tickets.intake.post import read
from tickets.intake.signal import moment
from tickets.intake.taking_in import HEARD, take_in
from tickets.names import Urgency
from tickets.store import kept, standing

EVERY_SECONDS = 15.0
SOURCE = "watchdog"
KEY = "silence"
TITLE = msg("The watchdog is silent: alerts do not arrive any more.")


def watch(desk: Desk) -> bool:
    """Whether the watchdog is silent; opens a ticket when it falls silent, and ends it when it is heard again.

    Raises:
        StoreUnavailable: The store does not answer.
    """
    at = desk.now()
    with desk.store.read() as connection:
        last = kept.get(connection, HEARD)
        told = f"{SOURCE}:{KEY}" in standing.firing(connection)
    heard = _heard(last)
    if heard is None:
        if desk.watchdog.required:
            desk.store.writing(lambda connection: kept.put(connection, HEARD, {"heard_at": at.isoformat()}))
        return False
    silent = at - heard >= desk.watchdog.silence
    if silent != told:
        post = read(SOURCE, SOURCE, json.dumps(_alert(desk, heard, at, silent=silent)).encode(), desk.routing)
        desk.store.writing(lambda connection: take_in(connection, desk, [post]))
    return silent


def _heard(last: Any) -> datetime | None:
    return moment(last.get("heard_at")) if isinstance(last, dict) else None


def _alert(desk: Desk, heard: datetime, at: datetime, *, silent: bool) -> dict[str, Any]:
    minutes = int((at - heard).total_seconds() // 60)
    summary = msg(
        "Nothing was heard of the alert {name} for {minutes} min. Look at Prometheus, at Alertmanager's log and receivers, and at the way "
        "from there to this service; until it is heard again, no alert can be relied on.",
        name=desk.watchdog.name,
        minutes=minutes,
    )
    return {
        "source": SOURCE,
        "key": KEY,
        "title": str(TITLE),
        "summary": str(summary),
        "urgency": Urgency.URGENT,
        "status": "firing" if silent else "resolved",
        "labels": {"alertname": "WatchdogSilent", "area": "monitoring"},
        "starts_at": heard.isoformat(),
    }
