"""People and machines: for administrators."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from facts.message import Message, msg
from pages.tickets import page
from pages.tickets.office_records import Account, Accounts, Token
from pages.tickets.records import Typed
from tickets.names import Role
from tickets.people import accounts, tokens
from tickets.people.accounts import By
from tickets.people.refusals import NotAllowed, Refused
from tickets.web.pages.answering import PageRoute, html, see, status_of
from tickets.web.pages.forms import AnyForm, Form
from tickets.web.pages.visit import AnyVisit, Visit

NAME_AT_MOST = 64
SAID: dict[str, Message] = {
    "added": msg("The account is there."),
    "locked": msg("The account is locked, and its sessions are over."),
    "revoked": msg("The token is worth nothing any more."),
}


def routes() -> APIRouter:
    """`/tickets/accounts`."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/tickets/accounts")
    def everybody(visit: AnyVisit, said: str = "") -> Response:
        return _shown(visit, said=SAID.get(said))

    @router.post("/tickets/accounts/add")
    def add(visit: AnyVisit, form: AnyForm) -> Response:
        def added() -> Response:
            role = form.word("role", Role)
            accounts.add_account(
                visit.desk, form.needed_line("name", NAME_AT_MOST), role, form.texts.get("password", ""), by=_by(visit)
            )
            return see("/tickets/accounts", "added")

        return _tried(visit, form, "account", added)

    @router.post("/tickets/accounts/disable")
    def disable(visit: AnyVisit, form: AnyForm) -> Response:
        def locked() -> Response:
            accounts.disable(visit.desk, form.needed_line("name", NAME_AT_MOST), by=_by(visit))
            return see("/tickets/accounts", "locked")

        return _tried(visit, form, "disable", locked)

    @router.post("/tickets/accounts/token")
    def make(visit: AnyVisit, form: AnyForm) -> Response:
        def made() -> Response:
            name = form.needed_line("name", NAME_AT_MOST)
            # The page itself shows it, this once: an address that did would end in logs and in the browser's history.
            return _shown(visit, made=tokens.create_token(visit.desk, name, Role.MACHINE, by=_by(visit)))

        return _tried(visit, form, "token", made)

    @router.post("/tickets/accounts/revoke")
    def revoke(visit: AnyVisit, form: AnyForm) -> Response:
        def revoked() -> Response:
            tokens.revoke(visit.desk, form.needed_line("name", NAME_AT_MOST), by=_by(visit))
            return see("/tickets/accounts", "revoked")

        return _tried(visit, form, "revoke", revoked)

    return router


def _by(visit: Visit) -> By:
    return By(visit.who.name, visit.who.address)


def _tried(visit: Visit, form: Form, name: str, done: Callable[[], Response]) -> Response:
    visit.ensure(Role.ADMIN)
    try:
        return done()
    except NotAllowed:
        raise
    except Refused as error:
        typed = Typed(form=name, problem=error.reason, values=form.kept)
        return _shown(visit, typed=typed, status=status_of(error)[0])


def _shown(
    visit: Visit, *, made: str = "", said: Message | None = None, typed: Typed | None = None, status: int = 200
) -> Response:
    visit.ensure(Role.ADMIN)
    known = Accounts(
        people=tuple(
            Account(name=each.name, role=each.role.value, disabled=each.disabled, created_at=each.created_at)
            for each in accounts.accounts(visit.desk)
        ),
        tokens=tuple(
            Token(
                number=each.id, name=each.name, role=each.role.value, created_at=each.created_at,
                expires_at=each.expires_at, revoked_at=each.revoked_at,
            )
            for each in tokens.tokens(visit.desk)
        ),
        made=made,
    )  # fmt: skip
    around = visit.around("accounts", here="/tickets/accounts", said=said)
    return html(visit, page.accounts_page(around, known, typed), status)
