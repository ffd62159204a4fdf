"""A message to try a channel with: it goes to the real service, and what the service answered is told word for word."""

import time
from dataclasses import dataclass

from facts.message import msg
from pages.translation import translator
from tickets.desk import Desk
from tickets.notify import wording
from tickets.notify.letter import Letter, Line, Link, Plain, Strong
from tickets.notify.receipt import NotNow, Receipt, Refused
from tickets.notify.turns import deliver
from tickets.store.contacts import people


class NoSuchChannel(LookupError):  # noqa: N818  (the user's mistake, answered by a sentence)
    """The configuration names none of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How it went.

    Attributes:
        delivered: Whether the service has confirmed it.
        can_be_tried_again: Whether the service might take it later.
        answer: What it answered, or why there is no answer; without the channel's secret.
        seconds: That it took.
    """

    delivered: bool
    can_be_tried_again: bool
    answer: str
    seconds: float


def send_test(desk: Desk, name: str, account: str = "") -> Tried:
    """Sends a message by a channel and tells what came of it; no ticket is opened, and nothing is kept.

    Args:
        desk: The mall's rules.
        name: Of the channel.
        account: To whom, for a channel that writes to one person at a time.

    Raises:
        NoSuchChannel: There is none.
        StoreUnavailable: The database does not answer.
    """
    channel = desk.notifying.channel(name)
    if channel is None:
        raise NoSuchChannel(name)
    to = ""
    if channel.is_personal:
        with desk.store.read() as connection:
            person = people(connection, [account]).get(account)
        to = person.contacts.get(channel.contact, "") if person else ""
        if not to:
            answer = f"no {channel.contact} is known of {account or 'nobody'}"
            return Tried(delivered=False, can_be_tried_again=False, answer=answer, seconds=0.0)
    say = translator(channel.lang)
    subject = say(msg("{mall}: a message to try the channel {channel}", mall=desk.mall, channel=name))
    lines = [Line((Strong(subject),)), Line((Plain(say(wording.TRIED)),))]
    if desk.notifying.base_url:
        lines.append(Line((Link(say(msg("Tenfold")), desk.notifying.base_url),)))
    letter = Letter(
        id=f"test-{int(desk.now().timestamp() * 1000)}", subject=subject, lines=tuple(lines), language=channel.lang,
        mall=desk.mall, speech=subject, to=to,
    )  # fmt: skip
    begun = time.monotonic()
    outcome = deliver(desk, channel, letter)
    seconds = time.monotonic() - begun
    match outcome:
        case Receipt(detail=detail):
            return Tried(delivered=True, can_be_tried_again=True, answer=detail, seconds=seconds)
        case NotNow(reason=reason):
            return Tried(delivered=False, can_be_tried_again=True, answer=reason, seconds=seconds)
        case Refused():
            return Tried(delivered=False, can_be_tried_again=False, answer=str(outcome), seconds=seconds)
