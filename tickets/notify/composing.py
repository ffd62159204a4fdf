"""Makes one message of everything that is due on a channel: the most urgent tickets in full, the rest by name."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from facts.message import Message
from pages.tickets.words import URGENCIES
from pages.translation import Translate, translator
from tickets.desk import Desk
from tickets.events import Entry, Event
from tickets.names import State, Urgency
from tickets.notify import claiming, wording
from tickets.notify.chain import addressed
from tickets.notify.channels import EVERYBODY, MOST_CALLED, Channel
from tickets.notify.defusing import one_line, shortened
from tickets.notify.letter import MUST, SPARE, WORTH, Call, Letter, Line, Link, Mention, Piece, Plain, Strong
from tickets.notify.occasions import CALLING, Occasion
from tickets.store import log
from tickets.store.contacts import Person, people
from tickets.store.outbox import Task
from tickets.ticket import Ticket, replay

IN_FULL = 3
TITLE_AT_MOST, SUMMARY_AT_MOST, BRIEF_AT_MOST = 120, 150, 60
_ORDER = tuple(Urgency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What there is to say about one ticket.

    Attributes:
        said: Each message about it: why, and the entry that it tells of.
        called: Who is asked to act.
        claims: Links that claim it, by account.
    """

    ticket: Ticket
    said: tuple[tuple[Task, Occasion, Entry], ...]
    called: tuple[Person | str, ...] = ()
    claims: tuple[tuple[str, str], ...] = ()


def notices(connection: Connection, desk: Desk, channel: Channel, tasks: Iterable[Task], key: str) -> list[Notice]:
    """What is worth saying of what is due, the most urgent first; a ticket that somebody has taken by now is not called out.

    Args:
        connection: For reading.
        desk: The mall's rules.
        channel: By which it goes.
        tasks: The messages that are due.
        key: Signs claim links.
    """
    by_ticket: dict[int, list[Task]] = {}
    for task in tasks:
        by_ticket.setdefault(task.ticket or 0, []).append(task)
    found = []
    for number, asked in by_ticket.items():
        entries = log.load_log(connection, number)
        ticket = replay(number, entries)
        said = tuple((task, Occasion(task.data["occasion"]), entries[task.data["about"] - 1]) for task in asked)
        said = tuple(each for each in said if _still(each[1], ticket))
        if said:
            found.append(_notice(connection, desk, channel, ticket, said, key))
    return sorted(found, key=lambda each: (_ORDER.index(each.ticket.urgency), each.ticket.number))


def _still(occasion: Occasion, ticket: Ticket) -> bool:
    return occasion is not Occasion.UNCLAIMED or (ticket.state is State.WAITING and ticket.urgency is Urgency.URGENT)


def _notice(
    connection: Connection, desk: Desk, channel: Channel, ticket: Ticket,
    said: tuple[tuple[Task, Occasion, Entry], ...], key: str,
) -> Notice:  # fmt: skip
    if not any(occasion in CALLING for _, occasion, _ in said):
        return Notice(ticket=ticket, said=said)
    addressed_one = {task.data["person"] for task, _, _ in said if task.data["person"]}
    names = list(addressed_one) or ([ticket.owner] if ticket.owner else list(channel.people))
    known = people(connection, names)
    chain = {name: person for _, _, entry in said for name, person in addressed(connection, entry.event).items()}
    chosen = {name: known[name] for name in dict.fromkeys(names) if name in known} | ({} if addressed_one else chain)
    called: list[Person | str] = []
    called += list(chosen.values())[:MOST_CALLED]
    if ticket.owner is None and not channel.is_personal:
        called += channel.mentions
    claims: tuple[tuple[str, str], ...] = ()
    if ticket.state is State.WAITING and desk.notifying.base_url:
        # Of the message's own time: sent again, it carries the same link.
        until = said[0][0].created_at.timestamp() + desk.notifying.claim_seconds
        claims = tuple(
            (person.name, desk.notifying.claim_page(claiming.token(key, ticket.number, person.name, until)))
            for person in called
            if isinstance(person, Person) and person.may_take
        )
    return Notice(ticket=ticket, said=said, called=tuple(called), claims=claims)


