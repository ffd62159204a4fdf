"""Bodies are bounded in bytes and in time, before anything reads them as a whole."""

import asyncio
import time

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tickets.web.attaching import BYTES_AT_MOST
from tickets.web.problems import problem

# One file with what a form adds to it.
LARGEST = BYTES_AT_MOST + 2**20
SECONDS = 60.0
# The intake answers for what it refuses by limits of its own: what an alert's sender cannot deliver must be told of.
ELSEWHERE = ("/api/v1/alerts",)
_CLOSE = {"Connection": "close"}
_TOO_LARGE = f"A request has at most {LARGEST // 2**20} MB."


class Bodies:
    """Middleware that ends a request whose body is too large or takes too long."""

    def __init__(self, app: ASGIApp) -> None:
        """Keeps what is inside."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what keeps to the limits."""
        if scope["type"] != "http" or scope["path"].startswith(ELSEWHERE):
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or len(announced) > 18 or int(announced) > LARGEST:  # noqa: PLR2004  (of int64)
            answer = problem(413, "Content Too Large", _TOO_LARGE)
            answer.headers.update(_CLOSE)
            await answer(scope, receive, send)
            return
        received, over, until = 0, False, time.monotonic() + SECONDS

        async def bounded() -> Message:
            nonlocal received, over
            if over:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(until - time.monotonic(), 0.001))
            except TimeoutError:
                raise HTTPException(408, "The request's body came too slowly.", _CLOSE) from None
            received += len(message.get("body", b""))
            over = not message.get("more_body", False)
            if received > LARGEST:
                raise HTTPException(413, _TOO_LARGE, _CLOSE)
            return message

        await self.app(scope, bounded, send)
