"""Alerts as machines write them, and what became of them, for the tests of intake."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from tickets.desk import Desk
from tickets.intake.post import read
from tickets.intake.taking_in import Receipt, take_in
from tickets.store import ledger, log
from tickets.store.tables import OUTCOMES, TICKETS
from tickets.ticket import Ticket

STARTED = datetime(2026, 11, 11, 0, 0, tzinfo=UTC)
NEVER = "0001-01-01T00:00:00Z"


def alert(
    fingerprint: str = "f1",
    *,
    status: str = "firing",
    starts_at: datetime = STARTED,
    annotations: Mapping[str, str] | None = None,
    **labels: str,
) -> dict[str, Any]:
    """One of Alertmanager's."""
    return {
        "status": status,
        "labels": {"alertname": "DiskFull", "severity": "critical", **labels},
        "annotations": dict(annotations or {}),
        "startsAt": starts_at.isoformat().replace("+00:00", "Z"),
        "endsAt": NEVER if status == "firing" else starts_at.isoformat(),
        "generatorURL": "http://prometheus/graph",
        "fingerprint": fingerprint,
    }


def webhook(*alerts: Mapping[str, Any], key: str = '{}:{alertname="DiskFull"}', **more: Any) -> dict[str, Any]:
    """Alertmanager's post."""
    return {
        "version": "4",
        "groupKey": key,
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "tenfold",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager",
        "notification_reason": "new",
        "alerts": list(alerts),
        **more,
    }


def send(desk: Desk, document: Any, source: str = "alertmanager") -> Receipt:
    """Takes a post in, without HTTP."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    post = read(source, "test", body, desk.routing)
    return desk.store.writing(lambda connection: take_in(connection, desk, [post])[0])


def outcomes(desk: Desk) -> list[tuple[str, str]]:
    """What became of every alert, in order."""
    with desk.store.read() as connection:
        rows = connection.execute(select(OUTCOMES).order_by(OUTCOMES.c.post, OUTCOMES.c.ordinal))
        return [(row.outcome, row.reason) for row in rows]


def ticket(desk: Desk, number: int) -> Ticket:
    with desk.store.read() as connection:
        return log.load(connection, number)


def numbers(desk: Desk) -> list[int]:
    """Of all tickets."""
    with desk.store.read() as connection:
        return list(connection.execute(select(TICKETS.c.number).order_by(TICKETS.c.number)).scalars())


def is_balanced(desk: Desk) -> bool:
    """The ledger, and each post, and each row against its log."""
    with desk.store.read() as connection:
        rows = [log.check(connection, number) for number in _numbers(connection)]
        return ledger.balance(connection).balanced and not ledger.unbalanced(connection, 5) and not any(rows)


def _numbers(connection: Any) -> Iterable[int]:
    return list(connection.execute(select(TICKETS.c.number)).scalars())
