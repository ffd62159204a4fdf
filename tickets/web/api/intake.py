"""Where alerts arrive.

Every answer of 2xx is given after the commit. What is valid and cannot be taken now is answered with 503 and `Retry-After`, never
with a 4xx, which would end Alertmanager's attempts. What cannot be understood is kept, counted, shown and replayable, and is
answered with 202: it has been received for good, and sending it again would change nothing. Only a body beyond the limits is
answered with 413, and its line in the ledger is all that is kept of it.
"""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from facts.message import msg
from tickets.desk import Desk
from tickets.intake import alertmanager, generic
from tickets.intake.post import Post, quarantined, read
from tickets.intake.taking_in import Receipt
from tickets.intake.writer import Writer
from tickets.names import Outcome, Role
from tickets.store.opening import StoreUnavailable
from tickets.web.caller import Caller, only, the_desk
from tickets.web.problems import problem
from tickets.web.receiving import Receiving, TooLarge, TooSlow, Undecodable

COMMIT_SECONDS = 30.0
# A larger body is read and understood on another thread, so that the event loop goes on.
INLINE_AT_MOST = 64 * 1024
Machine = Annotated[Caller, Depends(only(Role.MACHINE, Role.ADMIN))]


class TakenIn(BaseModel):
    """What became of a post.

    Attributes:
        post: Its number in the store.
        received: Alerts in it; each of them is counted once in what follows.
        tickets: Numbers of the tickets that they went into.
        truncated: How many more the sender left out, as it says; they are looked for in Alertmanager each minute.
        problem: Why it, or some of it, is in quarantine.
    """

    post: int
    received: int
    ticketed: int
    merged: int
    suppressed: int
    quarantined: int
    tickets: list[int]
    truncated: int
    problem: str | None


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": TakenIn, "description": "Taken in: every alert is in the ledger, and its ticket is written."},
    202: {"model": TakenIn, "description": "Kept, but not understood, all of it or some: it waits in quarantine."},
    401: {"description": "No token, or one that is not known."},
    403: {"description": "The token is no machine's."},
    413: {"description": "Larger than anything that is taken here, packed or unpacked; only its line is kept."},
    503: {"description": "Not now; send it again after `Retry-After` seconds."},
}


def _takes(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _webhook() -> dict[str, Any]:
    schema = alertmanager.Webhook.model_json_schema()
    schema["properties"]["alerts"]["items"] = alertmanager.WebhookAlert.model_json_schema()
    return schema


def _one_or_more() -> dict[str, Any]:
    one = generic.Alert.model_json_schema()
    return {"oneOf": [one, {"type": "array", "items": one}]}


def routes() -> APIRouter:
    """The two addresses."""
    router = APIRouter(prefix="/api/v1", tags=["alerts"])

    @router.post("/alerts/alertmanager", responses=_ANSWERS, response_model=TakenIn, openapi_extra=_takes(_webhook()))
    async def from_alertmanager(request: Request, caller: Machine) -> JSONResponse:
        """Alertmanager's webhook, version 4."""
        return await _received(request, caller, alertmanager.SOURCE)

    @router.post("/alerts", responses=_ANSWERS, response_model=TakenIn, openapi_extra=_takes(_one_or_more()))
    async def from_anybody(request: Request, caller: Machine) -> JSONResponse:
        """An alert of any program, or a list of them."""
        return await _received(request, caller, generic.SOURCE)

    return router


async def _received(request: Request, caller: Caller, source: str) -> JSONResponse:
    desk = the_desk(request)
    try:
        body = await receiving_of(request).body(request)
    except TooLarge:
        too_large = quarantined(source, caller.name, b"", msg("The body is too large to be kept."))
        await taken_in(request, desk, too_large)
        return problem(413, "Content Too Large", "The body is larger than anything that is taken here.")
    except TooSlow:
        raise StoreUnavailable(msg("The body did not arrive in time; send it again.")) from None
    except Undecodable as error:
        return answer(await taken_in(request, desk, quarantined(source, caller.name, error.body, error.reason)))
    if len(body) <= INLINE_AT_MOST:
        post = read(source, caller.name, body, desk.routing)
    else:
        post = await run_in_threadpool(read, source, caller.name, body, desk.routing)
    return answer(await taken_in(request, desk, post))


async def taken_in(request: Request, desk: Desk, post: Post) -> Receipt:
    """Waits until a post is committed.

    Raises:
        StoreUnavailable: It cannot be, now.
    """
    future = asyncio.wrap_future(writer_of(request, desk).submit(post))
    try:
        return await asyncio.wait_for(future, COMMIT_SECONDS)
    except TimeoutError:
        raise StoreUnavailable(msg("The ticket store takes too long; send it again.")) from None


def writer_of(request: Request, desk: Desk) -> Writer:
    """The writer of this process."""
    writer: Writer | None = getattr(request.app.state, "intake_writer", None)
    if writer is None or writer.desk is not desk:
        writer = request.app.state.intake_writer = Writer(desk)
    return writer


def receiving_of(request: Request) -> Receiving:
    """What this process is reading."""
    receiving: Receiving | None = getattr(request.app.state, "intake_receiving", None)
    if receiving is None:
        receiving = request.app.state.intake_receiving = Receiving()
    return receiving


def answer(receipt: Receipt) -> JSONResponse:
    """What a sender is told."""
    counts = {outcome.value: receipt.outcomes.get(outcome, 0) for outcome in Outcome}
    document = {
        "post": receipt.post,
        "received": sum(counts.values()),
        **counts,
        "tickets": list(receipt.tickets),
        "truncated": receipt.truncated,
        "problem": None if receipt.problem is None else str(receipt.problem),
    }
    return JSONResponse(document, 202 if receipt.problem else 200)
