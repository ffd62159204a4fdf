"""Runs all sources once a second beside a round, each in a thread of its own, and keeps what they saw.

A source that fails or hangs costs no other source a second and never the round: its seconds are missing, and `Watch.missing` says so. A
source that lost its connection is opened again every few seconds.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeVar

from collectors.runner import CollectorError
from collectors.watching.source import Ending, Opening, Source
from facts.message import Message, msg, verbatim
from facts.watch import Sample, StatementDelta, Watch

_log = logging.getLogger(__name__)

T = TypeVar("T")

INTERVAL_SECONDS = 1.0
REOPEN_SECONDS = 5.0
# How long the end of a round waits for a source that hangs; its own limits are of the same order.
PATIENCE_SECONDS = 20.0
# Seconds that may be missing before it is worth a word: starting and ending cost one each.
UNREMARKABLE_GAPS = 2


class Watcher:
    """Watches from `start` to `stop`; used as a context it starts and stops by itself."""

    def __init__(
        self, openings: Sequence[Opening], *, interval: float = INTERVAL_SECONDS, patience: float = 0.0
    ) -> None:
        """Prepares one thread for each source; nothing is opened yet.

        Args:
            openings: What to watch.
            interval: Seconds from one reading to the next.
            patience: Seconds that `start` waits until each source has connected and been read once, so that the round's first second
                is watched.
        """
        self._patience = patience
        self._ending = threading.Event()
        self._watched = [_Watched(opening, interval, self._ending) for opening in openings]
        self._watch: Watch | None = None

    def __enter__(self) -> Self:
        """Starts watching."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stops watching, also when the block failed."""
        self.stop()

    def start(self) -> None:
        """Starts all threads; once."""
        for each in self._watched:
            each.thread.start()
        deadline = time.monotonic() + self._patience
        for each in self._watched:
            each.ready.wait(max(deadline - time.monotonic(), 0))

    def latest(self) -> tuple[Sample, ...]:
        """The newest sample of each source, for a live view."""
        return tuple(each.samples[-1] for each in self._watched if each.samples)

    def limits(self) -> dict[str, float]:
        """Known ceilings by `source/name`, as in `Watch.limits`."""
        return {
            f"{each.opening.name}/{name}": value for each in self._watched for name, value in dict(each.limits).items()
        }

    def stop(self) -> Watch:
        """Ends all threads and gives what was seen; a second call gives the same again."""
        if self._watch is not None:
            return self._watch
        self._ending.set()
        deadline = time.monotonic() + PATIENCE_SECONDS
        for each in self._watched:
            if each.thread.is_alive():
                each.thread.join(max(deadline - time.monotonic(), 0))
        samples: list[Sample] = []
        statements: list[StatementDelta] = []
        missing: list[Message] = []
        for each in self._watched:
            samples += (*each.samples, *each.ending.samples)
            statements += each.ending.statements
            reasons = (*each.reasons(), *each.ending.missing)
            missing += [msg("{subject}: {reason}", subject=each.opening.name, reason=reason) for reason in reasons]
        self._watch = Watch(
            samples=tuple(sorted(samples, key=lambda sample: (sample.at, sample.source, sample.kind))),
            statements=tuple(sorted(statements, key=lambda each: (-each.seconds, each.target, each.id))),
            limits=self.limits(),
            missing=tuple(missing),
        )
        return self._watch


@dataclass
class _Watched:
    """One source and its thread; other threads only read, and only what is appended or replaced whole."""

    opening: Opening
    interval: float
    stop: threading.Event
    samples: list[Sample] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    ending: Ending = field(default_factory=Ending)
    ready: threading.Event = field(default_factory=threading.Event)
    refusal: Message | None = None
    gaps: int = 0

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, name=f"watch {self.opening.name}", daemon=True)

    def reasons(self) -> tuple[Message, ...]:
        """Why seconds of it are missing."""
        if self.thread.is_alive():
            return (msg("it gave no answer when the round ended"),)
        if self.refusal and not self.samples:
            return (self.refusal,)
        if self.gaps <= UNREMARKABLE_GAPS:
            return ()
        if self.refusal:
            return (msg("{count} seconds are missing: {reason}", count=self.gaps, reason=self.refusal),)
        return (msg("{count} seconds are missing, because it answered too slowly", count=self.gaps),)

    def _run(self) -> None:
        source: Source | None = None
        try:
            source = self._watch_until_the_end()
            if source is not None:
                ending = self._attempt(source.finish)
                self.ending = ending or Ending(missing=(self.refusal,) if self.refusal else ())
        finally:
            self.ready.set()
            if source is not None:
                source.close()

    def _watch_until_the_end(self) -> Source | None:
        source: Source | None = None
        opened_at = float("-inf")
        due = time.monotonic()
        while True:
            now = time.monotonic()
            if source is None and now - opened_at >= REOPEN_SECONDS:
                opened_at = now
                source = self._attempt(self.opening.open)
            if source is not None and not self._read(source):
                source.close()
                source = None
            self.gaps += source is None
            self.ready.set()
            due += self.interval
            late = time.monotonic() - due
            if late > 0:
                skipped = int(late // self.interval) + 1
                self.gaps += skipped
                due += skipped * self.interval
            if self.stop.wait(max(due - time.monotonic(), 0)):
                return source

    def _read(self, source: Source) -> bool:
        values = self._attempt(source.read)
        if values is None:
            return False
        self.limits |= source.limits
        if values:
            self.samples.append(Sample(at=time.time(), source=self.opening.name, kind=self.opening.kind, values=values))
        return True

    def _attempt(self, action: Callable[[], T]) -> T | None:
        try:
            return action()
        except Exception as error:  # noqa: BLE001  (isolation is this thread's purpose)
            _log.debug("watching %s failed", self.opening.name, exc_info=True)
            known = error if isinstance(error, CollectorError) else self.opening.understand(error)
            self.refusal = known.detail if known is not None else verbatim(f"{type(error).__name__}: {error}".strip())
            return None
