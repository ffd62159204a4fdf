"""What has happened in the ticket room since the process began, counted once as time goes by."""

import math
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from collectors.serving.metric import Distribution

if TYPE_CHECKING:
    from tickets.store.counting import Line

URGENCIES = ("urgent", "important", "normal")
LEDGER_EVERY_SECONDS = 3600.0
RESPONSE_BOUNDS = (60.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 86400.0)
RESOLUTION_BOUNDS = (600.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0, 259200.0, 604800.0)


class Histogram:
    """How many seconds it took, in buckets."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """Counts nothing yet.

        Args:
            bounds: Upper ends of the buckets, ascending, without the last one, which has none.
        """
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._total = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._total += seconds

    def shown(self) -> Distribution:
        """As it is exposed."""
        return Distribution(tuple(zip((*self._bounds, math.inf), accumulate(self._counts), strict=True)), self._total)


def _of_each(bounds: Sequence[float]) -> dict[str, Histogram]:
    return {urgency: Histogram(bounds) for urgency in URGENCIES}


@dataclass(slots=True)
class Counted:
    """What one process has counted since it began.

    Attributes:
        until: Everything up to here is in the counts.
    """

    until: datetime
    promised: Mapping[str, frozenset[str]]
    opened: Counter[str] = field(default_factory=Counter)
    sla: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    response: dict[str, Histogram] = field(default_factory=lambda: _of_each(RESPONSE_BOUNDS))
    resolution: dict[str, Histogram] = field(default_factory=lambda: _of_each(RESOLUTION_BOUNDS))
    received: Counter[str] = field(default_factory=Counter)
    messages: Counter[tuple[str, str]] = field(default_factory=Counter)
    difference: int = 0
    compared_at: float | None = None

    def go_on(self, connection: Any, until: datetime) -> None:
        """Counts what has happened since the last time."""
        from tickets.store import counting

        if until > self.until:
            lines = counting.lines(connection, self.until, until)
            self._count(connection, lines, until)
            outcomes, more = counting.received(connection, self.until, until)
            self.received += outcomes
            self.difference += more
            self.until = until
        now = time.monotonic()
        if self.compared_at is None or now - self.compared_at > LEDGER_EVERY_SECONDS:
            self.difference = counting.difference(connection, self.until)
            self.compared_at = now

    def _count(self, connection: Any, lines: "list[Line]", until: datetime) -> None:
        from tickets.milestones import answered, decided
        from tickets.names import ClockName
        from tickets.store import counting

        for line in lines:
            if line.kind == counting.MESSAGES:
                result = "delivered" if line.data.get("delivered") else "undelivered"
                self.messages[str(line.data.get("channel", "")), result] += 1
        numbers = sorted({line.ticket for line in lines if line.kind in counting.MILESTONES})
        heads = counting.heads(connection, numbers)
        for number, log in counting.milestones(connection, numbers, until).items():
            urgency, reporter = heads[number]
            if log[0].at > self.until:
                self.opened[urgency] += 1
            promised = frozenset(ClockName(name) for name in self.promised.get(urgency, ()))
            for each in decided(log, reporter, promised):
                if each.at > self.until:
                    self.sla[each.clock.value, urgency, each.result] += 1
            for clock, kept in ((ClockName.RESPONSE, self.response), (ClockName.FIX, self.resolution)):
                answer = answered(log, reporter, clock)
                if answer is not None and answer[0] > self.until:
                    kept[urgency].add(answer[1])
