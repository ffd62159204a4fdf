"""Group commit: what comes in together is written in one transaction, and nobody is answered before it is committed.

A commit costs the same for one post as for sixty, since it waits for the disk. A post that fails costs no other: when a
transaction fails, each of its posts is tried again in one of its own, and one that fails alone, by a mistake of ours, is
quarantined with its reason.
"""

import logging
import threading
import time
import zlib
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from facts.message import msg, verbatim
from tickets.desk import Desk
from tickets.intake.plain import plain
from tickets.intake.post import PROBLEM_AT_MOST, Post, quarantined
from tickets.intake.taking_in import AlreadyReplayed, Receipt, take_in
from tickets.store.opening import Raced, StoreUnavailable

POSTS_AT_ONCE = 64
ALERTS_AT_ONCE = 2_000
# The queue: beyond it senders are told to come back.
POSTS_WAITING = 1_024
BYTES_WAITING = 64 * 1024 * 1024
IDLE_SECONDS = 5.0
DOWN_AFTER = 2
_log = logging.getLogger(__name__)


class Overloaded(StoreUnavailable):
    """More has arrived than can be written now; answered with 503, so that it is sent again."""


@dataclass(slots=True)
class _Waiting:
    post: Post
    answer: "Future[Receipt]"


@dataclass(slots=True)
class Writer:
    """The one thread of a process that takes posts in; it ends by itself when nothing comes.

    Attributes:
        desk: Where.
    """

    desk: Desk
    _queue: deque[_Waiting] = field(default_factory=deque)
    _bytes: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _runs: bool = False

    def submit(self, post: Post) -> "Future[Receipt]":
        """Asks for a post to be taken in; the answer is there once it is committed.

        Args:
            post: That arrived. Cancelling the answer takes it back, unless it is being written.

        Raises:
            Overloaded: The queue is full.
        """
        answer: Future[Receipt] = Future()
        with self._changed:
            if len(self._queue) >= POSTS_WAITING or self._bytes + post.size > BYTES_WAITING:
                raise Overloaded(msg("More alerts arrive than the ticket store can take; send them again."))
            self._queue.append(_Waiting(post, answer))
            self._bytes += post.size
            if self._runs:
                self._changed.notify()
            else:
                self._runs = True
                threading.Thread(target=self._run, name="tickets-intake", daemon=True).start()
        return answer

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            try:
                self._write(batch)
            except BaseException as error:
                # Whoever waits is told in any case, and the next post starts another thread.
                for each in batch:
                    if not each.answer.done():
                        each.answer.set_exception(error)
                with self._changed:
                    self._runs = False
                raise

    def _next(self) -> list[_Waiting] | None:
        with self._changed:
            until = time.monotonic() + IDLE_SECONDS
            while not self._queue:
                if not self._changed.wait(max(until - time.monotonic(), 0.0)) and time.monotonic() >= until:
                    self._runs = False
                    return None
            batch: list[_Waiting] = []
            alerts = 0
            while self._queue and len(batch) < POSTS_AT_ONCE:
                alerts += len(self._queue[0].post.alerts)
                if batch and alerts > ALERTS_AT_ONCE:
                    break
                batch.append(self._queue.popleft())
                self._bytes -= batch[-1].post.size
            return batch

    def _write(self, batch: Sequence[_Waiting]) -> None:
        # Who has gone away in the meantime sends again; it is not written twice for that.
        waiting = [each for each in batch if each.answer.set_running_or_notify_cancel()]
        if not waiting:
            return
        try:
            with self.desk.store.write() as connection:
                receipts = take_in(connection, self.desk, [each.post for each in waiting])
        except Exception as error:  # noqa: BLE001  (whatever it is, it is one post's, and the others are to be taken in)
            if isinstance(error, StoreUnavailable) and len(waiting) == 1:
                waiting[0].answer.set_exception(error)
                return
            if not isinstance(error, Raced | AlreadyReplayed):
                _log.warning("a transaction of %d posts failed: %s: %s", len(waiting), type(error).__name__, error)
            self._write_each(waiting)
        else:
            for each, receipt in zip(waiting, receipts, strict=True):
                each.answer.set_result(receipt)

    def _write_each(self, waiting: Sequence[_Waiting]) -> None:
        failed = 0
        for each in waiting:
            if failed >= DOWN_AFTER:
                each.answer.set_exception(_unkept())
                continue
            self._write_alone(each)
            # A post may be too much for the store, where another is not; but a store that is down must not be waited for sixty times.
            failed = failed + 1 if isinstance(each.answer.exception(), StoreUnavailable) else 0

    def _write_alone(self, waiting: _Waiting) -> None:
        try:
            waiting.answer.set_result(self._alone(waiting.post))
        except (StoreUnavailable, AlreadyReplayed) as error:
            waiting.answer.set_exception(error)
        except Exception as error:  # noqa: BLE001  (a mistake of ours; the post is quarantined)
            _log.exception("a post of %s cannot be taken in", waiting.post.source)
            try:
                waiting.answer.set_result(self._alone(_unfit(waiting.post, error)))
            except Exception as again:  # noqa: BLE001  (the sender keeps it, and sends it again)
                waiting.answer.set_exception(
                    again if isinstance(again, StoreUnavailable | AlreadyReplayed) else _unkept()
                )

    def _alone(self, post: Post) -> Receipt:
        return self.desk.store.writing(lambda connection: take_in(connection, self.desk, [post])[0])


def _unfit(post: Post, error: Exception) -> Post:
    """A post that we ourselves fail on: in quarantine until we can do better."""
    problem = verbatim(plain(f"{type(error).__name__}: {error}", PROBLEM_AT_MOST))
    body = zlib.decompress(post.body) if post.body else b""
    unfit = quarantined(post.source, post.sender, body, problem, replays=post.replays)
    places = {place: unfit.alerts[next(iter(unfit.alerts))] for place in post.alerts}
    return replace(unfit, alerts=places or unfit.alerts, truncated=post.truncated)


def _unkept() -> StoreUnavailable:
    return StoreUnavailable(msg("The alerts could not be kept; send them again."))
