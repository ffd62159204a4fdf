"""Who calls, and what they may: dependencies for routes.

A program sends `Authorization: Bearer tf_…`. A browser has the session's cookie; whatever changes something needs the session's CSRF
token as well (header `X-CSRF-Token` or form field `csrf`), and must come from our own pages as far as the browser tells.
"""

import hmac
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from tickets.desk import Desk
from tickets.names import Role
from tickets.people.roles import includes
from tickets.people.sessions import session
from tickets.people.tokens import authenticate_token

COOKIE, CSRF_HEADER, CSRF_FIELD = "tenfold_session", "X-CSRF-Token", "csrf"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
# A page that asks for news by itself keeps no session alive.
BY_ITSELF, LIVE_HEADER = "/api/v1/tickets/changes", "X-Live"

_bearer = HTTPBearer(
    scheme_name="token", description="A token of `tenfold tokens create`.", auto_error=False, bearerFormat="tf_…"
)
_cookie = APIKeyCookie(
    name=COOKIE,
    scheme_name="session",
    description=f"A session of `POST /api/v1/sessions`; what changes something needs the header `{CSRF_HEADER}` too.",
    auto_error=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who has proved who they are, by a token or a session.

    Attributes:
        name: Of the account, or of the machine's token.
        role: What they may.
        session: It is a browser with a cookie, so that changes need the session's CSRF token.
        csrf: The session's CSRF token, for the forms of our pages; empty for a token.
        lang: What the account has chosen; empty for what the browser asks for.
        address: From where.
    """

    name: str
    role: Role
    session: bool = False
    csrf: str = ""
    lang: str = ""
    address: str = ""


def the_desk(request: Request) -> Desk:
    """The desk that serves this process.

    Raises:
        HTTPException: 503: its store could not be opened yet.
    """
    desk: Desk | Callable[[], Desk | None] | None = request.app.state.desk
    found = desk() if callable(desk) else desk
    if found is None:
        raise HTTPException(503, "The ticket store is not open yet.")
    return found


TheDesk = Annotated[Desk, Depends(the_desk)]


def address_of(request: Request) -> str:
    """Where a request comes from, as the server knows it (uvicorn follows `--forwarded-allow-ips`)."""
    return request.client.host[:100] if request.client else ""


async def csrf_given(request: Request) -> AsyncIterator[str]:
    """The CSRF token that came with the request, in its header or in its form."""
    given = request.headers.get(CSRF_HEADER, "")
    form: FormData | None = None
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not given and request.method not in SAFE_METHODS and kind in FORMS and COOKIE in request.cookies:
        form = await request.form()
        field = form.get(CSRF_FIELD)
        given = field if isinstance(field, str) else ""
    try:
        yield given
    finally:
        if form is not None:
            await form.close()


def caller(
    request: Request,
    desk: TheDesk,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    cookie: Annotated[str | None, Depends(_cookie)],
    csrf: Annotated[str, Depends(csrf_given)],
) -> Caller:
    """Who calls.

    Raises:
        HTTPException: 401: nobody that we know. 403: a forged request, or one that looks like it.
    """
    if bearer is not None:
        known = authenticate_token(desk, bearer.credentials)
        if known is None:
            raise HTTPException(
                401, "The token is not known, or is worth nothing any more.", {"WWW-Authenticate": "Bearer"}
            )
        return Caller(name=known.name, role=known.role, address=address_of(request))
    by_itself = request.scope["path"] == BY_ITSELF or LIVE_HEADER in request.headers
    found = session(desk, cookie, touch=not by_itself) if cookie else None
    if found is None:
        raise HTTPException(401, "Log in, or send a token.", {"WWW-Authenticate": "Bearer"})
    if request.method not in SAFE_METHODS:
        refuse_foreign(request)
        if not hmac.compare_digest(csrf.encode("utf-8", "replace"), found.csrf.encode()):
            raise HTTPException(
                403, f"The session's CSRF token is missing: header {CSRF_HEADER} or form field {CSRF_FIELD}."
            )
    account = found.account
    return Caller(
        name=account.name, role=account.role, session=True, csrf=found.csrf, lang=account.lang,
        address=address_of(request),
    )  # fmt: skip


def refuse_foreign(request: Request) -> None:
    """Lets a browser's request pass only where it comes from our own pages, as far as the browser tells.

    Raises:
        HTTPException: 403: another site's page has sent it.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    # The scheme is left out: behind a proxy that ends TLS we do not know it.
    foreign = origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("Host", "").lower()
    if foreign or site not in {None, "same-origin", "none"}:
        raise HTTPException(403, "The request comes from another site's page.")


AnyCaller = Annotated[Caller, Depends(caller)]


def only(*roles: Role) -> Callable[[Caller], Caller]:
    """A dependency that lets these roles pass, and people whose role includes one of them.

    Raises:
        HTTPException: 401 or 403.
    """

    def allowed(who: AnyCaller) -> Caller:
        if not any(includes(who.role, least) for least in roles):
            raise HTTPException(403, "This account may not do that.")
        return who

    return allowed
