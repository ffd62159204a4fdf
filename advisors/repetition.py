"""How often a cache would answer, from how the number of different keys grows with the number of requests.

Source: Heaps' law (Heaps, "Information Retrieval", 1978): among n requests about K n^β are for something not asked for before.
"""

import math
from collections.abc import Sequence

from facts.front import Endpoint

# The exponent is the slope over the last seven octaves (a factor of 128): a shorter stretch is noisier, a longer one older.
_OCTAVES = 7
_OCTAVES_AT_LEAST = 5


def hit_ratio(endpoints: Sequence[Endpoint], requests: float) -> float | None:
    """The share of requests that a cache without size limit answers within one lifetime of its entries.

    Args:
        endpoints: Families of one page; the one that is asked for most stands for it.
        requests: That will come within the lifetime.

    Returns:
        Between 0 and 1; None where the log shows too few requests to tell.
    """
    if not endpoints:
        return None
    growth = max(endpoints, key=lambda endpoint: endpoint.requests).distinct_growth
    if len(growth) <= _OCTAVES_AT_LEAST:
        return None
    expected = max(requests, 1.0)
    return 1 - min(_different(growth, expected), expected) / expected


def _different(growth: Sequence[int], requests: float) -> float:
    """Different keys among so many requests: read from the log as far as it reaches, projected beyond it."""
    last = len(growth) - 1
    octave = int(math.log2(requests))
    if octave < last:
        return growth[octave] + (growth[octave + 1] - growth[octave]) * (requests / 2.0**octave - 1)
    stretch = min(last, _OCTAVES)
    slope = min(max(math.log2(growth[-1] / growth[-1 - stretch]) / stretch, 0.0), 1.0)
    return growth[-1] * math.pow(requests / 2.0**last, slope)
