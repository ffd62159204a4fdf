"""One watched target: a thread of its own that reads it, one reading at a time, whoever asks and however often.

Whoever scrapes gets a `Flight`: the reading that is waited for. While one is waited for, everybody who asks gets the same (single flight),
so fifty scrapes at once cost the mall one. A flight ends when everything that is read at every scrape was read; what is due on a slower
clock comes after it, on the same connection, when nobody waits any more. The thread can be held up by anything (a resolver that
hangs, a server that is stopped): the flight then has no end, the scrape ends at its own deadline without it, and nobody else is held up.
"""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from collectors.runner import run
from collectors.serving.metric import Part, Reader, Sample
from facts.message import Message, msg, verbatim
from facts.readings import Status
from tenfold.serving.breaker import Breaker
from tenfold.serving.source import Source

SLOW_SECONDS = 6.0
# A fact on a slower clock is shown for so long after its next reading was due, with its age, and then no more.
_GRACE_SECONDS = 60.0
# What holds up all others and then fails is left alone for a minute: one statement of the mall's must not cost the rest their time.
_HOLDS_UP_SECONDS = 2.0
_REST_SECONDS = 60.0
_LABEL_CHARACTERS = 200

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Flight:
    """One reading of what is read at every scrape.

    Attributes:
        deadline: Until when somebody waits for it, on the monotonic clock.
        ended: Set when it is done, well or not.
    """

    deadline: float
    ended: "Future[None]" = field(default_factory=Future)

    def __post_init__(self) -> None:
        """Nobody who stops waiting takes it from the others."""
        self.ended.set_running_or_notify_cancel()


@dataclass(frozen=True, slots=True)
class Kept:
    """What one collector gave last.

    Attributes:
        flight: In which it was read.
        at: When, on the monotonic clock.
        dropped: Series beyond the collector's budget.
    """

    flight: Flight
    at: float
    seconds: float
    status: Status
    samples: tuple[Sample, ...] = ()
    dropped: int = 0
    detail: Message | None = None
    remedy: Message | None = None

    @property
    def success(self) -> bool:
        """Whether it read what there was."""
        return self.status in {Status.OK, Status.EMPTY}


@dataclass(frozen=True, slots=True)
class View:
    """A target as a scrape shows it.

    Attributes:
        up: Whether it answered in that flight.
        kept: By collector; one that has nothing to show is missing.
        failing: What is wrong with the target as a whole.
    """

    watched: "Watched"
    up: bool
    kept: dict[str, Kept]
    failing: Message | None = None
    remedy: Message | None = None


