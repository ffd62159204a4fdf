"""The page of one ticket, its files, and the form for a new one."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from starlette.exceptions import HTTPException

from facts.message import Message, msg
from pages.tickets import page
from pages.tickets.records import Typed
from tickets.names import Role, Urgency
from tickets.people.accounts import engineers
from tickets.people.refusals import NotAllowed, Refused
from tickets.people.roles import includes
from tickets.store.areas import areas
from tickets.web import attaching
from tickets.web.making import open_ticket, read
from tickets.web.pages import firing, proof, views
from tickets.web.pages.answering import PageRoute, html, is_unchanged, see, status_of, unchanged
from tickets.web.pages.forms import AnyForm
from tickets.web.pages.visit import AnyVisit, Visit

# SQLite and PostgreSQL count no further.
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
AREA_AT_MOST = 60
SAID: dict[str, Message] = {
    "opened": msg("Your ticket is open. You see here what becomes of it."),
    "take": msg("You have taken it."),
    "plan": msg("The plan is given."),
    "expect": msg("The expected time is changed."),
    "pause": msg("The clocks stand."),
    "resume": msg("The clocks run again."),
    "resolve": msg("It is resolved."),
    "close": msg("It is closed."),
    "rate": msg("Thank you for the rating."),
    "reopen": msg("It is open again."),
    "assign": msg("It is handed over."),
    "urgency": msg("The urgency is changed."),
    "area": msg("The area is changed."),
    "merge": msg("It is merged."),
    "comment": msg("Your comment is kept."),
    "attach": msg("The file is attached."),
    "aid": msg("First aid was carried out; the outcome is below."),
    "undo": msg("First aid was taken back; the outcome is below."),
    "settle": msg("It is noted."),
}


def routes() -> APIRouter:
    """`/tickets/new`, `/tickets/12` and its files."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/tickets/new")
    def blank(visit: AnyVisit) -> Response:
        return _new(visit)

    @router.post("/tickets/new")
    def opened(visit: AnyVisit, form: AnyForm) -> Response:
        try:
            ticket = open_ticket(
                visit.desk,
                visit.who,
                title=form.needed_line("title", 300),
                summary=form.text("summary"),
                urgency=form.word("urgency", Urgency),
                area=form.line("area", AREA_AT_MOST),
            )
        except NotAllowed:
            raise
        except Refused as error:
            return _new(visit, Typed(form="new", problem=error.reason, values=form.kept), status_of(error)[0])
        return see(f"/tickets/{ticket.number}", "opened")

    @router.get("/tickets/{number:int}")
    def one(visit: AnyVisit, number: Number, said: str = "") -> Response:
        return show(visit, number, said=SAID.get(said))

    @router.get("/tickets/{number:int}/files/{attachment:int}")
    def file(visit: AnyVisit, number: Number, attachment: Number) -> Response:
        found = attaching.file_of(visit.desk, visit.who, number, attachment)
        if found is None:
            raise HTTPException(404)
        return Response(found.body, media_type="application/octet-stream", headers=attaching.headers(found))

    return router


def _new(visit: Visit, typed: Typed | None = None, status: int = 200) -> Response:
    with visit.desk.store.read() as connection:
        known = tuple(areas(connection))
    return html(visit, page.new_page(visit.around("new"), known, typed), status)


def show(
    visit: Visit, number: int, *, said: Message | None = None, typed: Typed | None = None, status: int = 200
) -> Response:
    """The page of a ticket.

    Args:
        visit: By whom.
        number: Of the ticket.
        said: A line on what has just been done.
        typed: A form that could not be accepted.
        status: Of HTTP.

    Raises:
        NoSuchTicket: There is none that the caller may see.
    """
    desk, who, parts = visit.desk, visit.who, visit.parts
    ticket, log = read(desk, who, number)
    if typed is None and is_unchanged(visit.request, str(ticket.version)):
        return unchanged()
    inside = includes(who.role, Role.ENGINEER)
    with desk.store.read() as connection:
        frozen = parts.evidence(connection, number) if parts.evidence and inside else ()
        aid = parts.aid.shown(connection, desk, who, ticket) if parts.aid and inside else ()
        similar = parts.similar(connection, ticket) if parts.similar and inside and ticket.is_open else ()
        known = tuple(areas(connection))
    shown = views.ticket_page(
        ticket,
        log,
        who,
        desk.timezone,
        clocks=parts.clocks(desk, log),
        evidence=tuple(proof.evidence(each) for each in frozen),
        aid=aid,
        similar=similar,
        people=tuple(each.name for each in engineers(desk)) if inside else (),
        areas=known,
        has_report=parts.report is not None,
        whole=visit.request.query_params.get("all") == "1",
        warning=firing.warning(desk, ticket, log),
    )
    here = f"/tickets/{number}" if visit.request.method == "POST" else ""
    return html(
        visit, page.ticket_page(visit.around(here=here, said=said), shown, views.talks(ticket, who), typed), status
    )
