"""The ledger and the quarantine."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from tickets.intake.replaying import StillUnreadable, again
from tickets.intake.signal import Unreadable
from tickets.intake.taking_in import AlreadyReplayed, Receipt
from tickets.names import Outcome, Role
from tickets.store import ledger, posts
from tickets.store.posts import NoSuchPost
from tickets.web.api.intake import TakenIn, answer, taken_in
from tickets.web.caller import Caller, only, the_desk
from tickets.web.problems import problem

UNBALANCED_AT_MOST = 20
# Why something was not understood is told in the words of strangers: there may be as many reasons as posts.
REASONS_AT_MOST = 200
OTHERS = "…"
_NUMBER_AT_MOST = 2**62
Reader = Annotated[Caller, Depends(only(Role.MACHINE, Role.ENGINEER, Role.LEAD, Role.ADMIN))]
Engineer = Annotated[Caller, Depends(only(Role.ENGINEER, Role.LEAD, Role.ADMIN))]
Number = Annotated[int, Path(ge=1, le=_NUMBER_AT_MOST)]


class Reason(BaseModel):
    """How many alerts had an outcome for a reason."""

    outcome: Outcome
    reason: str
    count: int


class Ledger(BaseModel):
    """What became of every alert.

    Attributes:
        received: Counted when the posts arrived.
        balanced: It is as many as have an outcome.
        truncated: Alerts that senders left out, and said so; they were never received.
        waiting: Posts in quarantine that nobody has replayed.
        unbalanced: Posts whose alerts are not all accounted for, some of them; none unless something is broken.
    """

    received: int
    ticketed: int
    merged: int
    suppressed: int
    quarantined: int
    balanced: bool
    truncated: int
    waiting: int
    reasons: list[Reason]
    unbalanced: list[int]


class Quarantined(BaseModel):
    """A post that waits in quarantine.

    Attributes:
        kept_bytes: Of its body, compressed; 0 where it was too large to be kept, so that it cannot be replayed.
    """

    id: int
    at: datetime
    source: str
    sender: str
    alerts: int
    problem: str
    kept_bytes: int


class Quarantine(BaseModel):
    """A page of the quarantine, the newest first."""

    items: list[Quarantined]
    total: int


def routes() -> APIRouter:
    """The addresses."""
    router = APIRouter(prefix="/api/v1", tags=["ledger"])

    @router.get("/ledger")
    def the_ledger(request: Request, _caller: Reader) -> Ledger:
        """Received = ticketed + merged + suppressed + quarantined, each with a reason."""
        with the_desk(request).store.read() as connection:
            balance = ledger.balance(connection)
            broken = [] if balance.balanced else ledger.unbalanced(connection, UNBALANCED_AT_MOST)
            waiting = posts.quarantined_count(connection)
        return Ledger(
            received=balance.received,
            ticketed=balance.of(Outcome.TICKETED),
            merged=balance.of(Outcome.MERGED),
            suppressed=balance.of(Outcome.SUPPRESSED),
            quarantined=balance.of(Outcome.QUARANTINED),
            balanced=balance.balanced,
            truncated=balance.truncated,
            waiting=waiting,
            reasons=_reasons(balance),
            unbalanced=broken,
        )

    @router.get("/quarantine")
    def the_quarantine(
        request: Request,
        _caller: Reader,
        before: Annotated[int | None, Query(ge=1, le=_NUMBER_AT_MOST, description="Only older posts.")] = None,
        per_page: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Quarantine:
        """What could not be understood, and was not replayed."""
        with the_desk(request).store.read() as connection:
            waiting = posts.quarantine(connection, per_page, before)
            items = [Quarantined.model_validate({**each, "problem": str(each["problem"])}) for each in waiting]
            return Quarantine(items=items, total=posts.quarantined_count(connection))

    @router.post(
        "/quarantine/{post}/replay",
        response_model=TakenIn,
        responses={404: {"description": "No such post in quarantine."}, 409: {"description": "It cannot be replayed."}},
    )
    async def replay(request: Request, post: Number, caller: Engineer) -> JSONResponse:
        """Takes a quarantined post in again; 202 with `problem` where it is not understood now either, and waits on as it was."""
        desk = the_desk(request)
        try:
            replayed = await run_in_threadpool(again, desk, post, caller.name)
            return answer(await asyncio.shield(taken_in(request, desk, replayed)))
        except NoSuchPost:
            return problem(404, "Not Found", "There is no post of that number in quarantine.")
        except AlreadyReplayed:
            return problem(409, "Conflict", "The post was replayed already.")
        except StillUnreadable as error:
            return answer(Receipt(post=post, outcomes={}, tickets=(), truncated=0, problem=error.reason))
        except Unreadable as error:
            return problem(409, "Conflict", str(error))

    return router


def _reasons(balance: ledger.Balance) -> list[Reason]:
    """The most frequent first; the rarest are added up."""
    ordered = sorted(balance.outcomes.items(), key=lambda each: (-each[1], each[0]))
    shown = [Reason(outcome=outcome, reason=reason, count=n) for (outcome, reason), n in ordered[:REASONS_AT_MOST]]
    rest = Counter[Outcome]()
    for (outcome, _), count in ordered[REASONS_AT_MOST:]:
        rest[outcome] += count
    return shown + [Reason(outcome=outcome, reason=OTHERS, count=count) for outcome, count in rest.items()]
