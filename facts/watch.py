"""What the collectors saw, once a second, while a round ran."""

from dataclasses import dataclass, field

from facts.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One reading of one source at one moment.

    Attributes:
        at: Seconds since the epoch, on the clock of the machine that runs the round.
        source: The target's name in the configuration (`orders`, `cache`, `this machine`).
        values: Gauge or per-second rate by name (`cpu_busy_ratio`, `lock_waiters`, …); each name's manual stands
            in the collector that reads it. A value that could not be read is absent, never zero.
    """

    at: float
    source: str
    kind: str  # postgres, redis, host, pool, prometheus
    values: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDelta:
    """What one statement family cost over the round."""

    target: str
    id: str
    text: str
    calls: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Everything that was seen during a round.

    Attributes:
        limits: Known ceilings by `source/name` (`orders/max_connections`, `this machine/cores`, `cache/maxmemory_bytes`).
        missing: What was to be watched and was not, with the reason, as `source: reason`.
    """

    samples: tuple[Sample, ...]
    statements: tuple[StatementDelta, ...] = ()
    limits: dict[str, float] = field(default_factory=dict)
    missing: tuple[Message, ...] = ()
