"""The board and the lists."""

import hashlib
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from facts.message import Message, msg
from pages.tickets import page
from pages.tickets.records import Board, Clock, Column, Filters, Listing
from tickets.desk import Desk
from tickets.names import OPEN, Role, State, Urgency, number_of
from tickets.people.roles import includes
from tickets.store import log as logs
from tickets.store.areas import areas
from tickets.store.listing import Order, Wanted
from tickets.web.caller import Caller
from tickets.web.finding import tickets_page
from tickets.web.pages.answering import PageRoute, html, is_unchanged, see, unchanged
from tickets.web.pages.parts import Parts
from tickets.web.pages.views import card
from tickets.web.pages.visit import AnyVisit, Visit

COLUMN, PER_PAGE, LAST_PAGE = 40, 30, 1000
COLUMNS = (State.WAITING, State.IN_PROGRESS, State.RESOLVED)
SAID: dict[str, Message] = {
    "in": msg("You are logged in."),
}


def routes() -> APIRouter:
    """`/tickets` and `/tickets/list`."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/tickets")
    def board(
        visit: AnyVisit, q: str = "", area: str = "", urgency: str = "", mine: str = "", said: str = ""
    ) -> Response:
        filters = Filters(mine=bool(mine), area=area[:100], urgency=_urgency(urgency), text=q.strip()[:200])
        if filters.text:
            return _found(filters) or html(
                visit, page.listing_page(visit.around("search"), _listing(visit, filters, 1))
            )
        shown = board_of(visit.desk, visit.who, visit.parts, filters)
        if is_unchanged(visit.request, shown.mark):
            return unchanged()
        return html(visit, page.board_page(visit.around("board", said=SAID.get(said)), shown))

    @router.get("/tickets/list")
    def found(
        visit: AnyVisit, q: str = "", area: str = "", urgency: str = "", mine: str = "", state: str = ""
    ) -> Response:
        filters = Filters(
            mine=bool(mine), area=area[:100], urgency=_urgency(urgency), state=_state(state), text=q.strip()[:200]
        )
        asked = visit.request.query_params.get("page", "1")
        place = min(int(asked), LAST_PAGE) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 1  # noqa: PLR2004
        return _found(filters) or html(
            visit, page.listing_page(visit.around("search"), _listing(visit, filters, max(place, 1)))
        )

    return router


def board_of(desk: Desk, who: Caller, parts: Parts, filters: Filters) -> Board:
    """The board as a caller sees it.

    Args:
        desk: Where.
        who: Looks at it; a reporter sees their own tickets.
        parts: Lent by other parts of the room.
        filters: What it is narrowed to.
    """
    takes = includes(who.role, Role.ENGINEER)
    with desk.store.read() as connection:
        columns: list[Column] = []
        shown: list[Any] = []
        urgent = late = 0
        for state in COLUMNS:
            order = Order.URGENT if state is not State.RESOLVED else Order.CHANGED
            rows, total = tickets_page(connection, _wanted(who, filters, (state,), order), number=1, size=COLUMN)
            shown += rows
            clocks = _clocks(connection, desk, parts, rows if state is not State.RESOLVED else ())
            cards = tuple(card(row, clocks.get(row.number, ()), can_take=takes) for row in rows)
            urgent += sum(each.urgency == Urgency.URGENT.value for each in cards if state is not State.RESOLVED)
            late += sum(each.clock is not None and each.clock.tone == "over" for each in cards)
            columns.append(Column(state=state.value, cards=cards, total=total))
        known = areas(connection)
    marks = [f"{row.number}:{row.version}" for row in shown] + [str(each.total) for each in columns]
    return Board(
        columns=tuple(columns),
        filters=filters,
        areas=tuple(known),
        mark=hashlib.sha256(",".join(marks).encode()).hexdigest()[:16],
        urgent=urgent,
        late=late,
    )


def _listing(visit: Visit, filters: Filters, place: int) -> Listing:
    states = (State(filters.state),) if filters.state else ()
    # Whoever searches wants the newest; whoever asks for a state that is open wants the most urgent.
    order = Order.URGENT if filters.state in OPEN else Order.NEWEST
    with visit.desk.store.read() as connection:
        wanted = _wanted(visit.who, filters, states, order)
        rows, total = tickets_page(connection, wanted, number=place, size=PER_PAGE)
        clocks = _clocks(connection, visit.desk, visit.parts, [row for row in rows if row.state in OPEN])
        known = areas(connection)
    takes = includes(visit.who.role, Role.ENGINEER)
    return Listing(
        cards=tuple(card(row, clocks.get(row.number, ()), can_take=takes) for row in rows),
        total=total,
        page=place,
        per_page=PER_PAGE,
        filters=filters,
        areas=tuple(known),
    )


def _wanted(who: Caller, filters: Filters, states: Sequence[State], order: Order) -> Wanted:
    is_reporter = who.role is Role.REPORTER
    return Wanted(
        states=states,
        urgencies=(Urgency(filters.urgency),) if filters.urgency else (),
        area=filters.area,
        owner=who.name if filters.mine and not is_reporter else "",
        reporter=who.name if is_reporter else "",
        text=filters.text,
        order=order,
    )


def _clocks(connection: Connection, desk: Desk, parts: Parts, rows: Sequence[Any]) -> dict[int, tuple[Clock, ...]]:
    return {
        number: tuple(parts.clocks(desk, log))
        for number, log in logs.load_logs(connection, [row.number for row in rows]).items()
    }


def _found(filters: Filters) -> Response | None:
    """Straight to a ticket whose number was typed."""
    number = number_of(filters.text)
    return None if number is None else see(f"/tickets/{number}")


def _urgency(text: str) -> str:
    return text if text in {each.value for each in Urgency} else ""


def _state(text: str) -> str:
    return text if text in {each.value for each in State} else ""
