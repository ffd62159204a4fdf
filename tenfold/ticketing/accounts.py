"""Accounts and tokens, on the store itself: who can do this can read the store's file anyway, so nobody has to log in."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.ticketing.opening import open_at_once, unavailable
from tenfold.words import _, say

if TYPE_CHECKING:
    from tickets.desk import Desk

LONGEST_LINE = 4096


@contextmanager
def opened(settings: Settings | None) -> Iterator["Desk"]:
    """The desk for the length of a command.

    Raises:
        CommandError: The store cannot be opened, or refuses.
    """
    desk = open_at_once(settings)
    from tickets.people.refusals import Refused
    from tickets.store.opening import StoreUnavailable

    try:
        yield desk
    except Refused as error:
        raise CommandError(say(error.reason)) from None
    except StoreUnavailable as error:
        raise unavailable(error.reason, error.remedy) from None
    finally:
        desk.store.close()


def read_password(*, from_stdin: bool) -> str:
    """The password, asked for twice on a terminal; it never stands on the command line.

    Raises:
        CommandError: There is nobody to ask, or the two differ.
    """
    if from_stdin:
        line = sys.stdin.readline(LONGEST_LINE)
        return line.rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError(
            _("There is nobody to ask for the password."), _("Give it on standard input, with --password-stdin.")
        )
    password = getpass.getpass(_("Password: "))
    if password != getpass.getpass(_("Once more: ")):
        raise CommandError(_("The two passwords differ."), _("Try again."))
    return password


def add(settings: Settings | None, name: str, role: str, password: str, **further: Any) -> dict[str, Any]:
    """A new account, as `users list` shows it.

    Raises:
        CommandError: It cannot be made.
    """
    with opened(settings) as desk:
        from tickets.names import Role
        from tickets.people.accounts import add_account

        return _account(add_account(desk, name, Role(role), password, **further))


def everybody(settings: Settings | None) -> list[dict[str, Any]]:
    """Every account.

    Raises:
        CommandError: The store cannot be read.
    """
    with opened(settings) as desk:
        from tickets.people.accounts import accounts

        return [_account(each) for each in accounts(desk)]


def disable(settings: Settings | None, name: str) -> None:
    """The account can do nothing any more.

    Raises:
        CommandError: There is none, or it is the last admin's.
    """
    with opened(settings) as desk:
        from tickets.people.accounts import disable as disabled

        disabled(desk, name)


def enable(settings: Settings | None, name: str) -> None:
    """The account can log in again.

    Raises:
        CommandError: There is none.
    """
    with opened(settings) as desk:
        from tickets.people.accounts import enable as enabled

        enabled(desk, name)


def set_password(settings: Settings | None, name: str, password: str) -> None:
    """A new password.

    Raises:
        CommandError: There is no such account, or the password will not do.
    """
    with opened(settings) as desk:
        from tickets.people.accounts import set_password as changed

        changed(desk, name, password)


def create_token(
    settings: Settings | None, name: str, role: str, *, account: str | None = None, lasts: float | None = None
) -> str:
    """A new token's secret.

    Args:
        settings: The configuration.
        name: Of the token.
        role: Of a machine or a person.
        account: Whose it is.
        lasts: Seconds until it is worth nothing; None for ever.

    Raises:
        CommandError: It cannot be made.
    """
    with opened(settings) as desk:
        from tickets.names import Role
        from tickets.people import tokens

        expires_at = None if lasts is None else desk.now() + timedelta(seconds=lasts)
        return tokens.create_token(desk, name, Role(role), account=account, expires_at=expires_at)


def every_token(settings: Settings | None) -> list[dict[str, Any]]:
    """Every token, without its secret, which nobody knows.

    Raises:
        CommandError: The store cannot be read.
    """
    with opened(settings) as desk:
        from tickets.people import tokens

        return [
            {
                "name": each.name,
                "role": each.role.value,
                "account": each.account,
                "created_at": each.created_at.isoformat(),
                "expires_at": each.expires_at.isoformat() if each.expires_at else None,
                "revoked_at": each.revoked_at.isoformat() if each.revoked_at else None,
            }
            for each in tokens.tokens(desk)
        ]


def revoke(settings: Settings | None, name: str) -> None:
    """The token is worth nothing any more.

    Raises:
        CommandError: There is none.
    """
    with opened(settings) as desk:
        from tickets.people import tokens

        tokens.revoke(desk, name)


def _account(account: Any) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": account.role.value,
        "lang": account.lang,
        "areas": list(account.areas),
        "contacts": dict(account.contacts),
        "created_at": account.created_at.isoformat(),
        "disabled": account.disabled,
    }
