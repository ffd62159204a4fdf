"""What a case is: facts that somebody could have read, and the one outcome that a rule must give for one subject."""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from advisors.judging import judge
from advisors.rule import Rule
from facts.findings import Report, Severity
from facts.message import Message
from facts.planner import Planner
from facts.promotion import Policy, Promotion
from facts.snapshot import Snapshot
from tests.advisors.build import MULTIPLIER, TARGET


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Facts and the outcome expected for one subject.

    Attributes:
        story: The test's name.
        outcome: `found`, a reason word of the rule, or `absent` where the subject must not be mentioned at all.
        severity: Of the finding; None where the case is about something else.
        just_below, just_above: The threshold on whose side the case stands; the threshold itself belongs to where the rule puts it.
    """

    story: str
    facts: Snapshot
    subject: str
    outcome: str
    severity: Severity | None = None
    target: str = TARGET
    just_below: str = ""
    just_above: str = ""
    planners: Mapping[tuple[str, str], Planner] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    multiplier: float = MULTIPLIER


FOUND = "found"
ABSENT = "absent"
# A hair's breadth to either side of a threshold that is a real number.
LESS = 1 - 1e-6
MORE = 1 + 1e-6


def cases_of(rule: Rule) -> tuple[Case, ...]:
    """The rule's table, from the module of the same name under `cases`; empty when there is none."""
    name = f"tests.advisors.cases.{rule.judge.__module__.rpartition('.')[2]}"
    if importlib.util.find_spec(name) is None:
        return ()
    cases: tuple[Case, ...] = importlib.import_module(name).CASES
    return cases


def report_on(
    case: Case, rules: Sequence[Rule], *, failures: Mapping[tuple[str, str], Message] | None = None
) -> Report:
    """The whole way through the judge."""
    return judge(
        case.facts,
        promotion=Promotion(multiplier=case.multiplier),
        policy=case.policy,
        planners=case.planners,
        planner_failures=failures or {},
        tool_version="0.1.0",
        rules=rules,
    )
