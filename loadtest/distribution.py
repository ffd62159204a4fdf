"""Recorded histograms as arrays: shares, percentiles and sums without touching single requests.

`hdrhistogram` reads one value at a time; the verdict, the search and the comparison ask thousands of times over hundreds of seconds. A
histogram is decoded once into the values of its occupied buckets and their counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MICROSECONDS = 1000.0  # in a millisecond; histograms count microseconds


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """Counts by latency.

    Attributes:
        values_ms: Upper ends of the occupied buckets in milliseconds, ascending.
        counts: Requests in each, as long as `values_ms`.
    """

    values_ms: "NDArray[np.float64]"
    counts: "NDArray[np.int64]"

    @property
    def total(self) -> int:
        """Requests in it."""
        return int(self.counts.sum())

    def percentile(self, percentile: float) -> float | None:
        """The value in ms under which `percentile` (0 to 100) of the requests lie; None when it is empty.

        The rank is HdrHistogram's: the count nearest to `percentile`, at least 1.
        """
        total = self.total
        if not total:
            return None
        rank = max(int(percentile * total / 100 + 0.5), 1)
        return float(self.values_ms[int(self.counts.cumsum().searchsorted(rank))])

    def over(self, limit_ms: float) -> int:
        """How many took longer than the limit."""
        return int(self.counts[self.values_ms > limit_ms].sum())


def decode(encoded: str) -> Distribution:
    """Reads a base64 HDR histogram (V2, microseconds).

    Args:
        encoded: As in `Figures.histograms` or `Moment.latency`; empty text is an empty distribution.

    Raises:
        ValueError: The text is no such histogram.
    """
    import numpy as np

    if not encoded:
        return Distribution(np.zeros(0), np.zeros(0, dtype=np.int64))
    from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

    try:
        histogram = HdrHistogram.decode(encoded)
    except Exception as error:
        # The library raises its own, zlib's, base64's and struct's errors for one and the same fact.
        raise ValueError("a recorded histogram is damaged") from error
    counts = np.frombuffer(histogram.counts, dtype=np.int64)
    occupied = np.flatnonzero(counts)
    magnitude = histogram.sub_bucket_half_count_magnitude
    half = 1 << magnitude
    # The layout of HdrHistogram: the first two half-buckets count single units, each further one twice as much as the one before.
    bucket = np.maximum((occupied >> magnitude) - 1, 0)
    within = np.where(occupied < half, occupied, (occupied & (half - 1)) + half)
    width = np.left_shift(np.int64(1), bucket + histogram.unit_magnitude)
    return Distribution((within * width + width - 1) / MICROSECONDS, counts[occupied].copy())


def merge(parts: Iterable[Distribution]) -> Distribution:
    """All requests of several distributions in one."""
    import numpy as np

    kept = [part for part in parts if part.counts.size]
    if not kept:
        return decode("")
    values, places = np.unique(np.concatenate([part.values_ms for part in kept]), return_inverse=True)
    weights = np.concatenate([part.counts for part in kept])
    return Distribution(values, np.bincount(places, weights=weights, minlength=values.size).astype(np.int64))
