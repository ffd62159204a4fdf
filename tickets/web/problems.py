"""Errors as RFC 9457 problem documents."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from tickets.lifecycle import IllegalMove
from tickets.store.log import NoSuchTicket
from tickets.store.opening import StoreUnavailable
from tickets.web.texts import without_controls

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
WRONG_AT_MOST, WORDS_AT_MOST = 20, 300


def problem(status: int, title: str, detail: str = "", **further: Any) -> JSONResponse:
    """The answer.

    Args:
        status: Of HTTP.
        title: What kind of problem.
        detail: What happened, and what to do.
        further: More members of the document.
    """
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}  # noqa: PLR2004
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, **further}
    return JSONResponse(document, status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answers what the room raises."""

    @app.exception_handler(NoSuchTicket)
    async def no_ticket(_request: Request, _error: Exception) -> JSONResponse:
        return problem(404, "Not Found", "There is no such ticket.")

    @app.exception_handler(IllegalMove)
    async def illegal(_request: Request, error: Exception) -> JSONResponse:
        return problem(409, "Conflict", str(error))

    @app.exception_handler(StoreUnavailable)
    async def unavailable(_request: Request, error: Exception) -> JSONResponse:
        return problem(503, "Service Unavailable", str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101  (what this handler is registered for)
        wrong = [
            {"where": _plain(".".join(map(str, each["loc"]))), "what": _plain(each["msg"])}
            for each in error.errors()[:WRONG_AT_MOST]
        ]
        return problem(
            422, "Unprocessable Content", "The request does not have the form that is asked for.", errors=wrong
        )

    @app.exception_handler(HTTPException)
    async def other(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101  (what this handler is registered for)
        answer = problem(error.status_code, str(error.detail), str(error.detail))
        answer.headers.update(error.headers or {})
        return answer


def _plain(text: str) -> str:
    """A part of what somebody has sent, fit to be sent back: not endless, no halves of characters, nothing for a terminal."""
    return without_controls(text[:WORDS_AT_MOST].encode("utf-8", "replace").decode())
