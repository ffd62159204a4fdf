"""Sends shoppers off at their intended moments, however slow the mall is.

A dispatcher sleeps until the next arrival and begins a journey in a greenlet of its own. When it is late it begins at
once, and the delay is kept as lag: an arrival is never skipped. Over the concurrency limit arrivals wait, first come,
first served, with their latency counted from the intended start; one that has waited for longer than the plan allows
is dropped, and its deadline is its latency, so that percentiles do not lie.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

import gevent

from loadtest.arrivals import Choice
from loadtest.generator.walking import Run, Walker
from loadtest.journey import Journey

SWEEP_SECONDS = 0.05
STOPPED = "stopped"
# Killing greenlets takes one turn each; a kill switch that has not worked after this time is left to the process's end.
KILL_SECONDS = 1.0
# Greenlets that are kept for later shoppers: a new one asks the system for memory and gives it back, one that is kept holds on to it.
RESTING = 1_000


class OpenLoop:
    """The arrivals of one process.

    Attributes:
        scheduled: Arrivals whose moment has come.
        started: Those for which a journey was begun.
        dropped: Those that were given up.
    """

    def __init__(self, run: Run, journeys: Sequence[Journey], *, limit: int, drop_after: float) -> None:
        """Sends nobody yet.

        Args:
            run: The process's run.
            journeys: To choose from, by their weights.
            limit: Journeys under way at once.
            drop_after: Seconds that an arrival may wait.
        """
        self.scheduled = 0
        self.started = 0
        self.dropped = 0
        self._run = run
        self._journeys = tuple(journeys)
        self._choice = Choice([each.weight for each in journeys], run.seed)
        self._limit = limit
        self._drop_after = drop_after
        self._waiting: deque[tuple[int, float]] = deque()
        self._walking: set[gevent.Greenlet[..., None]] = set()
        # Greenlets whose journeys have ended.
        self._resting: list[gevent.Greenlet[..., None]] = []
        self._spawned: dict[int, float] = {}
        self._stopped = False
        self._hub = gevent.get_hub()

    @property
    def idle(self) -> bool:
        """Whether nobody is under way and nobody waits."""
        return not self._walking and not self._waiting

    def dispatch(self, arrivals: Iterator[tuple[int, float]]) -> None:
        """Sends every arrival off at its moment; returns after the last one, or when stopped.

        Args:
            arrivals: Numbers and seconds from the run's start, ascending.
        """
        run, walking, sleep = self._run, self._walking, gevent.sleep
        sweeper = gevent.spawn(self._sweep)
        started = run.started
        for number, at in arrivals:
            delay = started + at - perf_counter()
            if delay > 0:
                sleep(delay)
            if self._stopped:
                break
            self.scheduled += 1
            run.tally.arrived(self._journeys[self._choice.of(number)].name, at)
            if len(walking) < self._limit and not self._waiting:
                self._begin(number, started + at)
            else:
                self._waiting.append((number, started + at))
        while not self.idle and not self._stopped:
            sleep(SWEEP_SECONDS)
        gevent.killall([sweeper, *self._resting], timeout=KILL_SECONDS)

    def stop(self) -> None:
        """Ends every journey at once; what waits is dropped, what is under way stays unanswered."""
        self._stopped = True
        while self._waiting:
            number, intended = self._waiting.popleft()
            self._drop(number, intended, perf_counter() - intended, STOPPED)
        gevent.killall(list(self._walking), block=True, timeout=KILL_SECONDS)
        # Those whose greenlet had not had its first turn yet.
        for number, intended in self._spawned.items():
            self._drop(number, intended, perf_counter() - intended, STOPPED)
        self._spawned.clear()

    def _begin(self, number: int, intended: float) -> None:
        """Lets a greenlet walk at its next turn: one that rests, or a new one."""
        self._spawned[number] = intended
        if self._resting:
            greenlet = self._resting.pop()
            self._hub.loop.run_callback(greenlet.switch, (number, intended))
        else:
            greenlet = gevent.spawn(self._live, number, intended)
            greenlet.rawlink(self._walking.discard)
        self._walking.add(greenlet)

    def _live(self, number: int, intended: float) -> None:
        """Walks, and rests until it is to walk again."""
        while True:
            self._walk(number, intended)
            if self._stopped or len(self._resting) >= RESTING:
                return
            number, intended = self._rest()

    def _rest(self) -> tuple[int, float]:
        """Waits for the next arrival."""
        greenlet: Any = gevent.getcurrent()
        self._walking.discard(greenlet)
        self._resting.append(greenlet)
        while True:
            try:
                arrival: tuple[int, float] = self._hub.switch()
                return arrival
            except gevent.Timeout:
                continue  # one that a journey has set and left behind

    def _walk(self, number: int, intended: float) -> None:
        """One journey after the other, as long as somebody waits for the place."""
        self._spawned.pop(number, None)
        free = intended
        while True:
            self.started += 1
            Walker(self._run, number, intended, free).walk(self._journeys[self._choice.of(number)])
            if not self._waiting or self._stopped:
                return
            self._give_up(perf_counter())
            if not self._waiting:
                return
            number, intended = self._waiting.popleft()
            free = perf_counter()

    def _sweep(self) -> None:
        while True:
            gevent.sleep(SWEEP_SECONDS)
            self._give_up(perf_counter())

    def _give_up(self, now: float) -> None:
        """Drops those who have waited for too long; the first in the row came first."""
        waiting = self._waiting
        while waiting and now - waiting[0][1] > self._drop_after:
            number, intended = waiting.popleft()
            self._drop(number, intended, self._drop_after, "dropped")

    def _drop(self, number: int, intended: float, latency: float, kind: str) -> None:
        run = self._run
        self.dropped += 1
        run.tally.drop(
            self._journeys[self._choice.of(number)].name,
            intended - run.started,
            perf_counter() - run.started,
            latency,
            kind=kind,
        )
