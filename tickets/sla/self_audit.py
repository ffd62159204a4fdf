"""Every open ticket has a next timer, and an owner or an escalation to come: looked at each minute, mended where it is not so.

What can be asked of an index is asked of every open ticket. That a timer is the one that the log and the rules give is asked of a part
of them each minute, in turn, and of all when the rules have changed.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection

from tickets.desk import Desk
from tickets.names import Urgency
from tickets.sla.due import outlook
from tickets.sla.ticking import ring
from tickets.sla.timers import next_of, rules_of, set_next
from tickets.store import kept, log, timers
from tickets.store.opening import StoreUnavailable
from tickets.ticket import replay

EVERY_SECONDS = 60.0
# A tick comes each second; whoever is so late has been forgotten.
LATE = timedelta(minutes=2)
MOST_TOLD = 1000
SLICE = 200
KEPT = "self_audit"
_RULES = "sla_rules"
_log = logging.getLogger(__name__)


class Lapse(StrEnum):
    """What may be wrong with an open ticket."""

    NO_TIMER = "no_timer"
    LATE = "late"
    WRONG_TIMER = "wrong_timer"
    NOBODY = "nobody"
    OWNER_GONE = "owner_gone"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Violation:
    """An open ticket that might be forgotten.

    Attributes:
        ticket: Its number.
        lapse: What is wrong; `nobody`: neither an owner nor a step of an escalation, `owner_gone`: the owner's account
            is disabled; only a person can mend these; `unreadable`: its log cannot be replayed.
        mended: It was put right.
    """

    ticket: int
    lapse: Lapse
    mended: bool


def self_audit(desk: Desk) -> tuple[Violation, ...]:
    """What was wrong, mended where that can be done; the newest result is kept for metrics.

    Args:
        desk: Where.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    _follow_the_rules(desk)
    now = desk.now()
    with desk.store.read() as connection:
        still = [
            (number, Lapse.NO_TIMER if at is None else Lapse.LATE)
            for number, at in timers.unattended(connection, now - LATE, MOST_TOLD)
        ]
        nobody = timers.ownerless(connection, _without_steps(desk), MOST_TOLD)
        gone = timers.owned_by_disabled(connection, MOST_TOLD)
        count = timers.count_open(connection)
        numbers = timers.some_open(connection, _skip(now, count), SLICE)
    told = {number for number, _lapse in still}
    still += [(number, Lapse.WRONG_TIMER) for number in numbers if number not in told]
    found = [each for number, lapse in still if (each := _seen_to(desk, number, lapse)) is not None]
    found += [Violation(number, Lapse.NOBODY, mended=False) for number in nobody]
    found += [Violation(number, Lapse.OWNER_GONE, mended=False) for number in gone]
    counts = Counter(each.lapse.value for each in found)
    if found:
        _log.warning("self-audit: %s of %s open tickets: %s", len(found), count, dict(counts))
    result = {
        "at": now.isoformat(),
        "open": count,
        "violations": {lapse.value: counts[lapse.value] for lapse in Lapse},
    }
    desk.store.writing(lambda connection: kept.put(connection, KEPT, result))
    return tuple(found)


def _seen_to(desk: Desk, number: int, lapse: Lapse) -> Violation | None:
    try:
        mended = desk.store.writing(partial(mend, desk=desk, number=number))
    except StoreUnavailable:
        raise
    except Exception:  # noqa: BLE001  (one ticket that cannot be read must not hide all others)
        _log.exception("ticket %s cannot be read", number)
        return Violation(number, Lapse.UNREADABLE, mended=False)
    return Violation(number, lapse, mended) if mended or lapse is not Lapse.WRONG_TIMER else None


def mend(connection: Connection, desk: Desk, number: int) -> bool:
    """Says what is overdue, or gives a ticket the timer that its log and the rules give; whether that was needed.

    Args:
        connection: In a transaction that writes.
        desk: Where.
        number: The ticket's; one that somebody else has in hand is left alone, since that gives it a new timer anyway.
    """
    if not timers.hold(connection, number):
        return False
    now, whole = desk.now(), log.load_log(connection, number)
    found = outlook(replay(number, whole), whole, rules_of(desk), now)
    wanted, at = next_of(found, now), timers.next_at(connection, number)
    if at is not None and now - LATE <= at <= now:
        return False  # The next tick has it.
    if wanted is not None and wanted.at == at:
        return False
    set_next(connection, number, found, now)
    ring(connection, desk, number)
    return True


def _without_steps(desk: Desk) -> tuple[Urgency, ...]:
    return tuple(urgency for urgency in Urgency if not desk.escalation.of(urgency).steps)


def _skip(now: datetime, count: int) -> int:
    """Which part it is the turn of, without anything to remember."""
    parts = -(-count // SLICE)
    return 0 if parts == 0 else int(now.timestamp() // EVERY_SECONDS) % parts * SLICE


def _follow_the_rules(desk: Desk) -> None:
    """Other promises, hours or holidays than those by which the timers were set: every one is set anew."""
    rules = [version("holidays"), *_lines(rules_of(desk))]
    given = hashlib.sha256("\n".join(rules).encode()).hexdigest()

    def change(connection: Connection) -> None:
        before = kept.get(connection, _RULES)
        if before != given:
            kept.put(connection, _RULES, given)
            if before is not None:
                timers.all_due(connection, desk.now())

    with desk.store.read() as connection:
        if kept.get(connection, _RULES) == given:
            return
    desk.store.writing(change)


def _lines(value: Any) -> Iterator[str]:
    """The same rules give the same lines in every process; sets have no order of their own."""
    if is_dataclass(value):
        for each in fields(value):
            if each.init:
                yield each.name
                yield from _lines(getattr(value, each.name))
    elif isinstance(value, tuple):
        yield f"({len(value)}"
        for part in value:
            yield from _lines(part)
    elif isinstance(value, frozenset):
        yield from sorted(map(repr, value))
    else:
        yield repr(value)
