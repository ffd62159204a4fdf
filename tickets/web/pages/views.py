"""From a ticket, its log and its clocks to what the pages show."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from facts.message import Message
from pages.tickets.records import Card, Clock
from pages.tickets.ticket_records import (
    Aid,
    Evidence,
    File,
    Rating,
    TicketPage,
    Undelivered,
)
from pages.tickets.times import local
from tickets import events
from tickets.events import Entry
from tickets.names import OPEN, Role, State
from tickets.people.roles import Deed, includes, may
from tickets.ticket import Ticket
from tickets.web.caller import Caller
from tickets.web.pages import proof, timeline

ROWS_AT_MOST = 300
UNDELIVERED_AT_MOST = 3
SNIPPET = 160
# The form of a move, and what it does.
DEEDS: Mapping[str, Deed] = {
    "take": Deed.TAKE,
    "plan": Deed.PLAN,
    "expect": Deed.EXPECT,
    "pause": Deed.PAUSE,
    "resume": Deed.RESUME,
    "resolve": Deed.RESOLVE,
    "close": Deed.CLOSE,
    "rate": Deed.RATE,
    "reopen": Deed.REOPEN,
    "assign": Deed.ASSIGN,
    "urgency": Deed.URGENCY,
    "area": Deed.AREA,
    "merge": Deed.MERGE,
}


def first_to_end(clocks: Iterable[Clock]) -> Clock | None:
    """The promise that somebody has to hurry for: the one that ends first, else one that stands."""
    every = list(clocks)
    running = [(each.deadline, each) for each in every if each.runs and each.deadline is not None]
    if running:
        return min(running, key=lambda each: each[0])[1]
    return next((each for each in every if each.state == "paused" and each.met_at is None), None)


def card(row: Any, clocks: Sequence[Clock] = (), *, can_take: bool = False, snippet: str = "") -> Card:
    """A ticket as a list shows it.

    Args:
        row: Of the table of tickets.
        clocks: Of the ticket.
        can_take: The reader may claim it from the list.
        snippet: A line beneath the title.
    """
    is_open = row.state in OPEN
    return Card(
        number=row.number,
        title=row.title,
        urgency=row.urgency,
        state=row.state,
        area=row.area,
        owner=row.owner,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        expected_at=row.expected_at,
        waiting_for=row.waiting_for,
        clock=first_to_end(clocks) if is_open else None,
        firing=len(row.firing) if is_open else 0,
        proposed=bool(row.resolution_proposed) and is_open,
        can_take=can_take and row.state == State.WAITING.value,
        snippet=snippet[:SNIPPET],
    )


def offered(ticket: Ticket, who: Caller) -> tuple[str, ...]:
    """Names of the moves that the caller may make now, the one that comes next first."""
    legal = _legal(ticket, who)
    return tuple(name for name in legal if may(who.name, who.role, DEEDS[name], ticket))


def _legal(ticket: Ticket, who: Caller) -> tuple[str, ...]:
    if ticket.merged_into is not None:
        return ()
    further = ("expect", "assign", "urgency", "area", "merge")
    match ticket.state:
        case State.WAITING:
            return ("take", *further)
        case State.IN_PROGRESS:
            own = ticket.owner == who.name
            paused = ticket.waiting_for is not None
            if paused:
                first: tuple[str, ...] = ("resume", "resolve", "plan")
            elif ticket.plan or ticket.resolution_proposed:
                first = ("resolve", "plan", "pause")
            else:
                first = ("plan", "resolve", "pause")
            return (*first, *further) if own else (*first, "take", *further)
        case State.RESOLVED:
            return ("rate", "close", "reopen")
        case _:
            return ("reopen",) if ticket.rating is not None else ("rate", "reopen")


def talks(ticket: Ticket, who: Caller) -> frozenset[str]:
    """Which of `comment`, `internal` and `attach` the caller may."""
    asked = {"comment": Deed.COMMENT, "internal": Deed.COMMENT_INTERNALLY, "attach": Deed.ATTACH}
    return frozenset(name for name, deed in asked.items() if may(who.name, who.role, deed, ticket))


def ticket_page(
    ticket: Ticket, log: Sequence[Entry], who: Caller, zone: str, *, clocks: Sequence[Clock] = (),
    evidence: Sequence[Evidence] = (), aid: Sequence[Aid] = (), similar: Sequence[Card] = (),
    people: Collection[str] = (), areas: Collection[str] = (), has_report: bool = False, whole: bool = False,
    warning: Sequence[Message] = (),
) -> TicketPage:  # fmt: skip
    """Everything about a ticket that the caller may see.

    Args:
        ticket: As the log tells it.
        log: The oldest first.
        who: Reads the page.
        zone: The mall's time zone.
        clocks: As they stand now.
        evidence: Frozen parts.
        aid: Actions that are proposed or were carried out.
        similar: Solved tickets that look like it.
        people: Who can be asked to take it on.
        areas: Of the mall.
        has_report: Its incident report can be opened.
        whole: Every row of a long timeline, not only the newest.
        warning: What whoever resolves it has to know.
    """
    inside = includes(who.role, Role.ENGINEER)
    rows = timeline.rows(log, lambda at: local(at, zone), inside=inside)
    rating = ticket.rating
    return TicketPage(
        number=ticket.number,
        version=ticket.version,
        title=ticket.title,
        summary=ticket.summary,
        urgency=ticket.urgency.value,
        state=ticket.state.value,
        area=ticket.area,
        owner=ticket.owner,
        reporter=ticket.reporter,
        source=ticket.source,
        labels=tuple(sorted(ticket.labels.items())) if inside else (),
        runbook=ticket.runbook if inside else "",
        opened_at=ticket.opened_at,
        changed_at=ticket.changed_at,
        expected_at=ticket.expected_at,
        plan=ticket.plan,
        waiting_for=None if ticket.waiting_for is None else ticket.waiting_for.value,
        proposed=ticket.resolution_proposed and ticket.is_open and inside,
        firing=len(ticket.firing) if ticket.is_open else 0,
        flaps=ticket.flaps,
        reopenings=ticket.reopenings,
        solution=ticket.solution,
        steps=ticket.steps,
        cautions=ticket.cautions,
        cause=None if ticket.cause is None else ticket.cause.value,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        rating=None
        if rating is None
        else Rating(attitude=rating.attitude, speed=rating.speed, result=rating.result, comment=rating.comment),
        merged_into=ticket.merged_into,
        linked=tuple(dict(ticket.linked).items()) if inside else (),
        previous=ticket.previous if inside else None,
        clocks=tuple(clocks),
        moves=offered(ticket, who),
        warning=tuple(warning) if inside else (),
        people=tuple(people),
        areas=tuple(areas),
        timeline=rows if whole else rows[:ROWS_AT_MOST],
        rows_left_out=0 if whole else max(0, len(rows) - ROWS_AT_MOST),
        evidence=tuple(evidence) if inside else (),
        causes=proof.causes(log) if inside else (),
        aid=tuple(aid) if inside else (),
        files=tuple(_files(log)),
        undelivered=undelivered(log, ticket) if inside else (),
        similar=tuple(similar) if inside else (),
        has_report=has_report and inside,
        shows_inside=inside,
    )


def _files(log: Sequence[Entry]) -> Iterable[File]:
    for entry in log:
        if isinstance(entry.event, events.Attached):
            event = entry.event
            yield File(number=event.attachment, name=event.name, size=event.size, at=entry.at, who=entry.actor)


def undelivered(log: Sequence[Entry], ticket: Ticket) -> tuple[Undelivered, ...]:
    """The newest messages that nobody got while the ticket is open: a channel that has worked since is not told of."""
    if not ticket.is_open:
        return ()
    newest: dict[str, tuple[datetime, events.Notified]] = {}
    for entry in log:
        if isinstance(entry.event, events.Notified):
            newest[entry.event.channel] = (entry.at, entry.event)
    lost = [
        Undelivered(channel=event.channel, to=event.to, at=at, detail=event.detail)
        for at, event in newest.values()
        if not event.delivered
    ]
    return tuple(sorted(lost, key=lambda each: each.at, reverse=True)[:UNDELIVERED_AT_MOST])
