"""What is usual at this hour: the median of the same half hour one to four weeks ago.

A median, so that one promotion or one outage among the four does not become the measure; at least two weeks, so that a new mall is not
judged by one day. Prometheus keeps 15 days by default: give it 35 days (`--storage.tsdb.retention.time=35d`) for all four.
"""

from dashboards.rules.rule import Recording

WEEKS = (1, 2, 3, 4)
LEAST_WEEKS = 2


def usual(level: str, name: str, now: str) -> tuple[Recording, ...]:
    """Recordings of the present rate, of the rates in past weeks, and of their median.

    Args:
        level: The labels that are kept, such as `mall_target`.
        name: The metric's part of the recordings' names.
        now: The rate over half an hour.
    """
    rate, past = f"{level}:{name}:rate30m", f"{level}_weeks:{name}:rate30m_past"
    by = ", ".join(level.split("_"))
    weeks = "\nor\n".join(f'label_replace({rate} offset {week}w, "weeks", "{week}", "", "")' for week in WEEKS)
    return (
        Recording(record=rate, expr=now),
        Recording(record=past, expr=weeks),
        Recording(
            record=f"{level}:{name}:rate30m_usual",
            expr=f"quantile by ({by}) (0.5, {past})\nand\ncount by ({by}) ({past}) >= {LEAST_WEEKS}",
        ),
    )
