"""What the service's own metrics count: a handful of statements over indexes, whose cost does not grow with what is over and done.

How things stand is counted anew; what has happened is read once, by the span of time in which it did.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, select

from tickets.names import OPEN, State
from tickets.store.outbox import GIVEN_UP, PENDING
from tickets.store.tables import EVENTS, KEPT, OUTBOX, OUTCOMES, POSTS, TICKETS

# A closed ticket is over; those that are resolved wait for the reporter's word.
COUNTED_STATES = (*OPEN, State.RESOLVED)
MILESTONES = ("opened", "taken", "planned", "resolved", "breached", "commented")
MESSAGES = "notified"
_AT_ONCE = 500
_OPEN = [state.value for state in OPEN]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand at a moment.

    Attributes:
        tickets: By state and urgency.
        waiting_since: Since when the ticket waits for somebody that waits longest, by urgency.
        late: Open tickets that have broken a promise, by clock and urgency.
        quarantined: Posts that could not be understood and were not replayed.
        tasks: What the outbox has yet to do, by kind.
        due_since: Since when the oldest of it is due.
        given_up: Tasks that were given up since a moment.
        timer_since: Since when the oldest timer of an open ticket is due.
        kept: Small facts of the service, by name.
    """

    tickets: Mapping[tuple[str, str], int]
    waiting_since: Mapping[str, datetime]
    late: Mapping[tuple[str, str], int]
    quarantined: int
    tasks: Mapping[str, int]
    due_since: datetime | None
    given_up: int
    timer_since: datetime | None
    kept: Mapping[str, Any]


class Line(NamedTuple):
    """One event of a ticket, as far as it is counted."""

    ticket: int
    at: datetime
    actor: str
    kind: str
    data: Mapping[str, Any]


class Head(NamedTuple):
    """What the counts have to know of a ticket."""

    urgency: str
    reporter: str | None


def answers(connection: Connection) -> None:
    """Asks for nothing: whether the store answers at all."""
    connection.execute(select(1))


def standing(connection: Connection, now: datetime, since: datetime, names: tuple[str, ...]) -> Standing:
    """How things stand.

    Args:
        connection: To read from.
        now: The moment; what is due later does not wait yet.
        since: From when on tasks that were given up count.
        names: Of the small facts.
    """
    states = [state.value for state in COUNTED_STATES]
    tickets = connection.execute(
        select(TICKETS.c.state, TICKETS.c.urgency, func.count())
        .where(TICKETS.c.state.in_(states))
        .group_by(TICKETS.c.state, TICKETS.c.urgency)
    )
    tasks = connection.execute(select(OUTBOX.c.kind, func.count()).where(_pending()).group_by(OUTBOX.c.kind))
    return Standing(
        tickets={(state, urgency): count for state, urgency, count in tickets},
        waiting_since=_waiting_since(connection),
        late=_late(connection),
        quarantined=_count(connection, POSTS.c.problem.is_not(None), POSTS.c.replayed_by.is_(None)),
        tasks=_pairs(tasks),
        due_since=connection.scalar(select(func.min(OUTBOX.c.due_at)).where(_pending(), OUTBOX.c.due_at <= now)),
        given_up=_count(connection, OUTBOX.c.state == GIVEN_UP, OUTBOX.c.due_at >= since),
        timer_since=connection.scalar(
            select(func.min(TICKETS.c.next_at)).where(TICKETS.c.next_at <= now, TICKETS.c.state.in_(_OPEN))
        ),
        kept=_pairs(connection.execute(select(KEPT.c.name, KEPT.c.value).where(KEPT.c.name.in_(names)))),
    )


def lines(connection: Connection, after: datetime, until: datetime) -> list[Line]:
    """The milestones and messages of a span of time, the oldest first.

    Args:
        connection: To read from.
        after: Its beginning, which does not belong to it.
        until: Its end, which does.
    """
    found = (
        select(EVENTS.c.ticket, EVENTS.c.at, EVENTS.c.actor, EVENTS.c.kind, EVENTS.c.data)
        .where(EVENTS.c.at > after, EVENTS.c.at <= until, EVENTS.c.kind.in_([*MILESTONES, MESSAGES]))
        .order_by(EVENTS.c.at, EVENTS.c.ticket, EVENTS.c.number)
    )
    return [Line(*row) for row in connection.execute(found)]


