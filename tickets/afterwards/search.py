"""Finds tickets by what is written in them, in Chinese too.

Searched are title, summary, area, runbook, labels and names of the alerts, plan, solution, steps, cautions and comments. Internal
comments are not, since a reporter could otherwise guess at them by asking. What an alert that joined later brings is searched from the
next thing on that a person does, so that a storm costs no more than its tickets.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, select

from tickets import events
from tickets.desk import Desk
from tickets.events import Entry
from tickets.store import log as logs
from tickets.store import search
from tickets.store.tables import TICKETS
from tickets.store.words import terms, words
from tickets.ticket import Ticket, replay

ASKED_AT_MOST = 300
_TELLS = (
    events.Opened, events.Planned, events.Resolved, events.Commented, events.AreaChanged, events.Reopened,
    events.Absorbed,
)  # fmt: skip
_NUMBER = re.compile(r"\s*[Tt]-(\d{1,15})\s*")


def index(connection: Connection, desk: Desk, ticket: Ticket, new: Sequence[Entry]) -> None:
    """Keeps what the ticket can be found by; a follower of every ticket."""
    del desk
    if not any(isinstance(each.event, _TELLS) for each in new):
        return
    opened = isinstance(new[0].event, events.Opened)
    _put(connection, ticket, new if opened else logs.load_log(connection, ticket.number), new=opened)


def reindex(connection: Connection, numbers: Iterable[int]) -> None:
    """Does the same for tickets that were written past the followers.

    Args:
        connection: In a transaction that writes.
        numbers: Of tickets.
    """
    for number in numbers:
        log = logs.load_log(connection, number)
        _put(connection, replay(number, log), log, new=False)


def matching(connection: Connection, text: str, most: int, *where: ColumnElement[bool]) -> list[int]:
    """The tickets in which all the words of a text stand: those that have them in the title first, then the newest.

    Args:
        connection: Of the store.
        text: What somebody typed, whatever it is; the beginning of a Latin word is enough, `T-12` is that ticket.
        most: Tickets at most.
        where: Conditions on the columns of `tickets` besides, such as a reporter's own.
    """
    if most < 1:
        return []
    number = _NUMBER.fullmatch(text)
    if number is not None:
        return list(connection.scalars(select(TICKETS.c.number).where(TICKETS.c.number == int(number[1]), *where)))
    asked = terms(text[:ASKED_AT_MOST])
    if not asked:
        return []
    found = search.having_all(connection, asked, most, *where, titled=True)
    if len(found) < most:
        # Those in the title come again here: as many more are asked for.
        found += search.having_all(connection, asked, most + len(found), *where)
    return list(dict.fromkeys(found))[:most]


def _put(connection: Connection, ticket: Ticket, log: Sequence[Entry], *, new: bool) -> None:
    search.put(connection, ticket.number, words([ticket.title]), words(_texts(ticket, log)), new=new)


def _texts(ticket: Ticket, log: Sequence[Entry]) -> Iterator[str]:
    """The newest solution first: a text that is too long loses its oldest part."""
    yield from (
        ticket.area,
        ticket.solution,
        ticket.steps,
        ticket.cautions,
        ticket.summary,
        ticket.plan,
        ticket.runbook,
    )
    yield from ticket.labels.values()
    for entry in reversed(log):
        match entry.event:
            case events.Commented(text=text, internal=False):
                yield text
            case events.Fired(name=name, labels=labels):
                yield name
                yield from labels.values()
