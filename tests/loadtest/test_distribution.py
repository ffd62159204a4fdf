"""Histograms as arrays agree with the generator's own reading of them."""

import numpy as np
import pytest

from loadtest import histogram
from loadtest.distribution import decode, merge
from tests.loadtest.queueing import encode


@pytest.mark.parametrize("spread", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("count", [1, 7, 5000])
def test_percentiles_are_those_of_the_generators_own_histogram(spread: float, count: int) -> None:
    text = encode(np.random.default_rng(count).lognormal(-4, spread, count))
    for percentile in (1, 50, 95, 99, 99.9):
        assert decode(text).percentile(percentile) == histogram.percentile_ms(histogram.decode(text), percentile)


def test_merged_distributions_hold_all_requests() -> None:
    fast, slow = decode(encode(np.full(90, 0.010))), decode(encode(np.full(10, 1.0)))
    both = merge((fast, slow, decode("")))
    assert both.total == 100
    assert both.percentile(90) == pytest.approx(10.0, rel=0.001)
    assert both.percentile(91) == pytest.approx(1000.0, rel=0.001)
    assert both.over(500) == 10


def test_an_empty_distribution_has_no_percentile() -> None:
    assert decode("").percentile(99) is None
    assert merge(()).total == 0


@pytest.mark.parametrize("text", ["nonsense", "AAAA", "HISTFAAA"])
def test_a_damaged_histogram_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="damaged"):
        decode(text)
