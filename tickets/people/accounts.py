"""Accounts: added, changed, disabled; never deleted, since the logs of tickets name them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from facts.message import msg
from tickets.desk import Desk
from tickets.names import Role
from tickets.people import passwords
from tickets.people.refusals import NoSuchAccount, Refused
from tickets.store import credentials
from tickets.store import people as store
from tickets.store.people import Account

# Letters of any language, so that people can bear their own names; nothing that means something in an address or a path.
NAME = re.compile(r"\w[\w.@-]{0,63}")
# Who writes in the logs of tickets without being anybody.
RESERVED = frozenset({"tenfold", "alertmanager", "alerts", "watchdog", "reconciliation"})
LANGUAGES = ("", "zh", "en")
AREAS_AT_MOST, CONTACTS_AT_MOST, CONTACT_AT_MOST = 50, 20, 200


@dataclass(frozen=True, slots=True)
class By:
    """Who asks for it, for the log of who did what.

    Attributes:
        name: Of the account; `command line` for somebody on the machine itself.
        address: From where.
    """

    name: str = "command line"
    address: str = ""


CONSOLE = By()


def add_account(
    desk: Desk, name: str, role: Role, password: str, *, lang: str = "", contacts: Mapping[str, str] | None = None,
    areas: Sequence[str] = (), by: By = CONSOLE,
) -> Account:  # fmt: skip
    """A new account.

    Args:
        desk: Where.
        name: Under which they log in.
        role: A person's.
        password: At least 8 characters.
        lang: `zh`, `en`, or empty for what their browser asks for.
        contacts: How messages reach them, by kind of channel.
        areas: For which they are an engineer; none means all.
        by: Who asks.

    Raises:
        Refused: The name, the role or the password will not do, or the name is taken.
    """
    name = proper_name(name)
    if name.casefold() in RESERVED:
        raise Refused(
            msg("{name} stands for the service itself in the logs of tickets; choose another name.", name=name)
        )
    if role is Role.MACHINE:
        raise Refused(
            msg("A machine has a token and no account: tenfold tokens create {name} --role machine.", name=name)
        )
    account = Account(
        name=name, role=role, lang=_language(lang), contacts=_contacts(contacts or {}), areas=_areas(areas),
        created_at=desk.now(),
    )  # fmt: skip
    stored = passwords.hashed(password, name)

    def added(connection: Connection) -> None:
        if store.find(connection, name) is not None:
            raise Refused(msg("There is an account of the name {name} already.", name=name))
        if credentials.token(connection, name) is not None:
            raise Refused(msg("There is a token of the name {name}; choose another name.", name=name))
        store.add(connection, account, stored)
        _record(connection, desk, by, "account.add", name, f"role {role.value}")

    desk.store.writing(added)
    return account


def accounts(desk: Desk) -> list[Account]:
    """Every account, by name."""
    with desk.store.read() as connection:
        return store.everybody(connection)


def account(desk: Desk, name: str) -> Account:
    """The account of that name.

    Raises:
        NoSuchAccount: There is none.
    """
    with desk.store.read() as connection:
        return _found(connection, name)


def engineers(desk: Desk) -> list[Account]:
    """Everybody to whom a ticket can be given."""
    return [each for each in accounts(desk) if each.role is not Role.REPORTER and not each.disabled]


def set_password(desk: Desk, name: str, password: str, *, by: By = CONSOLE, keep: str | None = None) -> None:
    """A new password; whoever is logged in with the old one is logged out, except the session with the secret `keep`.

    Raises:
        NoSuchAccount: There is no such account.
        Refused: The password will not do.
    """
    stored = passwords.hashed(password, name)

    def changed(connection: Connection) -> None:
        _change(connection, name, password_hash=stored)
        credentials.end_sessions(connection, name, keep)
        _record(connection, desk, by, "account.password", name)

    desk.store.writing(changed)


def disable(desk: Desk, name: str, *, by: By = CONSOLE) -> None:
    """The account can do nothing any more, from this moment on; its tokens neither.

    Raises:
        NoSuchAccount: There is no such account.
        Refused: Nobody would be left who can administrate.
    """

    def changed(connection: Connection) -> None:
        _leave_an_admin(connection, _found(connection, name))
        _change(connection, name, disabled=True)
        credentials.end_sessions(connection, name)
        _record(connection, desk, by, "account.disable", name)

    desk.store.writing(changed)


def enable(desk: Desk, name: str, *, by: By = CONSOLE) -> None:
    """The account can log in again.

    Raises:
        NoSuchAccount: There is no such account.
    """

    def changed(connection: Connection) -> None:
        _change(connection, name, disabled=False)
        _record(connection, desk, by, "account.enable", name)

    desk.store.writing(changed)


def change_account(
    desk: Desk, name: str, *, role: Role | None = None, lang: str | None = None,
    contacts: Mapping[str, str] | None = None, areas: Sequence[str] | None = None, by: By = CONSOLE,
) -> Account:  # fmt: skip
    """Changes what is given; a new role holds from the next request on.

    Raises:
        NoSuchAccount: There is no such account.
        Refused: A value will not do, or nobody would be left who can administrate.
    """
    if role is Role.MACHINE:
        raise Refused(msg("A person's account cannot become a machine's."))
    columns: dict[str, object] = {}
    if role is not None:
        columns["role"] = role.value
    if lang is not None:
        columns["lang"] = _language(lang)
    if contacts is not None:
        columns["contacts"] = _contacts(contacts)
    if areas is not None:
        columns["areas"] = list(_areas(areas))

    def changed(connection: Connection) -> Account:
        before = _found(connection, name)
        if role is not None and role is not Role.ADMIN:
            _leave_an_admin(connection, before)
        if columns:
            _change(connection, name, **columns)
            detail = f"role {before.role.value} to {role.value}" if role is not None else ", ".join(columns)
            _record(connection, desk, by, "account.change", name, detail)
        return _found(connection, name)

    return desk.store.writing(changed)


def proper_name(name: str) -> str:
    """The name as it is stored.

    Raises:
        Refused: It has characters that a name cannot have.
    """
    name = unicodedata.normalize("NFC", name.strip())
    if not NAME.fullmatch(name):
        raise Refused(
            msg("A name has 1 to 64 letters, digits, '.', '_', '-' or '@', and begins with a letter or a digit.")
        )
    return name


def _found(connection: Connection, name: str) -> Account:
    found = store.find(connection, name)
    if found is None:
        raise NoSuchAccount(msg("There is no account of the name {name}.", name=name))
    return found[0]


def _change(connection: Connection, name: str, **columns: object) -> None:
    if not store.change(connection, name, **columns):
        raise NoSuchAccount(msg("There is no account of the name {name}.", name=name))


def _leave_an_admin(connection: Connection, leaving: Account) -> None:
    if leaving.role is Role.ADMIN and not leaving.disabled and not store.admins_left(connection, leaving.name):
        raise Refused(msg("{name} is the last admin; make another one first.", name=leaving.name))


def _language(lang: str) -> str:
    if lang not in LANGUAGES:
        raise Refused(msg("A language is zh or en."))
    return lang


def _contacts(contacts: Mapping[str, str]) -> dict[str, str]:
    if len(contacts) > CONTACTS_AT_MOST or any(
        len(part) > CONTACT_AT_MOST for each in contacts.items() for part in each
    ):
        raise Refused(msg("An account has at most {count} contacts of a line each.", count=CONTACTS_AT_MOST))
    return dict(contacts)


def _areas(areas: Sequence[str]) -> tuple[str, ...]:
    if len(areas) > AREAS_AT_MOST or any(len(each) > CONTACT_AT_MOST for each in areas):
        raise Refused(msg("An account has at most {count} areas of a line each.", count=AREAS_AT_MOST))
    return tuple(dict.fromkeys(areas))


def _record(connection: Connection, desk: Desk, by: By, action: str, subject: str, detail: str = "") -> None:
    store.record(
        connection, at=desk.now(), actor=by.name, action=action, subject=subject, address=by.address, detail=detail
    )
