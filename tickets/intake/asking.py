"""Asks Alertmanager's API, version 2, for what it knows; reads nothing else of it, and changes nothing.

Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml (`getAlerts`, `getStatus`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from facts.message import Message, msg, verbatim
from tickets.intake.plain import plain
from tickets.intake.signal import moment
from tickets.routing import Alertmanager

SECONDS = 10.0
BYTES_AT_MOST = 50 * 1024 * 1024


class NoAnswer(Exception):  # noqa: N818  (a state of the world; it is asked again in a minute)
    """Alertmanager does not answer, or not as it should.

    Attributes:
        reason: What happened.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the reason."""
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Held:
    """What Alertmanager holds.

    Attributes:
        alerts: By fingerprint, as its API gives them: those that are silenced or inhibited too.
        since: When it started; it forgets every alert when it does. None where it does not say.
    """

    alerts: Mapping[str, Mapping[str, Any]]
    since: datetime | None


def ask(alertmanager: Alertmanager) -> Held:
    """What it holds now.

    One request without filters rather than `silenced=false&inhibited=false`: an alert that somebody silences has not ended, and only the
    whole list tells one from the other.

    Raises:
        NoAnswer: See there.
    """
    import httpx

    headers = {} if alertmanager.bearer is None else {"Authorization": f"Bearer {alertmanager.bearer}"}
    auth = None if alertmanager.user is None else (alertmanager.user, alertmanager.password or "")
    base = alertmanager.url.rstrip("/") + "/api/v2"
    try:
        with httpx.Client(timeout=SECONDS, headers=headers, auth=auth, trust_env=False) as client:
            status = _document(client, f"{base}/status")
            alerts = _document(client, f"{base}/alerts")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        raise NoAnswer(
            msg(
                "Alertmanager does not answer: {error}.", error=verbatim(plain(f"{type(error).__name__}: {error}", 200))
            )
        ) from None
    if not isinstance(alerts, list):
        raise NoAnswer(msg("What answers at the address of Alertmanager is something else."))
    held = {each["fingerprint"]: each for each in alerts if isinstance(each, dict) and _is_whole(each)}
    return Held(held, moment(status.get("uptime")) if isinstance(status, dict) else None)


def is_active(alert: Mapping[str, Any]) -> bool:
    """It is neither silenced nor inhibited."""
    status = alert.get("status")
    return isinstance(status, dict) and status.get("state") != "suppressed"


def _is_whole(alert: Mapping[str, Any]) -> bool:
    return isinstance(alert.get("fingerprint"), str) and isinstance(alert.get("labels"), dict)


def _document(client: Any, url: str) -> Any:
    parts, size = [], 0
    with client.stream("GET", url) as answer:
        answer.raise_for_status()
        for part in answer.iter_bytes():
            size += len(part)
            if size > BYTES_AT_MOST:
                raise ValueError("the answer is too large")
            parts.append(part)
    return json.loads(b"".join(parts))
