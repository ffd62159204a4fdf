"""How full each watched resource was: the hottest one of a moment, and bands over a whole round."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from facts.watch import Sample, Watch
from pages.figures import figure, glued
from pages.plain import harmless

# From this share on a resource is shown as hot; waiting grows steeply from there (M/M/1: at 90 % ten times the service time).
HOT_SHARE = 0.9
# Which limit, as the watching collectors name it, belongs to a value whose name does not say so.
_LIMITS = {
    "connections": "max_connections",
    "clients": "maxclients",
    "used_memory_bytes": "maxmemory_bytes",
    "network_received_bytes": "network_bytes_per_second",
    "network_sent_bytes": "network_bytes_per_second",
}
# More of these is better, so what is left of them is the load.
_LEFT_OVER = frozenset({"memory_available_ratio"})
# A ratio that is no load: nothing is exhausted when a cache answers everything.
_NO_LOAD = ("hit_ratio",)
_WIDTH, _HEIGHT = 100.0, 10.0
_MOST_CELLS = 240


@dataclass(frozen=True, slots=True)
class Heat:
    """One resource at one moment, as a share of its limit."""

    source: str
    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Band:
    """One value over a round, as two SVG paths in a box of 100 × 10.

    Attributes:
        peak: Its highest value in words, with the share of its limit where that is known.
        cool, hot: Paths of the cells below and above `HOT_SHARE`.
    """

    source: str
    name: str
    peak: str
    cool: str
    hot: str


def share_of(sample: Sample, name: str, limits: Mapping[str, float]) -> float | None:
    """How full a value's resource is, 0 to 1 (above 1 where a limit was exceeded); None where no limit is known."""
    value = sample.values[name]
    if not math.isfinite(value):
        return None
    if name in _LEFT_OVER:
        return 1 - value
    if name.endswith("_ratio"):
        return None if name.endswith(_NO_LOAD) else value
    known = (limits.get(f"{sample.source}/{each}") for each in (name, _LIMITS.get(name, ""), f"{name}_limit"))
    limit = next((each for each in known if each), None)
    return value / limit if limit else None


def hottest(samples: Iterable[Sample], limits: Mapping[str, float]) -> Heat | None:
    """The resource that is nearest to its limit; None where no limit is known.

    Args:
        samples: Of one moment, one a source.
        limits: As in `Watch.limits`.
    """
    heats = [
        Heat(each.source, name, share)
        for each in samples
        for name in each.values
        if (share := share_of(each, name, limits)) is not None
    ]
    return max(heats, key=lambda each: each.share, default=None)


def bands(watch: Watch, began: float, seconds: float) -> list[Band]:
    """One band a value, the fullest resources first; values that were zero all the time are left out.

    Args:
        watch: What was seen.
        began: When the round began, in seconds since the epoch.
        seconds: How long the axis is.
    """
    rows: dict[tuple[str, str], list[tuple[float, float, float | None]]] = defaultdict(list)
    for sample in watch.samples:
        at = sample.at - began
        for name, value in sample.values.items():
            if 0 <= at <= seconds and math.isfinite(value):
                rows[sample.source, name].append((at, value, share_of(sample, name, watch.limits)))
    ranked = sorted(rows.items(), key=lambda row: -_rank(row[1]))
    return [_band(source, name, row, seconds) for (source, name), row in ranked if any(value for _at, value, _ in row)]


def _rank(row: list[tuple[float, float, float | None]]) -> float:
    """By the highest share of a limit; without one, below all of those, by how much it grew."""
    shares = [share for _at, _value, share in row if share is not None]
    if shares:
        return 1 + max(shares)
    values = [abs(value) for _at, value, _share in row]
    early = sum(values[: len(values) // 4 + 1]) / (len(values) // 4 + 1)
    return 1 - early / max(values) if max(values) else 0.0


def _band(source: str, name: str, row: list[tuple[float, float, float | None]], seconds: float) -> Band:
    limited = all(share is not None for _at, _value, share in row)
    _at, value, share = max(row, key=lambda each: each[2] if limited and each[2] is not None else each[1])
    highest = 1.0 if limited else max((abs(each) for _at, each, _ in row), default=1.0) or 1.0
    width = max(1.0, seconds / _MOST_CELLS)
    cells: dict[int, tuple[float, bool]] = {}
    for at, each, its_share in row:
        height = min(max((its_share if limited and its_share is not None else abs(each)) / highest, 0.0), 1.0)
        before = cells.get(int(at / width), (0.0, False))
        cells[int(at / width)] = (max(height, before[0]), before[1] or (its_share or 0) >= HOT_SHARE)
    paths = {True: "", False: ""}
    for position, (height, hot) in sorted(cells.items()):
        left, right = (min(each * width / seconds, 1.0) * _WIDTH for each in (position, position + 1))
        paths[hot] += f"M{left:.4g} {_HEIGHT:g}V{_HEIGHT * (1 - max(height, 0.04)):.3g}H{right:.4g}V{_HEIGHT:g}Z"
    peak = figure(name, value)
    if limited and share is not None and not name.endswith("_ratio"):
        peak += f" · {figure('_ratio', share)}"
    return Band(harmless(source), harmless(name), glued(peak), paths[False], paths[True])
