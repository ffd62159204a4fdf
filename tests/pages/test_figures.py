"""A figure is rounded for its reader, and never into another statement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.quantities import percent


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (0.0, "0 %"),
        (1e-9, "<0.1 %"),
        (0.0004, "<0.1 %"),
        (0.0006, "0.1 %"),
        (0.042, "4.2 %"),
        (0.0996, "10 %"),
        (0.97, "97 %"),
        (0.994, "99 %"),
        (0.996, "99.6 %"),
        (0.9994, "99.9 %"),
        (0.9997, ">99.9 %"),
        (1 - 1e-12, ">99.9 %"),
        (1.0, "100 %"),
        (1.5, "150 %"),
    ],
)
def test_a_share_is_shown_in_per_cent(ratio: float, shown: str) -> None:
    assert percent(ratio) == shown


@given(st.floats(min_value=0, max_value=1))
def test_only_nothing_is_0_per_cent_and_only_everything_is_100(ratio: float) -> None:
    assert (percent(ratio) in {"0 %", "0.0 %"}) is (ratio * 100 == 0)
    assert (percent(ratio) in {"100 %", "100.0 %"}) is (ratio * 100 == 100)
