"""The cases that every objective has: both sides of each severity, a quiet night, and a fault that is over."""

from collections.abc import Callable, Iterator, Mapping

from tests.dashboards.rules.case import About, Case

# For a good and a bad counter's notation: the series.
Events = Callable[[str, str], Mapping[str, str]]


def cases(name: str, events: Events, budget: float, **labels: str) -> Iterator[Case]:
    """All cases of one objective.

    Args:
        name: The alert's.
        events: The series of good and of bad events.
        budget: Share of events that may be bad.
        labels: What fires besides the mall.
    """

    def mixed(times: float, steps: int, total: float = 10_000.0) -> Mapping[str, str]:
        bad = total * budget * times
        return events(f"0+{total - bad:g}x{steps}", f"0+{bad:g}x{steps}")

    urgent = About(name, "urgent", at="2h", labels=labels)
    yield urgent.fires("above 14.4 times the budget", mixed(15, 120))
    yield urgent.fires("above 6 times the budget for hours", mixed(7, 100), at="8h", every="5m")
    yield urgent.quiet("below 6 times the budget", mixed(5, 120))
    yield urgent.quiet("all fail, and it is a quiet night", events("0+0x120", "0+0.06x120"))
    yield urgent.quiet("it is over", events("0+1000x120", "0+1000x60 60000+0x60"))
    important = About(name, "important", at="26h", every="5m", labels=labels)
    yield important.fires("above 3 times the budget for a day", mixed(4, 320))
    yield important.quiet("below 3 times the budget", mixed(2, 320))
    yield important.quiet("two failures in a day", events("0+0x320", "0+0.006x320"))
    normal = About(name, "normal", at="73h", every="10m", labels=labels)
    yield normal.fires("above the budget for three days", mixed(2, 450))
    yield normal.quiet("within the budget", mixed(0.5, 450))
    yield normal.quiet("two failures in three days", events("0+0x450", "0+0.004x450"))
