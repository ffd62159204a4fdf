"""Logging in and out."""

import secrets

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from facts.message import Message, msg
from pages.tickets.page import login_page
from tickets.people.accounts import By
from tickets.people.refusals import Refused
from tickets.people.sessions import log_in, log_out
from tickets.web.api.sessions import set_cookie
from tickets.web.caller import COOKIE, TheDesk, address_of, refuse_foreign
from tickets.web.pages.answering import HEADERS, PageRoute, remember_language, see, status_of, stranger
from tickets.web.pages.forms import AnyForm
from tickets.web.pages.visit import AnyVisit

# A form's token for somebody without a session: the same in a cookie and in the form (OWASP's double submit).
LOGIN_COOKIE = "tenfold_login"
_LOGIN_SECONDS = 3600


def routes() -> APIRouter:
    """`/login` and `/logout`."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/login")
    def blank(request: Request, desk: TheDesk) -> Response:
        del desk
        return _login(request, following=ours(request.query_params.get("next", "")))

    @router.post("/login")
    def entered(request: Request, desk: TheDesk, form: AnyForm) -> Response:
        refuse_foreign(request)
        name, following = form.texts.get("name", "").strip()[:100], ours(form.texts.get("next", ""))
        given, expected = form.texts.get("csrf", ""), request.cookies.get(LOGIN_COOKIE, "")
        if not expected or not secrets.compare_digest(given.encode(), expected.encode()):
            problem = msg("The page was open for too long, or the browser keeps no cookies. Try again.")
            return _login(request, name=name, following=following, problem=problem, status=403)
        try:
            begun = log_in(desk, name, form.texts.get("password", ""), address_of(request))
        except Refused as error:
            status = status_of(error)[0]
            return _login(
                request, name=name, following=following, problem=error.reason, status=429 if status == 429 else 401  # noqa: PLR2004
            )  # fmt: skip
        answer = see(following or "/tickets")
        set_cookie(request, answer, begun.secret)
        answer.delete_cookie(LOGIN_COOKIE, path="/login")
        return answer

    @router.post("/logout")
    def left(visit: AnyVisit) -> Response:
        secret = visit.request.cookies.get(COOKIE)
        if secret:
            log_out(visit.desk, secret, by=By(visit.who.name, visit.who.address))
        answer = see("/login")
        answer.delete_cookie(COOKIE, path="/")
        return answer

    return router


def ours(address: str) -> str:
    """The address if it is one of our pages; else empty, so that nobody is sent to a stranger's by a forged link."""
    fits = address == "/tickets" or address.startswith(("/tickets/", "/tickets?"))
    # A browser reads a backslash as a slash, and drops line ends.
    return address if fits and len(address) < 2000 and "\\" not in address and address.isprintable() else ""  # noqa: PLR2004


def _login(
    request: Request, *, name: str = "", following: str = "", problem: Message | None = None, status: int = 200
) -> Response:
    csrf = request.cookies.get(LOGIN_COOKIE) or secrets.token_urlsafe(24)
    around = stranger(request)
    answer = HTMLResponse(
        login_page(around, name=name, following=following, csrf=csrf, problem=problem), status, headers=dict(HEADERS)
    )
    answer.set_cookie(
        LOGIN_COOKIE, csrf, max_age=_LOGIN_SECONDS, path="/login", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    remember_language(request, answer)
    return answer
