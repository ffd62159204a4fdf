"""First aid as the page of a ticket shows it, and the clicks on it."""

import json
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from facts.message import Message, msg
from pages.tickets.ticket_records import Aid, AidRun
from tickets import events
from tickets.aid import carrying_out
from tickets.aid.action import SECONDS_AT_MOST, Action, Call
from tickets.aid.carrying_out import NoSuchAction
from tickets.aid.proposing import fits
from tickets.aid.sending import filled, filled_url
from tickets.desk import Desk
from tickets.events import Entry
from tickets.people import roles
from tickets.people.roles import Deed
from tickets.store import aid as store
from tickets.store import log
from tickets.store.aid import NoSuchRun, Run
from tickets.ticket import Ticket
from tickets.web.caller import Caller
from tickets.web.making import read
from tickets.web.pages.parts import FirstAid


def shown(connection: Connection, desk: Desk, who: Caller, ticket: Ticket) -> Sequence[Aid]:
    """What is proposed or fits, what was carried out, and whether it may be now."""
    runs: dict[str, list[Run]] = {}
    for each in store.of_ticket(connection, ticket.number):
        runs.setdefault(each.action, []).append(each)
    entries = log.load_log(connection, ticket.number)
    because = {each.event.action: each.event.because for each in entries if isinstance(each.event, events.AidProposed)}
    undone = {each.event.run: each for each in entries if isinstance(each.event, events.AidUndone) and each.event.ok}
    may = roles.may(who.name, who.role, Deed.AID, ticket)
    return [
        *_configured(connection, desk, ticket, runs, because, undone, may=may),
        *(
            Aid(action=name, title=name, runs=tuple(_run(desk, each, None, undone, may=may) for each in those))
            for name, those in runs.items()
            if desk.aid.named(name) is None
        ),
    ]


def _configured(
    connection: Connection, desk: Desk, ticket: Ticket, runs: Mapping[str, list[Run]], because: Mapping[str, str | Message],
    undone: Mapping[int, Entry], *, may: bool,
) -> Iterator[Aid]:  # fmt: skip
    for action in desk.aid.actions:
        done = runs.get(action.name, [])
        if action.name not in because and not done and not (ticket.is_open and fits(action, ticket)):
            continue
        held = _held(connection, action, ticket, done) if ticket.is_open else None
        yield Aid(
            action=action.name,
            title=action.title,
            because=because.get(action.name, ""),
            what=_what(action.call, ticket),
            runs=tuple(_run(desk, each, action, undone, may=may) for each in done),
            can_run=may and ticket.is_open and held is None,
            held=held,
        )


def _held(connection: Connection, action: Action, ticket: Ticket, done: Sequence[Run]) -> Message | None:
    """Why the action would be refused now; `tickets.aid.carrying_out` decides."""
    unsettled = store.unsettled(connection, action.name)
    if unsettled is not None:
        again = action.idempotent and unsettled.ticket == ticket.number and unsettled.state == store.UNKNOWN
        if again:
            return None
        return msg(
            "Nobody knows whether it took effect when it was sent for {ticket}; find out and say so there first.",
            ticket=f"T-{unsettled.ticket}",
        )
    if not action.idempotent and any(each.state == store.DONE for each in done):
        return msg("It was carried out; take it back first to do it again.")
    return None


def _what(call: Call, ticket: Ticket) -> str:
    """The request as it will be sent, without its headers, which may hold secrets."""
    values = carrying_out.places(ticket)
    body = "" if call.body is None else f"\n\n{json.dumps(filled(call.body, values), ensure_ascii=False, indent=2)}"
    return f"{call.method} {filled_url(call.url, values)}{body}"


def _run(desk: Desk, run: Run, action: Action | None, undone: Mapping[int, Entry], *, may: bool) -> AidRun:
    seconds = SECONDS_AT_MOST if action is None else action.seconds
    # What is being sent at this moment nobody needs to settle yet.
    over = run.state == store.UNKNOWN or (desk.now() - run.at).total_seconds() > 2 * seconds + 10
    back = undone.get(run.id) if run.state == store.UNDONE else None
    return AidRun(
        number=run.id,
        state=run.state,
        at=run.at,
        who=run.actor,
        automatic=run.automatic,
        undone_at=None if back is None else back.at,
        undone_by="" if back is None else back.actor,
        detail=run.detail,
        can_undo=may and run.state == store.DONE and action is not None and action.undo is not None,
        can_settle=may and run.state in store.OPEN and over,
    )


def _run_it(desk: Desk, who: Caller, number: int, action: str) -> object:
    _permitted(desk, who, number)
    try:
        return carrying_out.carry_out(desk, number, action, who.name)
    except NoSuchAction:
        raise HTTPException(404) from None


def _undo(desk: Desk, who: Caller, number: int, action: str, run: int) -> object:
    del action
    _permitted(desk, who, number)
    try:
        return carrying_out.take_back(desk, number, run, who.name)
    except (NoSuchRun, NoSuchAction):
        raise HTTPException(404) from None


def _settle(desk: Desk, who: Caller, number: int, action: str, run: int, happened: bool) -> object:  # noqa: FBT001  (as `FirstAid` calls it)
    del action
    _permitted(desk, who, number)
    try:
        return carrying_out.settle(desk, number, run, who.name, happened=happened)
    except NoSuchRun:
        raise HTTPException(404) from None


def _permitted(desk: Desk, who: Caller, number: int) -> None:
    """Lets those pass who may use first aid on this ticket.

    Raises:
        NoSuchTicket: There is none that the caller may see.
        NotAllowed: The caller may not do that.
    """
    ticket, _ = read(desk, who, number)
    roles.ensure(who.name, who.role, Deed.AID, ticket)


FIRST_AID = FirstAid(shown=shown, run=_run_it, undo=_undo, settle=_settle)
