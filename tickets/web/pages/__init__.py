"""The pages for people: routes that fill the records of `pages.tickets`. Every change is a form; scripts only make it livelier."""

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from tickets.web.pages import accounts, audited, board, entry, me, moves, office, reports, ticket, windows
from tickets.web.pages.answering import PageRoute
from tickets.web.pages.visit import AnyVisit


def routes() -> APIRouter:
    """All of them; of two that fit an address, the first one answers."""
    router = APIRouter()
    for each in (entry, board, office, windows, accounts, audited, me, ticket, reports, moves):
        router.include_router(each.routes())
    last = APIRouter(route_class=PageRoute, include_in_schema=False)

    @last.get("/tickets/{rest:path}")
    def nowhere(visit: AnyVisit, rest: str) -> Response:
        del visit, rest
        raise HTTPException(404)

    router.include_router(last)
    return router
