"""What the mall is getting ready for, and how strict the judging is."""

from dataclasses import dataclass, field
from datetime import date, datetime

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """The promotion: how many times the everyday peak its traffic will be."""

    name: str = ""
    starts: datetime | None = None
    multiplier: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """One finding that the mall chose to live with, and until when."""

    code: str
    subject: str
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the user decided about judging.

    Attributes:
        min_evidence_seconds: How long statistics must have been gathered before an index may be called unused.
        index_budget_bytes: How much all proposed indexes may take together; None: no limit.
        max_indexes: How many indexes may be proposed.
        ignores: Findings to leave out, listed in the report.
    """

    min_evidence_seconds: float = 30 * DAY_SECONDS
    index_budget_bytes: int | None = None
    max_indexes: int = 20
    ignores: tuple[Ignore, ...] = field(default=())
