"""Logging in and out: `/api/v1/sessions`."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, SecretStr
from starlette.exceptions import HTTPException

from tickets.names import Role
from tickets.people import sessions
from tickets.people.accounts import By
from tickets.web.api.shapes import PROBLEMS, Asked
from tickets.web.caller import COOKIE, AnyCaller, Caller, TheDesk, address_of, refuse_foreign

Password = Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class Login(Asked):
    """Name and password."""

    name: str = Field(min_length=1, max_length=200)
    password: Password


class NewPassword(Asked):
    """The password until now, and the one from now on."""

    old: Password
    new: Password


class Me(BaseModel):
    """Who the caller is."""

    name: str
    role: Role
    lang: str = Field(description="zh, en, or empty for what the browser asks for")
    csrf: str = Field(description="For the header `X-CSRF-Token`; empty for a token, which needs none")


def routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/v1/sessions", tags=["people"], responses=PROBLEMS)

    @router.post("", status_code=201, summary="Log in: a session in a cookie")
    def log_in(request: Request, response: Response, desk: TheDesk, body: Login) -> Me:
        refuse_foreign(request)
        begun = sessions.log_in(desk, body.name, body.password.get_secret_value(), address_of(request))
        set_cookie(request, response, begun.secret)
        account = begun.account
        return Me(name=account.name, role=account.role, lang=account.lang, csrf=begun.csrf)

    @router.get("/current", summary="Who the caller is, by session or token")
    def current(who: AnyCaller) -> Me:
        return Me(name=who.name, role=who.role, lang=who.lang, csrf=who.csrf)

    @router.delete("/current", status_code=204, summary="Log out")
    def log_out(request: Request, response: Response, desk: TheDesk, who: AnyCaller) -> None:
        sessions.log_out(desk, _secret(request, who), by=By(who.name, who.address))
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=_is_https(request))

    @router.post("/password", status_code=204, summary="Choose another password; other sessions end")
    def password(request: Request, desk: TheDesk, who: AnyCaller, body: NewPassword) -> None:
        sessions.change_own_password(
            desk, _secret(request, who), who.name, body.old.get_secret_value(), body.new.get_secret_value(),
            by=By(who.name, who.address),
        )  # fmt: skip

    return router


def set_cookie(request: Request, response: Response, secret: str) -> None:
    """Gives the browser its session: no script can read it, and no other site's form can send it."""
    response.set_cookie(
        COOKIE, secret, max_age=int(sessions.LIFETIME.total_seconds()), path="/", httponly=True, samesite="lax",
        secure=_is_https(request),
    )  # fmt: skip


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https"


def _secret(request: Request, who: Caller) -> str:
    if not who.session:
        raise HTTPException(409, "A token has no session.")
    return request.cookies[COOKIE]
