"""What every watched source is: something that opens once, is read once a second, and says at the end what only the whole round tells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from collectors.runner import CollectorError
from facts.message import Message
from facts.watch import Sample, StatementDelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a source knows only when the round is over.

    Attributes:
        samples: Of sources that keep their own history, such as a Prometheus.
        missing: What was to be watched and was not, in words, without the source's name.
    """

    samples: tuple[Sample, ...] = ()
    statements: tuple[StatementDelta, ...] = ()
    missing: tuple[Message, ...] = ()


class Source(Protocol):
    """An open source. One thread uses it from opening to closing."""

    @property
    def limits(self) -> Mapping[str, float]:
        """Known ceilings by name, without the source's own name before them."""

    def read(self) -> dict[str, float]:
        """The figures now; rates are over the time since the reading before, so the first reading has none."""

    def finish(self) -> Ending:
        """Asked once, after the last reading."""

    def close(self) -> None:
        """Gives back whatever it holds; safe to call twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A source that is to be watched.

    Attributes:
        name: The target's name in the configuration.
        kind: `postgres`, `redis`, `host`, `pool` or `prometheus`.
        open: Connects; it may raise whatever `understand` knows.
        understand: The failure behind a driver's exception, None for one that it does not know.
    """

    name: str
    kind: str
    open: Callable[[], Source]
    understand: Callable[[Exception], CollectorError | None]


class Rates:
    """Turns counters into rates a second; a counter that fell was reset, and has no rate for that second."""

    def __init__(self) -> None:
        """Without an earlier reading."""
        self._at: float | None = None
        self._before: Mapping[str, float] = {}

    def of(self, counters: Mapping[str, float], at: float) -> dict[str, float]:
        """The rate of each counter since the call before.

        Args:
            counters: Ever growing figures by name.
            at: When they were read, in seconds of a monotonic clock.
        """
        before, since = self._before, self._at
        self._before, self._at = dict(counters), at
        if since is None or at <= since:
            return {}
        return {
            name: (value - before[name]) / (at - since)
            for name, value in counters.items()
            if name in before and value >= before[name]
        }
