"""The incident report of a ticket, and the tickets that its improvements are made: for engineers."""

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from tickets.names import Role
from tickets.web.making import read
from tickets.web.pages.answering import PageRoute, html, see
from tickets.web.pages.ticket import Number
from tickets.web.pages.visit import AnyVisit, Visit


def routes() -> APIRouter:
    """`/tickets/12/report`, and the forms on it."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/tickets/{number:int}/report")
    def report(visit: AnyVisit, number: Number) -> Response:
        _ensure(visit, number)
        made = visit.parts.report(visit.desk, visit.who, number, visit.language) if visit.parts.report else None
        if made is None:
            raise HTTPException(404)
        return html(visit, made)

    @router.post("/tickets/{number:int}/report/follow-ups/{code}")
    def follow(visit: AnyVisit, number: Number, code: str) -> Response:
        _ensure(visit, number)
        if visit.parts.follow_up is None:
            raise HTTPException(404)
        visit.parts.follow_up(visit.desk, visit.who, number, code, visit.language)
        return see(f"/tickets/{number}/report#improvements")

    return router


def _ensure(visit: Visit, number: int) -> None:
    """Lets engineers pass to a ticket that is there."""
    visit.ensure(Role.ENGINEER)
    read(visit.desk, visit.who, number)
