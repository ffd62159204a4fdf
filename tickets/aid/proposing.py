"""Which actions are proposed for a ticket, and the few that are carried out without a person: what the outbox asks for."""

import logging
import re
from collections.abc import Sequence

from facts.message import Message, msg
from pages.tickets.words import CAUSES, word
from tickets import events
from tickets.aid.action import Action
from tickets.aid.carrying_out import NoSuchAction, carry_out
from tickets.changing import change
from tickets.desk import Desk
from tickets.events import Entry, Event
from tickets.lifecycle import IllegalMove
from tickets.store import aid, log
from tickets.store.aid import Run
from tickets.store.log import NoSuchTicket
from tickets.store.outbox import Task
from tickets.tasks import GiveUp, TryLater
from tickets.ticket import Ticket

ACTOR = "tenfold"
ATTEMPTS = 10
_log = logging.getLogger(__name__)


def propose(desk: Desk, task: Task) -> str:
    """Proposes what fits and is not proposed yet; then carries out what both settings allow, once a ticket.

    Raises:
        GiveUp: There is no such ticket.
        TryLater: Others write to the ticket all the time.
        StoreUnavailable: The database does not answer.
    """
    number = int(task.ticket or 0)
    for _ in range(ATTEMPTS):
        try:
            ticket, runs = _proposed(desk, number)
            break
        except _Overtaken:
            continue
    else:
        raise TryLater("the ticket is being written all the time")
    tried = {each.action for each in runs}
    for action in desk.aid.actions if ticket.is_open else ():
        if desk.aid.is_automatic(action) and action.name not in tried and fits(action, ticket):
            _automatically(desk, number, action)
    return ""


class _Overtaken(Exception):  # noqa: N818  (a turn of events)
    """The log has grown since it was read: what is known of the cause, and what is proposed already, may be more by now."""


def _proposed(desk: Desk, number: int) -> tuple[Ticket, Sequence[Run]]:
    """The ticket with what fits proposed, and what was carried out for it."""
    with desk.store.read() as connection:
        entries, runs = log.load_log(connection, number), aid.of_ticket(connection, number)
    if not entries:
        raise GiveUp("there is no such ticket")
    known = {each.event.action for each in entries if isinstance(each.event, events.AidProposed)}

    def move(ticket: Ticket) -> Sequence[Event]:
        if ticket.version != entries[-1].number:
            raise _Overtaken
        if not ticket.is_open:
            return ()
        fitting = [each for each in desk.aid.actions if each.name not in known and fits(each, ticket)]
        return [events.AidProposed(action=each.name, because=because(each, ticket, entries)) for each in fitting]

    return change(desk, number, ACTOR, move), runs


def fits(action: Action, ticket: Ticket) -> bool:
    """Whether the action is meant for such a ticket."""
    return (
        (not action.areas or ticket.area in action.areas)
        and (not action.causes or ticket.cause in action.causes)
        and all(re.fullmatch(pattern, ticket.labels.get(name, "")) for name, pattern in action.labels.items())
    )


def because(action: Action, ticket: Ticket, entries: Sequence[Entry]) -> Message:
    """Why it is proposed: what of the ticket fits, and the evidence that stands behind it."""
    given = next((each.event for each in reversed(entries) if isinstance(each.event, events.CauseGiven)), None)
    if action.causes and given is not None:
        kept = next((each.event for each in reversed(entries) if isinstance(each.event, events.EvidenceFrozen)), None)
        return msg(
            "The first answer is {cause}, with a confidence of {confidence}; evidence {evidence}.",
            cause=word(CAUSES, given.cause), confidence=f"{given.confidence:.2f}", evidence="-" if kept is None else kept.evidence,
        )  # fmt: skip
    if action.labels:
        told = ", ".join(f"{name}={ticket.labels.get(name, '')}" for name in action.labels)
        return msg("The alert says {labels}.", labels=told)
    return msg("The ticket's area is {area}.", area=ticket.area or "-")


def _automatically(desk: Desk, number: int, action: Action) -> None:
    try:
        carry_out(desk, number, action.name, ACTOR, automatic=True)
    except (IllegalMove, NoSuchAction, NoSuchTicket) as refusal:
        _log.info("first aid %s for T-%s was not carried out: %s", action.name, number, refusal)
