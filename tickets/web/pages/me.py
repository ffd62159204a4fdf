"""One's own account: another password."""

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from facts.message import Message, msg
from pages.tickets.page import me_page
from tickets.people.accounts import By
from tickets.people.refusals import NotAllowed, Refused
from tickets.people.sessions import change_own_password
from tickets.web.caller import COOKIE
from tickets.web.pages.answering import PageRoute, html, see, status_of
from tickets.web.pages.forms import AnyForm
from tickets.web.pages.visit import AnyVisit, Visit

SAID: dict[str, Message] = {"password": msg("The password is changed; your other sessions are over.")}


def routes() -> APIRouter:
    """`/tickets/me`."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/tickets/me")
    def me(visit: AnyVisit, said: str = "") -> Response:
        return _shown(visit, said=SAID.get(said))

    @router.post("/tickets/me/password")
    def password(visit: AnyVisit, form: AnyForm) -> Response:
        secret = visit.request.cookies.get(COOKIE)
        if not visit.who.session or not secret:
            raise HTTPException(409)
        old, new = form.texts.get("old", ""), form.texts.get("password", "")
        if new != form.texts.get("again", ""):
            return _shown(visit, problem=msg("The new password was not typed the same twice."), status=422)
        try:
            change_own_password(visit.desk, secret, visit.who.name, old, new, by=By(visit.who.name, visit.who.address))
        except NotAllowed:
            raise
        except Refused as error:
            return _shown(visit, problem=error.reason, status=status_of(error)[0])
        return see("/tickets/me", "password")

    return router


def _shown(visit: Visit, *, said: Message | None = None, problem: Message | None = None, status: int = 200) -> Response:
    around = visit.around("me", here="/tickets/me", said=said)
    return html(visit, me_page(around, problem), status)
