"""Speaks HTTP to an application in this process: its event loop runs in a thread of its own, as a server's would."""

from typing import Any

import httpx
from anyio.from_thread import BlockingPortal


class InProcess(httpx.BaseTransport):
    """Hands requests to an application.

    Attributes:
        address: From where they seem to come.
    """

    def __init__(self, app: Any, portal: BlockingPortal, address: str = "192.0.2.1") -> None:
        self._inside = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 4711))
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        whole = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        answer = await self._inside.handle_async_request(whole)
        return httpx.Response(answer.status_code, headers=answer.headers.raw, content=await answer.aread())
