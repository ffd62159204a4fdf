"""Who calls, and what they may: dependencies for routes."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request
from starlette.exceptions import HTTPException

from tickets.desk import Desk
from tickets.names import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who has proved who they are, by a token or a session.

    Attributes:
        name: Of the account, or of the machine's token.
        role: What they may.
        session: It is a browser with a cookie, so that changes need the session's CSRF token.
    """

    name: str
    role: Role
    session: bool = False


def the_desk(request: Request) -> Desk:
    """The desk that serves this process.

    Raises:
        HTTPException: 503: its store could not be opened yet.
    """
    desk: Desk | None = request.app.state.desk
    if desk is None:
        raise HTTPException(503, "The ticket store is not open yet.")
    return desk


def caller(request: Request) -> Caller:
    """Who calls.

    Raises:
        HTTPException: 401: nobody that we know.
    """
    del request
    raise HTTPException(401, "Log in, or send a token.", {"WWW-Authenticate": "Bearer"})


def only(*roles: Role) -> Callable[[Request], Caller]:
    """A dependency that lets these roles pass.

    Raises:
        HTTPException: 401 or 403.
    """

    def allowed(request: Request) -> Caller:
        who = caller(request)
        if who.role not in roles:
            raise HTTPException(403, "This account may not do that.")
        return who

    return allowed
