"""A bounded set of counters: stable, complete, and never falling."""

from hypothesis import given
from hypothesis import strategies as st

from collectors.serving.bounded import OTHER, BoundedCounters


def shown(counters: BoundedCounters) -> dict[str, float]:
    return {name: values[0] for name, values in counters.rows()}


def test_counting_begins_with_the_second_reading() -> None:
    counters = BoundedCounters(places=2, width=1)
    counters.add({"a": [100.0], "b": [50.0], "c": [10.0]})
    assert shown(counters) == {"a": 0.0, "b": 0.0, OTHER: 0.0}
    counters.add({"a": [107.0], "b": [51.0], "c": [12.0]})
    assert shown(counters) == {"a": 7.0, "b": 1.0, OTHER: 2.0}
    assert counters.folded == 1


def test_a_family_that_is_a_little_busier_gets_no_place() -> None:
    counters = BoundedCounters(places=1, width=1)
    counters.add({"a": [100.0], "b": [90.0]})
    for n in range(1, 20):
        counters.add({"a": [100.0 + 10 * n], "b": [90.0 + 12 * n]})
    assert set(shown(counters)) == {"a", OTHER}


def test_a_family_that_stays_clearly_busier_gets_the_place() -> None:
    counters = BoundedCounters(places=1, width=1)
    counters.add({"a": [100.0], "b": [0.0]})
    for n in range(1, 10):
        counters.add({"a": [100.0 + n], "b": [50.0 * n]})
    assert set(shown(counters)) == {"b", OTHER}


def test_a_counter_that_fell_began_anew() -> None:
    counters = BoundedCounters(places=1, width=1)
    counters.add({"a": [100.0]})
    counters.add({"a": [30.0]})
    assert shown(counters)["a"] == 30.0


def test_a_family_that_is_gone_loses_its_place() -> None:
    counters = BoundedCounters(places=1, width=1)
    counters.add({"a": [100.0], "b": [1.0]})
    counters.add({"b": [2.0]})
    assert set(shown(counters)) == {"b", OTHER}


@given(st.lists(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 50), min_size=1), min_size=2, max_size=12))
def test_the_remainder_never_falls_and_nothing_is_lost(gains: list[dict[str, int]]) -> None:
    counters = BoundedCounters(places=3, width=1)
    totals = dict.fromkeys("abcdefgh", 0.0)
    counters.add({name: [0.0] for name in totals})
    other = 0.0
    shares = 0.0
    before: dict[str, float] = {}
    for gain in gains:
        for name, value in gain.items():
            totals[name] += value
        counters.add({name: [value] for name, value in totals.items()})
        now = shown(counters)
        assert now[OTHER] >= other
        other = now[OTHER]
        assert len(now) <= 4
        # What each reading brought is in the series that are shown, each from where it stood or from zero.
        shares = sum(value - (before.get(name, 0.0)) for name, value in now.items())
        assert shares == sum(gain.values())
        before = now
