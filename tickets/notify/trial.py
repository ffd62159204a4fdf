"""A message to try a channel with: it goes to the real service, and what the service answered is told word for word."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from facts.message import Message, msg
from pages.translation import translator
from tickets.desk import Desk
from tickets.notify import wording
from tickets.notify.channels import Channel
from tickets.notify.letter import Letter, Line, Link, Plain, Strong
from tickets.notify.receipt import NotNow, Receipt, Refused
from tickets.notify.turns import deliver
from tickets.store.contacts import people

# Shorter ones would take whole words out of an answer, and are no secrets.
SHORTEST_SECRET = 4


class NoSuchChannel(LookupError):  # noqa: N818  (the user's mistake, answered by a sentence)
    """The configuration names none of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How it went.

    Attributes:
        delivered: Whether the service has confirmed it.
        can_be_tried_again: Whether the service might take it later.
        answer: What it answered, or why there is no answer; without any of the channel's secrets.
        seconds: That it took.
    """

    delivered: bool
    can_be_tried_again: bool
    answer: Message | str
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
            answer = msg("no {contact} is known of {account}", contact=channel.contact, account=account or "nobody")
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
            delivered, again, said = True, True, detail
        case NotNow(reason=reason):
            delivered, again, said = False, True, reason
        case Refused():
            delivered, again, said = False, False, str(outcome)
    for secret in sorted(_secrets(channel, desk.notifying.proxy), key=len, reverse=True):
        said = said.replace(secret, "…")
    return Tried(delivered=delivered, can_be_tried_again=again, answer=said, seconds=seconds)


def _secrets(channel: Channel, proxy: str) -> Iterator[str]:
    """What an answer may not repeat: here it is shown to whoever looks at a terminal, and some services echo what they got."""
    yield from (each for each in (channel.secret,) if len(each) >= SHORTEST_SECRET)
    for url in (channel.url, proxy):
        parts = urlsplit(url)
        credentials = parts.netloc.rpartition("@")[0].partition(":")
        for each in (credentials[2], *(part.partition("=")[2] for part in parts.query.split("&"))):
            yield from (form for form in {each, unquote(each)} if len(form) >= SHORTEST_SECRET)
