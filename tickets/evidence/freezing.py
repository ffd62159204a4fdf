"""Freezes a part of a ticket's evidence, and gives the first answer to its cause: what the outbox asks for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from tickets import events
from tickets.afterwards.similar import Similar, similar, subject
from tickets.cause.answer import document as answer_document
from tickets.cause.judging import answer
from tickets.changing import change_within
from tickets.desk import Desk
from tickets.events import Event
from tickets.evidence import gathering
from tickets.evidence.document import seal
from tickets.evidence.masking import mask
from tickets.names import Cause
from tickets.store import evidence, log
from tickets.store.log import NoSuchTicket
from tickets.store.outbox import Task
from tickets.tasks import GiveUp
from tickets.ticket import Ticket

ACTOR = "tenfold"
# Changes of a day before the alert are shown; the rules look at the newest.
CHANGES_SECONDS = 86_400.0
FINDINGS_AT_MOST = 20
_SUBJECT_LABELS = frozenset(
    {"table", "relation", "index", "datname", "database", "target", "instance", "queue", "channel", "path"}
)
_LEAST_WORD = 3


def freeze(desk: Desk, task: Task) -> str:
    """Gathers, seals and keeps one part; done twice it is kept once.

    Args:
        desk: Whose readers are asked.
        task: With `part`, `labels` and `fired_at`.

    Raises:
        GiveUp: There is no such ticket, or the task is none of ours.
        StoreUnavailable: The database does not answer.
    """
    try:
        part, labels = str(task.data["part"]), {str(name): str(text) for name, text in task.data["labels"].items()}
        fired_at, number = datetime.fromisoformat(task.data["fired_at"]), int(task.ticket or 0)
    except (KeyError, ValueError, AttributeError) as error:
        raise GiveUp(f"the task is damaged: {error}") from None
    document = gathered(desk, number, part, labels, fired_at)
    sealed, missing = seal(document), gathering.failed(document["readings"])
    given = answer(document)

    def write(connection: Connection) -> int | None:
        kept = evidence.keep(connection, number, desk.now(), part, sealed)
        if kept is None:
            return None
        frozen = events.EvidenceFrozen(evidence=kept, sha256=sealed.sha256, part=part, failed=missing[:50])
        cause = events.CauseGiven(cause=given.cause, confidence=given.confidence, document=dict(answer_document(given)))

        def move(ticket: Ticket) -> list[Event]:
            return [frozen, cause] if _is_asked(ticket, given.cause) else [frozen]

        change_within(connection, desk, number, ACTOR, move)
        return kept

    try:
        kept = desk.store.writing(write)
    except NoSuchTicket:
        raise GiveUp("there is no such ticket") from None
    return "kept already" if kept is None else f"evidence {kept}, {len(missing)} not read"


def gathered(desk: Desk, number: int, part: str, labels: Mapping[str, str], fired_at: datetime) -> dict[str, Any]:
    """The document of one part."""
    taken_at = desk.now()
    readers: dict[str, gathering.Reader] = {
        "changes": lambda _labels, at: [
            {"kind": each.kind, "what": each.what, "at": each.at} for each in desk.hands.changes(_before(at))
        ],
        "findings": lambda given, _at: _touching(desk, given),
        "similar": lambda _labels, _at: _similar(desk, number),
        **desk.hands.evidence,
    }
    shown, masked = mask(dict(labels))
    document: dict[str, Any] = {
        "schema_version": gathering.SCHEMA_VERSION,
        "ticket": number,
        "part": part,
        "fired_at": fired_at.isoformat(),
        "taken_at": taken_at.isoformat(),
        "labels": shown,
        "readings": gathering.gather(readers, labels, fired_at),
    }
    return {**document, "labels_masked": masked} if masked else document


def _before(at: datetime) -> datetime:
    return at - timedelta(seconds=CHANGES_SECONDS)


def _touching(desk: Desk, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Findings of the newest audit whose target or subject the alert's labels name; the worst first, as the audit has them."""
    words = {text.lower() for name, text in labels.items() if name in _SUBJECT_LABELS and len(text) >= _LEAST_WORD}
    found = []
    for each in desk.hands.findings():
        named = f"{each.get('target', '')} {each.get('subject', '')}".lower()
        if any(word in named for word in words):
            kept = ("code", "target", "subject", "severity", "title", "summary")
            found.append({name: each.get(name) for name in kept})
    return found[:FINDINGS_AT_MOST]


def _similar(desk: Desk, number: int) -> list[Similar]:
    """Solved tickets that are like this one, with what solved them."""
    with desk.store.read() as connection:
        return similar(connection, subject(log.load(connection, number)))


def _is_asked(ticket: Ticket, cause: Cause) -> bool:
    """Whether an answer is still wanted: a later one only where there was none, and never over a person's own."""
    if not ticket.is_open:
        return False
    return ticket.cause is None or (
        ticket.cause is Cause.INSUFFICIENT_EVIDENCE and cause is not Cause.INSUFFICIENT_EVIDENCE
    )
