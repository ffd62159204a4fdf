"""What one rehearsal round recorded, and what was made of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from facts.message import Message


class RoundVerdict(StrEnum):
    """The outcome of a round; `INVALID` when the generator, not the mall, was measured."""

    GO = "GO"
    NO_GO = "NO-GO"
    INVALID = "INVALID"


class RoundKind(StrEnum):
    """The three rounds of the protocol, and a single round against one URL."""

    BASELINE = "baseline"
    CAPACITY = "capacity"
    CONFIRM = "confirm"
    SINGLE = "single"


class Loop(StrEnum):
    """Whether arrivals came on their own schedule or waited for answers."""

    OPEN = "open"
    CLOSED = "closed"  # a user's own Locust scenario: its latencies omit what the mall's slowness kept from being sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """A distribution of times in milliseconds, read from an HDR histogram (at most 1 % off)."""

    count: int
    mean: float
    p50: float
    p95: float
    p99: float
    p99_9: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The counts and times of one endpoint, one journey, or the whole round.

    `scheduled == sent + dropped` holds exactly. A journey's times run from its intended arrival to its last answer.

    Attributes:
        name: For an endpoint method and family (`GET /search`), for a journey its name, `""` for the whole.
        scheduled: Intended starts. A request inside a journey is scheduled when its think time ends.
        sent: Those that were sent, answered or not.
        dropped: Never sent: over the concurrency limit for longer than the plan allows, or lost with a worker. Counts as failed.
        failed: Answers that were errors, timeouts and `dropped`; never more than `scheduled`.
        not_the_malls: Answers that something between generator and mall gave (a CDN's cache, a WAF's challenge, a 429):
            by kind. They are neither the mall's success nor in its latencies.
        errors: Failed ones by kind, for example `HTTP 503`, `timeout`, `connection refused`, `dropped`.
        latency_ms: From the intended start to the last byte (what a shopper felt). Dropped ones count with their deadline.
        service_ms: From the sending to the last byte.
        lag_ms: From the intended start to the sending: the generator's own delay and the wait under the concurrency limit.
        received_bytes: Of all answers' bodies and headers.
        histograms: `latency`, `service`, `lag` as base64 HDR histograms (V2, microseconds), so that rounds can be merged and compared.
    """

    name: str
    scheduled: int
    sent: int
    dropped: int
    failed: int
    not_the_malls: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    latency_ms: Percentiles | None = None
    service_ms: Percentiles | None = None
    lag_ms: Percentiles | None = None
    received_bytes: int = 0
    histograms: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One second of a round, all generators merged.

    Requests count in the second of their intended start, whenever they ended; `waiting` is a gauge at the second's end.

    Attributes:
        second: Seconds since the round began, 0 for the first.
        offered: Requests whose intended start lay in this second.
        sent: Those of them that were sent.
        completed: Requests answered (well or not) in this second, whenever they were scheduled: the throughput.
        failed: Of `offered`, those that failed or were dropped.
        waiting: Requests scheduled and not yet answered, at the end of the second (the backlog).
        latency: Base64 HDR histogram of `offered`'s latencies.
        lag_p99_ms: The generator's own delay in this second: without the wait under the concurrency limit.
        endpoints: Per endpoint of this second: offered, failed, p95 and p99 in ms.
    """

    second: int
    offered: int
    sent: int
    completed: int
    failed: int
    waiting: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    lag_p99_ms: float | None
    latency: str = ""
    endpoints: tuple["EndpointMoment", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointMoment:
    """One endpoint within one second.

    Attributes:
        latency: Base64 HDR histogram of `offered`'s latencies; empty where the generator keeps it for the whole second only.
    """

    name: str
    offered: int
    failed: int
    p95_ms: float | None
    p99_ms: float | None
    latency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """One process that sent load, and whether it could keep up.

    Attributes:
        name: `worker 1`, or `local`.
        scheduled: Journeys' arrivals that were this process's share of the schedule.
        started: Arrivals for which a journey was begun.
        dropped: Arrivals that it gave up for a stated reason of the plan (the concurrency limit).
        cpu_ratio: CPU-seconds over wall seconds of the process, the highest of any 5 seconds; 1.0 is a whole core.
        starved_ratio: Share of the time in which it was ready and got no CPU (Linux `schedstat`: run-queue wait over wall), None where
            the system does not tell.
        throttled_seconds: Time that its control group was held back for its CPU quota, None where there is none.
        lag_p99_ms: 99th percentile of its own schedule lag, None where there is no schedule (a closed loop) or nothing was sent.
        lost: It vanished before the round's end; what it had not reported counts as dropped.
    """

    name: str
    scheduled: int
    started: int
    dropped: int
    cpu_ratio: float
    starved_ratio: float | None
    throttled_seconds: float | None
    lag_p99_ms: float | None
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Everything that generators recorded in one run of a schedule; nothing in it is judged.

    Attributes:
        loop: Open for our journeys, closed for a user's own Locust scenario.
        offered_per_second: Requests scheduled a second over `seconds`.
        achieved_per_second: Requests answered a second over `seconds`.
        arrivals_per_second: Journeys scheduled a second.
        seconds: Length of the schedule, as far as it was run; the wait for the last answers comes on top.
        ended: Why it ended: `finished`, or `stopped: …` (kill switch, dead man, abort rule), in fixed words.
        journeys_scheduled, journeys_started, journeys_dropped: Arrivals; `scheduled == started + dropped` exactly.
    """

    loop: Loop
    started_at: datetime
    seconds: float
    ended: str
    seed: int
    arrivals: str  # constant, poisson, replay
    arrivals_per_second: float
    offered_per_second: float
    achieved_per_second: float
    journeys_scheduled: int
    journeys_started: int
    journeys_dropped: int
    overall: Figures
    endpoints: tuple[Figures, ...]
    journeys: tuple[Figures, ...]
    moments: tuple[Moment, ...]
    generators: tuple[Generator, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule of the verdict, whether it held, and the figures behind it."""

    rule: str  # a fixed word, for example `slo p99<500ms`, `generator-cpu`, `schedule-sent`
    ok: bool
    evidence: Message
    invalidates: bool = False  # when it does not hold, the round measured the generator and not the mall


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rate that the search for the knee tried."""

    per_second: float
    held: bool
    achieved_ratio: float
    p99_ms: float | None
    failed_ratio: float
    backlog_slope: float  # requests waiting, per second; around 0 when the mall keeps up
    reason: str = ""  # the first rule that failed
    seconds: float = 0.0
    hold: bool = False  # part of the confirmation of the knee


@dataclass(frozen=True, slots=True, kw_only=True)
class Knee:
    """The highest arrival rate at which the SLOs hold, with the range in which it lies.

    Attributes:
        per_second: The highest rate that was held and confirmed.
        low: Highest rate at which every run held, at least the search's tolerance below the knee.
        high: Lowest rate at which a run failed, at least that tolerance above it; None when no rate tried failed.
        usl_per_second: The peak of a Universal Scalability Law fit through the steps, an aside; None where it does not fit.
    """

    per_second: float
    low: float
    high: float | None
    usl_per_second: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A resource that was exhausted before latency bent, with what shows it."""

    resource: str  # fixed words, see loadtest/cause.py; `unknown` when the evidence is not enough
    evidence: Message
    confidence: float  # 0 to 1
    second: int | None = None  # when its saturation began, in seconds of the round


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One line of the shopping list: what there is today, what the multiplier needs."""

    resource: str  # cores, database-connections, pool-size, redis-memory, bandwidth, replicas
    today: float | None
    needed: float
    unit: str  # cores, connections, bytes, bits/s, servers
    method: Message  # how it was computed


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A judged round: `round.json` is this record.

    Attributes:
        manifest: What pins the round: code version, data, seed, configuration, CPU pinning, as name → value.
        recording: Of the round; of the hold at the knee for a capacity round.
        fidelity: How close the generated mix came to the real one, 0 to 1; None when no real mix was known.
        not_examined: What could not be watched during the round, in words.
    """

    kind: RoundKind
    verdict: RoundVerdict
    reasons: tuple[Reason, ...]
    recording: Recording
    manifest: dict[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    knee: Knee | None = None
    causes: tuple[Cause, ...] = ()
    shopping: tuple[Purchase, ...] = ()
    bandwidth_bits_per_second: float | None = None
    fidelity: float | None = None
    not_examined: tuple[Message, ...] = ()
