"""Links that claim a ticket without a login: signed, for one ticket and one account, for some hours, and once.

Whoever holds the link can do one thing with it: make that account the owner of that ticket while nobody has taken it.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Connection

from tickets import lifecycle
from tickets.changing import change_within
from tickets.desk import Desk
from tickets.events import Event
from tickets.names import State
from tickets.store import links, log
from tickets.store.contacts import Person, people
from tickets.store.kept_once import kept_once
from tickets.store.log import NoSuchTicket
from tickets.store.opening import Raced
from tickets.ticket import Ticket

SIGNING_KEY = "signing_key"
KEY_BYTES = 32
TOKEN_AT_MOST = 512


class Standing(StrEnum):
    """What a link is good for."""

    GOOD = "good"
    CLAIMED = "claimed"
    FORGED = "forged"
    EXPIRED = "expired"
    USED = "used"
    TAKEN = "taken"
    ENDED = "ended"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A link as it stands.

    Attributes:
        account: Whom it names; empty for a forged one.
        lang: Theirs; empty when they have chosen none.
        ticket: None for a forged one.
    """

    standing: Standing
    account: str = ""
    lang: str = ""
    ticket: Ticket | None = None


def key(desk: Desk) -> str:
    """What links are signed with: the mall's own key, or one that the store keeps for all processes.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    return desk.notifying.signing_key or kept_once(desk.store, SIGNING_KEY, lambda: secrets.token_hex(KEY_BYTES))


def token(signing_key: str, ticket: int, account: str, until: float) -> str:
    """What stands at the end of a link; the same for the same.

    Args:
        signing_key: See `key`.
        ticket: Its number.
        account: Whom it makes the owner.
        until: When it ends, in seconds since 1970.
    """
    return str(_signer(signing_key).dumps([ticket, account, int(until)]))


def look(desk: Desk, written: str) -> Claim:
    """How a link stands; nothing changes, so that a chat may fetch it for its preview."""
    signing_key = key(desk)
    with desk.store.read() as connection:
        return _look(connection, desk, signing_key, written)


def claim(desk: Desk, written: str, address: str = "") -> Claim:
    """Takes the ticket for the account that the link names, where it is good for that; the link is used up in the same transaction.

    Args:
        desk: Where.
        written: The end of the link.
        address: Whence, for the log of who did what.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    signing_key = key(desk)

    def make(connection: Connection) -> Claim:
        found = _look(connection, desk, signing_key, written)
        if found.standing is not Standing.GOOD or found.ticket is None:
            return found
        ticket = change_within(
            connection, desk, found.ticket.number, found.account, lambda now: _take(now, found.account)
        )
        links.use(connection, _name(written), desk.now(), found.account, ticket.number, address)
        return Claim(standing=Standing.CLAIMED, account=found.account, lang=found.lang, ticket=ticket)

    return desk.store.writing(make)


def _take(ticket: Ticket, account: str) -> Sequence[Event]:
    if ticket.state is not State.WAITING:
        # Somebody was faster since we looked; a person at the board may take over, a link may not.
        raise Raced
    return lifecycle.take(ticket, account)


def _look(connection: Connection, desk: Desk, signing_key: str, written: str) -> Claim:
    read = _read(signing_key, written)
    if read is None:
        return Claim(standing=Standing.FORGED)
    number, account, until = read
    try:
        ticket = log.load(connection, number)
    except NoSuchTicket:
        return Claim(standing=Standing.FORGED)
    person = people(connection, [account]).get(account)
    return Claim(
        standing=_standing(connection, ticket, person, until > desk.now(), _name(written)),
        account=account,
        lang=person.lang if person else "",
        ticket=ticket,
    )


def _standing(
    connection: Connection, ticket: Ticket, person: Person | None, in_time: bool, link: str,  # noqa: FBT001
) -> Standing:  # fmt: skip
    account = "" if person is None else person.name
    if ticket.state is State.IN_PROGRESS and ticket.owner == account:
        return Standing.CLAIMED
    if links.used_by(connection, link) is not None:
        return Standing.USED
    if not ticket.is_open:
        return Standing.ENDED
    if ticket.state is State.IN_PROGRESS:
        return Standing.TAKEN
    if not in_time:
        return Standing.EXPIRED
    if person is None or not person.may_take:
        return Standing.NOT_ALLOWED
    return Standing.GOOD


def _read(signing_key: str, written: str) -> tuple[int, str, datetime] | None:
    if len(written) > TOKEN_AT_MOST:
        return None
    try:
        number, account, until = _signer(signing_key).loads(written)
        return int(number), str(account), datetime.fromtimestamp(int(until), UTC)
    except (BadData, TypeError, ValueError, OverflowError, OSError):
        return None


def _name(written: str) -> str:
    """What a used link is known by; the link itself is not kept."""
    return hashlib.sha256(written.encode()).hexdigest()


def _signer(signing_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        signing_key, salt="tickets.claim", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
