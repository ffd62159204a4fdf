"""Sessions of browsers: a random secret in a cookie, of which the store keeps the SHA-256, and a second one against forged requests."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from tickets.desk import Desk
from tickets.people import attempts, passwords
from tickets.people.accounts import NAME, By, set_password
from tickets.people.refusals import WrongLogin
from tickets.store import credentials
from tickets.store import people as store
from tickets.store.credentials import Session
from tickets.store.people import Account

# OWASP's session guidance: both an idle and an absolute end. Nights on call are long, so neither is short.
IDLE = timedelta(hours=12)
LIFETIME = timedelta(days=7)
PER_ACCOUNT = 20
# A request need not cost a write each.
TOUCH = timedelta(minutes=1)
RANDOM_BYTES = 32
LONGEST = 200


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A new session.

    Attributes:
        secret: For the cookie.
        csrf: For forms and scripts of our own pages.
    """

    account: Account
    secret: str
    csrf: str


def log_in(desk: Desk, name: str, password: str, address: str = "") -> LoggedIn:
    """A new session.

    Args:
        desk: Where.
        name: Of the account.
        password: As it was typed.
        address: From where.

    Raises:
        WrongLogin: They do not fit; an unknown account takes as long to refuse as a wrong password.
        TooMany: There were too many failures.
    """
    attempts.begin(desk, name, address)
    with desk.store.read() as connection:
        found = store.find(connection, name) if NAME.fullmatch(name) else None
    right = passwords.fits(None if found is None else found[1], password)
    if found is None or not right or found[0].disabled:
        _refused(desk, "" if found is None else name, address)
        raise WrongLogin
    account, stored = found
    renewed = passwords.hashed(password) if passwords.is_weak_by_now(stored) else None
    begun = LoggedIn(account, secrets.token_urlsafe(RANDOM_BYTES), secrets.token_urlsafe(RANDOM_BYTES))

    def written(connection: Connection) -> None:
        attempts.forgive(connection, name, address)
        at = desk.now()
        if renewed is not None:
            store.change(connection, name, password_hash=renewed)
        credentials.add_session(
            connection, begun.secret, account=name, csrf=begun.csrf, at=at, expires_at=at + LIFETIME, most=PER_ACCOUNT
        )
        store.record(connection, at=at, actor=name, action="login", address=address)

    desk.store.writing(written)
    return begun


def _refused(desk: Desk, name: str, address: str) -> None:
    # An unknown name is not written down: it may be a password in the wrong field.
    desk.store.writing(
        lambda connection: store.record(
            connection, at=desk.now(), actor=name, action="login.refused", address=address,
            detail="" if name else "unknown account",
        )
    )  # fmt: skip


def session(desk: Desk, secret: str, *, touch: bool = True) -> Session | None:
    """The session of a cookie; None where it is over.

    Args:
        desk: Where.
        secret: The cookie's value.
        touch: Whether it counts as being used: a page that asks for news by itself is not a person.
    """
    if not secret or len(secret) > LONGEST:
        return None
    at = desk.now()
    with desk.store.read() as connection:
        found = credentials.valid_session(connection, secret, at, at - IDLE)
    if found is not None and touch and at - found.seen_at > TOUCH:
        desk.store.writing(lambda connection: credentials.touch(connection, secret, at))
    return found


def log_out(desk: Desk, secret: str, *, by: By) -> None:
    """The session is over, on the server too."""

    def ended(connection: Connection) -> None:
        credentials.end_session(connection, secret)
        store.record(connection, at=desk.now(), actor=by.name, action="logout", address=by.address)

    desk.store.writing(ended)


def change_own_password(desk: Desk, secret: str, name: str, old: str, new: str, *, by: By) -> None:
    """Somebody chooses a new password for themselves; their other sessions end.

    Raises:
        WrongLogin: The old one is wrong.
        TooMany: It was wrong too often.
        Refused: The new one will not do.
    """
    attempts.begin(desk, name, by.address)
    with desk.store.read() as connection:
        found = store.find(connection, name)
    if not passwords.fits(None if found is None else found[1], old):
        _refused(desk, name, by.address)
        raise WrongLogin
    desk.store.writing(lambda connection: attempts.forgive(connection, name, by.address))
    set_password(desk, name, new, by=by, keep=secret)
