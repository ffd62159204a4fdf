"""Steps and windows as Grafana computes them: `$__interval`, `$__rate_interval`, `$__range`.

Source: `roundInterval` and `calculateInterval` of Grafana's front end, `calculatePrometheusInterval` and `calculateRateInterval` of its
Prometheus data source.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

# What Grafana takes for the time between two scrapes unless its data source is told.
SCRAPE_SECONDS = 15.0
# Prometheus refuses more points in one series.
_MOST_POINTS = 11_000
_RATE_SCRAPES = 4

# An interval below the first figure is rounded to the second, in milliseconds.
_ROUNDED = (
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1_500, 1_000), (3_500, 2_000),
    (7_500, 5_000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000), (45_000, 30_000), (90_000, 60_000),
    (210_000, 120_000), (450_000, 300_000), (750_000, 600_000), (1_050_000, 900_000), (1_500_000, 1_200_000),
    (2_700_000, 1_800_000), (5_400_000, 3_600_000), (9_000_000, 7_200_000), (16_200_000, 10_800_000),
    (32_400_000, 21_600_000), (86_400_000, 43_200_000), (604_800_000, 86_400_000), (1_814_400_000, 604_800_000),
    (3_628_800_000, 2_592_000_000),
)  # fmt: skip
_YEAR = 31_536_000_000

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_592_000, "y": 31_536_000}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhdwMy]))+\Z")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwMy])")
_RATE_WORDS = frozenset({"$__rate_interval", "${__rate_interval}"})


@dataclass(frozen=True, slots=True)
class Windows:
    """What a query's time words stand for, in seconds.

    Attributes:
        step: Between two points; `$__interval`.
        rate: `$__rate_interval`.
        span: `$__range`.
    """

    step: float
    rate: float
    span: float

    def words(self) -> dict[str, str]:
        """The words without their dollar sign, and what replaces them."""
        return {
            "__interval": duration(self.step),
            "__interval_ms": str(round(self.step * 1000)),
            "__rate_interval": duration(self.rate),
            "__rate_interval_ms": str(round(self.rate * 1000)),
            "__range": f"{round(self.span)}s",
            "__range_s": str(round(self.span)),
            "__range_ms": str(round(self.span * 1000)),
        }


def windows(
    span: float, points: int, *, least: str = "", min_step: str = "", scrape: float = SCRAPE_SECONDS
) -> Windows:
    """The windows of one query.

    Args:
        span: Seconds that the panel shows.
        points: How many points fit into it.
        least: The panel's least interval, as written in the board.
        min_step: The query's own, as written in the board; may be a variable.
        scrape: Seconds between two scrapes.
    """
    rounded = rounded_interval(span / max(points, 1))
    shown = max(rounded, seconds_of(least) or scrape)
    own = seconds_of(min_step)
    step = max(own or shown, rounded, rounded_interval(span / _MOST_POINTS))
    by_step = min_step in {"$__interval", "${__interval}"}
    between = step if by_step else own or scrape
    rate = max(shown + between, _RATE_SCRAPES * between)
    if min_step in _RATE_WORDS:
        step = rate = max(step + scrape, _RATE_SCRAPES * scrape)
    return Windows(step=step, rate=rate, span=span)


def rounded_interval(seconds: float) -> float:
    """The interval that people count in, near this one."""
    milliseconds = seconds * 1000
    position = bisect_right([below for below, _to in _ROUNDED], milliseconds)
    return (_ROUNDED[position][1] if position < len(_ROUNDED) else _YEAR) / 1000


def seconds_of(text: str) -> float | None:
    """Seconds of a duration as Prometheus and Grafana write it (`15s`, `1h30m`, `>10s`); None of anything else."""
    plain = text.strip().lstrip(">=")
    if not _DURATION.match(plain):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(plain)) or None


def relative_seconds(text: str) -> float | None:
    """Seconds of a range that ends now, as a board is saved with: `now-6h`; None of anything else."""
    return seconds_of(text.removeprefix("now-")) if text.startswith("now-") else None


def duration(seconds: float) -> str:
    """As Prometheus reads it."""
    milliseconds = max(round(seconds * 1000), 1)
    return f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"
