import random

import pytest
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from loadtest.histogram import Counts, bucket, decode, encode, merged, percentile_ms, percentiles, record

TIMES = st.lists(st.floats(0, 3600), min_size=1, max_size=200)


def made(times: list[float]) -> Counts:
    counts: Counts = {}
    for each in times:
        record(counts, each)
    return counts


def test_buckets_and_encoding_are_those_of_the_hdrhistogram_package() -> None:
    dice = random.Random(4)
    times = [dice.lognormvariate(-4, 3) for _ in range(5_000)]
    theirs = HdrHistogram(1, 3_600_000_000, 3)
    for each in times:
        theirs.record_value(min(int(each * 1e6), 3_600_000_000))
    ours = made(times)

    assert encode(ours) == theirs.encode().decode()
    for percentile in (50, 95, 99, 99.9):
        assert percentile_ms(ours, percentile) == theirs.get_value_at_percentile(percentile) / 1e3


@given(TIMES)
def test_what_was_stored_is_read_back(times: list[float]) -> None:
    assert decode(encode(made(times))) == made(times)


@given(TIMES, TIMES)
def test_merging_is_the_same_as_recording_all(ones: list[float], others: list[float]) -> None:
    assert merged([made(ones), made(others)]) == made(ones + others)


@given(TIMES)
def test_percentiles_are_within_a_thousandth_of_the_exact_ones(times: list[float]) -> None:
    found = percentiles(made(times))
    exact = sorted(times)

    assert found is not None
    assert found.count == len(times)
    for value, percentile in ((found.p50, 50), (found.p95, 95), (found.p99, 99), (found.max, 100)):
        rank = max(int(percentile / 100 * len(times) + 0.5), 1)
        assert value == pytest.approx(exact[rank - 1] * 1e3, rel=1e-3, abs=2e-3)


def test_times_beyond_the_bounds_are_kept_at_them() -> None:
    assert bucket(-1) == bucket(0)
    assert bucket(7200) == bucket(3600)


def test_an_empty_histogram_has_no_figures() -> None:
    assert percentiles({}) is None
    assert percentile_ms({}, 99) is None
    assert encode({}) == ""
    assert decode("") == {}


@pytest.mark.parametrize(
    "text", ["x", "HISTFAAA", "AAAA", encode({1: 1})[:20], HdrHistogram(1, 1000, 2).encode().decode()]
)
def test_what_is_no_histogram_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HDR histogram"):
        decode(text)
