"""Accounts, and the log of who did what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from tickets.names import Role
from tickets.store.tables import ACCOUNTS, AUDIT

AUDIT_DETAIL_AT_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can log in.

    Attributes:
        lang: `zh`, `en`, or empty for what the browser asks for.
        contacts: How messages reach them, by kind of channel.
        areas: For which they are an engineer; none means all.
    """

    name: str
    role: Role
    lang: str = ""
    contacts: Mapping[str, str]
    areas: tuple[str, ...]
    created_at: datetime
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the log of who did what."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    address: str
    detail: str


def add(connection: Connection, account: Account, password_hash: str) -> None:
    """A new account.

    Raises:
        IntegrityError: There is one of that name.
    """
    connection.execute(
        insert(ACCOUNTS).values(
            name=account.name,
            role=account.role.value,
            password_hash=password_hash,
            lang=account.lang,
            contacts=dict(account.contacts),
            areas=list(account.areas),
            created_at=account.created_at,
            disabled=account.disabled,
        )
    )


def find(connection: Connection, name: str) -> tuple[Account, str] | None:
    """The account of that name and the hash of its password."""
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == name)).one_or_none()
    return None if row is None else (account_of(row), row.password_hash)


def everybody(connection: Connection) -> list[Account]:
    """Every account, by name."""
    return [account_of(row) for row in connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.name))]


def change(connection: Connection, name: str, **columns: Any) -> bool:
    """Changes columns of an account; whether there is one."""
    changed = connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(**columns))
    return changed.rowcount == 1


def admins_left(connection: Connection, but: str) -> int:
    """How many other accounts can still administrate."""
    found = select(func.count()).where(
        ACCOUNTS.c.role == Role.ADMIN.value, ACCOUNTS.c.disabled.is_(False), ACCOUNTS.c.name != but
    )
    return int(connection.execute(found).scalar_one())


def account_of(row: Any) -> Account:
    """The record of a row."""
    return Account(
        name=row.name,
        role=Role(row.role),
        lang=row.lang,
        contacts=row.contacts,
        areas=tuple(row.areas),
        created_at=row.created_at,
        disabled=row.disabled,
    )


def record(
    connection: Connection, *, at: datetime, actor: str, action: str, subject: str = "", address: str = "",
    detail: str = "",
) -> None:  # fmt: skip
    """Writes down who did what, in the transaction that does it; never a password, a token or a cookie."""
    connection.execute(
        insert(AUDIT).values(
            at=at, actor=actor, action=action, subject=subject, address=address, detail=detail[:AUDIT_DETAIL_AT_MOST]
        )
    )


def lines(connection: Connection, *, before: int | None, most: int) -> Sequence[Line]:
    """The newest lines, or those before one of them."""
    query = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(most)
    if before is not None:
        query = query.where(AUDIT.c.id < before)
    return [Line(**row) for row in connection.execute(query).mappings()]
