"""What the API answers about tickets, and the problem documents that every route can answer with."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from pages.tickets.records import Clock
from tickets import events
from tickets.events import Entry
from tickets.names import Cause, Role, State, Urgency, Waiting
from tickets.ticket import Ticket
from tickets.web.caller import Caller
from tickets.web.clocks import ClockShown

# What concerns only those who work on it; a reporter is told of the rest.
INTERNAL = (
    events.Fired, events.Subsided, events.ResolutionProposed, events.Linked, events.Warned, events.Breached,
    events.Escalated, events.Notified, events.EvidenceFrozen, events.CauseGiven, events.AidProposed,
    events.AidCarriedOut, events.AidUndone,
)  # fmt: skip


class Asked(BaseModel):
    """A body that is sent to us: what is not known is refused, so that a misspelt field is not lost in silence."""

    model_config = ConfigDict(extra="forbid")


class Wrong(BaseModel):
    """One field that will not do."""

    where: str
    what: str


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Wrong] = []


_DESCRIPTIONS = {
    400: "The request cannot be read",
    401: "Nobody that we know",
    403: "Not for this account",
    404: "There is no such thing, or none that this account may see",
    408: "The body came too slowly",
    409: "It cannot be done now; the detail says why",
    413: "Too large",
    422: "Not the form that is asked for; `errors` names the fields",
    429: "Asked too often; `Retry-After` says when to come again",
    503: "The store does not answer; come again",
}
_SCHEMA = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
_WRONG = _SCHEMA.pop("$defs")["Wrong"]
_SCHEMA["properties"]["errors"]["items"] = _WRONG
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": {"application/problem+json": {"schema": _SCHEMA}}}
    for status, description in _DESCRIPTIONS.items()
}


class TicketBrief(BaseModel):
    """A ticket as lists show it."""

    id: int
    name: str = Field(description="As people write it", examples=["T-12"])
    version: int
    title: str
    urgency: Urgency
    state: State
    area: str
    owner: str | None
    reporter: str | None
    source: str
    opened_at: datetime
    changed_at: datetime
    expected_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    waiting_for: Waiting | None
    firing: int = Field(description="Alerts that have not ended")
    flaps: int
    resolution_proposed: bool
    cause: Cause | None
    next_timer: str | None = Field(description="What is due next")
    next_at: datetime | None = Field(description="When that is")

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """From a row of `tickets.store.listing`."""
        values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's public way to a row as a mapping)
        number = values.pop("number")
        return cls(id=number, name=f"T-{number}", **{**values, "firing": len(values["firing"])})


class TicketList(BaseModel):
    """One page."""

    items: list[TicketBrief]
    total: int


class Rating(BaseModel):
    """What the reporter thinks of it, 1 to 5 each."""

    attitude: int
    speed: int
    result: int
    comment: str


class LinkShown(BaseModel):
    """Another ticket."""

    ticket: int
    relation: str


class AttachmentShown(BaseModel):
    """A file; it is had from `/api/v1/tickets/{number}/attachments/{id}`."""

    id: int
    name: str
    size: int = Field(description="Bytes")
    sha256: str


class EvidenceShown(BaseModel):
    """What was kept of a moment."""

    id: int
    part: str
    at: datetime
    sha256: str
    failed: list[str] = Field(description="What could not be read")


class TicketShown(BaseModel):
    """A ticket with all that its reporter, or an engineer, may know."""

    id: int
    name: str = Field(description="As people write it", examples=["T-12"])
    version: int = Field(description="The number of the newest event")
    title: str
    summary: str
    urgency: Urgency
    state: State
    area: str
    owner: str | None
    reporter: str | None
    source: str
    keys: list[str]
    labels: Mapping[str, str]
    runbook: str
    opened_at: datetime
    changed_at: datetime
    previous: int | None
    firing: list[str]
    flaps: int
    waiting_for: Waiting | None
    plan: str
    expected_at: datetime | None
    resolution_proposed: bool
    solution: str
    steps: str
    cautions: str
    cause: Cause | None
    resolved_at: datetime | None
    closed_at: datetime | None
    rating: Rating | None
    reopenings: int
    merged_into: int | None
    linked: list[LinkShown]
    attachments: list[AttachmentShown]
    clocks: list[ClockShown]
    evidence: list[EvidenceShown]
    events: list[Entry] = Field(description="The oldest first; for a reporter without what is internal")


def shown(ticket: Ticket, log: Sequence[Entry], clocks: Sequence[Clock], who: Caller) -> TicketShown:
    """The ticket as the caller may see it."""
    inside = who.role is not Role.REPORTER
    return TicketShown(
        id=ticket.number,
        name=ticket.name,
        version=ticket.version,
        title=ticket.title,
        summary=ticket.summary,
        urgency=ticket.urgency,
        state=ticket.state,
        area=ticket.area,
        owner=ticket.owner,
        reporter=ticket.reporter,
        source=ticket.source,
        keys=list(ticket.keys) if inside else [],
        labels=ticket.labels if inside else {},
        runbook=ticket.runbook if inside else "",
        opened_at=ticket.opened_at,
        changed_at=ticket.changed_at,
        previous=ticket.previous if inside else None,
        firing=sorted(ticket.firing) if inside else [],
        flaps=ticket.flaps,
        waiting_for=ticket.waiting_for,
        plan=ticket.plan,
        expected_at=ticket.expected_at,
        resolution_proposed=ticket.resolution_proposed,
        solution=ticket.solution,
        steps=ticket.steps,
        cautions=ticket.cautions,
        cause=ticket.cause if inside else None,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        rating=_rating(ticket.rating),
        reopenings=ticket.reopenings,
        merged_into=ticket.merged_into,
        linked=[LinkShown(ticket=number, relation=relation) for number, relation in ticket.linked] if inside else [],
        attachments=[
            AttachmentShown(id=each.attachment, name=each.name, size=each.size, sha256=each.sha256)
            for each in ticket.attachments
        ],
        clocks=[ClockShown.of(each) for each in clocks],
        evidence=_evidence(log) if inside else [],
        events=list(log) if inside else visible_to_reporter(log),
    )


def visible_to_reporter(log: Sequence[Entry]) -> list[Entry]:
    """The lines that the reporter is told of, as they are told."""
    told = []
    for entry in log:
        event = entry.event
        if isinstance(event, INTERNAL) or (isinstance(event, events.Commented) and event.internal):
            continue
        if isinstance(event, events.Opened):
            event = event.model_copy(update={"key": None, "labels": {}, "runbook": "", "previous": None})
        elif isinstance(event, events.Assigned):
            event = event.model_copy(update={"note": ""})
        elif isinstance(event, events.Absorbed):
            event = event.model_copy(update={"keys": ()})
        elif isinstance(event, events.Resolved):
            event = event.model_copy(update={"cause": None})
        told.append(entry.model_copy(update={"event": event}))
    return told


def _rating(rating: events.Rated | None) -> Rating | None:
    return None if rating is None else Rating(**rating.model_dump(exclude={"kind"}))


def _evidence(log: Sequence[Entry]) -> list[EvidenceShown]:
    return [
        EvidenceShown(
            id=entry.event.evidence, part=entry.event.part, at=entry.at, sha256=entry.event.sha256,
            failed=list(entry.event.failed),
        )
        for entry in log
        if isinstance(entry.event, events.EvidenceFrozen)
    ]  # fmt: skip
