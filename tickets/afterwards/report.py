"""Drafts an incident report from what is known: a pure function, so that a draft can be made again at any time and says the same.

A row of the timeline rests on its line of the log, and on the parts of the evidence that show its moment: a part shows the half hour
before it was frozen (`tickets.evidence`). A recorded cause cites the evidence that was frozen before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from facts.message import Message, msg, verbatim
from pages.tickets.incident import CauseFound, Exhibit, Improvement, IncidentReport, Row
from pages.tickets.records import Clock
from pages.tickets.times import local, spoken
from pages.tickets.words import CAUSES, STATES, URGENCIES, word
from tickets import events
from tickets.afterwards.case import ALERTS, PERSON, Case
from tickets.afterwards.impact import ORDERS_SHOWN, Stake, figures
from tickets.afterwards.improvements import improvements
from tickets.afterwards.lessons import badly, well
from tickets.afterwards.sentences import spoken_for, told
from tickets.events import Entry
from tickets.names import State
from tickets.ticket import Ticket

COVERED = timedelta(minutes=30)
ROWS_AT_MOST = 300
# What a long timeline can do without, before anything else.
_CHATTER = (events.Fired, events.Subsided, events.ResolutionProposed, events.Notified, events.Warned)
_RESTS_ON_EVIDENCE = (events.CauseGiven, events.AidProposed)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A ticket that came of the incident; `code` is that of the improvement, or empty."""

    number: int
    title: str
    state: State
    code: str = ""


def draft(
    ticket: Ticket,
    log: Sequence[Entry],
    *,
    mall: str,
    zone: str,
    now: datetime,
    clocks: Sequence[Clock] = (),
    exhibits: Sequence[Exhibit] = (),
    stake: Stake | None = None,
    follow_ups: Sequence[FollowUp] = (),
) -> IncidentReport:
    """The report.

    Args:
        ticket: The ticket.
        log: Its log, the oldest first.
        mall: Its name.
        zone: IANA name of the time zone that people read.
        now: When it is drafted.
        clocks: What was promised and how long it took.
        exhibits: The frozen evidence.
        stake: What is known of orders, money and customers.
        follow_ups: Tickets that came of it already.
    """
    case = Case(ticket=ticket, log=log, clocks=clocks, exhibits=exhibits)
    stake = stake or Stake()
    rows = [row for each in log if (row := _row(each, exhibits)) is not None]
    shown = _bounded(rows, log)
    return IncidentReport(
        number=ticket.number,
        title=ticket.title,
        mall=mall,
        zone=zone,
        drafted_at=now,
        over=not ticket.is_open,
        urgency=word(URGENCIES, ticket.urgency),
        urgency_word=ticket.urgency.value,
        area=ticket.area,
        owner=ticket.owner or "",
        summary=_summary(ticket, log, zone),
        impact=figures(ticket, log, stake, now),
        orders=stake.order_numbers[:ORDERS_SHOWN],
        orders_more=max((stake.orders or 0) - len(stake.order_numbers[:ORDERS_SHOWN]), 0),
        promises=tuple(clocks),
        timeline=tuple(shown),
        left_out=len(rows) - len(shown),
        exhibits=tuple(exhibits),
        cause=_cause(ticket, log),
        solution=ticket.solution,
        steps=ticket.steps,
        cautions=ticket.cautions,
        well=well(case),
        badly=badly(case),
        improvements=_with_tickets(improvements(case), follow_ups),
    )


def _summary(ticket: Ticket, log: Sequence[Entry], zone: str) -> tuple[Message, ...]:
    moment = local(ticket.opened_at, zone)
    if ticket.source == PERSON:
        sentences = [msg("A person reported it on {moment}.", moment=moment)]
    elif ticket.source in ALERTS:
        sentences = [msg("An alert opened it on {moment}.", moment=moment)]
    else:
        sentences = [msg("It was opened on {moment}.", moment=moment)]
    taken = next((each for each in log if isinstance(each.event, events.Taken)), None)
    if taken is None:
        sentences.append(msg("Nobody has taken it."))
    else:
        after = spoken((taken.at - ticket.opened_at).total_seconds())
        sentences.append(msg("{owner} took it after {time}.", owner=taken.actor, time=after))
    if ticket.merged_into is not None:
        sentences.append(msg("It goes on as {ticket}.", ticket=f"T-{ticket.merged_into}"))
    elif ticket.resolved_at is not None:
        after = spoken((ticket.resolved_at - ticket.opened_at).total_seconds())
        sentences.append(msg("It was solved {time} after the opening.", time=after))
    return tuple(sentences)


def _row(entry: Entry, exhibits: Sequence[Exhibit]) -> Row | None:
    said = told(entry.event)
    if said is None:
        return None
    evidence: tuple[int, ...]
    if isinstance(entry.event, events.EvidenceFrozen):
        evidence = (entry.event.evidence,)
    elif isinstance(entry.event, _RESTS_ON_EVIDENCE):
        evidence = tuple(each.number for each in exhibits if each.at <= entry.at)
    else:
        evidence = tuple(each.number for each in exhibits if each.at - COVERED <= entry.at <= each.at)
    return Row(number=entry.number, at=entry.at, who=entry.actor, what=said[0], text=said[1], evidence=evidence)


def _bounded(rows: list[Row], log: Sequence[Entry]) -> list[Row]:
    """Everything, or what people did and the newest of the rest."""
    over = len(rows) - ROWS_AT_MOST
    if over <= 0:
        return rows
    chatter = {each.number for each in log[1:] if isinstance(each.event, _CHATTER)}
    dropped = {row.number for row in [row for row in rows if row.number in chatter][:over]}
    return [row for row in rows if row.number not in dropped][:ROWS_AT_MOST]


def _cause(ticket: Ticket, log: Sequence[Entry]) -> CauseFound | None:
    """A person's word before the first answer's; what speaks for and against it comes from the first answer, where that is the same."""
    if ticket.cause is None:
        return None
    given = [
        each.event for each in log if isinstance(each.event, events.CauseGiven) and each.event.cause is ticket.cause
    ]
    by_person = [
        each.actor for each in log if isinstance(each.event, events.Resolved) and each.event.cause is ticket.cause
    ]
    document = given[-1].document if given else {}
    return CauseFound(
        name=word(CAUSES, ticket.cause),
        by=msg("by {name}, who solved it", name=by_person[-1])
        if by_person
        else msg("the first answer from the evidence"),
        confidence=given[-1].confidence if given and not by_person else None,
        speaks_for=spoken_for(document.get("for")),
        against=spoken_for(document.get("against")),
        unavailable=spoken_for(document.get("unavailable")),
    )


def _with_tickets(proposed: Sequence[Improvement], follow_ups: Sequence[FollowUp]) -> tuple[Improvement, ...]:
    """What is under way already, then what is only proposed."""
    codes = {each.code for each in follow_ups}
    under_way = [
        Improvement(
            code=each.code or f"ticket-{each.number}",
            title=verbatim(each.title),
            ticket=each.number,
            state=word(STATES, each.state),
        )
        for each in follow_ups
    ]
    return (*under_way, *(each for each in proposed if each.code not in codes))
