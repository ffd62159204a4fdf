"""Deployments and configuration changes: told by whoever makes them, so that a fault that follows finds them."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from tickets.desk import Change
from tickets.names import Role
from tickets.web.caller import Caller, only, the_desk
from tickets.web.problems import problem

Engineer = Annotated[Caller, Depends(only(Role.MACHINE, Role.ENGINEER, Role.LEAD, Role.ADMIN))]
WHAT_AT_MOST = 500
CHANGES_AT_MOST = 500


class Told(BaseModel):
    """A change.

    Attributes:
        kind: A new version of the program, or another configuration.
        what: Which, in one line.
        at: Now, when it is not given.
    """

    kind: Literal["deployment", "configuration"]
    what: Annotated[str, Field(min_length=1, max_length=WHAT_AT_MOST, pattern=r"^[^\x00]+$")]
    at: AwareDatetime | None = None


class Recorded(BaseModel):
    """A change that is kept."""

    kind: str
    what: str
    at: datetime


class Changes(BaseModel):
    """Changes, the newest first."""

    items: list[Recorded]


def routes() -> APIRouter:
    """The addresses."""
    router = APIRouter(prefix="/api/v1", tags=["changes"])

    @router.post(
        "/changes",
        status_code=201,
        response_model=Recorded,
        responses={503: {"description": "This service keeps no changes."}},
    )
    def tell(request: Request, told: Told, _caller: Engineer) -> Recorded | JSONResponse:
        """A deployment or a configuration change has been made."""
        desk = the_desk(request)
        if desk.hands.record_change is None:
            return problem(503, "Service Unavailable", "This service keeps no changes.")
        change = Change(kind=told.kind, what=" ".join(told.what.split()) or "?", at=told.at or desk.now())
        try:
            desk.hands.record_change(change)
        except OSError as error:
            return problem(503, "Service Unavailable", f"The change could not be kept: {error.strerror}.")
        return Recorded(kind=change.kind, what=change.what, at=change.at)

    @router.get("/changes")
    def since(request: Request, _caller: Engineer, hours: Annotated[float, Query(gt=0, le=24 * 366)] = 24.0) -> Changes:
        """What has been changed of late."""
        desk = the_desk(request)
        changes = sorted(
            desk.hands.changes(desk.now() - timedelta(hours=hours)), key=lambda each: each.at, reverse=True
        )
        shown = [Recorded(kind=each.kind, what=each.what, at=each.at) for each in changes[:CHANGES_AT_MOST]]
        return Changes(items=shown)

    return router
