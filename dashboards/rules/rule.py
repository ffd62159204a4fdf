"""A recording rule, an alert, and the group in which Prometheus evaluates them."""

from dataclasses import dataclass
from enum import StrEnum

from facts.message import Message

# A longer expression stands on a line of its own.
_ONE_LINE = 80


class Severity(StrEnum):
    """How fast somebody has to come; the words of the tickets."""

    URGENT = "urgent"
    IMPORTANT = "important"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A figure that Prometheus keeps because several rules and boards ask for it.

    Attributes:
        record: `labels:metric:operations`, as Prometheus' own guide has it.
        expr: In PromQL.
    """

    record: str
    expr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert at one severity; the same name may stand at several.

    Attributes:
        name: Of its runbook too.
        expr: In PromQL. It ends without the labels of the scrape (`job`, `instance`), so that an exporter that moves to another address
            is no new alert.
        lasts: How long it must hold, such as `5m`; empty to fire at once.
        summary: One line, with what is wrong and where.
        description: One sentence more, with the figure.
    """

    name: str
    expr: str
    lasts: str
    severity: Severity
    summary: Message
    description: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A subject: one file of rules, evaluated from top to bottom.

    Attributes:
        name: Of the subject.
        about: What its alerts have in common.
        interval: Between two evaluations, such as `1m`; empty for Prometheus' own. Rates over days are not asked for every few seconds.
    """

    name: str
    about: Message
    interval: str = ""
    recordings: tuple[Recording, ...] = ()
    alerts: tuple[Alert, ...]


def once(expr: str) -> str:
    """Without the labels of the scrape: two exporters that see the same are one."""
    within = f"\n{indented(expr)}\n" if "\n" in expr or len(expr) > _ONE_LINE else expr
    return f"max without (job, instance) ({within})"


def until_used_up(expr: str, metric: str, known: str) -> str:
    """Seconds until something is used up, once it has been watched for so long: a line through a few samples says nothing."""
    return f"{expr}\nand {metric} offset {known}"


def indented(expr: str) -> str:
    """Two spaces further to the right."""
    return "\n".join(f"  {line}" for line in expr.splitlines())
