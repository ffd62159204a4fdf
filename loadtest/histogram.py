"""Distributions of times: HDR histograms with three significant figures, from 1 µs to 1 hour.

While a run records, a histogram is a plain dictionary from bucket to count. Only buckets that occur take room,
merging is addition, and recording takes 0.2 µs where the `hdrhistogram` package takes 0.7 µs. Buckets are those of
that package (so a value is at most 0.1 % off), and what is stored or compared is its own encoding (V2, compressed,
base64), which every HDR histogram library reads.

Source: https://hdrhistogram.github.io/HdrHistogram/
"""

import base64
import struct
import zlib
from collections.abc import Iterable

from facts.rounds import Percentiles

LOWEST_MICROSECONDS = 1
HIGHEST_MICROSECONDS = 3_600_000_000
SIGNIFICANT_FIGURES = 3
# 2 · 10³ distinguishable values need 2048 sub-buckets, of which the upper 1024 are new in every bucket but the first.
_HALF_BITS = 10
# Cookies of the encoding, and the parts of its numbers.
_PAYLOAD = 0x1C849313
_COMPRESSED = 0x1C849314
_SEVEN_BITS = 0x7F
_MORE = 0x80
_PERCENTILES = (50.0, 95.0, 99.0, 99.9)

Counts = dict[int, int]
"""How many values fell into each bucket."""


def bucket(seconds: float) -> int:
    """The bucket of a time; below 0 counts as 0, above an hour as an hour."""
    value = int(seconds * 1e6)
    if value < 2 << _HALF_BITS:
        return max(value, 0)
    value = min(value, HIGHEST_MICROSECONDS)
    shift = value.bit_length() - _HALF_BITS - 1
    return (shift << _HALF_BITS) + (value >> shift)


def record(counts: Counts, seconds: float, times: int = 1) -> None:
    """Adds a time, `times` over."""
    index = bucket(seconds)
    counts[index] = counts.get(index, 0) + times


def merge(into: Counts, other: Counts) -> None:
    """Adds the other histogram to the first."""
    for index, times in other.items():
        into[index] = into.get(index, 0) + times


def merged(histograms: Iterable[Counts]) -> Counts:
    """The sum of all."""
    total: Counts = {}
    for each in histograms:
        merge(total, each)
    return total


def percentile_ms(counts: Counts, percentile: float) -> float | None:
    """The time in milliseconds that `percentile` % of the values do not exceed; None when there are none."""
    found = _percentiles(counts, (percentile,))
    return found[0] if found else None


def percentiles(counts: Counts) -> Percentiles | None:
    """The figures of a histogram that people read; None when it is empty."""
    found = _percentiles(counts, _PERCENTILES)
    if not found:
        return None
    total = sum(counts.values())
    mean = sum((_low(index) + _high(index)) / 2 * times for index, times in counts.items()) / total / 1e3
    p50, p95, p99, p99_9 = found
    return Percentiles(count=total, mean=mean, p50=p50, p95=p95, p99=p99, p99_9=p99_9, max=_high(max(counts)) / 1e3)


def encode(counts: Counts) -> str:
    """As a base64 HDR histogram of microseconds (V2, compressed); "" when it is empty.

    Written here because a run encodes many small ones a second, and the package makes an array of every bucket first.
    """
    if not counts:
        return ""
    body, expected = bytearray(), 0
    for index in sorted(counts):
        if index > expected:
            _append(body, expected - index)  # a run of empty buckets is one negative number
        _append(body, counts[index])
        expected = index + 1
    header = struct.pack(
        ">IIIIQQd", _PAYLOAD, len(body), 0, SIGNIFICANT_FIGURES, LOWEST_MICROSECONDS, HIGHEST_MICROSECONDS, 1.0
    )
    packed = zlib.compress(header + body)
    return base64.b64encode(struct.pack(">II", _COMPRESSED, len(packed)) + packed).decode("ascii")


def decode(text: str) -> Counts:
    """What `encode` wrote.

    Raises:
        ValueError: It is no HDR histogram, or not of these bounds.
    """
    if not text:
        return {}
    from hdrh.codec import (  # type: ignore[import-untyped]
        HdrCookieException,
        HdrHistogramSettingsException,
        HdrLengthException,
    )
    from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

    try:
        histogram = HdrHistogram.decode(text)
    except (
        TypeError,
        ValueError,
        zlib.error,
        HdrCookieException,
        HdrHistogramSettingsException,
        HdrLengthException,
    ) as error:
        raise ValueError("this is no HDR histogram") from error
    if histogram.significant_figures != SIGNIFICANT_FIGURES or histogram.lowest_trackable_value != LOWEST_MICROSECONDS:
        raise ValueError("this HDR histogram has other bounds or figures than ours")
    length = min(histogram.counts_len, histogram.encoder.payload.counts_len)
    return {index: int(histogram.counts[index]) for index in range(length) if histogram.counts[index]}


def _percentiles(counts: Counts, wanted: tuple[float, ...]) -> list[float]:
    total = sum(counts.values())
    if not total:
        return []
    found: list[float] = []
    passed = 0
    # The rank as the HDR libraries take it: rounded to the nearest, and at least the first.
    ranks = [max(int(each / 100 * total + 0.5), 1) for each in wanted]
    for index in sorted(counts):
        passed += counts[index]
        while len(found) < len(ranks) and passed >= ranks[len(found)]:
            found.append(_high(index) / 1e3)
        if len(found) == len(ranks):
            break
    return found


def _append(body: bytearray, number: int) -> None:
    """ZigZag LEB128: the sign in the lowest bit, then seven bits a byte, the lowest first."""
    rest = number << 1 if number >= 0 else (-number << 1) - 1
    while rest > _SEVEN_BITS:
        body.append(rest & _SEVEN_BITS | _MORE)
        rest >>= 7
    body.append(rest)


def _low(index: int) -> int:
    """The smallest value of a bucket, in microseconds."""
    shift = max((index >> _HALF_BITS) - 1, 0)
    return (index - (shift << _HALF_BITS)) << shift


def _high(index: int) -> int:
    """The largest value of a bucket, in microseconds."""
    shift = max((index >> _HALF_BITS) - 1, 0)
    return _low(index) + (1 << shift) - 1
