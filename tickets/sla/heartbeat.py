"""A dead man's switch: an address elsewhere is fetched while the work of this room is being done, and raises the alarm when it is not."""

import logging
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from facts.message import Message, msg, msg_n
from tickets.desk import Desk
from tickets.sla import self_audit
from tickets.store import kept, timers

POLL_SECONDS = 5.0
TIMEOUT_SECONDS = 10.0
# The self-audit comes each minute.
AUDIT_AT_MOST = timedelta(minutes=3)
KEPT = "heartbeat"
_log = logging.getLogger(__name__)


def heartbeat(desk: Desk) -> bool:
    """Whether the address was fetched now; it is left alone when nothing is configured, too early, or when work stands still.

    Args:
        desk: Where.

    Raises:
        StoreUnavailable: The database does not answer, so that the switch is not held either.
    """
    if not desk.heartbeat_url:
        return False
    now = desk.now()
    with desk.store.read() as connection:
        last = kept.get(connection, KEPT) or {}
    if last and now - datetime.fromisoformat(last["at"]) < timedelta(seconds=desk.heartbeat_every):
        return False
    wrong = what_stands_still(desk, now)
    detail = _fetch(desk.heartbeat_url) if wrong is None else str(wrong)
    sent = wrong is None and not detail
    if not sent and detail != last.get("detail"):
        _log.warning("heartbeat: %s", detail)
    result = {"at": now.isoformat(), "sent": sent, "detail": detail}
    desk.store.writing(lambda connection: kept.put(connection, KEPT, result))
    return sent


def what_stands_still(desk: Desk, now: datetime) -> Message | None:
    """Which work is not being done, by what the store says of all processes; None when all is well."""
    with desk.store.read() as connection:
        audited = kept.get(connection, self_audit.KEPT)
        oldest = timers.oldest_due(connection)
    if audited is None or now - datetime.fromisoformat(audited["at"]) > AUDIT_AT_MOST:
        return msg("The self-audit of tickets has not ended for {minutes} minutes.", minutes=_minutes(AUDIT_AT_MOST))
    if audited["violations"]["late"]:
        # The self-audit has made up for it, but should never have had to.
        return msg_n(
            "Deadlines of {count} ticket were looked at too late.",
            "Deadlines of {count} tickets were looked at too late.",
            audited["violations"]["late"],
        )
    if oldest is not None and now - oldest > self_audit.LATE:
        return msg("Deadlines are not being looked at: the oldest is due since {when}.", when=oldest.isoformat())
    return None


def _minutes(span: timedelta) -> int:
    return span // timedelta(minutes=1)


def _fetch(url: str) -> str:
    """Empty when it was answered with 2xx; the path is a secret with most services, so only the host is named."""
    import httpx

    host = urlsplit(url).hostname or ""
    try:
        with httpx.stream("GET", url, timeout=TIMEOUT_SECONDS) as answer:
            return "" if answer.is_success else f"{host} answered {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{host}: {type(error).__name__}"
