"""Each minute: what Alertmanager holds against what our tickets hold.

An alert that fires there and is in no open ticket here was never delivered, or was lost with a webhook that nobody answered: it
is taken in as if it had been. One that our tickets hold for firing and that Alertmanager knows no more has ended, and nobody was
told.

API version 2 has no `groupKey`. The key of an alert is the one under which the ledger knows it; one that was never told of is
recognized by its fingerprint, and the webhook that comes later finds that ticket (`taking_in`).
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from tickets.desk import Desk
from tickets.intake import windows
from tickets.intake.asking import Held, NoAnswer, ask, is_active
from tickets.intake.post import RECONCILIATION, Post, read
from tickets.intake.signal import NAMESPACE, Signal, moment
from tickets.intake.taking_in import take_in
from tickets.names import Outcome
from tickets.routing import Alertmanager
from tickets.store import kept, ledger, log, standing
from tickets.store.ledger import Told
from tickets.store.windows import Window, active

EVERY_SECONDS = 60.0
RECONCILED = "reconciliation"
# Alertmanager keeps alerts in memory alone; Prometheus tells it again within its `--rules.alert.resend-delay` and evaluation interval.
AFTER_ITS_START = timedelta(minutes=5)
# A webhook that is under way while Alertmanager is asked.
UNDER_WAY = timedelta(seconds=30)
POSTS_AT_ONCE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What one comparison found.

    Attributes:
        missing: Alerts that were never delivered.
        gone: Alerts that have ended without a word.
        problem: Why it could not be made.
    """

    missing: int = 0
    gone: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Ours:
    """What the store knows: alerts held for firing (ticket and key by fingerprint), the newest line on each, and windows."""

    firing: Mapping[str, tuple[int, str]]
    told: Mapping[str, Told]
    windows: list[Window]


def reconcile(desk: Desk) -> Reconciled:
    """Compares once; nothing to do without the address of an Alertmanager.

    Raises:
        StoreUnavailable: The store does not answer; in a minute it is tried again.
    """
    if desk.alertmanager is None:
        return Reconciled()
    at = desk.now()
    if not _is_our_turn(desk, at):
        return Reconciled()
    try:
        held = ask(desk.alertmanager)
    except NoAnswer as error:
        found = Reconciled(problem=str(error))
    else:
        found = _compare(desk, desk.alertmanager, held, at)
    result = {"at": at.isoformat(), "missing": found.missing, "gone": found.gone, "problem": found.problem}
    desk.store.writing(lambda connection: kept.put(connection, RECONCILED, result))
    return found


def _is_our_turn(desk: Desk, at: datetime) -> bool:
    """One of several processes is enough; two do no harm, for an alert that is held already is a repeat."""
    with desk.store.read() as connection:
        last = kept.get(connection, RECONCILED)
    before = moment(last.get("at")) if isinstance(last, dict) else None
    return before is None or not timedelta(0) <= at - before < timedelta(seconds=EVERY_SECONDS / 2)


def _compare(desk: Desk, alertmanager: Alertmanager, held: Held, at: datetime) -> Reconciled:
    with desk.store.read() as connection:
        firing = standing.firing(connection)
        asked = {*held.alerts, *firing}
        ours = _Ours(firing, ledger.newest_of(connection, asked) if asked else {}, active(connection, at))
    missing = [
        fingerprint for fingerprint, alert in held.alerts.items() if _is_missing(desk, alertmanager, alert, ours, at)
    ]
    gone = [fingerprint for fingerprint in firing if _is_gone(fingerprint, held, ours, at)]
    posts = _posts(desk, held, ours, missing, gone)
    for start in range(0, len(posts), POSTS_AT_ONCE):
        desk.store.writing(partial(_take_in, desk, posts[start : start + POSTS_AT_ONCE]))
    return Reconciled(missing=len(missing), gone=len(gone))


def _take_in(desk: Desk, posts: list[Post], connection: Connection) -> None:
    take_in(connection, desk, posts)


def _is_missing(desk: Desk, alertmanager: Alertmanager, alert: Mapping[str, Any], ours: _Ours, at: datetime) -> bool:
    fingerprint = alert["fingerprint"]
    if not is_active(alert) or fingerprint in ours.firing or alert["labels"].get("alertname") == desk.watchdog.name:
        return False
    starts_at = moment(alert.get("startsAt"))
    if starts_at is not None and at - starts_at < alertmanager.grace:
        return False  # The webhook is still to come.
    told = ours.told.get(fingerprint)
    if told is None:
        return True
    if at - told.at < alertmanager.grace:
        # Its ticket was told of it a moment ago and has been resolved since: the alert is given time to end.
        return False
    if told.outcome is Outcome.SUPPRESSED and told.status == "firing":
        return not _is_expected(desk, alert, ours)
    return True


def _is_expected(desk: Desk, alert: Mapping[str, Any], ours: _Ours) -> bool:
    """The ledger has it as suppressed by a window that still lasts."""
    signal = read(RECONCILIATION, "", _body("", [alert], "firing", {}), desk.routing).alerts[0]
    return isinstance(signal, Signal) and windows.expecting(ours.windows, signal) is not None


def _is_gone(fingerprint: str, held: Held, ours: _Ours, at: datetime) -> bool:
    if NAMESPACE in fingerprint or fingerprint in held.alerts:
        return False  # It came from elsewhere, or has not ended.
    if held.since is None or at - held.since < AFTER_ITS_START:
        return False  # It may only have forgotten.
    told = ours.told.get(fingerprint)
    return told is not None and at - told.at >= UNDER_WAY


def _posts(desk: Desk, held: Held, ours: _Ours, missing: list[str], gone: list[str]) -> list[Post]:
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for fingerprint in missing:
        told = ours.told.get(fingerprint)
        groups["firing", "" if told is None else told.key].append(held.alerts[fingerprint])
    with desk.store.read() as connection:
        for fingerprint in gone:
            number, key = ours.firing[fingerprint]
            labels = dict(log.load(connection, number).labels)  # so that it goes the same way as the ticket
            groups["resolved", key].append({"fingerprint": fingerprint, "labels": labels})
    return [
        read(RECONCILIATION, desk.alertmanager.url if desk.alertmanager else "", body, desk.routing)
        for (status, key), alerts in groups.items()
        for body in [_body(key, alerts, status, ours.told)]
    ]


def _body(key: str, alerts: list[Mapping[str, Any]], status: str, told: Mapping[str, Told]) -> bytes:
    """As the webhook would have told it."""
    group = "" if key.startswith("fingerprint" + NAMESPACE) else key
    written = [_written(each, status, told.get(each["fingerprint"])) for each in alerts]
    return json.dumps({"version": "4", "groupKey": group, "alerts": written}).encode()


def _written(alert: Mapping[str, Any], status: str, told: Told | None) -> dict[str, Any]:
    starts_at = alert.get("startsAt")
    if starts_at is None and told is not None and told.starts_at is not None:
        starts_at = told.starts_at.isoformat()
    return {
        "status": status,
        "labels": alert["labels"],
        "annotations": alert.get("annotations") or {},
        "startsAt": starts_at,
        "endsAt": alert.get("endsAt") if status == "resolved" else None,
        "fingerprint": alert["fingerprint"],
    }
