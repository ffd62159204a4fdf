"""Does what the outbox asks for: at least once, with growing pauses after a failure, and never two processes the same at once."""

import logging
import os
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from tickets.desk import Desk
from tickets.store import outbox
from tickets.store.outbox import Task

Handler = Callable[[Desk, Task], str]
"""Does one task and returns a line on how it went; raises `TryLater` or `GiveUp`."""

HANDS = 16
LEASE_SECONDS = 120.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 600.0
MOST_ATTEMPTS = 30
_NAME = f"{socket.gethostname()}:{os.getpid()}"
_log = logging.getLogger(__name__)


class TryLater(Exception):  # noqa: N818  (an answer, no error)
    """It did not work now.

    Attributes:
        reason: One line.
        seconds: Until the next attempt; None for growing pauses.
    """

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        """Keeps both."""
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


class GiveUp(Exception):  # noqa: N818  (an answer, no error)
    """It will never work; the reason is kept."""


def pause(attempts: int) -> float:
    """Seconds until the next attempt: twice as long after each, to a limit."""
    return float(min(FIRST_PAUSE_SECONDS * 2 ** min(attempts, 20), LONGEST_PAUSE_SECONDS))


class Worker:
    """Does what is due, side by side, as far as there are hands free: one task that takes long holds up no other."""

    def __init__(self, handlers: Mapping[str, Handler], hands: int = HANDS) -> None:
        """Has as many threads as hands.

        Args:
            handlers: By the kind of task.
            hands: Tasks at once.
        """
        self._handlers = handlers
        self._hands = hands
        self._pool = ThreadPoolExecutor(hands, thread_name_prefix="tickets-task")
        self._under_way: set[Future[None]] = set()

    def __call__(self, desk: Desk) -> int:
        """Begins what is due now; how many tasks that were.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        self._under_way = {each for each in self._under_way if not each.done()}
        free = self._hands - len(self._under_way)
        if not free:
            return 0
        leased = desk.store.writing(lambda connection: outbox.lease(connection, _NAME, desk.now(), LEASE_SECONDS, free))
        self._under_way |= {self._pool.submit(_do, desk, self._handlers, task) for task in leased}
        return len(leased)

    def finish(self) -> None:
        """Waits for what is under way, and ends the threads."""
        self._pool.shutdown(wait=True)


def _do(desk: Desk, handlers: Mapping[str, Handler], task: Task) -> None:
    handler = handlers.get(task.kind)
    if handler is None:
        return  # A newer process of ours knows it; the lease ends by itself.
    state, detail, later = outbox.DONE, "", None
    try:
        detail = handler(desk, task)
    except TryLater as answer:
        detail, later = answer.reason, pause(task.attempts) if answer.seconds is None else answer.seconds
    except GiveUp as answer:
        state, detail = outbox.GIVEN_UP, str(answer)
    except Exception as error:  # noqa: BLE001  (one broken task must not stop the others; it is kept with its reason)
        _log.warning("task %s (%s): %s", task.id, task.kind, error)
        detail, later = f"{type(error).__name__}: {error}", pause(task.attempts)
    if later is not None and task.attempts + 1 >= MOST_ATTEMPTS:
        state, later = outbox.GIVEN_UP, None
    at = desk.now()
    if later is None:
        desk.store.writing(lambda connection: outbox.finish(connection, task, at, state=state, detail=detail))
    else:
        due_at = at + timedelta(seconds=later)
        desk.store.writing(lambda connection: outbox.postpone(connection, task, due_at, detail))
