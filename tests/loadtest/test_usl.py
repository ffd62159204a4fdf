"""The fit is an aside: where the law describes the steps it finds their peak, elsewhere it is silent."""

import pytest

from facts.rounds import Step
from loadtest.usl import peak


def step(per_second: float, p99_ms: float, achieved: float = 1.0) -> Step:
    return Step(
        per_second=per_second, held=True, achieved_ratio=achieved, p99_ms=p99_ms, failed_ratio=0.0, backlog_slope=0.0
    )


def test_steps_that_follow_the_law_give_its_peak() -> None:
    contention, coherency, single = 0.02, 0.0005, 20.0
    steps = []
    for load in (1, 2, 4, 8, 16, 32, 64, 96):
        throughput = single * load / (1 + contention * (load - 1) + coherency * load * (load - 1))
        steps.append(step(throughput, 1000 * load / throughput))
    best = ((1 - contention) / coherency) ** 0.5
    expected = single * best / (1 + contention * (best - 1) + coherency * best * (best - 1))
    assert peak(steps) == pytest.approx(expected, rel=0.02)


def test_few_steps_or_steps_without_a_bend_give_none() -> None:
    assert peak([step(10, 20), step(20, 21)]) is None
    assert peak([]) is None
    assert peak([step(rate, 20.0) for rate in (10, 20, 40, 80, 160, 320)]) is None
