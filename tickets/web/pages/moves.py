"""What people do with a ticket: each is a form."""

from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from facts.message import msg
from pages.tickets.records import Typed
from tickets import lifecycle
from tickets.events import Event
from tickets.lifecycle import IllegalMove
from tickets.names import Cause, Urgency, Waiting
from tickets.people.refusals import NotAllowed, Refused
from tickets.people.roles import Deed
from tickets.store.log import NoSuchTicket
from tickets.ticket import Ticket
from tickets.web import attaching, making
from tickets.web.pages.answering import PageRoute, see, status_of
from tickets.web.pages.forms import AnyForm, Form
from tickets.web.pages.ticket import AREA_AT_MOST, Number, show
from tickets.web.pages.views import DEEDS
from tickets.web.pages.visit import AnyVisit, Visit

NAME_AT_MOST, NOTE_AT_MOST = 100, 2000
Move = Callable[[Ticket], Sequence[Event]]


def routes() -> APIRouter:
    """`POST /tickets/12/take` and the like."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.post("/tickets/{number:int}/aid/{action}")
    def carry_out(visit: AnyVisit, number: Number, action: str) -> Response:
        aid = visit.parts.aid
        if aid is None:
            raise HTTPException(404)
        return _tried(visit, number, Form({}, {}), "aid", lambda: aid.run(visit.desk, visit.who, number, action))

    @router.post("/tickets/{number:int}/aid/{action}/undo")
    def undo(visit: AnyVisit, form: AnyForm, number: Number, action: str) -> Response:
        aid = visit.parts.aid
        if aid is None:
            raise HTTPException(404)
        return _tried(
            visit, number, form, "undo", lambda: aid.undo(visit.desk, visit.who, number, action, form.number("run"))
        )

    @router.post("/tickets/{number:int}/aid/{action}/settle")
    def settle(visit: AnyVisit, form: AnyForm, number: Number, action: str) -> Response:
        aid = visit.parts.aid
        if aid is None:
            raise HTTPException(404)
        happened = form.texts.get("happened") == "yes"
        return _tried(
            visit,
            number,
            form,
            "settle",
            lambda: aid.settle(visit.desk, visit.who, number, action, form.number("run"), happened),
        )

    @router.post("/tickets/{number:int}/{name}")
    def move(visit: AnyVisit, form: AnyForm, number: Number, name: str) -> Response:
        done = DOING.get(name)
        if done is None:
            raise HTTPException(404)
        return _tried(visit, number, form, name, lambda: done(visit, number, form))

    return router


def _tried(visit: Visit, number: int, form: Form, name: str, done: Callable[[], object]) -> Response:
    """On to the ticket when it is done; else its page again, with the reason and with what was written."""
    try:
        done()
    except NotAllowed:
        raise
    except (IllegalMove, Refused) as error:
        typed = Typed(form=name, problem=error.reason, values=form.kept)
        return show(visit, number, typed=typed, status=status_of(error)[0])
    return see(f"/tickets/{number}", name)


def _take(visit: Visit, form: Form) -> Move:
    del form
    return lambda ticket: lifecycle.take(ticket, visit.who.name)


def _plan(visit: Visit, form: Form) -> Move:
    text, by = form.needed("plan"), making.still_to_come(visit.desk, form.moment("expected_at", visit.desk.timezone))
    return lambda ticket: lifecycle.plan(ticket, text, by)


def _expect(visit: Visit, form: Form) -> Move:
    by = form.needed_moment("expected_at", visit.desk.timezone)
    making.still_to_come(visit.desk, by)
    return lambda ticket: lifecycle.expect(ticket, by)


def _pause(visit: Visit, form: Form) -> Move:
    del visit
    whom, note = form.word("waiting_for", Waiting), form.text("note", NOTE_AT_MOST)
    return lambda ticket: lifecycle.pause(ticket, whom, note)


def _resume(visit: Visit, form: Form) -> Move:
    del visit, form
    return lifecycle.resume


def _resolve(visit: Visit, form: Form) -> Move:
    del visit
    solution, steps, cautions = form.text("solution"), form.text("steps"), form.text("cautions")
    cause = form.word("cause", Cause) if form.texts.get("cause") else None
    return lambda ticket: lifecycle.resolve(ticket, solution, steps, cautions, cause)


def _close(visit: Visit, form: Form) -> Move:
    del visit, form
    return lifecycle.close


def _rate(visit: Visit, form: Form) -> Move:
    del visit
    attitude, speed, result = form.stars("attitude"), form.stars("speed"), form.stars("result")
    comment = form.text("comment")
    return lambda ticket: lifecycle.rate(ticket, attitude, speed, result, comment)


def _reopen(visit: Visit, form: Form) -> Move:
    del visit
    reason = form.needed("reason")
    return lambda ticket: lifecycle.reopen(ticket, reason)


def _urgency(visit: Visit, form: Form) -> Move:
    del visit
    urgency, reason = form.word("urgency", Urgency), form.needed("reason", NOTE_AT_MOST)
    return lambda ticket: lifecycle.change_urgency(ticket, urgency, reason)


def _area(visit: Visit, form: Form) -> Move:
    del visit
    area = form.line("area", AREA_AT_MOST)
    return lambda ticket: lifecycle.change_area(ticket, area)


MOVES: Mapping[str, Callable[[Visit, Form], Move]] = {
    "take": _take,
    "plan": _plan,
    "expect": _expect,
    "pause": _pause,
    "resume": _resume,
    "resolve": _resolve,
    "close": _close,
    "rate": _rate,
    "reopen": _reopen,
    "urgency": _urgency,
    "area": _area,
}


def _made(name: str) -> Callable[[Visit, int, Form], object]:
    def done(visit: Visit, number: int, form: Form) -> object:
        return making.make(visit.desk, visit.who, number, DEEDS[name], MOVES[name](visit, form))

    return done


def _assign(visit: Visit, number: int, form: Form) -> object:
    owner, note = form.needed_line("owner", NAME_AT_MOST), form.text("note", NOTE_AT_MOST)
    return making.assign(visit.desk, visit.who, number, owner, note)


def _merge(visit: Visit, number: int, form: Form) -> object:
    into = form.number("into")
    try:
        return making.merge(visit.desk, visit.who, number, into)
    except NoSuchTicket:
        making.read(visit.desk, visit.who, number)
        raise Refused(msg("There is no ticket {ticket}.", ticket=f"T-{into}")) from None


def _comment(visit: Visit, number: int, form: Form) -> object:
    text, internal = form.needed("text"), bool(form.texts.get("internal"))
    deed = Deed.COMMENT_INTERNALLY if internal else Deed.COMMENT
    return making.make(
        visit.desk, visit.who, number, deed, lambda ticket: lifecycle.comment(ticket, text, internal=internal)
    )


def _attach(visit: Visit, number: int, form: Form) -> object:
    file = form.files.get("file")
    if file is None or not file.filename:
        raise Refused(msg("Choose a file first."))
    # One byte more than is allowed is enough to know that it is too much.
    body = file.file.read(attaching.BYTES_AT_MOST + 1)
    return attaching.attach(visit.desk, visit.who, number, file.filename, body)


DOING: Mapping[str, Callable[[Visit, int, Form], object]] = {
    **{name: _made(name) for name in MOVES},
    "assign": _assign,
    "merge": _merge,
    "comment": _comment,
    "attach": _attach,
}
