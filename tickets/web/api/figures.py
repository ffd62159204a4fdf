"""How things stand now, in numbers: `GET /api/v1/figures`."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tickets.names import OPEN, Role, State, Urgency
from tickets.store import listing
from tickets.web.api.shapes import PROBLEMS
from tickets.web.caller import AnyCaller, TheDesk


class Count(BaseModel):
    """Tickets of one state and urgency."""

    state: State
    urgency: Urgency
    tickets: int


class Figures(BaseModel):
    """How things stand; for a reporter, of their own tickets."""

    counts: list[Count]
    open: int
    oldest_unclaimed_urgent: datetime | None = Field(
        description="Since when the oldest urgent ticket waits that nobody has taken; not told to reporters"
    )


def routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/v1/figures", tags=["tickets"], responses=PROBLEMS)

    @router.get("", summary="How many tickets there are by state and urgency")
    def figures(desk: TheDesk, who: AnyCaller) -> Figures:
        own = who.name if who.role is Role.REPORTER else ""
        with desk.store.read() as connection:
            found = listing.counts(connection, own)
            oldest = None if own else listing.oldest_waiting(connection, Urgency.URGENT)
        return Figures(
            counts=[
                Count(state=state, urgency=urgency, tickets=found.get((state, urgency), 0))
                for state in State
                for urgency in Urgency
            ],
            open=sum(count for (state, _), count in found.items() if state in OPEN),
            oldest_unclaimed_urgent=oldest,
        )

    return router
