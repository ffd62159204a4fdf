"""What is left of a ticket: its incident report, solved tickets like it, follow-up tickets, and the figures of the months."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse

from pages.tickets.incident import incident_html
from pages.tickets.incident_markdown import incident_markdown
from tickets.afterwards.incident import SOURCES, follow_up, incident
from tickets.afterwards.months import MONTHS_AT_MOST, months
from tickets.afterwards.similar import similar, subject
from tickets.desk import Desk
from tickets.names import Role
from tickets.store import log as logs
from tickets.web.api.tickets import Number
from tickets.web.caller import Caller, only, the_desk

SIMILAR_AT_MOST = 20
ENGINEERS = (Role.ENGINEER, Role.LEAD, Role.ADMIN)
Lang = Literal["en", "zh"]
TheDesk = Annotated[Desk, Depends(the_desk)]
Engineer = Annotated[Caller, Depends(only(*ENGINEERS))]
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}


def routes() -> APIRouter:
    """The routes; all of them are for engineers, since evidence and internal causes are shown."""
    router = APIRouter(prefix="/api/v1", tags=["afterwards"])

    @router.get(
        "/tickets/{number}/report",
        summary="The incident report, drafted from what is known now",
        response_class=HTMLResponse,
        responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}},
    )
    def report(
        desk: TheDesk,
        _who: Engineer,
        number: Number,
        as_: Annotated[Literal["html", "markdown"], Query(alias="format")] = "html",
        lang: Lang = "en",
    ) -> Response:
        record = incident(desk, number)
        if as_ == "markdown":
            return Response(incident_markdown(record, lang), media_type="text/markdown", headers=_HEADERS)
        return HTMLResponse(incident_html(record, lang), headers=_HEADERS)

    @router.get("/tickets/{number}/similar", summary="Solved tickets like it, with what solved them")
    def alike(
        desk: TheDesk, _who: Engineer, number: Number, most: Annotated[int, Query(ge=1, le=SIMILAR_AT_MOST)] = 5
    ) -> dict[str, Any]:
        with desk.store.read() as connection:
            found = similar(connection, subject(logs.load(connection, number)), most)
        return {"items": [asdict(each) for each in found]}

    @router.post(
        "/tickets/{number}/follow-ups/{code}", summary="Opens the ticket of an improvement that the report proposes"
    )
    def follow(desk: TheDesk, who: Engineer, number: Number, code: str, lang: Lang = "en") -> dict[str, Any]:
        new = follow_up(desk, number, code, who.name, lang)
        return {"number": new.number, "title": new.title, "state": new.state.value}

    @router.get("/figures/months", summary="The figures of the newest months")
    def monthly(
        desk: TheDesk,
        _who: Annotated[Caller, Depends(only(Role.LEAD, Role.ADMIN, Role.ENGINEER))],
        most: Annotated[int, Query(alias="months", ge=1, le=MONTHS_AT_MOST)] = 6,
    ) -> dict[str, Any]:
        return {"months": [asdict(each) for each in months(desk, most, SOURCES.clocks)]}

    return router
