"""The report of a ticket in the store, and the follow-up tickets that come of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from facts.message import Message, msg
from pages.tickets.incident import Exhibit, IncidentReport
from pages.tickets.records import Clock
from pages.translation import Language, translator
from tickets import events
from tickets.afterwards.impact import Stake
from tickets.afterwards.report import FollowUp, draft
from tickets.afterwards.stakes import stake
from tickets.changing import open_within
from tickets.desk import Desk
from tickets.events import TITLE_AT_MOST, Entry
from tickets.followers import follow
from tickets.lifecycle import IllegalMove
from tickets.names import Urgency
from tickets.sla.showing import clocks_shown
from tickets.store import log as logs
from tickets.store.evidence import parts
from tickets.store.tables import TICKETS
from tickets.ticket import Ticket, replay

RELATION, SOURCE, LABEL, INCIDENT = "follow-up", "follow-up", "improvement", "incident"
FOLLOW_UPS_AT_MOST = 50


def _kept(connection: Connection, number: int) -> Sequence[Exhibit]:
    """The parts of a ticket's evidence as they were frozen, each held against its hash."""
    return [
        Exhibit(number=each.id, part=each.part, at=each.at, sha256=each.sha256, verified=each.verified)
        for each in parts(connection, number)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What else a report rests on.

    Attributes:
        clocks: Of a ticket by its log.
        exhibits: Of a ticket by its number.
        stake: What the evidence says of orders, money and customers.
    """

    clocks: Callable[[Desk, Sequence[Entry]], Sequence[Clock]] = clocks_shown
    exhibits: Callable[[Connection, int], Sequence[Exhibit]] = _kept
    stake: Callable[[Connection, Ticket, Sequence[Entry]], Stake] = stake


SOURCES = Sources()


def incident(desk: Desk, number: int, sources: Sources = SOURCES) -> IncidentReport:
    """The report as it can be drafted now.

    Args:
        desk: Where.
        number: Of the ticket.
        sources: What else it rests on.

    Raises:
        NoSuchTicket: There is none.
        StoreUnavailable: The database does not answer.
    """
    with desk.store.read() as connection:
        return _incident(connection, desk, number, sources)


def follow_up(
    desk: Desk, number: int, code: str, who: str, language: Language, sources: Sources = SOURCES
) -> Ticket:  # fmt: skip
    """Opens the ticket of an improvement that the report proposes; the same again when it is open already.

    Args:
        desk: Where.
        number: Of the incident's ticket.
        code: Of the improvement.
        who: Asks for it.
        language: Of the new ticket's title.
        sources: What the report rests on.

    Raises:
        NoSuchTicket: There is no such incident.
        IllegalMove: The report proposes no such improvement.
    """
    return desk.store.writing(lambda connection: _follow_up(connection, desk, number, code, who, language, sources))


def _incident(connection: Connection, desk: Desk, number: int, sources: Sources) -> IncidentReport:
    log = logs.load_log(connection, number)
    if not log:
        raise logs.NoSuchTicket(number)
    ticket = replay(number, log)
    return draft(
        ticket,
        log,
        mall=desk.mall,
        zone=desk.timezone,
        now=desk.now(),
        clocks=sources.clocks(desk, log),
        exhibits=sources.exhibits(connection, number),
        stake=sources.stake(connection, ticket, log),
        follow_ups=_follow_ups(connection, ticket),
    )


def _follow_ups(connection: Connection, ticket: Ticket) -> list[FollowUp]:
    numbers = [number for number, relation in ticket.linked if relation == RELATION]
    if INCIDENT in ticket.labels:
        # Of a follow-up ticket itself the link leads back.
        numbers = [number for number in numbers if ticket.labels[INCIDENT] != f"T-{number}"]
    found = []
    for number in numbers[:FOLLOW_UPS_AT_MOST]:
        each = logs.load(connection, number)
        found.append(
            FollowUp(number=number, title=each.title, state=each.state, code=each.labels.get(LABEL, ""))
        )  # fmt: skip
    return found


def _follow_up(
    connection: Connection, desk: Desk, number: int, code: str, who: str, language: Language, sources: Sources
) -> Ticket:
    # Locked before the report is read, so that two who ask at once get one ticket.
    connection.execute(select(TICKETS.c.version).where(TICKETS.c.number == number).with_for_update())
    report = _incident(connection, desk, number, sources)
    improvement = next((each for each in report.improvements if each.code == code), None)
    if improvement is None:
        raise IllegalMove(msg("The report proposes no such improvement: {code}.", code=code))
    if improvement.ticket is not None:
        return logs.load(connection, improvement.ticket)
    ticket = logs.load(connection, number)
    say = translator(language)
    because: Message = improvement.because or msg("See the incident report of {ticket}.", ticket=ticket.name)
    opened = events.Opened(
        title=say(improvement.title)[:TITLE_AT_MOST],
        summary=say(because),
        urgency=Urgency.NORMAL,
        area=ticket.area,
        owner=ticket.owner,
        reporter=who,
        source=SOURCE,
        labels={LABEL: code, INCIDENT: ticket.name},
    )
    link = events.Linked(ticket=number, relation=RELATION)
    new = open_within(connection, desk, who, opened, (link,))
    back = [events.Linked(ticket=new.number, relation=RELATION)]
    ticket, lines = logs.append(connection, ticket, desk.now(), who, back)
    follow(connection, desk, ticket, lines)
    return new
