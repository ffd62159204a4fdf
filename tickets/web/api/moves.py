"""What can be done with a ticket: `POST /api/v1/tickets/{number}/…`; each answers the ticket as it is then."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from tickets import lifecycle
from tickets.events import Event, Stars
from tickets.names import Cause, Urgency, Waiting
from tickets.people.roles import Deed
from tickets.ticket import Ticket
from tickets.web import making
from tickets.web.api.shapes import PROBLEMS, Asked, TicketShown
from tickets.web.api.tickets import Number, answer
from tickets.web.caller import AnyCaller, TheDesk
from tickets.web.making import Move
from tickets.web.texts import Instant, Line, Prose, TicketNumber, Words

Somebody = Annotated[Line, Field(min_length=1)]


class Assignment(Asked):
    """Who becomes responsible."""

    owner: Somebody
    note: Prose = ""


class Plan(Asked):
    """What will be done."""

    plan: Words
    expected_at: Instant | None = Field(None, description="When it will be solved")


class Expectation(Asked):
    """When it will be solved."""

    expected_at: Instant


class Pause(Asked):
    """For whom the ticket waits."""

    waiting_for: Waiting
    note: Prose = ""


class UrgencyChange(Asked):
    """How soon it has to be dealt with."""

    urgency: Urgency
    reason: Prose = ""


class AreaChange(Asked):
    """The part of the mall it belongs to."""

    area: Line


class Resolution(Asked):
    """How it was solved, so that the next one can be solved by it."""

    solution: Words
    steps: Words
    cautions: Words = Field(description="'none' where there is none")
    cause: Cause | None = None


class RatingGiven(Asked):
    """What the reporter thinks of it, 1 to 5 each."""

    attitude: Stars
    speed: Stars
    result: Stars
    comment: Prose = ""


class Reason(Asked):
    """Why."""

    reason: Prose = ""


class Merge(Asked):
    """The ticket that goes on."""

    into: TicketNumber


class Comment(Asked):
    """What somebody says."""

    text: Words
    internal: bool = Field(default=False, description="The reporter does not see it; for engineers")


def routes() -> APIRouter:  # noqa: C901  (one route a move)
    """The routes."""
    router = APIRouter(prefix="/api/v1/tickets/{number}", tags=["tickets"], responses=PROBLEMS)

    def made(desk: TheDesk, who: AnyCaller, number: int, deed: Deed, move: Move) -> TicketShown:
        making.make(desk, who, number, deed, move)
        return answer(desk, who, number)

    @router.post("/take", summary="Begin to work on it: the first response")
    def take(desk: TheDesk, who: AnyCaller, number: Number) -> TicketShown:
        return made(desk, who, number, Deed.TAKE, lambda ticket: lifecycle.take(ticket, who.name))

    @router.post("/assign", summary="Make somebody responsible, or hand over")
    def assign(desk: TheDesk, who: AnyCaller, number: Number, body: Assignment) -> TicketShown:
        making.assign(desk, who, number, body.owner, body.note)
        return answer(desk, who, number)

    @router.post("/plan", summary="Say what will be done")
    def plan(desk: TheDesk, who: AnyCaller, number: Number, body: Plan) -> TicketShown:
        by = making.still_to_come(desk, body.expected_at)

        def move(ticket: Ticket) -> Sequence[Event]:
            return lifecycle.plan(ticket, body.plan, by)

        return made(desk, who, number, Deed.PLAN, move)

    @router.post("/expect", summary="Say when it will be solved")
    def expect(desk: TheDesk, who: AnyCaller, number: Number, body: Expectation) -> TicketShown:
        making.still_to_come(desk, body.expected_at)
        return made(desk, who, number, Deed.EXPECT, lambda ticket: lifecycle.expect(ticket, body.expected_at))

    @router.post("/pause", summary="The clocks stand while somebody else has to act")
    def pause(desk: TheDesk, who: AnyCaller, number: Number, body: Pause) -> TicketShown:
        return made(desk, who, number, Deed.PAUSE, lambda ticket: lifecycle.pause(ticket, body.waiting_for, body.note))

    @router.post("/resume", summary="The clocks run again")
    def resume(desk: TheDesk, who: AnyCaller, number: Number) -> TicketShown:
        return made(desk, who, number, Deed.RESUME, lifecycle.resume)

    @router.post("/urgency", summary="It matters more, or less, than was thought")
    def urgency(desk: TheDesk, who: AnyCaller, number: Number, body: UrgencyChange) -> TicketShown:
        def move(ticket: Ticket) -> Sequence[Event]:
            return lifecycle.change_urgency(ticket, body.urgency, body.reason)

        return made(desk, who, number, Deed.URGENCY, move)

    @router.post("/area", summary="It belongs to another part of the mall")
    def area(desk: TheDesk, who: AnyCaller, number: Number, body: AreaChange) -> TicketShown:
        return made(desk, who, number, Deed.AREA, lambda ticket: lifecycle.change_area(ticket, body.area))

    @router.post("/resolve", summary="It is solved: solution, steps and cautions")
    def resolve(desk: TheDesk, who: AnyCaller, number: Number, body: Resolution) -> TicketShown:
        def move(ticket: Ticket) -> Sequence[Event]:
            return lifecycle.resolve(ticket, body.solution, body.steps, body.cautions, body.cause)

        return made(desk, who, number, Deed.RESOLVE, move)

    @router.post("/close", summary="Nothing more is to be done")
    def close(desk: TheDesk, who: AnyCaller, number: Number) -> TicketShown:
        return made(desk, who, number, Deed.CLOSE, lifecycle.close)

    @router.post("/rate", summary="The reporter's word on it; it closes a resolved ticket")
    def rate(desk: TheDesk, who: AnyCaller, number: Number, body: RatingGiven) -> TicketShown:
        def move(ticket: Ticket) -> Sequence[Event]:
            return lifecycle.rate(ticket, body.attitude, body.speed, body.result, body.comment)

        return made(desk, who, number, Deed.RATE, move)

    @router.post("/reopen", summary="It was not solved after all")
    def reopen(desk: TheDesk, who: AnyCaller, number: Number, body: Reason | None = None) -> TicketShown:
        reason = "" if body is None else body.reason
        return made(desk, who, number, Deed.REOPEN, lambda ticket: lifecycle.reopen(ticket, reason))

    @router.post("/merge", summary="It is the same trouble as another ticket's, which goes on")
    def merge(desk: TheDesk, who: AnyCaller, number: Number, body: Merge) -> TicketShown:
        making.merge(desk, who, number, body.into)
        return answer(desk, who, number)

    @router.post("/comment", summary="Say something")
    def comment(desk: TheDesk, who: AnyCaller, number: Number, body: Comment) -> TicketShown:
        def move(ticket: Ticket) -> Sequence[Event]:
            return lifecycle.comment(ticket, body.text, internal=body.internal)

        return made(desk, who, number, Deed.COMMENT_INTERNALLY if body.internal else Deed.COMMENT, move)

    return router
