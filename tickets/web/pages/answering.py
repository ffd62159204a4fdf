"""Pages as answers, also where something went wrong: in the same look, with what was written in a form."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from facts.message import Message, msg
from pages.tickets.page import problem_page
from pages.tickets.records import Around
from tickets.desk import Desk
from tickets.lifecycle import IllegalMove
from tickets.people.refusals import NoSuchAccount, NotAllowed, Refused, TooMany
from tickets.store.log import NoSuchTicket
from tickets.store.opening import StoreUnavailable
from tickets.web.caller import LIVE_HEADER
from tickets.web.pages.visit import LANGUAGE_COOKIE, Visit, here_of, language_of

# The page itself says which styles and scripts may run (by their hashes); browsers apply both policies.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    # Without any referrer a browser sends no origin with a form either, and the form would be taken for a stranger's.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
MARK = "X-Mark"
_YEAR = 366 * 86400
_KEPT_AT_MOST = 20
_SEES_OTHER = 303
_TOLD: dict[int, tuple[Message, Message]] = {
    401: (
        msg("Logged out"),
        msg("The session is over. Log in again; what you wrote is below, so that you can take it along."),
    ),
    403: (
        msg("Not allowed"),
        msg("This account may not do that, or the page was open for too long. Go back, load it again, and try again."),
    ),
    404: (msg("Not found"), msg("There is no such page or ticket, or none that you may see.")),
    405: (msg("Not found"), msg("There is no such page or ticket, or none that you may see.")),
    409: (msg("Not now"), msg("The ticket does not stand where this could be done.")),
    413: (msg("Too large"), msg("That is more than a request may hold; a file has at most 10 MB.")),
    429: (msg("Too often"), msg("Wait a little, then try again.")),
    503: (
        msg("Not ready"),
        msg("The ticket store does not answer now. Nothing is lost: alerts are sent again until they are taken in. Try again soon."),
    ),
}  # fmt: skip
_OTHERWISE = (msg("That did not work"), msg("The request does not have the form that is asked for."))


def html(visit: Visit, page: str, status: int = 200) -> HTMLResponse:
    """A page; a language that its address asks for is remembered."""
    answer = HTMLResponse(page, status, headers=dict(HEADERS))
    remember_language(visit.request, answer)
    return answer


def remember_language(request: Request, answer: Response) -> None:
    """Keeps the language that the address asks for in a cookie."""
    asked = request.query_params.get("lang")
    if asked in {"zh", "en"}:
        answer.set_cookie(
            LANGUAGE_COOKIE, asked, max_age=_YEAR, httponly=True, samesite="lax", secure=request.url.scheme == "https"
        )


def see(address: str, said: str = "") -> RedirectResponse:
    """Sends the browser on after a form; `said` names the line that is shown there."""
    further = f"{'&' if '?' in address else '?'}{urlencode({'said': said})}" if said else ""
    return RedirectResponse(f"{address}{further}", _SEES_OTHER, headers={"Cache-Control": "no-store"})


def is_unchanged(request: Request, mark: str) -> bool:
    """Whether a page that asks for news has this state already."""
    return bool(mark) and request.headers.get(MARK) == mark


def unchanged() -> Response:
    """Says that there are no news."""
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


class PageRoute(APIRoute):
    """A route that answers people: what it raises becomes a page, or the way to log in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with that around it."""
        handler = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handler(request)
            except (
                HTTPException, RequestValidationError, NoSuchTicket, IllegalMove, Refused, StoreUnavailable,
            ) as error:  # fmt: skip
                return await run_in_threadpool(_told, request, error, await _written(request))

        return handled


def _told(request: Request, error: Exception, kept: tuple[tuple[str, str], ...]) -> Response:
    status, reason = status_of(error)
    if status == 401 and request.headers.get(LIVE_HEADER):  # noqa: PLR2004  (of HTTP)
        return Response(status_code=status, headers={"Cache-Control": "no-store"})
    if status == 401 and not kept:  # noqa: PLR2004  (of HTTP)
        following = here_of(request) if request.method == "GET" else "/tickets"
        return see(f"/login?next={quote(following, safe='')}" if following != "/tickets" else "/login")
    title, detail = _TOLD.get(status, _OTHERWISE)
    visit: Visit | None = getattr(request.state, "visit", None)
    around = visit.around(here="/tickets") if visit is not None else stranger(request)
    back = "/login" if status == 401 else _back(request)  # noqa: PLR2004  (of HTTP)
    page = problem_page(around, status, title, detail if reason is None else reason, back, kept)
    answer = HTMLResponse(page, status, headers=dict(HEADERS))
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.seconds)
    if isinstance(error, StoreUnavailable):
        answer.headers["Retry-After"] = "5"
    return answer


def status_of(error: Exception) -> tuple[int, Message | None]:
    """The status of HTTP for what was raised, and what there is to say about it beyond that."""
    match error:
        case HTTPException():
            return error.status_code, None
        case NotAllowed() | NoSuchTicket():
            return (403 if isinstance(error, NotAllowed) else 404), None
        case NoSuchAccount():
            return 404, error.reason
        case TooMany():
            return 429, error.reason
        case Refused():
            return 422, error.reason
        case IllegalMove():
            return 409, error.reason
        case StoreUnavailable():
            return 503, None
        case RequestValidationError():
            # Only addresses are validated here, and one that has no such number leads nowhere.
            return 404, None
        case _:
            return 500, None


def stranger(request: Request) -> Around:
    """What surrounds a page for somebody who is not logged in."""
    desk: Desk | Callable[[], Desk | None] | None = getattr(request.app.state, "desk", None)
    found = desk() if callable(desk) else desk
    from tickets.desk import now

    return Around(
        mall=found.mall if found else "Tenfold",
        zone=found.timezone if found else "UTC",
        language=language_of(request),
        now=found.now() if found else now(),
        here=here_of(request) if request.method == "GET" else "/login",
    )


async def _written(request: Request) -> tuple[tuple[str, str], ...]:
    """What somebody wrote in a form of ours that cannot be accepted; nothing of a page of another site."""
    if request.method != "POST" or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return ()
    form = getattr(request, "_form", None)
    if not isinstance(form, FormData):
        return ()
    texts = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and value.strip()]
    return tuple((name, value) for name, value in texts if name not in _SECRET)[:_KEPT_AT_MOST]


_SECRET = frozenset({"csrf", "password", "next", "run", "token"})


def _back(request: Request) -> str:
    """The page of the ticket that was spoken of, else the board."""
    parts = request.url.path.split("/")
    is_ticket = len(parts) > 3 and parts[1] == "tickets" and parts[2].isdecimal()  # noqa: PLR2004  (/tickets/12/take)
    return f"/tickets/{int(parts[2][:18])}" if is_ticket else "/tickets"
