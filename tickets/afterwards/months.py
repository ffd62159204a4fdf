"""Reads what the figures of a month are made of."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy import Connection, func, select

from pages.tickets.records import Clock
from pages.tickets.times import zone
from tickets.afterwards.figures import MonthFigures, Told, figures
from tickets.desk import Desk
from tickets.events import EVENT, Entry
from tickets.names import State
from tickets.store.tables import EVENTS, TICKETS
from tickets.ticket import replay

MONTHS_AT_MOST = 24
TICKETS_AT_MOST = 20_000
_AT_ONCE = 500
_MONTHS_A_YEAR = 12
Clocks = Callable[[Desk, Sequence[Entry]], Sequence[Clock]]


def months(desk: Desk, most: int, clocks: Clocks) -> list[MonthFigures]:
    """The figures of the newest months, this one first.

    Args:
        desk: Where.
        most: Months at most.
        clocks: Of a ticket by its log.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    today = desk.now().astimezone(zone(desk.timezone))
    newest = today.year * _MONTHS_A_YEAR + today.month - 1
    with desk.store.read() as connection:
        first = connection.scalar(select(func.min(TICKETS.c.number)))
        if first is None:
            return []
        since = connection.scalar(select(TICKETS.c.opened_at).where(TICKETS.c.number == first))
        found = []
        for ordinal in range(newest, newest - min(most, MONTHS_AT_MOST), -1):
            found.append(_month(connection, desk, ordinal, clocks))
            if since is not None and _begin(ordinal, desk) <= since:
                break
        return found


def month(desk: Desk, year: int, number: int, clocks: Clocks) -> MonthFigures:
    """The figures of one month.

    Args:
        desk: Where.
        year: Of the calendar.
        number: 1 for January.
        clocks: Of a ticket by its log.
    """
    with desk.store.read() as connection:
        return _month(connection, desk, year * _MONTHS_A_YEAR + number - 1, clocks)


def _begin(ordinal: int, desk: Desk) -> datetime:
    """The first moment of a month by the mall's clocks."""
    year, month_before = divmod(ordinal, _MONTHS_A_YEAR)
    return datetime(year, month_before + 1, 1, tzinfo=zone(desk.timezone)).astimezone(UTC)


def _month(connection: Connection, desk: Desk, ordinal: int, clocks: Clocks) -> MonthFigures:
    opened = (
        select(TICKETS.c.number)
        # All of the states: so the index over state and opening can be used.
        .where(TICKETS.c.state.in_([state.value for state in State]))
        .where(TICKETS.c.opened_at >= _begin(ordinal, desk), TICKETS.c.opened_at < _begin(ordinal + 1, desk))
    )
    numbers = sorted(connection.scalars(opened.limit(TICKETS_AT_MOST)))
    whole = len(numbers)
    if whole == TICKETS_AT_MOST:
        whole = connection.scalar(select(func.count()).select_from(opened.subquery())) or whole
    year, month_before = divmod(ordinal, _MONTHS_A_YEAR)
    told = (
        Told(ticket=replay(number, log), log=log, clocks=clocks(desk, log))
        for number, log in _logs(connection, numbers)
    )
    return figures(f"{year:04}-{month_before + 1:02}", told, cut=whole - len(numbers))


def _logs(connection: Connection, numbers: Sequence[int]) -> Iterator[tuple[int, list[Entry]]]:
    for begin in range(0, len(numbers), _AT_ONCE):
        wanted = EVENTS.c.ticket.in_(numbers[begin : begin + _AT_ONCE])
        rows = connection.execute(select(EVENTS).where(wanted).order_by(EVENTS.c.ticket, EVENTS.c.number))
        for number, lines in groupby(rows, key=lambda row: int(row.ticket)):
            yield (
                number,
                [
                    Entry(
                        number=row.number,
                        at=row.at,
                        actor=row.actor,
                        event=EVENT.validate_python({**row.data, "kind": row.kind}),
                    )
                    for row in lines
                ],
            )