def milestones(connection: Connection, numbers: list[int], until: datetime) -> dict[int, list[Line]]:
    """All milestones of these tickets up to a moment, the oldest first."""
    found: dict[int, list[Line]] = {}
    for begin in range(0, len(numbers), _AT_ONCE):
        rows = connection.execute(
            select(EVENTS.c.ticket, EVENTS.c.at, EVENTS.c.actor, EVENTS.c.kind, EVENTS.c.data)
            .where(EVENTS.c.ticket.in_(numbers[begin : begin + _AT_ONCE]))
            .where(EVENTS.c.kind.in_(MILESTONES), EVENTS.c.at <= until)
            .order_by(EVENTS.c.ticket, EVENTS.c.number)
        )
        for row in rows:
            found.setdefault(row.ticket, []).append(Line(*row))
    return found


def heads(connection: Connection, numbers: list[int]) -> dict[int, Head]:
    """Urgency and reporter of these tickets."""
    found: dict[int, Head] = {}
    for begin in range(0, len(numbers), _AT_ONCE):
        wanted = TICKETS.c.number.in_(numbers[begin : begin + _AT_ONCE])
        rows = connection.execute(select(TICKETS.c.number, TICKETS.c.urgency, TICKETS.c.reporter).where(wanted))
        found.update((row.number, Head(row.urgency, row.reporter)) for row in rows)
    return found


def received(connection: Connection, after: datetime, until: datetime) -> tuple[Counter[str], int]:
    """What became of the alerts of a span of time, and how many more were received than are accounted for."""
    within = and_(POSTS.c.at > after, POSTS.c.at <= until)
    return _outcomes(connection, within), _difference(connection, within)


def difference(connection: Connection, until: datetime) -> int:
    """How many alerts more were received up to a moment than the ledger accounts for; it reads both tables whole."""
    return _difference(connection, POSTS.c.at <= until)


def _outcomes(connection: Connection, within: Any) -> Counter[str]:
    rows = connection.execute(
        select(OUTCOMES.c.outcome, func.count())
        .select_from(OUTCOMES.join(POSTS, POSTS.c.id == OUTCOMES.c.post))
        .where(within)
        .group_by(OUTCOMES.c.outcome)
    )
    return Counter(_pairs(rows))


def _difference(connection: Connection, within: Any) -> int:
    arrived = connection.scalar(select(func.coalesce(func.sum(POSTS.c.alerts), 0)).where(within)) or 0
    told = connection.scalar(
        select(func.count()).select_from(OUTCOMES.join(POSTS, POSTS.c.id == OUTCOMES.c.post)).where(within)
    )
    return int(arrived) - int(told or 0)


def _waiting_since(connection: Connection) -> dict[str, datetime]:
    """A ticket that was reopened waits since then."""
    again = (
        select(func.max(EVENTS.c.at))
        .where(EVENTS.c.ticket == TICKETS.c.number, EVENTS.c.kind == "reopened")
        .scalar_subquery()
    )
    rows = connection.execute(
        select(TICKETS.c.urgency, TICKETS.c.opened_at, again.label("again")).where(
            TICKETS.c.state == State.WAITING.value
        )
    )
    found: dict[str, datetime] = {}
    for urgency, opened_at, again_at in rows:
        since = again_at or opened_at
        found[urgency] = min(found.get(urgency, since), since)
    return found


def _late(connection: Connection) -> Counter[tuple[str, str]]:
    rows = connection.execute(
        select(TICKETS.c.number, TICKETS.c.urgency, EVENTS.c.data)
        .select_from(TICKETS.join(EVENTS, EVENTS.c.ticket == TICKETS.c.number))
        .where(TICKETS.c.state.in_(_OPEN), EVENTS.c.kind == "breached")
    )
    broken = {(row.number, row.data["clock"], row.urgency) for row in rows}
    return Counter((clock, urgency) for _, clock, urgency in broken)


def _pending() -> Any:
    return OUTBOX.c.state == PENDING


def _count(connection: Connection, *where: Any) -> int:
    return int(connection.scalar(select(func.count()).where(*where)) or 0)


def _pairs(rows: Iterable[Any]) -> dict[str, Any]:
    """Rows of two columns as a mapping."""
    return {row[0]: row[1] for row in rows}
