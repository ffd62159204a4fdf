"""What has changed lately, for pages and programs that stay up to date: `GET /api/v1/tickets/changes`."""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from tickets.desk import Desk
from tickets.names import Role
from tickets.store import listing
from tickets.store.listing import Changes
from tickets.web.api.shapes import PROBLEMS, TicketBrief
from tickets.web.caller import AnyCaller, TheDesk

LONGEST_WAIT_SECONDS = 25
# Of one process. Who comes when all places are taken is answered at once, and asks again.
PLACES = 200
# How often a waiting process looks whether anything is new, and how often each who waits looks for what was committed late.
LOOK_SECONDS, LOOK_CLOSELY_SECONDS = 1.0, 5.0


class News(BaseModel):
    """What has changed."""

    items: list[TicketBrief] = Field(
        description="The newest change first; those of the last seconds are told again, so compare `version`"
    )
    next: str = Field(description="For `since` the next time")
    more: bool = Field(description="More has changed than is told here: read the list anew")


@dataclass(slots=True)
class Pulse:
    """When something changed last: looked up once for everybody who waits in this process."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _at: float = 0.0
    _newest: datetime | None = None

    def newest(self, desk: Desk) -> datetime | None:
        """The moment of the newest change."""
        with self._lock:
            if time.monotonic() - self._at >= LOOK_SECONDS / 2:
                with desk.store.read() as connection:
                    self._newest = listing.last_change(connection)
                self._at = time.monotonic()
            return self._newest


def routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], responses=PROBLEMS)
    pulse, waiting = Pulse(), 0

    # It waits on the event loop, where waiting costs nothing; what asks the store runs in the thread pool.
    @router.get("/changes", summary="What has changed since the last time; waits for news when asked to")
    async def changes(
        desk: TheDesk,
        who: AnyCaller,
        since: Annotated[str, Query(max_length=40, description="`next` of the last answer; empty to begin")] = "",
        wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_SECONDS, description="Seconds, while nothing is new")] = 0,
    ) -> News:
        nonlocal waiting
        reporter = who.name if who.role is Role.REPORTER else ""
        until = time.monotonic() + (wait if since and waiting < PLACES else 0)
        waiting += 1
        try:
            while True:
                before = await run_in_threadpool(pulse.newest, desk)
                found = await run_in_threadpool(_since, desk, since, reporter)
                if found.rows or found.more or time.monotonic() >= until:
                    break
                closely = min(time.monotonic() + LOOK_CLOSELY_SECONDS, until)
                while time.monotonic() < closely:
                    await asyncio.sleep(min(LOOK_SECONDS, max(closely - time.monotonic(), 0.01)))
                    if await run_in_threadpool(pulse.newest, desk) != before:
                        break
        finally:
            waiting -= 1
        return News(items=[TicketBrief.of(row) for row in found.rows], next=found.mark, more=found.more)

    return router


def _since(desk: Desk, since: str, reporter: str) -> Changes:
    try:
        with desk.store.read() as connection:
            return listing.changes(connection, since, reporter)
    except ValueError:
        raise HTTPException(422, "`since` is what `next` of an earlier answer said.") from None
