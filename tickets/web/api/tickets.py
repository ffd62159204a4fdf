"""Tickets are opened, listed and read: `/api/v1/tickets`."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from pydantic import BeforeValidator, Field

from tickets.desk import Desk
from tickets.names import OPEN, Role, State, Urgency
from tickets.sla.showing import clocks_shown
from tickets.store.listing import Order, Wanted
from tickets.web import making
from tickets.web.api.shapes import PROBLEMS, Asked, TicketBrief, TicketList, TicketShown, shown
from tickets.web.caller import AnyCaller, Caller, TheDesk
from tickets.web.finding import tickets_page
from tickets.web.texts import Line, Prose, TicketNumber, Title

PAGE_AT_MOST, PER_PAGE, PER_PAGE_AT_MOST = 100_000, 50, 200

Number = Annotated[TicketNumber, Path(description="The ticket's number: 12 for T-12")]


class StateAsked(StrEnum):
    """A state, `open` for both in which something has still to be done, or nothing for any."""

    ANY = ""
    OPEN = "open"
    WAITING = "waiting"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


class UrgencyAsked(StrEnum):
    """An urgency, or nothing for any."""

    ANY = ""
    URGENT = "urgent"
    IMPORTANT = "important"
    NORMAL = "normal"


class NewTicket(Asked):
    """A ticket that is wanted."""

    title: Title
    summary: Prose = ""
    urgency: Urgency = Urgency.NORMAL
    area: Line = ""
    owner: Line | None = Field(None, description="Who is responsible from the start; for engineers")
    reporter: Line | None = Field(
        None, description="In whose name; for engineers. Else the caller's, and nobody's for a machine"
    )


def _or(default: int) -> BeforeValidator:
    """A parameter that was left empty counts as left out."""

    def filled(value: Any) -> Any:
        return default if value == "" else value

    return BeforeValidator(filled)


def routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], responses=PROBLEMS)

    @router.post("", status_code=201, summary="Open a ticket")
    def open_ticket(
        desk: TheDesk,
        who: AnyCaller,
        body: NewTicket,
        idempotency_key: Annotated[
            str,
            Header(max_length=200, description="Sent again while the ticket is open, it is answered with that ticket"),
        ] = "",
    ) -> TicketShown:
        ticket = making.open_ticket(
            desk, who, title=body.title, summary=body.summary, urgency=body.urgency, area=body.area, owner=body.owner,
            reporter=body.reporter, once=idempotency_key,
        )  # fmt: skip
        # In somebody else's name, or by a machine: the opener is told, whoever may read it later.
        return answer(desk, who, ticket.number)

    @router.get("", summary="Tickets by filters; a reporter sees only their own")
    def tickets(
        desk: TheDesk,
        who: AnyCaller,
        state: Annotated[list[StateAsked], Query(max_length=6)] = [],  # noqa: B006  (FastAPI copies it)
        urgency: Annotated[list[UrgencyAsked], Query(max_length=4)] = [],  # noqa: B006  (the same)
        area: Annotated[Line, Query()] = "",
        owner: Annotated[Line, Query(description="An account, `me`, or `nobody`")] = "",
        source: Annotated[Line, Query()] = "",
        q: Annotated[Line, Query(description="Words of the ticket, or its number")] = "",
        sort: Annotated[Order, Query()] = Order.NEWEST,
        page: Annotated[int, Query(ge=1, le=PAGE_AT_MOST), _or(1)] = 1,
        per_page: Annotated[int, Query(ge=1, le=PER_PAGE_AT_MOST), _or(PER_PAGE)] = PER_PAGE,
    ) -> TicketList:
        wanted = Wanted(
            states=_states(state),
            urgencies=[Urgency(each.value) for each in urgency if each is not UrgencyAsked.ANY],
            area=area,
            owner=who.name if owner == "me" else "" if owner == "nobody" else owner,
            nobodys=owner == "nobody",
            reporter=who.name if who.role is Role.REPORTER else "",
            source=source,
            text=q,
            order=sort,
        )
        with desk.store.read() as connection:
            rows, total = tickets_page(connection, wanted, number=page, size=per_page)
        return TicketList(items=[TicketBrief.of(row) for row in rows], total=total)

    @router.get("/{number}", summary="A ticket with events, clocks and evidence")
    def ticket(desk: TheDesk, who: AnyCaller, number: Number) -> TicketShown:
        return answer(desk, who, number)

    return router


def answer(desk: Desk, who: Caller, number: int) -> TicketShown:
    """The ticket as the caller may see it.

    Raises:
        NoSuchTicket: There is none that the caller may see.
    """
    ticket, log = making.read(desk, who, number)
    return shown(ticket, log, clocks_shown(desk, log), who)


def _states(asked: list[StateAsked]) -> set[State]:
    states = {State(each.value) for each in asked if each not in {StateAsked.ANY, StateAsked.OPEN}}
    return states | set(OPEN) if StateAsked.OPEN in asked else states
