"""Sends what is due, channel by channel: one message at a time on each, as many tickets in it as are due, and its receipt is read.

At least once: whoever dies between the sending and the note of it leaves a message that is sent again, as it was, with the same id.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from tickets.desk import Desk
from tickets.notify import claiming, composing
from tickets.notify.channels import Channel
from tickets.notify.follower import MESSAGE
from tickets.notify.letter import Letter
from tickets.notify.overdue import note, undelivered
from tickets.notify.posting import Way
from tickets.notify.receipt import NotNow, Receipt, Refused
from tickets.notify.senders import SENDERS
from tickets.store import lanes, outbox
from tickets.store.contacts import people
from tickets.store.lanes import Turn
from tickets.store.opening import StoreUnavailable
from tickets.store.outbox import Task

TURN_SECONDS = 0.5
MOST_TASKS = 50
MOST_LANES = 16
WORKERS = 8
# Longer than any service may take, Apprise's mail servers among them.
HOLD_SECONDS = 120.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 300.0
WRITING_ATTEMPTS, WRITING_PAUSE_SECONDS = 10, 3.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Messenger:
    """Gives each lane a thread, so that a dead service holds up no other; a duty of the background."""

    _pool: ThreadPoolExecutor | None = None
    _under_way: dict[str, "Future[int]"] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, desk: Desk) -> int:
        """Begins a turn of every lane that has something due; how many were begun.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        if not desk.notifying.channels:
            return 0
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="messages")
            self._under_way = {lane: future for lane, future in self._under_way.items() if not future.done()}
            begun = [lane for lane in due(desk) if lane not in self._under_way][: MOST_LANES - len(self._under_way)]
            for lane in begun:
                self._under_way[lane] = self._pool.submit(_turn_and_tell, desk, lane)
            return len(begun)


def due(desk: Desk) -> list[str]:
    """Lanes in which something can be sent now."""
    with desk.store.read() as connection:
        return lanes.due(connection, desk.now(), MOST_LANES)


def _turn_and_tell(desk: Desk, lane: str) -> int:
    try:
        return turn(desk, lane)
    except StoreUnavailable as error:
        _log.warning("messages: %s", error)
    except Exception:  # noqa: BLE001  (a turn that ends silently is worse than one that fails aloud; the hold ends by itself)
        _log.exception("messages of %s failed", lane.removeprefix(f"{MESSAGE}:").partition("/")[0])
    return 0


def turn(desk: Desk, lane: str) -> int:
    """Sends what is due in a lane, as one message; how many tasks it was about.

    Raises:
        StoreUnavailable: The database does not answer.
    """
    name, _, person = lane.removeprefix(f"{MESSAGE}:").partition("/")
    channel = desk.notifying.channel(name)
    per_minute = channel.at_most if channel else 1_000_000
    begun = desk.store.writing(
        lambda connection: lanes.begin(
            connection, lane, desk.now(), hold=HOLD_SECONDS, most=MOST_TASKS, per_minute=per_minute
        )
    )
    if begun is None:
        return 0
    if channel is None:
        _write(desk, lambda connection: _gone(connection, desk, begun, "the channel is no longer configured"))
        return len(begun.tasks)
    key = claiming.key(desk) if desk.notifying.base_url else ""
    with desk.store.read() as connection:
        found = composing.notices(connection, desk, channel, begun.tasks, key)
        to = people(connection, [person]) if person else {}
    contact = to[person].contacts.get(channel.contact, "") if person in to else ""
    said = {task.id for each in found for task, _, _ in each.said}
    idle = [task for task in begun.tasks if task.id not in said]
    saying = [task for task in begun.tasks if task.id in said]
    outcome: Receipt | Refused | NotNow
    if not saying:
        outcome = Receipt("")
    elif channel.is_personal and not contact:
        outcome = Refused(f"no {channel.contact} is known of {person}")
    else:
        outcome = deliver(desk, channel, composing.compose(desk, channel, found, contact))
    _write(desk, lambda connection: _settle(connection, desk, begun, saying, idle, outcome))
    return len(begun.tasks)


def deliver(desk: Desk, channel: Channel, letter: Letter) -> Receipt | Refused | NotNow:
    """What the service makes of a letter; whatever goes wrong is among the answers."""
    way = Way(at=desk.now(), seconds=channel.seconds, proxy=desk.notifying.proxy)
    try:
        return SENDERS[channel.kind](channel.to(letter.to), letter, way)
    except (Refused, NotNow) as answer:
        return answer
    except Exception as error:  # noqa: BLE001  (a letter that one sender stumbles over must be shown, not lost)
        # Its text might carry the channel's address.
        _log.warning("channel %s: %s", channel.name, type(error).__name__)
        return NotNow(f"failed: {type(error).__name__}")


def _settle(
    connection: Connection, desk: Desk, begun: Turn, saying: Sequence[Task], idle: Sequence[Task],
    outcome: Receipt | Refused | NotNow,
) -> None:  # fmt: skip
    at = desk.now()
    for task in idle:
        outbox.finish(connection, task, at, detail="not needed any more")
    if isinstance(outcome, Receipt):
        for task in _by_ticket(saying):
            outbox.finish(connection, task, at, detail=outcome.detail)
            note(connection, desk, task, delivered=True, detail=outcome.detail)
        lanes.end(connection, begun.lane)
        return
    if isinstance(outcome, Refused):
        for task in _by_ticket(saying):
            outbox.finish(connection, task, at, state=outbox.GIVEN_UP, detail=str(outcome))
            undelivered(connection, desk, task, str(outcome))
        # It has answered, so the next message may be to its liking.
        lanes.end(connection, begun.lane)
        return
    failures = begun.failures + 1
    seconds = outcome.seconds if outcome.seconds is not None else pause(failures)
    until = at + timedelta(seconds=seconds)
    for task in _by_ticket(saying):
        if (at - task.created_at).total_seconds() >= desk.notifying.given_up_after:
            outbox.finish(connection, task, at, state=outbox.GIVEN_UP, detail=outcome.reason)
            undelivered(connection, desk, task, f"given up: {outcome.reason}")
            continue
        outbox.postpone(connection, task, until, outcome.reason)
        if seconds >= desk.notifying.overdue_seconds:
            # There is no use in waiting for the minute to be over.
            undelivered(connection, desk, task, outcome.reason)
    lanes.end(connection, begun.lane, failures=failures, blocked_until=until)


def _gone(connection: Connection, desk: Desk, begun: Turn, reason: str) -> None:
    for task in _by_ticket(begun.tasks):
        outbox.finish(connection, task, desk.now(), state=outbox.GIVEN_UP, detail=reason)
        undelivered(connection, desk, task, reason)
    lanes.end(connection, begun.lane)


def _by_ticket(tasks: Sequence[Task]) -> list[Task]:
    """In the order in which everybody writes to several tickets, so that two do not wait for each other."""
    return sorted(tasks, key=lambda task: (task.ticket or 0, task.id))


def pause(failures: int) -> float:
    """Seconds until a service that did not take a message is tried again: twice as long after each time, to a limit."""
    return float(min(FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 20), LONGEST_PAUSE_SECONDS))


def _write(desk: Desk, change: Callable[[Connection], None]) -> None:
    """Notes what became of a message, also when the store is away for a moment: it has been sent, and must not be sent again."""
    for attempt in range(1, WRITING_ATTEMPTS + 1):
        try:
            desk.store.writing(change)
            return
        except StoreUnavailable:
            if attempt == WRITING_ATTEMPTS:
                raise
            time.sleep(WRITING_PAUSE_SECONDS)
