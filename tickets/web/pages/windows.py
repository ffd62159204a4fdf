"""Rehearsal and maintenance: for engineers to see, for leads to begin and to end."""

from datetime import timedelta

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from facts.message import Message, msg
from pages.tickets import page
from pages.tickets.office_records import Window, Windows
from pages.tickets.records import Typed
from tickets.names import Role
from tickets.people.refusals import NotAllowed, Refused
from tickets.people.roles import includes
from tickets.store import windows
from tickets.store.windows import Kind, NoSuchWindow
from tickets.web import expecting
from tickets.web.pages.answering import PageRoute, html, see, status_of
from tickets.web.pages.forms import AnyForm, Form
from tickets.web.pages.ticket import Number
from tickets.web.pages.visit import AnyVisit, Visit

SHOWN_AT_MOST = 50
# What the form proposes.
LASTS = timedelta(hours=1)
KINDS: tuple[Kind, ...] = ("rehearsal", "maintenance")
SAID: dict[str, Message] = {
    "begun": msg("The window is there; what it expects opens no ticket."),
    "ended": msg("The window is over; alerts open tickets again."),
}


def routes() -> APIRouter:
    """`/tickets/windows`."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/tickets/windows")
    def all_windows(visit: AnyVisit, said: str = "") -> Response:
        return _shown(visit, said=SAID.get(said))

    @router.post("/tickets/windows/begin")
    def begin(visit: AnyVisit, form: AnyForm) -> Response:
        visit.ensure(Role.LEAD)
        try:
            _begin(visit, form)
        except NotAllowed:
            raise
        except Refused as error:
            typed = Typed(form="window", problem=error.reason, values=form.kept)
            return _shown(visit, typed=typed, status=status_of(error)[0])
        return see("/tickets/windows", "begun")

    @router.post("/tickets/windows/{number:int}/end")
    def end(visit: AnyVisit, form: AnyForm, number: Number) -> Response:
        del form
        visit.ensure(Role.LEAD)
        try:
            expecting.end(visit.desk, visit.who, number)
        except NoSuchWindow:
            raise HTTPException(404) from None
        return see("/tickets/windows", "ended")

    return router


def _begin(visit: Visit, form: Form) -> None:
    kind = next((each for each in KINDS if each == form.texts.get("kind")), None)
    if kind is None:
        raise Refused(msg("Choose one of those that are offered."))
    reason, zone, now = form.needed_line("reason", expecting.REASON_AT_MOST), visit.desk.timezone, visit.desk.now()
    starts_at, ends_at = form.moment("starts_at", zone) or now, form.needed_moment("ends_at", zone)
    if ends_at <= now:
        raise Refused(msg("The end lies in the past."))
    expecting.begin(
        visit.desk,
        visit.who,
        kind=kind,
        reason=reason,
        starts_at=starts_at,
        lasts=ends_at - starts_at,
        match=_match(form.text("match")),
    )


def _match(text: str) -> dict[str, str]:
    """The labels, one a line.

    Raises:
        Refused: A line is none, or there are too many.
    """
    found: dict[str, str] = {}
    for line in filter(str.strip, text.splitlines()):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not (name and equals) or len(name) > expecting.NAME_AT_MOST or len(value) > expecting.VALUE_AT_MOST:
            raise Refused(msg("{text} is no label with a value; write for example instance=db-1.", text=line[:100]))
        found[name] = value
    if len(found) > expecting.MATCHERS_AT_MOST:
        raise Refused(msg("A window names at most {count} labels.", count=expecting.MATCHERS_AT_MOST))
    return found


def _shown(visit: Visit, *, said: Message | None = None, typed: Typed | None = None, status: int = 200) -> Response:
    visit.ensure(Role.ENGINEER)
    desk, now = visit.desk, visit.desk.now()
    with desk.store.read() as connection:
        newest = windows.newest(connection, SHOWN_AT_MOST)
    known = Windows(
        windows=tuple(
            Window(
                number=each.id,
                kind=each.kind,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                match=tuple(each.match.items()),
                reason=each.reason,
                who=each.actor,
                ended_by=each.ended_by or "",
                state="over" if each.ends_at <= now else "now" if each.starts_at <= now else "to_come",
            )
            for each in newest
        ),
        may=includes(visit.who.role, Role.LEAD),
        proposed_end=now + LASTS,
    )
    around = visit.around("windows", here="/tickets/windows", said=said)
    return html(visit, page.windows_page(around, known, typed), status)
