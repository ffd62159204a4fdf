"""What every answer of the service carries, errors too; and the last word where something of ours breaks."""

import logging

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tickets.web.problems import problem

# A page brings a policy of its own; a document that is no page needs nothing.
POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGES_POLICY = "frame-ancestors 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_log = logging.getLogger(__name__)


class Headers:
    """Middleware that adds them, unless a route has said otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        """Keeps what is inside."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is asked, and adds to what is answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def adding(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        try:
            await self.app(scope, receive, adding)
        except Exception:
            if begun:
                raise
            # The text of an error can hold what people wrote: it goes to the log, not to whoever asked.
            _log.exception("%s %s failed", scope["method"], scope["path"][:200])
            answer = problem(
                500, "Internal Server Error", "Something is broken on our side; the service's log says what."
            )
            await answer(scope, receive, adding)


def _add(headers: MutableHeaders, path: str) -> None:
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    is_page = headers.get("Content-Type", "").startswith("text/html")
    headers.setdefault("Content-Security-Policy", PAGES_POLICY if is_page else POLICY)
    if path.startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
