"""What a rule is, and what it is given to judge."""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from advisors.workload import Workload
from facts.findings import Area, Finding, Quiet, Skipped
from facts.message import Message
from facts.planner import Planner
from facts.promotion import Policy, Promotion
from facts.snapshot import Snapshot

Outcome = Finding | Quiet | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """How far the search for indexes has come.

    Attributes:
        planned: Statements whose plans were asked for.
        statements: Of so many.
        kept_ratio: What the best set so far leaves of their cost; None while none was chosen.
    """

    planned: int
    statements: int
    kept_ratio: float | None = None


def go_on(_: Searched) -> bool:
    """A search that nobody watches is never ended early."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that a rule may look at.

    Attributes:
        snapshot: The facts.
        promotion: What the mall is getting ready for.
        policy: How strict the user wants the judging.
        workloads: The statement families of each database, in the order of `snapshot.postgres`.
        planners: By (target, database); a database without a planner is missing here.
        planner_gaps: By (target, database): why there is no planner.
        searching: Told how far a search has come; what it found so far is the result when this says no.
    """

    snapshot: Snapshot
    promotion: Promotion
    policy: Policy
    workloads: tuple[Workload, ...]
    planners: Mapping[tuple[str, str], Planner]
    planner_gaps: Mapping[tuple[str, str], Message]
    searching: Callable[[Searched], bool] = go_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One bad pattern and the function that recognizes it.

    Attributes:
        code: `IDX001`; never reused.
        name: The bad pattern in words: `missing-index`.
        area: What `--only` calls it.
        judge: Facts in, outcomes out; every subject looked at ends in exactly one outcome.
        reasons: The fixed words that its `Quiet` outcomes use.
        estimates: It looks at statements that nobody has counted, too, of which only the plan is known.
    """

    code: str
    name: str
    area: Area
    judge: Callable[[Context], Iterable[Outcome]]
    reasons: tuple[str, ...]
    estimates: bool = False

    @property
    def manual(self) -> str:
        """The manual page: the docstring of the rule's file."""
        return inspect.getdoc(sys.modules[self.judge.__module__]) or ""
