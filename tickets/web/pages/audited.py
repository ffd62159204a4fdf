"""The log of who did what: for administrators."""

from fastapi import APIRouter, Response

from pages.tickets import page
from pages.tickets.office_records import Audit, Deed
from tickets.names import Role, number_of
from tickets.people import audit
from tickets.web.pages.answering import PageRoute, html
from tickets.web.pages.visit import AnyVisit

PER_PAGE = 50
_DIGITS = 18


def routes() -> APIRouter:
    """`/tickets/audit`, and `?before=` a line of it."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/tickets/audit")
    def audited(visit: AnyVisit, before: str = "") -> Response:
        visit.ensure(Role.ADMIN)
        place = int(before) if before.isascii() and before.isdecimal() and len(before) <= _DIGITS else None
        # One more than is shown tells whether there are older ones.
        lines = audit.newest(visit.desk, before=place, most=PER_PAGE + 1)
        shown = Audit(
            lines=tuple(
                Deed(
                    number=each.id,
                    at=each.at,
                    who=each.actor,
                    action=each.action,
                    subject=each.subject,
                    ticket=number_of(each.subject) if each.action.startswith("ticket.") else None,
                    address=each.address,
                    detail=each.detail,
                )
                for each in lines[:PER_PAGE]
            ),
            older=lines[PER_PAGE - 1].id if len(lines) > PER_PAGE else None,
            is_newest=place is None,
        )
        return html(visit, page.audit_page(visit.around("audit"), shown))

    return router
