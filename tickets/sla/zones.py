"""When a zone's clocks are changed."""

from datetime import datetime, timedelta, tzinfo

# No zone has changed its clock twice within so many seconds.
_PROBE = 6 * 3600


def offsets(zone: tzinfo, start: int, end: int) -> list[tuple[int, int, int]]:
    """The pieces of a stretch in which the clock was not changed: beginning, end, and seconds from UTC."""
    pieces: list[tuple[int, int, int]] = []
    since, offset = start, _offset(zone, start)
    for probe in range(start + _PROBE, end + 1, _PROBE):
        there = _offset(zone, probe)
        if there == offset:
            continue
        low, high = probe - _PROBE, probe
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
        if high < end:
            pieces.append((since, high, offset))
            since, offset = high, there
    return [*pieces, (since, end, offset)]


def _offset(zone: tzinfo, moment: int) -> int:
    offset = datetime.fromtimestamp(moment, zone).utcoffset() or timedelta(0)
    return offset // timedelta(seconds=1)