def compose(desk: Desk, channel: Channel, found: Sequence[Notice], to: str = "") -> Letter:
    """The message.

    Args:
        desk: The mall's rules.
        channel: By which it goes.
        found: At least one; the most urgent first.
        to: The contact of the person whom it goes to.
    """
    say = translator(channel.lang)
    mentions = tuple(dict.fromkeys(_mention(channel, each) for notice in found for each in notice.called))
    first, more = found[0], found[1:]
    subject = say(_headline(first, TITLE_AT_MOST))
    lines: list[Line] = []
    if more:
        subject = say(wording.several(desk.mall, len(found)))
        lines.append(Line((Strong(subject),)))
    for notice in found[:IN_FULL]:
        lines += _in_full(desk, say, notice)
    if mentions:
        calls = [piece for mention in mentions for piece in (Plain(" "), Call(mention))][1:]
        lines.insert(1, Line(tuple(calls)))
    rest = found[IN_FULL:]
    if rest:
        lines.append(Line((Plain(say(wording.also(" ".join(each.ticket.name for each in rest)))),)))
        lines += [Line((Plain(say(_headline(each, BRIEF_AT_MOST))),), WORTH) for each in rest]
    return Letter(
        id=identity(task for notice in found for task, _, _ in notice.said),
        subject=one_line(subject),
        lines=tuple(lines),
        language=channel.lang,
        mall=desk.mall,
        mentions=mentions,
        documents=tuple(each for notice in found for each in _documents(desk, say, notice)),
        speech=say(
            wording.spoken(
                desk.mall,
                URGENCIES[first.ticket.urgency],
                first.ticket.number,
                shortened(one_line(first.ticket.title), TITLE_AT_MOST),
            )
        ),
        to=to,
    )


def identity(tasks: Iterable[Task]) -> str:
    """What a receiver recognizes a message by that it has got before."""
    return hashlib.sha256("\n".join(sorted(task.once for task in tasks)).encode()).hexdigest()[:32]


def _headline(notice: Notice, most: int) -> Message:
    ticket = notice.ticket
    return wording.headline(
        URGENCIES[ticket.urgency], ticket.name, shortened(one_line(ticket.title), most)
    )  # fmt: skip


def _in_full(desk: Desk, say: Translate, notice: Notice) -> list[Line]:
    ticket = notice.ticket
    events: list[str] = list(
        dict.fromkeys(say(_what(occasion, entry.event)) for _, occasion, entry in notice.said)
    )  # fmt: skip
    lines = [Line((Strong(say(_headline(notice, TITLE_AT_MOST))),)), Line((Plain(" ".join(events)),), MUST)]
    links: list[Piece] = []
    for account, url in notice.claims:
        links += [Link(say(wording.claim_it(account)), url), Plain("  ")]
    page = desk.notifying.page(ticket.number)
    if page:
        links.append(Link(say(wording.OPEN_IT), page))
    if links:
        lines.append(Line(tuple(links)))
    state = wording.STATES[ticket.state]
    lines.append(Line((Plain(say(wording.standing(state, ticket.owner, one_line(ticket.area)))),), WORTH))
    lines.append(Line((Plain(say(wording.times(ticket.opened_at, ticket.expected_at, desk.timezone))),), WORTH))
    summary = shortened(one_line(ticket.summary), SUMMARY_AT_MOST)
    if summary and any(occasion in CALLING for _, occasion, _ in notice.said):
        lines.append(Line((Plain(summary),), SPARE))
    return lines


def _what(occasion: Occasion, event: Event) -> Message:
    return wording.what_happened(occasion, event)


def _mention(channel: Channel, who: Person | str) -> Mention:
    if isinstance(who, str):
        return Mention(name=who, user=who)
    own = who.contacts.get(channel.kind.value, "")
    # Nobody becomes everybody by what they enter as their own contact.
    everybody = own.lstrip("@").lower() == EVERYBODY.lstrip("@")
    return Mention(name=who.name, user="" if everybody else own, mobile=who.contacts.get("phone", ""))


def _documents(desk: Desk, say: Translate, notice: Notice) -> Iterable[Mapping[str, Any]]:
    ticket = notice.ticket
    for task, occasion, entry in notice.said:
        yield {
            "id": task.once,
            "ticket": ticket.number,
            "name": ticket.name,
            "occasion": occasion.value,
            "at": entry.at.isoformat(),
            "says": say(_what(occasion, entry.event)),
            "title": ticket.title,
            "summary": ticket.summary,
            "urgency": ticket.urgency.value,
            "state": ticket.state.value,
            "area": ticket.area,
            "owner": ticket.owner,
            "reporter": ticket.reporter,
            "opened_at": ticket.opened_at.isoformat(),
            "expected_at": None if ticket.expected_at is None else ticket.expected_at.isoformat(),
            "url": desk.notifying.page(ticket.number) or None,
            "claims": [{"account": account, "url": url} for account, url in notice.claims],
        }