class Watched:
    """A target and the thread that reads it."""

    def __init__(self, target: str, kind: str, source: Source, parts: Sequence[Part], *, database: str = "") -> None:
        """Starts nothing yet.

        Args:
            target: Its name in the configuration.
            kind: postgres, redis, host, front, tickets or runs.
            source: Its connection.
            parts: Its collectors; the first one that is read at every scrape tells whether it is up.
            database: Which one of the server's, for PostgreSQL.
        """
        self.target, self.kind, self.database = target, kind, database
        self.parts = tuple(parts)
        self.breaker = Breaker()
        self._source = source
        self._readers: dict[str, Reader] = {}
        self._lock = threading.Lock()
        self._orders: queue.SimpleQueue[Flight | None] = queue.SimpleQueue()
        self._kept: dict[str, Kept] = {}
        self._waited_for: Flight | None = None
        self._landed: Flight | None = None
        self._resting: dict[str, float] = {}
        self._failing: tuple[Message | None, Message | None] = (None, None)
        self._thread: threading.Thread | None = None
        self._up = False

    def ask(self, deadline: float) -> Flight:
        """The flight that brings what is asked for now.

        Args:
            deadline: Until when the asker waits, on the monotonic clock.
        """
        with self._lock:
            flight = self._waited_for
            if flight is not None:
                flight.deadline = max(flight.deadline, deadline)
                return flight
            flight = self._waited_for = Flight(deadline)
            if self._thread is None:
                name = f"watch {self.target} {self.database}".rstrip()
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
        self._orders.put(flight)
        return flight

    def view(self, flight: Flight) -> View:
        """What that flight has brought so far, and the slow facts that are not too old."""
        now = time.monotonic()
        with self._lock:
            kept = {
                part.name: self._kept[part.name]
                for part in self.parts
                if part.name in self._kept and self._is_shown(part, flight, now)
            }
            first = self._first(flight)
            if flight.ended.done():
                failing, remedy = self._failing
                return View(self, self._up, kept, failing, remedy)
        # One statement of many that takes too long is no server that is down.
        if first is not None and first.success:
            return View(self, up=True, kept=kept)
        return View(self, up=False, kept=kept, failing=msg("no answer in time"))

    def _is_shown(self, part: Part, flight: Flight, now: float) -> bool:
        kept = self._kept[part.name]
        if part.every:
            return now - kept.at < part.every + _GRACE_SECONDS
        return kept.flight is flight or now < self._resting.get(part.name, 0.0)

    def _first(self, flight: Flight) -> Kept | None:
        """What the collector brought in that flight which tells whether the target is up."""
        name = next((part.name for part in self.parts if not part.every), "")
        kept = self._kept.get(name)
        return kept if kept is not None and kept.flight is flight else None

    @property
    def read_once(self) -> bool:
        """Whether a first flight has ended, well or not."""
        return self._landed is not None

    @property
    def newest(self) -> Flight | None:
        """The flight that ended last."""
        return self._landed

    def stop(self) -> None:
        """Ends the thread when it is idle, and its connection; a thread that is held up is left to the end of the process."""
        self._orders.put(None)
        if self._thread is not None:
            self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while (flight := self._orders.get()) is not None:
            try:
                self._fly(flight)
            except Exception as error:  # noqa: BLE001  (a target's thread must live on)
                _log.exception("reading %s failed", self.target)
                self._end(flight, up=False, failing=verbatim(type(error).__name__), remedy=None)
        self._source.close()

    def _fly(self, flight: Flight) -> None:
        now = time.monotonic()
        if now > flight.deadline:
            self._end(flight, up=False, failing=msg("no answer in time"), remedy=None)
            return
        if not self.breaker.allows(now):
            self._end(flight, up=False, failing=self._failing[0], remedy=self._failing[1])
            return
        reading, handle = run(
            "connection", lambda _: (self._source.ready(flight.deadline),), understand=self._source.understand
        )
        if handle is None:
            self.breaker.failed(time.monotonic())
            self._end(flight, up=False, failing=reading.detail, remedy=reading.remedy)
            return
        every = [part for part in self.parts if not part.every]
        for part in every:
            if self._source.stands and self._resting.get(part.name, 0.0) <= time.monotonic():
                self._read(part, handle[0], flight)
        first = self._first(flight)
        up = not every or (first is not None and first.success)
        if every:
            # The one that tells whether the target is up is always asked.
            self._resting.pop(every[0].name, None)
        if up:
            self.breaker.succeeded()
        else:
            self.breaker.failed(time.monotonic())
        wrong = None if up else first
        self._end(flight, up=up, failing=wrong.detail if wrong else None, remedy=wrong.remedy if wrong else None)
        if up:
            self._read_slow(flight)

    def _read_slow(self, flight: Flight) -> None:
        for part in self.parts:
            before = self._kept.get(part.name)
            if (
                part.every
                and self._source.stands
                and (before is None or time.monotonic() - before.at >= part.every - 1)
            ):
                self._read(part, self._source.ready(time.monotonic() + SLOW_SECONDS), flight)

    def _read(self, part: Part, handle: object, flight: Flight) -> None:
        if part.name not in self._readers:
            self._readers[part.name] = part.begin()
        reader = self._readers[part.name]
        reading, found = run(part.name, lambda _: tuple(reader(handle)), understand=self._source.understand)
        samples = _within(found or (), part.series)
        kept = Kept(
            flight=flight,
            at=time.monotonic(),
            seconds=reading.seconds,
            status=reading.status,
            samples=samples,
            dropped=sum(each.series for each in found or ()) - sum(each.series for each in samples),
            detail=reading.detail,
            remedy=reading.remedy,
        )
        with self._lock:
            self._kept[part.name] = kept
        if not kept.success and kept.seconds >= _HOLDS_UP_SECONDS:
            self._resting[part.name] = kept.at + _REST_SECONDS

    def _end(self, flight: Flight, *, up: bool, failing: Message | None, remedy: Message | None) -> None:
        with self._lock:
            self._failing, self._up, self._landed = (failing, remedy), up, flight
            if self._waited_for is flight:
                self._waited_for = None
        if not flight.ended.done():
            flight.ended.set_result(None)


def _within(found: tuple[Sample, ...], budget: int) -> tuple[Sample, ...]:
    """The first so many series, their labels cut to a bearable length, each of them once."""
    kept: dict[tuple[str, tuple[str, ...]], Sample] = {}
    series = 0
    for sample in found:
        if any(len(label) > _LABEL_CHARACTERS for label in sample.labels):
            sample = sample._replace(labels=tuple(label[:_LABEL_CHARACTERS] for label in sample.labels))  # noqa: PLW2901  (the shorter one)
        if (sample.metric.name, sample.labels) in kept:
            continue
        if series + sample.series > budget:
            break
        series += sample.series
        kept[sample.metric.name, sample.labels] = sample
    return tuple(kept.values())
