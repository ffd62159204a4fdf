"""Solved tickets that look like a new one, with what solved them.

A ticket of the same alert comes first. The others are found by the words of the title, the names of the alerts and the labels: a word that
few tickets have counts more (inverse document frequency, Spärck Jones 1972), and a likeness is told only where the words in common are
worth enough of all that was asked for.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from tickets.names import Cause, Urgency
from tickets.store import log as logs
from tickets.store import search
from tickets.store.tables import TICKETS
from tickets.store.words import Term, words
from tickets.ticket import Ticket

WORDS_AT_MOST = 24
# Of a word that more solved tickets have, only the newest are looked at.
TICKETS_A_WORD = 300
LEAST_LIKENESS = 0.4
SAME_AREA = 1.15
# Labels that say where an alert was made, and nothing of the trouble.
_MUTE = frozenset({"severity", "priority", "prometheus", "replica", "team", "mall", "monitor", "cluster"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a likeness is looked for of.

    Attributes:
        number: Of the ticket itself, which is not like itself; None before there is one.
    """

    title: str
    labels: Mapping[str, str]
    area: str = ""
    keys: tuple[str, ...] = ()
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """A solved ticket.

    Attributes:
        likeness: 0 to 1; 1 for the same alert.
        same_alert: It was opened by the same alert.
    """

    number: int
    title: str
    urgency: Urgency
    area: str
    owner: str | None
    likeness: float
    same_alert: bool
    solution: str
    steps: str
    cautions: str
    cause: Cause | None
    resolved_at: datetime


def subject(ticket: Ticket) -> Subject:
    """A ticket as a likeness is looked for of it."""
    return Subject(
        title=ticket.title, labels=ticket.labels, area=ticket.area, keys=ticket.keys, number=ticket.number
    )  # fmt: skip


def similar(connection: Connection, of: Subject, most: int = 5) -> list[Similar]:
    """The solved tickets that are most like it, the likest first.

    Args:
        connection: Of the store.
        of: What is new.
        most: Tickets at most.
    """
    same = _same_alert(connection, of, most)
    likeness = {**_by_words(connection, of), **dict.fromkeys(same, 1.0)}
    ranked = sorted(likeness.items(), key=lambda each: (each[0] in same, each[1], each[0]), reverse=True)[:most]
    return [_solved(connection, number, share, same_alert=number in same) for number, share in ranked]


def _same_alert(connection: Connection, of: Subject, most: int) -> set[int]:
    if not of.keys:
        return set()
    found = (
        select(TICKETS.c.number)
        .where(TICKETS.c.key.in_(of.keys), TICKETS.c.resolved_at.is_not(None), TICKETS.c.number != (of.number or 0))
        .order_by(TICKETS.c.resolved_at.desc())
        .limit(most)
    )
    return set(connection.scalars(found))


def _by_words(connection: Connection, of: Subject) -> dict[int, float]:
    asked = words((of.title, *(value for name, value in of.labels.items() if name not in _MUTE)), WORDS_AT_MOST)
    # A single Chinese character is in too many words to say anything, and a number is another one every time.
    asked = [word for word in asked if len(word) > 1 and not word.isdecimal()]
    solved = (TICKETS.c.resolved_at.is_not(None), TICKETS.c.number != (of.number or 0))
    everything = connection.scalar(select(func.max(TICKETS.c.number))) or 0
    scores: dict[int, float] = {}
    worths: list[float] = []
    for word in asked:
        having = search.having_all(connection, [Term(word)], TICKETS_A_WORD, *solved)
        if having:
            worths.append(math.log1p(everything / len(having)))
        for number in having:
            scores[number] = scores.get(number, 0.0) + worths[-1]
    if not scores:
        return {}
    # A word that no solved ticket has is worth as much as the others: what is new about the trouble is a difference too.
    whole = sum(worths) * len(asked) / len(worths)
    areas = _areas(connection, scores) if of.area else {}
    shares = {
        number: min(score / whole * (SAME_AREA if areas.get(number) == of.area else 1.0), 1.0)
        for number, score in scores.items()
    }
    return {number: share for number, share in shares.items() if share >= LEAST_LIKENESS}


def _areas(connection: Connection, scores: Mapping[int, float]) -> dict[int, str]:
    likest = sorted(scores, key=lambda number: (scores[number], number), reverse=True)[:TICKETS_A_WORD]
    rows = connection.execute(select(TICKETS.c.number, TICKETS.c.area).where(TICKETS.c.number.in_(likest)))
    return {row.number: row.area for row in rows}


def _solved(connection: Connection, number: int, likeness: float, *, same_alert: bool) -> Similar:
    ticket = logs.load(connection, number)
    return Similar(
        number=number,
        title=ticket.title,
        urgency=ticket.urgency,
        area=ticket.area,
        owner=ticket.owner,
        likeness=round(likeness, 3),
        same_alert=same_alert,
        solution=ticket.solution,
        steps=ticket.steps,
        cautions=ticket.cautions,
        cause=ticket.cause,
        resolved_at=ticket.resolved_at or ticket.changed_at,
    )
