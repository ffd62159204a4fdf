"""The queries that most panels have: a metric's rate, sum or worst, for each target.

`ours…` are by mall and target, `theirs…` by instance, since an exporter of the mall's own stands for one server.
"""

from collections.abc import Iterable

from dashboards.board import Query
from facts.message import Message

TARGET, INSTANCE = "{{target}}", "{{instance}}"


def ours_rate(metric: str, legend: Message | str = TARGET, *by: str) -> Query:
    """How fast a counter of ours rises, summed by target and the labels given."""
    return Query(f"sum by ({_labels('mall', 'target', *by)}) (rate({metric}[$__rate_interval]))", legend)


def ours_sum(metric: str, legend: Message | str = TARGET, *by: str) -> Query:
    """A gauge of ours, summed by target and the labels given."""
    return Query(f"sum by ({_labels('mall', 'target', *by)}) ({metric})", legend)


def ours_most(metric: str, legend: Message | str = TARGET, *by: str) -> Query:
    """The highest value of a gauge of ours, by target and the labels given."""
    return Query(f"max by ({_labels('mall', 'target', *by)}) ({metric})", legend)


def theirs_rate(metric: str, legend: Message | str = INSTANCE, *by: str) -> Query:
    """How fast an exporter's counter rises, summed by instance and the labels given."""
    return Query(f"sum by ({_labels('instance', *by)}) (rate({metric}[$__rate_interval]))", legend)


def theirs_sum(metric: str, legend: Message | str = INSTANCE, *by: str) -> Query:
    """An exporter's gauge, summed by instance and the labels given."""
    return Query(f"sum by ({_labels('instance', *by)}) ({metric})", legend)


def theirs_most(metric: str, legend: Message | str = INSTANCE, *by: str) -> Query:
    """The highest value of an exporter's gauge, by instance and the labels given."""
    return Query(f"max by ({_labels('instance', *by)}) ({metric})", legend)


def ranked(metric: str, label: str, states: Iterable[str], *by: str) -> str:
    """Which of the states holds, by its number: of one series for each state, the one that is 1."""
    parts = (f'{number} * ({metric}{{{label}="{state}"}} == 1)' for number, state in enumerate(states))
    return f"sum by ({_labels('mall', *by)}) ({' or '.join(parts)})"


def _labels(*names: str) -> str:
    return ", ".join(names)
