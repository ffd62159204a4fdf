"""Burn rates: how fast an objective's error budget is used up, over several windows at once.

Two windows must agree. The long one says that it matters, the short one that it still goes on; so the alert ends soon after the fault does.
Source: Google, The Site Reliability Workbook, chapter 5 (multiwindow, multi-burn-rate alerts).
"""

from collections.abc import Callable
from dataclasses import dataclass

from dashboards.rules.objectives import DAYS, Objective
from dashboards.rules.places import SHARE
from dashboards.rules.rule import Alert, Recording, Severity, indented
from facts.message import Message, msg

_HOURS = DAYS * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One pair of windows.

    Attributes:
        long: PromQL's name of the window that says that it matters.
        hours: Its length.
        short: The window that says that it goes on.
        spent: Share of the whole budget that is used up within the long one.
    """

    long: str
    hours: int
    short: str
    spent: float
    severity: Severity

    @property
    def factor(self) -> str:
        """How many times faster than the budget allows."""
        return f"{self.spent * _HOURS / self.hours:.4g}"


WINDOWS = (
    Window(long="1h", hours=1, short="5m", spent=0.02, severity=Severity.URGENT),
    Window(long="6h", hours=6, short="30m", spent=0.05, severity=Severity.URGENT),
    Window(long="1d", hours=24, short="2h", spent=0.1, severity=Severity.IMPORTANT),
    Window(long="3d", hours=72, short="6h", spent=0.1, severity=Severity.NORMAL),
)
_LONG = tuple(window.long for window in WINDOWS)
# Of the groups that have burn rates: a window of three days holds much.
INTERVAL = "1m"
_ALL = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """What is counted for an objective.

    Attributes:
        name: The metric's part of the recordings' names.
        by: The labels that are kept.
        bad: Bad events by function (`rate`, `increase`) and window.
        total: All events, the same way.
    """

    name: str
    by: tuple[str, ...]
    bad: Callable[[str, str], str]
    total: Callable[[str, str], str]

    def ratio(self, window: str) -> str:
        """The recording of the bad share."""
        return f"{'_'.join(self.by)}:{self.name}:ratio_rate{window}"

    def count(self, window: str) -> str:
        """The recording of how many were bad."""
        return f"{'_'.join(self.by)}:{self.name}:increase{window}"


def summed(by: tuple[str, ...], metric: str, selector: str) -> Callable[[str, str], str]:
    """All series of a counter that a selector names, by function and window."""
    return lambda function, window: f"sum by ({', '.join(by)}) (\n  {function}({metric}{{{selector}}}[{window}])\n)"


def recordings(indicator: Indicator) -> tuple[Recording, ...]:
    """The bad share over every window, and the number of bad events over the long ones."""
    ratios = (
        Recording(
            record=indicator.ratio(window),
            expr=f"{_whole(indicator.bad('rate', window))}\n/\n{indicator.total('rate', window)}",
        )
        for window in _ALL
    )
    counts = (Recording(record=indicator.count(window), expr=indicator.bad("increase", window)) for window in _LONG)
    return (*ratios, *counts)


def _whole(expr: str) -> str:
    """In brackets where it has several parts."""
    return f"(\n{indented(expr)}\n)" if "\n- " in expr or "\nor " in expr else expr


_DESCRIPTIONS: dict[Severity, Message] = {
    Severity.URGENT: msg(
        "{value} were bad in the last hours. At this rate a month's error budget is gone within 5 days, or sooner.",
        value=SHARE,
    ),
    Severity.IMPORTANT: msg(
        "{value} were bad in the last day. At this rate a month's error budget is gone within 10 days.", value=SHARE
    ),
    Severity.NORMAL: msg(
        "{value} were bad in the last three days. At this rate nothing of a month's error budget is left.", value=SHARE
    ),
}


def alerts(indicator: Indicator, objective: Objective, name: str, summary: Message) -> tuple[Alert, ...]:
    """One alert for each severity."""
    return tuple(
        Alert(
            name=name,
            expr="\nor\n".join(
                _burning(indicator, objective, window) for window in WINDOWS if window.severity is severity
            ),
            lasts="",
            severity=severity,
            summary=summary,
            description=_DESCRIPTIONS[severity],
        )
        for severity in Severity
    )


def _burning(indicator: Indicator, objective: Objective, window: Window) -> str:
    limit = f"{window.factor} * {objective.budget}"
    return (
        f"(\n  {indicator.ratio(window.long)} > {limit}\n"
        f"  and {indicator.ratio(window.short)} > {limit}\n"
        f"  and {indicator.count(window.long)} >= {objective.least_bad}\n)"
    )
