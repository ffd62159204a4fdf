"""Does what the outbox asks for: at least once, with growing pauses after a failure, and never two processes the same at once."""

import logging
import os
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tickets.desk import Desk
from tickets.store import outbox
from tickets.store.outbox import Task

Handler = Callable[[Desk, Task], str]
"""Does one task and returns a line on how it went; raises `TryLater` or `GiveUp`."""

BATCH = 32
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


def work(desk: Desk, handlers: Mapping[str, Handler], pool: ThreadPoolExecutor) -> int:
    """Does what is due now, side by side; how many tasks that were.

    Args:
        desk: Where.
        handlers: By the kind of task.
        pool: Of threads, so that one dead receiver holds nobody up.
    """
    leased = desk.store.writing(lambda connection: outbox.lease(connection, _NAME, desk.now(), LEASE_SECONDS, BATCH))
    for _ in pool.map(lambda task: _do(desk, handlers, task), leased):
        pass
    return len(leased)


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
