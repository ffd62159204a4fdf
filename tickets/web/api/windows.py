"""Rehearsal and maintenance: times in which what happens is expected."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from tickets.names import Role
from tickets.store import windows
from tickets.store.windows import Kind, NoSuchWindow, Window
from tickets.web import expecting
from tickets.web.caller import Caller, only, the_desk
from tickets.web.expecting import LONGEST_HOURS
from tickets.web.problems import problem

_NUMBER_AT_MOST = 2**62
Reader = Annotated[Caller, Depends(only(Role.MACHINE, Role.ENGINEER, Role.LEAD, Role.ADMIN))]
Lead = Annotated[Caller, Depends(only(Role.MACHINE, Role.LEAD, Role.ADMIN))]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Value = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class Beginning(BaseModel):
    """A window that is to begin.

    Attributes:
        match: Labels that the expected alerts have; `*` in a value stands for anything, and `area` is the area that the alert is routed to.
            Alerts of the area `payments` are expected only where this names that area. A rehearsal expects what carries the label
            `rehearsal` too; maintenance without `match` would expect everything, and is refused.
        starts_at: Now, when it is not given.
        minutes: How long it lasts.
    """

    kind: Kind
    reason: Annotated[str, Field(min_length=1, max_length=150, pattern=r"^[^\x00]+$")]
    minutes: Annotated[int, Field(ge=1, le=LONGEST_HOURS * 60)]
    match: Annotated[Mapping[Name, Value], Field(max_length=20)] = {}
    starts_at: AwareDatetime | None = None


class Shown(BaseModel):
    """A window."""

    id: int
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    match: Mapping[str, str]
    reason: str
    actor: str
    ended_by: str | None
    active: bool


class Windows(BaseModel):
    """The newest windows."""

    items: list[Shown]


def routes() -> APIRouter:
    """The addresses."""
    router = APIRouter(prefix="/api/v1", tags=["windows"])

    @router.get("/windows")
    def all_windows(request: Request, _caller: Reader, per_page: Annotated[int, Query(ge=1, le=200)] = 50) -> Windows:
        """The newest first, over or not."""
        desk = the_desk(request)
        with desk.store.read() as connection:
            return Windows(items=[_shown(each, desk.now()) for each in windows.newest(connection, per_page)])

    @router.post("/windows", status_code=201)
    def begin(request: Request, beginning: Beginning, caller: Lead) -> Shown:
        """Begins a rehearsal or maintenance."""
        desk = the_desk(request)
        window = expecting.begin(
            desk,
            caller,
            kind=beginning.kind,
            reason=beginning.reason,
            starts_at=beginning.starts_at or desk.now(),
            lasts=timedelta(minutes=beginning.minutes),
            match=beginning.match,
        )
        return _shown(window, desk.now())

    @router.post(
        "/windows/{window}/end",
        response_model=Shown,
        responses={404: {"description": "No such window, or it is over."}},
    )
    def end(
        request: Request, window: Annotated[int, Path(ge=1, le=_NUMBER_AT_MOST)], caller: Lead
    ) -> Shown | JSONResponse:
        """Ends one before its time."""
        desk = the_desk(request)
        try:
            ended = expecting.end(desk, caller, window)
        except NoSuchWindow:
            return problem(404, "Not Found", "There is no such window, or it is over.")
        return _shown(ended, desk.now())

    return router


def _shown(window: Window, now: datetime) -> Shown:
    return Shown(
        id=window.id,
        kind=window.kind,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        match=window.match,
        reason=window.reason,
        actor=window.actor,
        ended_by=window.ended_by,
        active=window.starts_at <= now < window.ends_at,
    )
