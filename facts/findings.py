"""What was found: findings, quiet subjects, coverage, and the report that holds them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from facts.message import Message
from facts.promotion import Promotion
from facts.proofs import Proof
from facts.readings import Target
from facts.snapshot import Cost

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


class Severity(StrEnum):
    """How much the mall loses; critical means that it falls over at the multiplier."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for critical, growing as severity falls."""
        return list(Severity).index(self)


class Area(StrEnum):
    """What part of the mall a rule looks at; `--only` takes these words."""

    INDEXES = "indexes"
    QUERIES = "queries"
    CACHE = "cache"
    CAPACITY = "capacity"
    CONFIG = "config"
    INTEGRITY = "integrity"
    ASSETS = "assets"
    SECURITY = "security"
    BACKUP = "backup"
    COMPLIANCE = "compliance"
    UPGRADE = "upgrade"


class Verdict(StrEnum):
    """The report's first words."""

    FITS = "fits"
    AT_RISK = "at risk"
    FALLS_OVER = "falls over"
    NOT_ENOUGH_EVIDENCE = "not enough evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryEvidence:
    """One statement family that a finding rests on, over the audit's window.

    Attributes:
        cost_before, cost_after: The planner's, without and with the remedy.
        time_kept_ratio: Share of its time that is foretold to be left with the remedy; None where only cost can be told.
        plan_before, plan_after: The plans of these costs, a line for each node.
        rows, blocks: Of one call, mean.
    """

    id: str
    text: str
    calls: int
    total_seconds: float
    mean_seconds: float
    cost_before: float | None = None
    cost_after: float | None = None
    time_kept_ratio: float | None = None
    plan_before: tuple[str, ...] = ()
    plan_after: tuple[str, ...] = ()
    rows: float | None = None
    blocks: float | None = None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def kept_ratio(self) -> float | None:
        """Share of its time that is left with the remedy, or of its cost; None where the planner was not asked."""
        if self.time_kept_ratio is not None:
            return self.time_kept_ratio
        return self.cost_after / self.cost_before if self.cost_before and self.cost_after is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a finding rests on.

    Attributes:
        queries: The statement families behind it, the most expensive first.
        figures: Other figures, by name with the unit at its end (`sequential_rows`, `size_bytes`).
        facts: Sentences that a reader needs to judge the figures.
    """

    queries: tuple[QueryEvidence, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    facts: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the remedy is expected to change, and how that is known.

    Attributes:
        seconds_before: Seconds a second of wall time that the subject costs now (cores kept busy), at today's rate.
        seconds_after: The same after the remedy; None where no honest projection exists.
        method: `planner` (cost ratio on observed time), `measured`, or `counted` (arithmetic on counters).
        at_multiplier_seconds: `seconds_before` at the promotion's rate.
    """

    seconds_before: float
    seconds_after: float | None
    method: str
    at_multiplier_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to know before the remedy is applied.

    Attributes:
        name: A fixed word, such as `disk`.
        says: What is known of it, or that it is not known.
        against: It speaks against applying the remedy at this moment.
    """

    name: str
    says: Message
    against: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What to do about it, and how to take it back."""

    text: Message
    sql: tuple[str, ...] = ()
    rollback: tuple[str, ...] = ()
    check: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()  # shell or Redis commands, where the remedy is not SQL
    size_bytes: int | None = None
    size_error_ratio: float | None = None  # by how much nineteen of twenty such sizes are off at most
    build_seconds: float | None = None
    write_cost: dict[str, float] = field(default_factory=dict)
    risk: Message | None = None
    before: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A remedy that was weighed and not chosen."""

    sql: str
    why_not: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """Another rule's finding that this one explains; it is not ranked beside its cause."""

    code: str
    subject: str
    title: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that will hurt, with its evidence and its remedy.

    Attributes:
        loss: What the mall loses at the multiplier, in cores' worth of time; findings are ranked by it within
            a severity.
        proof: What a copy showed of it, where it was tried on one.
    """

    code: str
    rule: str
    area: Area
    target: str
    subject: str
    severity: Severity
    title: Message
    summary: Message
    evidence: Evidence
    remedy: Remedy
    expected: Expected | None = None
    loss: float = 0.0
    alternatives: tuple[Alternative, ...] = ()
    consequences: tuple[Consequence, ...] = ()
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A subject that a rule looked at and did not report, and why.

    Attributes:
        reason: A fixed word such as `small-table`; each rule's manual page lists its own under "Quiet when".
        detail: The figures behind it.
    """

    code: str
    subject: str
    reason: str
    target: str = ""
    detail: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A subject that could not be examined, why, and what would mend it."""

    subject: str
    reason: Message
    remedy: Message | None = None
    code: str = ""  # the rule that it was kept from, "" for all


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What share of the mall's workload was examined, and what was not."""

    workload_time_examined_ratio: float | None  # None: no workload could be read
    targets: tuple[Target, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSplit:
    """Where a page's time goes, over the audit's window: seconds by `application`, `database`, `cache`, `network`.

    `request_seconds` is all requests' time; parts that could not be measured are absent and `unknown` says so.
    """

    request_seconds: float | None
    requests: int | None
    parts: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadShare:
    """One statement family in the chart of database time."""

    id: str
    text: str
    seconds_now: float  # cores kept busy at today's peak
    seconds_at_multiplier: float
    follows_storefront: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one audit: everything that terminal, JSON, Markdown and HTML show."""

    schema_version: int
    tool_version: str
    mall: str
    promotion: Promotion
    taken_at: datetime
    areas: tuple[Area, ...]  # those that were judged
    verdict: Verdict
    first_sentence: Message  # where the time goes
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    quiet: tuple[Quiet, ...]
    coverage: Coverage
    time: TimeSplit
    workload: tuple[WorkloadShare, ...]
    window: Message  # which counters were read over which window
    cost: Cost
