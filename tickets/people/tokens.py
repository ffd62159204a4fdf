"""Tokens: what programs prove themselves by. A token is printed once and kept as its SHA-256."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from facts.message import msg
from tickets.desk import Desk
from tickets.names import Role
from tickets.people.accounts import CONSOLE, By, proper_name
from tickets.people.refusals import NoSuchAccount, Refused
from tickets.people.roles import PEOPLE, includes
from tickets.store import credentials
from tickets.store import people as store
from tickets.store.credentials import Token

# So that a token that was pasted where it does not belong is recognized by people and by secret scanners.
PREFIX = "tf_"
RANDOM_BYTES = 32
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token stands for.

    Attributes:
        name: The account's, else the token's own.
        role: Never more than the account's is by now.
    """

    name: str
    role: Role


def create_token(
    desk: Desk,
    name: str,
    role: Role,
    *,
    account: str | None = None,
    expires_at: datetime | None = None,
    by: By = CONSOLE,
) -> str:
    """A new token's secret, which is never to be had again.

    Args:
        desk: Where.
        name: Of the token.
        role: `machine`, or a person's.
        account: Whose it is; a person's role with the name of an account belongs to that account also where this is not given.
            Without an account, the token acts under its own name.
        expires_at: From when it is worth nothing; None for never.
        by: Who asks.

    Raises:
        NoSuchAccount: There is no such account.
        Refused: The name is taken or will not do, or the role goes beyond the account's.
    """
    name = proper_name(name)
    if role is Role.MACHINE and account is not None:
        raise Refused(msg("A machine's token belongs to no account."))
    secret = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)

    def created(connection: Connection) -> None:
        if credentials.token(connection, name) is not None:
            raise Refused(
                msg("There is a token of the name {name} already, or there was one; choose another name.", name=name)
            )
        namesake = store.find(connection, name)
        owner = store.find(connection, account) if account is not None else namesake
        if account is not None and owner is None:
            raise NoSuchAccount(msg("There is no account of the name {name}.", name=account))
        if role is Role.MACHINE and namesake is not None:
            raise Refused(msg("There is an account of the name {name}; choose another name.", name=name))
        if owner is not None and not includes(owner[0].role, role):
            raise Refused(msg("The account is {role}: its tokens cannot do more.", role=owner[0].role.value))
        credentials.add_token(
            connection, secret, name=name, role=role, account=None if owner is None else owner[0].name, at=desk.now(),
            expires_at=expires_at,
        )  # fmt: skip
        store.record(
            connection, at=desk.now(), actor=by.name, action="token.create", subject=name, address=by.address,
            detail=f"role {role.value}",
        )  # fmt: skip

    desk.store.writing(created)
    return secret


def tokens(desk: Desk) -> list[Token]:
    """Every token, those that were revoked too."""
    with desk.store.read() as connection:
        return credentials.tokens(connection)


def revoke(desk: Desk, name: str, *, by: By = CONSOLE) -> None:
    """The token is worth nothing any more, from this moment on.

    Raises:
        NoSuchAccount: There is no such token.
    """

    def revoked(connection: Connection) -> None:
        if credentials.token(connection, name) is None:
            raise NoSuchAccount(msg("There is no token of the name {name}.", name=name))
        if credentials.revoke(connection, name, desk.now()):
            store.record(
                connection, at=desk.now(), actor=by.name, action="token.revoke", subject=name, address=by.address
            )

    desk.store.writing(revoked)


def authenticate_token(desk: Desk, secret: str) -> Bearer | None:
    """Whom the token stands for; None where it is worth nothing."""
    if not secret.startswith(PREFIX) or len(secret) > LONGEST:
        return None
    with desk.store.read() as connection:
        found = credentials.valid_token(connection, secret, desk.now())
    if found is None:
        return None
    token, account = found
    if account is None:
        return Bearer(token.name, token.role)
    return Bearer(account.name, min(token.role, account.role, key=PEOPLE.index))
