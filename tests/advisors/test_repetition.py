"""How often a cache would answer, from how the number of different keys grew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisors import repetition
from advisors.repetition import hit_ratio
from tests.advisors import build

AT_LEAST = repetition._OCTAVES_AT_LEAST


def asked(*growth: int, requests: int = 600) -> float | None:
    return hit_ratio([build.endpoint(growth=growth)], requests)


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, ...]:
    """Different keys among the first 1, 2, 4, … requests: never fewer than before, and new ones no faster than before."""
    growth = [1]
    for _ in range(draw(st.integers(AT_LEAST, 2 * AT_LEAST))):
        growth.append(growth[-1] + draw(st.integers(0, growth[-1])))
    return tuple(growth)


@given(growth=growths(), requests=st.floats(0, 1e9))
def test_the_ratio_is_a_share(growth: tuple[int, ...], requests: float) -> None:
    ratio = hit_ratio([build.endpoint(growth=growth)], requests)
    assert ratio is not None
    assert 0 <= ratio < 1


@given(growth=growths(), requests=st.floats(1, 1e8), more=st.floats(1, 100))
def test_more_requests_never_lower_it(growth: tuple[int, ...], requests: float, more: float) -> None:
    few = hit_ratio([build.endpoint(growth=growth)], requests)
    many = hit_ratio([build.endpoint(growth=growth)], requests * more)
    assert few is not None
    assert many is not None
    assert many >= few - 1e-9


def test_one_key_is_answered_always_but_once() -> None:
    assert asked(*(1,) * 11, requests=2_048) == pytest.approx(1 - 1 / 2_048)


def test_only_new_keys_are_never_answered() -> None:
    assert asked(*(2**octave for octave in range(11)), requests=1_000_000) == 0.0


def test_keys_that_grow_with_the_root_of_the_requests_are_projected_so() -> None:
    roots = (round(2 ** (octave / 2)) for octave in range(15))
    assert asked(*roots, requests=4 * 2**14) == pytest.approx(1 - 256 / 65_536, abs=1e-3)


@pytest.mark.parametrize(("octaves", "known"), [(AT_LEAST - 1, False), (AT_LEAST, True)])
def test_too_few_requests_tell_nothing(octaves: int, *, known: bool) -> None:
    assert (asked(*range(1, octaves + 2)) is not None) is known


def test_a_log_without_requests_tells_nothing() -> None:
    assert asked() is None
    assert asked(1) is None


def test_no_page_tells_nothing() -> None:
    assert hit_ratio([], 1_000) is None


def test_the_family_that_is_asked_for_most_stands_for_the_page() -> None:
    once = build.endpoint("POST /p/{id}", requests=10, growth=tuple(2**octave for octave in range(11)))
    often = build.endpoint("GET /p/{id}", requests=1_000, growth=(1,) * 11)
    assert hit_ratio([once, often], 1_000) == hit_ratio([often], 1_000)


def test_fewer_requests_than_the_log_saw_repeat_less() -> None:
    # the first 64 requests were all for different keys
    growth = (1, 2, 4, 8, 16, 32, 64, 64, 64, 64, 64)
    assert asked(*growth, requests=64) == pytest.approx(0.0)
    assert asked(*growth, requests=96) == pytest.approx(1 / 3)
