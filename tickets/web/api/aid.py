"""First aid: what is proposed for a ticket, what was carried out, and the click that carries it out or takes it back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from tickets import events
from tickets.aid import carrying_out
from tickets.aid.carrying_out import NoSuchAction
from tickets.aid.proposing import fits
from tickets.desk import Desk
from tickets.names import Role
from tickets.store import aid, log
from tickets.store.aid import NoSuchRun, Run
from tickets.store.log import NoSuchTicket
from tickets.ticket import replay
from tickets.web.caller import Caller, only, the_desk

TheDesk = Annotated[Desk, Depends(the_desk)]
Staff = Annotated[Caller, Depends(only(Role.ENGINEER, Role.LEAD, Role.ADMIN))]


class Offered(BaseModel):
    """An action that can be carried out for a ticket; of its call no more than its host is told."""

    name: str
    title: str
    proposed: bool
    because: str
    undoable: bool
    automatic: Annotated[bool, Field(description="It is carried out without a person.")]


class Carried(BaseModel):
    """One time that an action was carried out, or tried."""

    run: int
    action: str
    at: datetime
    actor: str
    automatic: bool
    state: Annotated[str, Field(description="started, done, failed, unknown, undoing or undone.")]
    detail: str


class AidOfTicket(BaseModel):
    """All of a ticket's first aid."""

    actions: Sequence[Offered]
    runs: Sequence[Carried]


class Settlement(BaseModel):
    """What a person has found out."""

    happened: Annotated[bool, Field(description="The action is in force now.")]


def routes() -> APIRouter:
    """The addresses."""
    router = APIRouter(prefix="/api/v1", tags=["first aid"])

    @router.get("/tickets/{number}/aid")
    def offered(number: int, desk: TheDesk, _who: Staff) -> AidOfTicket:
        """Actions that fit the ticket, and what became of those that were carried out."""
        with desk.store.read() as connection:
            entries, runs = log.load_log(connection, number), aid.of_ticket(connection, number)
        if not entries:
            raise NoSuchTicket(number)
        ticket = replay(number, entries)
        proposed = {
            each.event.action: each.event.because for each in entries if isinstance(each.event, events.AidProposed)
        }
        actions = [
            Offered(
                name=each.name, title=each.title, proposed=each.name in proposed, because=str(proposed.get(each.name, "")),
                undoable=each.undo is not None, automatic=desk.aid.is_automatic(each),
            )
            for each in desk.aid.actions
            if each.name in proposed or fits(each, ticket)
        ]  # fmt: skip
        return AidOfTicket(actions=actions, runs=[_carried(each) for each in runs])

    @router.post("/tickets/{number}/aid/{action}")
    def carry_out(number: int, action: str, desk: TheDesk, who: Staff) -> Carried:
        """Carries the action out, once; 409 while the outcome of an earlier time is unknown."""
        try:
            return _carried(carrying_out.carry_out(desk, number, action, who.name))
        except NoSuchAction:
            raise HTTPException(404, "There is no such action; [[action]] configures them.") from None

    @router.post("/tickets/{number}/aid/runs/{run}/undo")
    def undo(number: int, run: int, desk: TheDesk, who: Staff) -> Carried:
        """Takes an action back."""
        try:
            return _carried(carrying_out.take_back(desk, number, run, who.name))
        except (NoSuchRun, NoSuchAction):
            raise HTTPException(404, "There is nothing of that number to undo.") from None

    @router.post("/tickets/{number}/aid/runs/{run}/settle")
    def settle(number: int, run: int, settlement: Settlement, desk: TheDesk, who: Staff) -> Carried:
        """Says how an action ended of which nobody knew."""
        try:
            return _carried(carrying_out.settle(desk, number, run, who.name, happened=settlement.happened))
        except NoSuchRun:
            raise HTTPException(404, "There is nothing of that number to settle.") from None

    return router


def _carried(run: Run) -> Carried:
    return Carried(
        run=run.id,
        action=run.action,
        at=run.at,
        actor=run.actor,
        automatic=run.automatic,
        state=run.state,
        detail=str(run.detail),
    )
