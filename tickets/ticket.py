"""A ticket as its log tells it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tickets import events
from tickets.events import Entry
from tickets.names import OPEN, Cause, State, Urgency, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What replaying a log gives.

    Attributes:
        number: The ticket's own; people write it `T-12`.
        version: The number of the newest entry.
        firing: Fingerprints of alerts that have not ended.
        flaps: How often an alert came back while the ticket was open.
        waiting_for: For whom it waits while its clocks stand.
        resolution_proposed: Every alert has ended, and nobody has answered to that yet.
        stage: The newest step of the escalation; 0 for none.
    """

    number: int
    version: int
    title: str
    summary: str
    urgency: Urgency
    state: State
    area: str
    owner: str | None
    reporter: str | None
    source: str
    keys: tuple[str, ...]
    labels: Mapping[str, str]
    runbook: str
    opened_at: datetime
    changed_at: datetime
    previous: int | None = None
    firing: frozenset[str] = frozenset()
    flaps: int = 0
    waiting_for: Waiting | None = None
    plan: str = ""
    expected_at: datetime | None = None
    resolution_proposed: bool = False
    solution: str = ""
    steps: str = ""
    cautions: str = ""
    cause: Cause | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    rating: events.Rated | None = None
    reopenings: int = 0
    merged_into: int | None = None
    linked: tuple[tuple[int, str], ...] = ()
    stage: int = 0
    attachments: tuple[events.Attached, ...] = field(default=())

    @property
    def name(self) -> str:
        """As people write it."""
        return f"T-{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in OPEN


def replay(number: int, log: Iterable[Entry]) -> Ticket:
    """The ticket.

    Args:
        number: The ticket's.
        log: All of its entries, the oldest first.

    Raises:
        ValueError: The log does not begin with the opening, or has a gap.
    """
    entries = iter(log)
    first = next(entries, None)
    if first is None or not isinstance(first.event, events.Opened):
        raise ValueError(f"the log of ticket {number} does not begin with its opening")
    return after_all(_opened(number, first, first.event), entries)


def _opened(number: int, entry: Entry, event: events.Opened) -> Ticket:
    return Ticket(
        number=number,
        version=entry.number,
        title=event.title,
        summary=event.summary,
        urgency=event.urgency,
        state=State.WAITING,
        area=event.area,
        owner=event.owner,
        reporter=event.reporter,
        source=event.source,
        keys=() if event.key is None else (event.key,),
        labels=event.labels,
        runbook=event.runbook,
        opened_at=entry.at,
        changed_at=entry.at,
        previous=event.previous,
    )


def after_all(ticket: Ticket, entries: Iterable[Entry]) -> Ticket:
    """The ticket with more entries, as `after` gives it one by one; a run of ten thousand alerts is taken as a whole.

    Raises:
        ValueError: An entry is not the next one.
    """
    run: list[Entry] = []
    for entry in entries:
        if isinstance(entry.event, events.Fired | events.Subsided):
            run.append(entry)
        else:
            ticket, run = after(_after_alerts(ticket, run), entry), []
    return _after_alerts(ticket, run)


def _after_alerts(ticket: Ticket, run: Sequence[Entry]) -> Ticket:
    if not run:
        return ticket
    firing, flaps, proposed = set(ticket.firing), ticket.flaps, ticket.resolution_proposed
    for number, entry in enumerate(run, ticket.version + 1):
        if entry.number != number:
            raise ValueError(f"the log of ticket {ticket.number} has a gap before entry {entry.number}")
        match entry.event:
            case events.Fired(fingerprint=fingerprint, again=again):
                firing.add(fingerprint)
                flaps, proposed = flaps + again, False
            case events.Subsided(fingerprint=fingerprint):
                firing.discard(fingerprint)
    return replace(
        ticket,
        firing=frozenset(firing),
        flaps=flaps,
        resolution_proposed=proposed,
        version=run[-1].number,
        changed_at=run[-1].at,
    )


def after(ticket: Ticket, entry: Entry) -> Ticket:
    """The ticket with one entry more.

    Raises:
        ValueError: The entry is not the next one.
    """
    if entry.number != ticket.version + 1:
        raise ValueError(f"the log of ticket {ticket.number} has a gap before entry {entry.number}")
    return replace(_changed(ticket, entry), version=entry.number, changed_at=entry.at)


def _changed(ticket: Ticket, entry: Entry) -> Ticket:  # noqa: PLR0911, C901, PLR0912  (one line a kind)
    match entry.event:
        case events.Fired(fingerprint=fingerprint, again=again):
            return replace(
                ticket,
                firing=ticket.firing | {fingerprint},
                flaps=ticket.flaps + again,
                resolution_proposed=False,
            )
        case events.Subsided(fingerprint=fingerprint):
            return replace(ticket, firing=ticket.firing - {fingerprint})
        case events.ResolutionProposed():
            return replace(ticket, resolution_proposed=True)
        case events.Assigned(owner=owner):
            return replace(ticket, owner=owner)
        case events.Taken(owner=owner):
            return replace(ticket, owner=owner, state=State.IN_PROGRESS)
        case events.Planned(plan=plan, expected_at=expected_at):
            return replace(ticket, plan=plan, expected_at=expected_at or ticket.expected_at)
        case events.Expected(expected_at=expected_at):
            return replace(ticket, expected_at=expected_at)
        case events.Paused(waiting_for=waiting_for):
            return replace(ticket, waiting_for=waiting_for)
        case events.Resumed():
            return replace(ticket, waiting_for=None)
        case events.UrgencyChanged(urgency=urgency):
            return replace(ticket, urgency=urgency)
        case events.AreaChanged(area=area):
            return replace(ticket, area=area)
        case events.Resolved() as event:
            return replace(
                ticket,
                state=State.RESOLVED,
                solution=event.solution,
                steps=event.steps,
                cautions=event.cautions,
                cause=event.cause or ticket.cause,
                resolved_at=entry.at,
                waiting_for=None,
                resolution_proposed=False,
            )
        case events.Closed():
            return replace(ticket, state=State.CLOSED, closed_at=entry.at)
        case events.Rated() as event:
            return replace(ticket, rating=event)
        case events.Reopened():
            return replace(
                ticket,
                state=State.WAITING if ticket.owner is None else State.IN_PROGRESS,
                resolved_at=None,
                closed_at=None,
                reopenings=ticket.reopenings + 1,
                resolution_proposed=False,
            )
        case events.MergedInto(ticket=other):
            return replace(ticket, state=State.CLOSED, closed_at=entry.at, merged_into=other, keys=(), waiting_for=None)
        case events.Absorbed(keys=keys):
            return replace(ticket, keys=(*ticket.keys, *(key for key in keys if key not in ticket.keys)))
        case events.Linked(ticket=other, relation=relation):
            return replace(ticket, linked=(*ticket.linked, (other, relation)))
        case events.Attached() as event:
            return replace(ticket, attachments=(*ticket.attachments, event))
        case events.CauseGiven(cause=cause):
            return replace(ticket, cause=cause)
        case events.Escalated(step=step):
            return replace(ticket, stage=step)
        case _:
            return ticket
