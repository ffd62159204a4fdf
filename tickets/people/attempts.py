"""How often somebody may try to log in.

An attempt counts as failed before the password is checked and is forgiven afterwards, so that a hundred at once are no way around
the limit. An account alone has the widest limit: it is the one by which a stranger could lock somebody out (a link in a message
claims a ticket without a login all the same).
"""

import ipaddress
from datetime import timedelta

from sqlalchemy import Connection

from facts.message import msg
from tickets.desk import Desk
from tickets.people.refusals import TooMany
from tickets.store import credentials

WINDOW = timedelta(minutes=15)
FORGET = timedelta(hours=24)
PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, PER_ACCOUNT = 5, 20, 50
# One customer of an IPv6 provider has at least this many bits of the address to themselves (RFC 6177).
IPV6_PREFIX = 64


def begin(desk: Desk, name: str, address: str) -> None:
    """Counts one attempt more as failed.

    Raises:
        TooMany: There were too many; it says nothing of whether the account exists.
    """
    account, place = _known_as(name), _place(address)

    def counted(connection: Connection) -> None:
        credentials.lock_logins(connection)
        at = desk.now()
        since = at - WINDOW
        for most, which in (
            (PER_ACCOUNT_AND_ADDRESS, {"account": account, "address": place}),
            (PER_ADDRESS, {"address": place}),
            (PER_ACCOUNT, {"account": account}),
        ):
            count, first = credentials.failures(connection, since, **which)
            if count >= most and first is not None:
                seconds = max(1, round((first + WINDOW - at).total_seconds()))
                raise TooMany(
                    msg("Too many failed logins; try again in {minutes} min.", minutes=-(-seconds // 60)), seconds
                )
        credentials.add_failure(connection, at, account, place, at - FORGET)

    desk.store.writing(counted)


def forgive(connection: Connection, name: str, address: str) -> None:
    """The password was right."""
    credentials.forget_failures(connection, _known_as(name), _place(address))


def _known_as(name: str) -> str:
    # Some people type their password into the field of the name: what they typed is not kept.
    return credentials.sha256(name)[:32]


def _place(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if parsed.version == 4:  # noqa: PLR2004  (the protocol's own number)
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
