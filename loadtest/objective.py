"""A service level objective: one figure of a round, of what it is asked, and its limit."""

from dataclasses import dataclass
from enum import StrEnum

from facts.message import Message


class Scope(StrEnum):
    """What an objective is asked of."""

    WHOLE = "whole"
    ENDPOINT = "endpoint"
    JOURNEY = "journey"
    OTHERS = "others"  # every endpoint without a list of its own


class Measure(StrEnum):
    """The figure that an objective limits."""

    LATENCY = "latency"
    ERRORS = "errors"
    DROPPED = "dropped"
    SUCCESS = "success"
    PAYMENT_SUCCESS = "payment-success"
    THROUGHPUT = "throughput"


AT_MOST = frozenset({Measure.LATENCY, Measure.ERRORS, Measure.DROPPED})
OF_EVERY_ENDPOINT = AT_MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """One objective.

    Attributes:
        text: As it is shown, in one spelling: `p99<500ms`, `errors<1% over 10s`.
        measure: The figure.
        limit: Milliseconds for latency, a ratio from 0 to 1 for shares, per second for throughput.
        strict: The limit itself is already too much (`<`, `>`).
        percentile: From 0 to 100, for latency.
        window_seconds: It holds in every so many seconds; None for the whole round.
        scope, subject: What it is asked of; the subject is an endpoint's or a journey's name, else empty.
    """

    text: str
    measure: Measure
    limit: float
    strict: bool
    percentile: float | None = None
    window_seconds: int | None = None
    scope: Scope = Scope.WHOLE
    subject: str = ""

    @property
    def rule(self) -> str:
        """The word under which the verdict lists it: `slo p99<500ms`, `slo GET /search p99<500ms`."""
        place = f"journey {self.subject}" if self.scope is Scope.JOURNEY else self.subject
        return f"slo {place} {self.text}" if place else f"slo {self.text}"

    def met_by(self, value: float) -> bool:
        """Whether a value keeps the limit."""
        if self.measure in AT_MOST:
            return value < self.limit if self.strict else value <= self.limit
        return value > self.limit if self.strict else value >= self.limit


class SloError(ValueError):
    """An objective that cannot be understood.

    Attributes:
        what: What is wrong with it.
        instead: The nearest right form, to be typed as it stands.
    """

    def __init__(self, what: Message, instead: str) -> None:
        """Keeps both."""
        super().__init__(f"{what}: {instead}")
        self.what = what
        self.instead = instead
