"""The claim link: a page that asks, and the click that takes the ticket. No login: the link itself is the proof.

Chats fetch every link for a preview, so a GET changes nothing.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from pages.tickets.claim import ClaimView, claim_page
from pages.translation import LANGUAGES, Language
from tickets.desk import Desk
from tickets.notify.claiming import Claim, Standing, claim, look
from tickets.web.caller import TheDesk, address_of

STATUSES: Final[Mapping[Standing, HTTPStatus]] = {
    Standing.GOOD: HTTPStatus.OK,
    Standing.CLAIMED: HTTPStatus.OK,
    Standing.FORGED: HTTPStatus.BAD_REQUEST,
    Standing.EXPIRED: HTTPStatus.GONE,
    Standing.USED: HTTPStatus.GONE,
    Standing.ENDED: HTTPStatus.GONE,
    Standing.TAKEN: HTTPStatus.CONFLICT,
    Standing.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
}
# The address is a secret while it works: nobody keeps it, nobody is told of it.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def routes() -> APIRouter:
    """The two addresses."""
    router = APIRouter(include_in_schema=False)

    @router.get("/claim/{token}", response_class=HTMLResponse)
    def ask(token: str, request: Request, desk: TheDesk) -> HTMLResponse:
        return _page(request, desk, look(desk, token))

    @router.head("/claim/{token}")
    def head(token: str, request: Request, desk: TheDesk) -> HTMLResponse:
        return _page(request, desk, look(desk, token))

    @router.post("/claim/{token}", response_class=HTMLResponse)
    def take(token: str, request: Request, desk: TheDesk) -> HTMLResponse:
        return _page(request, desk, claim(desk, token, address_of(request)))

    return router


def _page(request: Request, desk: Desk, found: Claim) -> HTMLResponse:
    ticket = found.ticket
    view = ClaimView(
        mall=desk.mall,
        standing=found.standing.value,
        account=found.account,
        ticket="" if ticket is None else ticket.name,
        title="" if ticket is None else ticket.title,
        urgency="" if ticket is None else ticket.urgency.value,
        owner="" if ticket is None else ticket.owner or "",
        page="" if ticket is None else desk.notifying.page(ticket.number),
    )
    return HTMLResponse(claim_page(view, _language(request, found)), STATUSES[found.standing], HEADERS)


def _language(request: Request, found: Claim) -> Language:
    """What the address asks for, else the account's own, else what the browser wants first."""
    wanted = request.headers.get("Accept-Language", "")[:200].lower().replace(",", " ").split()
    for asked in (request.query_params.get("lang", ""), found.lang, *wanted):
        for language in LANGUAGES:
            if asked.partition("-")[0].partition(";")[0] == language:
                return language
    return "en"
