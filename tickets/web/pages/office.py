"""Figures, the ledger and the quarantine: for leads."""

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from facts.message import Message, msg
from pages.tickets import page
from tickets.names import Role
from tickets.web.pages.answering import PageRoute, html, see
from tickets.web.pages.ticket import Number
from tickets.web.pages.visit import AnyVisit

SAID: dict[str, Message] = {"replayed": msg("It was tried again; what became of it is in the ledger.")}


def routes() -> APIRouter:
    """`/tickets/figures`, `/tickets/ledger` and `/tickets/quarantine`."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/tickets/figures")
    def figures(visit: AnyVisit) -> Response:
        visit.ensure(Role.LEAD)
        if visit.parts.figures is None:
            raise HTTPException(404)
        return html(visit, page.figures_page(visit.around("figures"), visit.parts.figures(visit.desk)))

    @router.get("/tickets/ledger")
    def ledger(visit: AnyVisit) -> Response:
        visit.ensure(Role.LEAD)
        if visit.parts.ledger is None:
            raise HTTPException(404)
        return html(visit, page.ledger_page(visit.around("ledger"), visit.parts.ledger(visit.desk)))

    @router.get("/tickets/quarantine")
    def quarantine(visit: AnyVisit, said: str = "") -> Response:
        visit.ensure(Role.LEAD)
        if visit.parts.quarantine is None:
            raise HTTPException(404)
        around = visit.around("quarantine", said=SAID.get(said))
        return html(visit, page.quarantine_page(around, visit.parts.quarantine(visit.desk)))

    @router.post("/tickets/quarantine/{number:int}/replay")
    def replay(visit: AnyVisit, number: Number) -> Response:
        visit.ensure(Role.LEAD)
        if visit.parts.replay is None:
            raise HTTPException(404)
        visit.parts.replay(visit.request, visit.desk, visit.who, number)
        return see("/tickets/quarantine", "replayed")

    return router
