"""Carries an action out, takes it back, and lets a person say how one ended of which nobody knew.

The row is committed before anything is sent. A process that dies in between leaves it `started`: nobody knows what the receiver has done,
and until a person has found out, the action is not sent again, for whatever ticket. An action whose receiver does the same only once is
sent again under the key of the run that is unknown.
"""

import logging

from sqlalchemy import Connection

from facts.message import Message, msg
from pages.tickets.words import RUNS, word
from tickets import events
from tickets.aid.action import Action
from tickets.aid.sending import send
from tickets.changing import change_within
from tickets.desk import Desk
from tickets.events import Event
from tickets.lifecycle import IllegalMove
from tickets.store import aid, log
from tickets.store.aid import NoSuchRun, Run
from tickets.ticket import Ticket

_log = logging.getLogger(__name__)


class NoSuchAction(LookupError):  # noqa: N818  (answered with 404)
    """None of that name is configured."""


def carry_out(desk: Desk, number: int, name: str, actor: str, *, automatic: bool = False) -> Run:
    """Sends the action and says how it ended.

    Args:
        desk: Whose actions they are.
        number: Of the ticket.
        name: Of the action.
        actor: Who wants it.
        automatic: Nobody clicked.

    Raises:
        NoSuchAction: None of that name is configured.
        NoSuchTicket: There is none.
        IllegalMove: The ticket is not open, the action was carried out, or its state is unknown.
        StoreUnavailable: The database does not answer; nothing was sent, or how it ended could not be kept.
    """
    action = _named(desk, name)
    if automatic and not desk.aid.is_automatic(action):
        raise IllegalMove(msg("The action {name} is not allowed to be carried out automatically.", name=name))

    def begin(connection: Connection) -> tuple[Ticket, Run]:
        once = aid.next_once(connection, name)
        ticket = log.load(connection, number)
        if not ticket.is_open:
            raise IllegalMove(msg("The ticket is not open; reopen it first."))
        unsettled = aid.unsettled(connection, name)
        if unsettled is not None:
            if not action.idempotent or unsettled.ticket != number or unsettled.state != aid.UNKNOWN:
                raise IllegalMove(_unsettled(unsettled))
            # The same key: the receiver knows whether it has done it.
            if not aid.move(connection, unsettled.id, (aid.UNKNOWN,), aid.STARTED, unsettled.detail):
                raise IllegalMove(_unsettled(unsettled))
            return ticket, aid.get(connection, unsettled.id)
        if not action.idempotent and any(
            each.action == name and each.state == aid.DONE for each in aid.of_ticket(connection, number)
        ):
            raise IllegalMove(msg("The action {name} was carried out already; take it back first.", name=name))
        return ticket, aid.begin(connection, once, number, name, actor, desk.now(), automatic=automatic)

    ticket, run = desk.store.writing(begin)
    _log.info("first aid %s for T-%s by %s%s", name, number, actor, ", automatically" if automatic else "")
    sent = send(action.call, places(ticket), desk.aid.allow, run.once, action.seconds)
    event = events.AidCarriedOut(
        action=name, run=run.id, ok=sent.state == aid.DONE, automatic=automatic, detail=_detail(sent.state, sent.detail)
    )
    return _finish(desk, run, (aid.STARTED,), sent.state, sent.detail, actor, event)


def take_back(desk: Desk, number: int, run: int, actor: str) -> Run:
    """Sends the action's undo.

    Raises:
        NoSuchAction: It is not configured any more.
        NoSuchRun: The ticket has no such run.
        IllegalMove: It cannot be undone, or is not known to be done.
    """

    def begin(connection: Connection) -> tuple[Ticket, Run]:
        ticket, found = log.load(connection, number), aid.get(connection, run)
        if found.ticket != number:
            raise NoSuchRun(run)
        if _named(desk, found.action).undo is None:
            raise IllegalMove(msg("The action {name} cannot be undone.", name=found.action))
        if not aid.move(connection, run, (aid.DONE,), aid.UNDOING, found.detail):
            raise IllegalMove(
                msg("Only an action that was carried out can be undone; this one is '{state}'.", state=found.state)
            )
        return ticket, found

    ticket, found = desk.store.writing(begin)
    action = _named(desk, found.action)
    assert action.undo is not None  # noqa: S101  (begin has looked)
    _log.info("first aid %s for T-%s taken back by %s", found.action, number, actor)
    sent = send(action.undo, places(ticket), desk.aid.allow, f"{found.once}:undo", action.seconds)
    # A refused undo leaves it done; one of unknown ending leaves it to a person.
    state = {aid.DONE: aid.UNDONE, aid.FAILED: aid.DONE}.get(sent.state, aid.UNKNOWN)
    event = events.AidUndone(
        action=found.action, run=run, ok=state == aid.UNDONE, detail=_detail(sent.state, sent.detail)
    )
    return _finish(desk, found, (aid.UNDOING,), state, sent.detail, actor, event)


def settle(desk: Desk, number: int, run: int, actor: str, *, happened: bool) -> Run:
    """A person has found out whether the receiver has acted.

    Args:
        desk: Where.
        number: Of the ticket.
        run: Whose ending is unknown.
        actor: Who has found out.
        happened: The action is in force now.

    Raises:
        NoSuchRun: The ticket has no such run.
        IllegalMove: How it ended is known, or it is being sent at this moment.
    """
    with desk.store.read() as connection:
        found = aid.get(connection, run)
    if found.ticket != number:
        raise NoSuchRun(run)
    under_way = found.state in {aid.STARTED, aid.UNDOING}
    if found.state not in aid.OPEN or (under_way and (desk.now() - found.at).total_seconds() < _longest(desk, found)):
        raise IllegalMove(msg("There is nothing to settle: the action is '{state}'.", state=found.state))
    detail = (
        msg("{who} says that it took effect.", who=actor)
        if happened
        else msg("{who} says that it had no effect.", who=actor)
    )
    event = events.AidCarriedOut(action=found.action, run=run, ok=happened, automatic=found.automatic, detail=detail)
    return _finish(desk, found, aid.OPEN, aid.DONE if happened else aid.FAILED, detail, actor, event)


def _finish(
    desk: Desk, run: Run, before: tuple[str, ...], state: str, detail: Message, actor: str, event: Event
) -> Run:
    def finish(connection: Connection) -> Run:
        if aid.move(connection, run.id, before, state, detail):
            change_within(connection, desk, run.ticket, actor, lambda _: [event])
        return aid.get(connection, run.id)

    return desk.store.writing(finish)


def _named(desk: Desk, name: str) -> Action:
    action = desk.aid.named(name)
    if action is None:
        raise NoSuchAction(name)
    return action


def _longest(desk: Desk, run: Run) -> float:
    """Seconds after which a run cannot be under way any more."""
    from tickets.aid.action import SECONDS_AT_MOST

    action = desk.aid.named(run.action)
    return 2 * (SECONDS_AT_MOST if action is None else action.seconds) + 10


def places(ticket: Ticket) -> dict[str, str]:
    """What a ticket fills the places of a call with."""
    labels = {f"label.{name}": value for name, value in ticket.labels.items()}
    return {"ticket": ticket.name, "title": ticket.title, **labels}


def _unsettled(run: Run) -> Message:
    return msg(
        "Nobody knows whether the action {name} took effect when it was sent for {ticket}; find out and say so, then it can be sent again.",
        name=run.action, ticket=f"T-{run.ticket}",
    )  # fmt: skip


def _detail(state: str, detail: Message) -> Message:
    return msg("{subject}: {reason}", subject=word(RUNS, state), reason=detail)
