"""Files of a ticket: `/api/v1/tickets/{number}/attachments`."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from tickets.web import attaching
from tickets.web.api.shapes import PROBLEMS, TicketShown
from tickets.web.api.tickets import Number, answer
from tickets.web.attaching import BYTES_AT_MOST, TooLarge
from tickets.web.caller import AnyCaller, TheDesk
from tickets.web.texts import TicketNumber

FIELD = "file"
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {FIELD: {"type": "string", "format": "binary", "minLength": 1}},
                }
            }
        },
    }
}
_BYTES = {
    200: {
        "description": "The file, to be saved",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/v1/tickets/{number}/attachments", tags=["tickets"], responses=PROBLEMS)

    # The body is read only once the caller is known, so FastAPI is not asked to do it.
    @router.post("", status_code=201, summary="Attach a file of at most 10 MB", openapi_extra=_FORM)
    async def attach(request: Request, desk: TheDesk, who: AnyCaller, number: Number) -> TicketShown:
        async with request.form(max_files=1, max_fields=5) as form:
            file = form.get(FIELD)
            if not isinstance(file, UploadFile):
                raise HTTPException(422, f"The form needs a file in its field '{FIELD}'.")
            if file.size is None or file.size > BYTES_AT_MOST:
                raise TooLarge
            name, body = file.filename or "", await file.read()
        await run_in_threadpool(attaching.attach, desk, who, number, name, body)
        return await run_in_threadpool(answer, desk, who, number)

    @router.get(
        "/{attachment}",
        summary="A file, to be saved",
        response_class=Response,
        responses=_BYTES,  # type: ignore[arg-type]  # FastAPI's own type is wider than it needs
    )
    def attachment(
        desk: TheDesk, who: AnyCaller, number: Number, attachment: Annotated[TicketNumber, Path(description="Its id")]
    ) -> Response:
        file = attaching.file_of(desk, who, number, attachment)
        if file is None:
            raise HTTPException(404, "The ticket has no such file.")
        return Response(file.body, media_type="application/octet-stream", headers=attaching.headers(file))

    return router
