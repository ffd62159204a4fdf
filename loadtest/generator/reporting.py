"""Gives out a moment a second while a run goes on, and its recording in the end."""

from collections.abc import Callable
from math import ceil
from time import perf_counter

import gevent

from facts.rounds import Recording
from loadtest.generator import wires
from loadtest.plan import Plan
from loadtest.recording import Ledger, moment_to_json, recording_to_json

# A moment is given out this long after its second, so that most of its answers, and of its workers' reports, are in it.
GRACE_SECONDS = 0.25
_SLACK_SECONDS = 5


def horizon(plan: Plan) -> int:
    """Seconds after which nothing can come in any more for a second that has passed."""
    return ceil(plan.drop_after_seconds + plan.timeout_seconds) + _SLACK_SECONDS


class Reporter:
    """The voice of a run."""

    def __init__(
        self, ledger: Ledger, started: float, collect: Callable[[], None], *, grace: float = GRACE_SECONDS
    ) -> None:
        """Begins at once.

        Args:
            ledger: The books.
            started: The run's start, on `perf_counter`.
            collect: Called before each moment: puts into the books what was counted meanwhile.
            grace: Seconds after which a second is given out.
        """
        self._ledger = ledger
        self._started = started
        self._collect = collect
        self._grace = grace
        self._given = 0
        self._greenlet = gevent.spawn(self._speak)

    def end(self, recording: Recording) -> None:
        """Gives out the moments that are left, and the recording."""
        self._greenlet.kill()
        for moment in recording.moments[self._given :]:
            wires.write("moment", moment_to_json(moment))
        wires.write("recording", recording_to_json(recording))

    def _speak(self) -> None:
        while True:
            gevent.sleep(max(self._started + self._given + 1 + self._grace - perf_counter(), 0))
            self._collect()
            wires.write("moment", moment_to_json(self._ledger.moment(self._given)))
            self._given += 1
            self._ledger.seal(self._given)
