"""Accounts, tokens and the log of who did what, for admins; and for engineers, to whom a ticket can be given."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from tickets.names import Role
from tickets.people import accounts, audit, tokens
from tickets.people.accounts import By
from tickets.store.people import Account
from tickets.web.api.sessions import Password
from tickets.web.api.shapes import PROBLEMS, Asked
from tickets.web.caller import Caller, TheDesk, only
from tickets.web.texts import Instant, Line

Admin = Annotated[Caller, Depends(only(Role.ADMIN))]
Engineer = Annotated[Caller, Depends(only(Role.ENGINEER))]
Name = Annotated[str, Path(min_length=1, max_length=64)]
Contacts = dict[Annotated[str, Field(max_length=40)], Line]


class Person(BaseModel):
    """Somebody to whom a ticket can be given."""

    name: str
    role: Role
    areas: list[str]


class AccountShown(Person):
    """An account."""

    lang: str
    contacts: dict[str, str]
    created_at: datetime
    disabled: bool


class NewAccount(Asked):
    """An account that is wanted."""

    name: str = Field(min_length=1, max_length=64)
    role: Role
    password: Password
    lang: str = Field("", max_length=2)
    contacts: Contacts = Field(default_factory=dict)
    areas: list[Line] = Field(default_factory=list)


class AccountChange(Asked):
    """What is to be different; what is left out stays."""

    role: Role | None = None
    lang: str | None = Field(None, max_length=2)
    contacts: Contacts | None = None
    areas: list[Line] | None = None


class PasswordChange(Asked):
    """A new password, chosen by an admin."""

    password: Password


class NewToken(Asked):
    """A token that is wanted."""

    name: str = Field(min_length=1, max_length=64)
    role: Role = Role.MACHINE
    account: str | None = Field(None, max_length=64, description="Whose it is")
    expires_at: Instant | None = None


class TokenShown(BaseModel):
    """A token without its secret, which nobody has."""

    name: str
    role: Role
    account: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class TokenGiven(BaseModel):
    """A token with its secret: it is told this once."""

    name: str
    token: str


class LineShown(BaseModel):
    """One line of the log of who did what."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    address: str
    detail: str


def routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/v1", tags=["people"], responses=PROBLEMS)

    @router.get("/people", summary="To whom a ticket can be given")
    def people(desk: TheDesk, _who: Engineer) -> list[Person]:
        return [Person(name=each.name, role=each.role, areas=list(each.areas)) for each in accounts.engineers(desk)]

    @router.get("/accounts", summary="Every account")
    def every_account(desk: TheDesk, _who: Admin) -> list[AccountShown]:
        return [_shown(each) for each in accounts.accounts(desk)]

    @router.post("/accounts", status_code=201, summary="Add an account")
    def add(desk: TheDesk, who: Admin, body: NewAccount) -> AccountShown:
        added = accounts.add_account(
            desk, body.name, body.role, body.password.get_secret_value(), lang=body.lang, contacts=body.contacts,
            areas=body.areas, by=_by(who),
        )  # fmt: skip
        return _shown(added)

    @router.patch("/accounts/{name}", summary="Change an account")
    def change(desk: TheDesk, who: Admin, name: Name, body: AccountChange) -> AccountShown:
        changed = accounts.change_account(
            desk, name, role=body.role, lang=body.lang, contacts=body.contacts, areas=body.areas, by=_by(who)
        )
        return _shown(changed)

    @router.post("/accounts/{name}/password", status_code=204, summary="Set a password; the account's sessions end")
    def password(desk: TheDesk, who: Admin, name: Name, body: PasswordChange) -> None:
        accounts.set_password(desk, name, body.password.get_secret_value(), by=_by(who))

    @router.post("/accounts/{name}/disable", summary="The account can do nothing any more")
    def disable(desk: TheDesk, who: Admin, name: Name) -> AccountShown:
        accounts.disable(desk, name, by=_by(who))
        return _shown(accounts.account(desk, name))

    @router.post("/accounts/{name}/enable", summary="The account can log in again")
    def enable(desk: TheDesk, who: Admin, name: Name) -> AccountShown:
        accounts.enable(desk, name, by=_by(who))
        return _shown(accounts.account(desk, name))

    @router.get("/tokens", summary="Every token, without its secret")
    def every_token(desk: TheDesk, _who: Admin) -> list[TokenShown]:
        return [
            TokenShown(
                name=each.name, role=each.role, account=each.account, created_at=each.created_at,
                expires_at=each.expires_at, revoked_at=each.revoked_at,
            )
            for each in tokens.tokens(desk)
        ]  # fmt: skip

    @router.post("/tokens", status_code=201, summary="Create a token; its secret is told this once")
    def create(desk: TheDesk, who: Admin, body: NewToken) -> TokenGiven:
        secret = tokens.create_token(
            desk, body.name, body.role, account=body.account, expires_at=body.expires_at, by=_by(who)
        )
        return TokenGiven(name=body.name, token=secret)

    @router.post("/tokens/{name}/revoke", status_code=204, summary="The token is worth nothing any more")
    def revoke(desk: TheDesk, who: Admin, name: Name) -> None:
        tokens.revoke(desk, name, by=_by(who))

    @router.get("/audit", summary="Who did what, the newest first")
    def audited(
        desk: TheDesk,
        _who: Admin,
        before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Older than this line")] = None,
        per_page: Annotated[int, Query(ge=1, le=audit.MOST)] = 50,
    ) -> list[LineShown]:
        return [
            LineShown(
                id=each.id, at=each.at, actor=each.actor, action=each.action, subject=each.subject,
                address=each.address, detail=each.detail,
            )
            for each in audit.newest(desk, before=before, most=per_page)
        ]  # fmt: skip

    return router


def _by(who: Caller) -> By:
    return By(who.name, who.address)


def _shown(account: Account) -> AccountShown:
    return AccountShown(
        name=account.name, role=account.role, areas=list(account.areas), lang=account.lang,
        contacts=dict(account.contacts), created_at=account.created_at, disabled=account.disabled,
    )  # fmt: skip
