"""The account of one worker: what it reported, and what is lost when it vanishes.

The plan's seed tells exactly which arrivals a worker had. What it had not reported as begun when it vanished counts
as dropped (`lost`); what it had sent and not reported as answered counts as failed (`lost`). So the books close to
one arrival even after `kill -9`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from loadtest.arrivals import Choice, share
from loadtest.histogram import merge
from loadtest.journey import Journey
from loadtest.plan import Plan
from loadtest.tally import Part, Tally

LOST = "lost"


@dataclass(slots=True)
class Account:
    """What one worker has reported so far.

    Attributes:
        tally: Its sums; without the single seconds' histograms, which the ledger has.
        offered: Requests that it counted as offered.
        second: The last second that it reported.
    """

    tally: Tally = field(default_factory=Tally)
    offered: int = 0
    second: int = 0

    def add(self, tally: Tally) -> None:
        """Takes a report."""
        for name, part in tally.endpoints.items():
            _count(self.tally.endpoints[name], part)
        for name, part in tally.journeys.items():
            _count(self.tally.journeys[name], part)
        self.tally.entries.update(tally.entries)
        self.offered += sum(each.offered for each in tally.seconds.values())
        self.second = max(self.second, *tally.seconds, 0)

    def lost(self, plan: Plan, journeys: Sequence[Journey], *, index: int, count: int, until: float) -> Tally:
        """What has to be added to the books for a worker that vanished.

        Args:
            plan: The run.
            journeys: Of the plan, in their order.
            index: The worker, from 0.
            count: All workers.
            until: Seconds from the start up to which arrivals were due; the end of the run, or its stop.
        """
        books = Tally(entries=dict(self.tally.entries))
        self._never_begun(books, plan.drop_after_seconds)
        self._never_answered(books, plan.timeout_seconds)
        choice = Choice([each.weight for each in journeys], plan.seed)
        reported = sum(part.scheduled for part in self.tally.journeys.values())
        due = takewhile(lambda arrival: arrival[1] < until, share(plan, index, count))
        for place, (number, at) in enumerate(due):
            if place >= reported:
                name = journeys[choice.of(number)].name
                books.arrived(name, at)
                books.drop(name, at, at, plan.drop_after_seconds, kind=LOST)
        return books

    def _never_begun(self, books: Tally, deadline: float) -> None:
        """Arrivals that it had reported as due and not as begun."""
        for name, part in self.tally.journeys.items():
            if waiting := part.scheduled - part.sent - part.dropped:
                books.drop(name, self.second, self.second, deadline, kind=LOST, times=waiting)

    def _never_answered(self, books: Tally, deadline: float) -> None:
        """Journeys and requests that were under way."""
        for name, part in self.tally.journeys.items():
            if pending := part.sent - part.answered:
                books.abandon(books.journeys[name], pending, deadline, LOST)
        for name, part in self.tally.endpoints.items():
            if pending := part.sent - part.answered:
                gone = books.endpoints[name]
                books.abandon(gone, pending, deadline, LOST)
                # An endpoint's latencies are kept by seconds.
                cell = books.cells[self.second, name]
                cell.failed += pending
                merge(cell.latency, gone.latency)
                gone.latency.clear()
                books.seconds[self.second].left += pending
        scheduled = sum(part.scheduled for part in self.tally.endpoints.values())
        scheduled += sum(part.dropped for part in books.endpoints.values())
        # Journeys between their beginning and their first request: it was offered, and nobody knows whether it went out.
        books.seconds[self.second].offered -= self.offered - scheduled


def _count(into: Part, other: Part) -> None:
    into.scheduled += other.scheduled
    into.sent += other.sent
    into.answered += other.answered
    into.dropped += other.dropped
