"""Says what is due, exactly once, however many processes look."""

import logging
from datetime import timedelta

from sqlalchemy import Connection

from tickets.desk import Desk
from tickets.followers import ACTOR, follow
from tickets.sla.due import outlook
from tickets.sla.timers import rules_of, set_next
from tickets.store import log, timers
from tickets.store.opening import StoreUnavailable
from tickets.ticket import replay

TICK_SECONDS = 1.0
BATCH = 200
# After a stop of days thousands are due: the thread gives other processes a turn in between.
MOST_BATCHES = 20
_AFTER_A_FAILURE = timedelta(minutes=1)
_log = logging.getLogger(__name__)


def tick(desk: Desk) -> int:
    """Warns, declares breaches and escalates where it is time; how many lines were written.

    Args:
        desk: Where.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    written = 0
    for _ in range(MOST_BATCHES):
        with desk.store.read() as connection:
            numbers = timers.due(connection, desk.now(), BATCH)
        for number in numbers:
            written += _ring_or_postpone(desk, number)
        if len(numbers) < BATCH:
            break
    return written


def _ring_or_postpone(desk: Desk, number: int) -> int:
    try:
        return desk.store.writing(lambda connection: ring(connection, desk, number))
    except StoreUnavailable:
        raise
    except Exception:  # noqa: BLE001  (one ticket that cannot be read must not hold up all others)
        _log.exception("what is due for ticket %s could not be written", number)
        later = desk.now() + _AFTER_A_FAILURE
        desk.store.writing(lambda connection: timers.postpone(connection, number, later))
        return 0


def ring(connection: Connection, desk: Desk, number: int) -> int:
    """Writes what is due for one ticket and when to look again; how many lines.

    Args:
        connection: In a transaction that writes.
        desk: Where.
        number: The ticket's; one that another process has in hand, or has just seen to, is left alone.
    """
    if not timers.hold_if_due(connection, number, desk.now()):
        return 0
    whole = log.load_log(connection, number)
    ticket = replay(number, whole)
    found = outlook(ticket, whole, rules_of(desk), desk.now())
    if not found.now:
        set_next(connection, number, found, desk.now())
        return 0
    ticket, new = log.append(connection, ticket, desk.now(), ACTOR, found.now)
    follow(connection, desk, ticket, new)
    return len(new)
