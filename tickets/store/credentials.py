"""Tokens, sessions and failed logins. Of a token and of a session only the SHA-256 is kept: whoever reads the store cannot log in."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, insert, select, text, update

from tickets.names import Role
from tickets.store.people import Account, account_of
from tickets.store.tables import ACCOUNTS, LOGIN_FAILURES, SESSIONS, TOKENS

# Logins on PostgreSQL are counted one after the other, or a crowd of them would pass the limit together.
_LOCK = 0x7E4F02D


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a program proves itself by.

    Attributes:
        account: Whose it is; None for a machine's own.
    """

    id: int
    name: str
    role: Role
    account: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that has logged in."""

    account: Account
    csrf: str
    seen_at: datetime


def sha256(secret: str) -> str:
    """What is stored of a secret that is itself random."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def add_token(
    connection: Connection, secret: str, *, name: str, role: Role, account: str | None, at: datetime,
    expires_at: datetime | None,
) -> None:  # fmt: skip
    """A new token.

    Raises:
        IntegrityError: There is one of that name.
    """
    connection.execute(
        insert(TOKENS).values(
            name=name, role=role.value, account=account, hash=sha256(secret), created_at=at, expires_at=expires_at
        )
    )


def tokens(connection: Connection) -> list[Token]:
    """Every token, by name."""
    query = select(*(column for column in TOKENS.c if column.name != "hash")).order_by(TOKENS.c.name)
    return [Token(**{**row, "role": Role(row["role"])}) for row in connection.execute(query).mappings()]


def token(connection: Connection, name: str) -> Token | None:
    """The token of that name."""
    return next((each for each in tokens(connection) if each.name == name), None)


def revoke(connection: Connection, name: str, at: datetime) -> bool:
    """The token is worth nothing any more; whether it was worth something."""
    ended = update(TOKENS).where(TOKENS.c.name == name, TOKENS.c.revoked_at.is_(None)).values(revoked_at=at)
    return connection.execute(ended).rowcount == 1


def valid_token(connection: Connection, secret: str, at: datetime) -> tuple[Token, Account | None] | None:
    """The token with that secret and the account that it belongs to, if it is still worth something."""
    columns = [column.label(f"token_{column.name}") for column in TOKENS.c if column.name != "hash"]
    query = (
        select(*columns, ACCOUNTS)
        .select_from(TOKENS.outerjoin(ACCOUNTS, TOKENS.c.account == ACCOUNTS.c.name))
        .where(TOKENS.c.hash == sha256(secret), TOKENS.c.revoked_at.is_(None))
    )
    row = connection.execute(query).one_or_none()
    if row is None or (row.token_expires_at is not None and row.token_expires_at <= at):
        return None
    found = Token(
        id=row.token_id, name=row.token_name, role=Role(row.token_role), account=row.token_account,
        created_at=row.token_created_at, expires_at=row.token_expires_at, revoked_at=row.token_revoked_at,
    )  # fmt: skip
    if found.account is None:
        return found, None
    return None if row.name is None or row.disabled else (found, account_of(row))


def add_session(
    connection: Connection, secret: str, *, account: str, csrf: str, at: datetime, expires_at: datetime, most: int
) -> None:
    """A new session; where an account has more than `most`, those that were not seen for longest end."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at <= at))
    mine = select(SESSIONS.c.hash).where(SESSIONS.c.account == account).order_by(SESSIONS.c.seen_at.desc())
    over = list(connection.execute(mine.offset(most - 1)).scalars())
    connection.execute(delete(SESSIONS).where(SESSIONS.c.hash.in_(over)))
    connection.execute(
        insert(SESSIONS).values(
            hash=sha256(secret), account=account, csrf=csrf, created_at=at, seen_at=at, expires_at=expires_at
        )
    )


def valid_session(connection: Connection, secret: str, at: datetime, seen_after: datetime) -> Session | None:
    """The session with that secret, unless it is over, was not seen for too long, or its account is disabled."""
    query = (
        select(SESSIONS.c.csrf, SESSIONS.c.seen_at, ACCOUNTS)
        .join_from(SESSIONS, ACCOUNTS, SESSIONS.c.account == ACCOUNTS.c.name)
        .where(
            SESSIONS.c.hash == sha256(secret),
            SESSIONS.c.expires_at > at,
            SESSIONS.c.seen_at > seen_after,
            ACCOUNTS.c.disabled.is_(False),
        )
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Session(account=account_of(row), csrf=row.csrf, seen_at=row.seen_at)


def touch(connection: Connection, secret: str, at: datetime) -> None:
    """The session was seen."""
    connection.execute(update(SESSIONS).where(SESSIONS.c.hash == sha256(secret)).values(seen_at=at))


def end_session(connection: Connection, secret: str) -> None:
    """The session is over."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.hash == sha256(secret)))


def end_sessions(connection: Connection, account: str, but: str | None = None) -> None:
    """Every session of an account is over, except the one with that secret."""
    ended = delete(SESSIONS).where(SESSIONS.c.account == account)
    connection.execute(ended if but is None else ended.where(SESSIONS.c.hash != sha256(but)))


def lock_logins(connection: Connection) -> None:
    """Nobody else counts until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def failures(
    connection: Connection, since: datetime, *, account: str | None = None, address: str | None = None
) -> tuple[int, datetime | None]:
    """How many failed logins there were since then, and when the first of them was."""
    query = select(func.count(), func.min(LOGIN_FAILURES.c.at)).where(LOGIN_FAILURES.c.at > since)
    if account is not None:
        query = query.where(LOGIN_FAILURES.c.account == account)
    if address is not None:
        query = query.where(LOGIN_FAILURES.c.address == address)
    count, first = connection.execute(query).one()
    return int(count), first


def add_failure(connection: Connection, at: datetime, account: str, address: str, forget_before: datetime) -> None:
    """One more failed login; old ones are forgotten."""
    connection.execute(delete(LOGIN_FAILURES).where(LOGIN_FAILURES.c.at < forget_before))
    connection.execute(insert(LOGIN_FAILURES).values(at=at, account=account, address=address))


def forget_failures(connection: Connection, account: str, address: str) -> None:
    """After a good login the account's failures from there count no more."""
    connection.execute(
        delete(LOGIN_FAILURES).where(and_(LOGIN_FAILURES.c.account == account, LOGIN_FAILURES.c.address == address))
    )
