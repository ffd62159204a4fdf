"""Adds up what generators counted: the moments of a run as they pass, and its recording in the end.

A moment is given out a little after its second has passed. What was still unanswered then belongs to that second all
the same (requests count in the second of their intended start), so a moment that was shown live may be incomplete;
those of the final recording have everything.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from math import ceil
from typing import TYPE_CHECKING

from facts.rounds import EndpointMoment, Figures, Generator, Loop, Moment, Recording
from loadtest.histogram import Counts, encode, merge, merged, percentile_ms, percentiles
from loadtest.plan import Plan
from loadtest.tally import Cell, Part, Second, Tally

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FINISHED = "finished"


@dataclass(slots=True)
class Ledger:
    """Everything counted so far, of all processes.

    Attributes:
        horizon: After this many seconds a second's single endpoints are summed up for good, so that a long run does not fill the memory.
    """

    horizon: int
    _total: Tally = field(default_factory=Tally)
    _latency: dict[str, Counts] = field(default_factory=lambda: defaultdict(dict))
    _sealed: dict[int, Moment] = field(default_factory=dict)

    def add(self, tally: Tally) -> None:
        """Takes what a process counted since its last report."""
        self._total.add(tally)

    def moment(self, second: int) -> Moment:
        """What is known of one second; while a run goes on, without its endpoints' histograms."""
        if second in self._sealed:
            return self._sealed[second]
        cells = {name: cell for (each, name), cell in self._total.cells.items() if each == second}
        return self._moment(second, cells, fine=False)

    def seal(self, before: int) -> None:
        """Sums up the seconds that are past the horizon at the second `before`."""
        old: dict[int, dict[str, Cell]] = defaultdict(dict)
        for second, name in [place for place in self._total.cells if place[0] < before - self.horizon]:
            old[second][name] = self._total.cells.pop((second, name))
        for second, cells in sorted(old.items()):
            self._sealed.setdefault(second, self._moment(second, cells))
            for name, cell in cells.items():
                merge(self._latency[name], cell.latency)

    def part(self, journey: str) -> Part:
        """What is known of a journey."""
        return self._total.journeys[journey]

    @property
    def entries(self) -> dict[str, str]:
        """The endpoint that each journey asks for first."""
        return self._total.entries

    def recording(
        self,
        plan: Plan,
        *,
        loop: Loop,
        started_at: datetime,
        ended: str,
        seconds: float,
        generators: tuple[Generator, ...],
    ) -> Recording:
        """Closes the books.

        Args:
            plan: What was to be done.
            loop: Whether arrivals waited for answers.
            started_at: When the first arrival was due.
            ended: `finished`, or why not.
            seconds: Length of the schedule that was run: the plan's, or up to the stop.
            generators: Every process, with its own counts.
        """
        total = self._total
        last = max(total.seconds, default=-1)
        self.seal(last + 1 + self.horizon + 1)
        moments = self._moments(max(last + 1, ceil(seconds)))
        within = [counted for number, counted in total.seconds.items() if number < ceil(seconds)]
        scheduled = sum(each.scheduled for each in total.journeys.values())
        started = sum(each.sent for each in total.journeys.values())
        length = seconds or 1.0
        return Recording(
            loop=loop,
            started_at=started_at,
            seconds=seconds,
            ended=ended,
            seed=plan.seed,
            arrivals=plan.arrivals.value,
            arrivals_per_second=scheduled / length,
            offered_per_second=sum(each.offered for each in within) / length,
            achieved_per_second=sum(each.completed for each in within) / length,
            journeys_scheduled=scheduled,
            journeys_started=started,
            journeys_dropped=scheduled - started,
            overall=self._figures("", _summed(total.endpoints), merged(self._latency.values()), loop),
            endpoints=tuple(
                self._figures(name, part, self._latency[name], loop) for name, part in sorted(total.endpoints.items())
            ),
            journeys=tuple(
                self._figures(name, part, part.latency, loop) for name, part in sorted(total.journeys.items())
            ),
            moments=moments,
            generators=generators,
        )

    def _moments(self, count: int) -> tuple[Moment, ...]:
        """All seconds, with the counts that came in after a second was summed up."""
        found, waiting = [], 0
        for second in range(count):
            counted = self._total.seconds.get(second, Second())
            waiting += counted.offered - counted.completed - counted.left
            sealed = self._sealed.get(second) or self._moment(second, {})
            found.append(replace(sealed, offered=counted.offered, completed=counted.completed, waiting=waiting))
        return tuple(found)

    def _moment(self, second: int, cells: dict[str, Cell], *, fine: bool = True) -> Moment:
        counted = self._total.seconds.get(second)
        latency = merged(cell.latency for cell in cells.values())
        waiting = sum(
            each.offered - each.completed - each.left
            for number, each in self._total.seconds.items()
            if number <= second
        )
        return Moment(
            second=second,
            offered=counted.offered if counted else 0,
            sent=sum(cell.sent for cell in cells.values()),
            completed=counted.completed if counted else 0,
            failed=sum(cell.failed for cell in cells.values()),
            waiting=waiting,
            p50_ms=percentile_ms(latency, 50),
            p95_ms=percentile_ms(latency, 95),
            p99_ms=percentile_ms(latency, 99),
            lag_p99_ms=percentile_ms(counted.own_lag, 99) if counted else None,
            latency=encode(latency),
            endpoints=tuple(
                EndpointMoment(
                    name=name,
                    offered=cell.offered,
                    failed=cell.failed,
                    p95_ms=percentile_ms(cell.latency, 95),
                    p99_ms=percentile_ms(cell.latency, 99),
                    latency=encode(cell.latency) if fine else "",
                )
                for name, cell in sorted(cells.items())
            ),
        )

    @staticmethod
    def _figures(name: str, part: Part, latency: Counts, loop: Loop) -> Figures:
        lag = part.lag if loop is Loop.OPEN else {}
        histograms = {"latency": encode(latency), "service": encode(part.service), "lag": encode(lag)}
        return Figures(
            name=name,
            scheduled=part.scheduled,
            sent=part.sent,
            dropped=part.dropped,
            failed=part.failed,
            not_the_malls=dict(part.not_the_malls),
            errors=dict(part.errors),
            latency_ms=percentiles(latency),
            service_ms=percentiles(part.service),
            lag_ms=percentiles(lag),
            received_bytes=part.received_bytes,
            histograms={kind: text for kind, text in histograms.items() if text},
        )


def _summed(parts: dict[str, Part]) -> Part:
    total = Part()
    for part in parts.values():
        total.add(part)
    return total


def moment_to_json(moment: Moment) -> str:
    """One line of JSON."""
    return _moments().dump_json(moment).decode()


def moment_from_json(text: str) -> Moment:
    """What `moment_to_json` wrote.

    Raises:
        ValueError: It is something else.
    """
    return _moments().validate_json(text)


def recording_to_json(recording: Recording) -> str:
    """One line of JSON."""
    return _recordings().dump_json(recording).decode()


def recording_from_json(text: str) -> Recording:
    """What `recording_to_json` wrote.

    Raises:
        ValueError: It is something else.
    """
    return _recordings().validate_json(text)


@cache
def _moments() -> "TypeAdapter[Moment]":
    from pydantic import TypeAdapter

    return TypeAdapter(Moment)


@cache
def _recordings() -> "TypeAdapter[Recording]":
    from pydantic import TypeAdapter

    return TypeAdapter(Recording)
