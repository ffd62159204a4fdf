import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.arrivals import Choice, chosen, schedule, share
from loadtest.plan import Arrivals, Plan, Segment

URL = "http://127.0.0.1:1/"


def plan(*segments: tuple[float, float], arrivals: Arrivals = Arrivals.CONSTANT, seed: int = 1) -> Plan:
    rates = tuple(Segment(seconds=seconds, per_second=rate) for seconds, rate in segments)
    return Plan(target=URL, segments=rates, arrivals=arrivals, seed=seed)


def test_a_constant_rate_is_exact_to_one_arrival() -> None:
    times = list(schedule(plan((20, 500))))

    assert len(times) == 10_000
    assert times[0] == 0
    assert times[5_000] == 10
    assert all(abs(after - before - 0.002) < 1e-9 for before, after in itertools.pairwise(times))


@pytest.mark.parametrize("arrivals", [Arrivals.CONSTANT, Arrivals.POISSON])
@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_any_number_of_workers_sends_the_same_schedule(arrivals: Arrivals, workers: int) -> None:
    whole = plan((3, 40), (1, 0), (2, 333.3), arrivals=arrivals)

    shares = [list(share(whole, index, workers)) for index in range(workers)]

    assert sorted(itertools.chain(*shares)) == list(enumerate(schedule(whole)))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_poisson_arrivals_have_their_rate_their_spread_and_their_seed() -> None:
    times = list(schedule(plan((200, 100), arrivals=Arrivals.POISSON, seed=5)))
    seconds = Counter(map(int, times))
    counts = [seconds[second] for second in range(200)]
    mean = sum(counts) / 200
    variance = sum((each - mean) ** 2 for each in counts) / 199

    # 20,000 ± 3 standard deviations of 141; variance over mean is 1 ± 3·√(2/199).
    assert abs(len(times) - 20_000) < 424
    assert abs(variance / mean - 1) < 0.3
    assert times == list(schedule(plan((200, 100), arrivals=Arrivals.POISSON, seed=5)))
    assert times != list(schedule(plan((200, 100), arrivals=Arrivals.POISSON, seed=6)))


def test_steps_keep_their_rates_and_a_pause_is_empty() -> None:
    times = list(schedule(plan((10, 10), (10, 0), (10, 30))))

    assert [sum(low <= at < low + 10 for at in times) for low in (0, 10, 20)] == [100, 0, 300]


@given(
    st.lists(st.tuples(st.floats(0.1, 20), st.floats(0, 50)), min_size=1, max_size=6),
    st.sampled_from([Arrivals.CONSTANT, Arrivals.POISSON]),
)
def test_arrivals_ascend_within_the_plan(segments: list[tuple[float, float]], arrivals: Arrivals) -> None:
    made = plan(*segments, arrivals=arrivals)
    times = list(schedule(made))
    expected = sum(seconds * rate for seconds, rate in segments)

    assert times == sorted(times)
    assert all(0 <= at <= made.seconds for at in times)
    if arrivals is Arrivals.CONSTANT:
        assert abs(len(times) - expected) <= 1


def test_a_replay_is_what_it_was_given() -> None:
    replay = Plan(target=URL, arrivals=Arrivals.REPLAY, offsets=(0.0, 0.5, 0.5, 2.25))

    assert list(schedule(replay)) == [0.0, 0.5, 0.5, 2.25]
    assert replay.seconds == 2.25


def test_journeys_are_chosen_by_their_weights_and_by_the_arrivals_number_alone() -> None:
    choice = Choice([3, 1, 0, 6], seed=9)
    found = Counter(choice.of(number) for number in range(10_000))

    assert found[2] == 0
    assert abs(found[0] - 3000) < 3 * 46
    assert abs(found[1] - 1000) < 3 * 30
    assert [choice.of(number) for number in range(100)] == [Choice([3, 1, 0, 6], seed=9).of(n) for n in range(100)]


@given(st.integers(), st.integers(0, 10**9))
def test_the_figure_of_an_arrival_lies_in_the_unit_interval(seed: int, number: int) -> None:
    assert 0 <= chosen(seed, number) < 1
