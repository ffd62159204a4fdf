"""The Universal Scalability Law through the steps of a search, an aside to the knee that was measured.

Source: Gunther, "Guerrilla Capacity Planning" (Springer, 2007): X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)), with N the
concurrency, sigma the contention and kappa the coherency delay; it peaks at N = sqrt((1 - sigma) / kappa).
"""

from collections.abc import Sequence

from facts.rounds import Step

FEWEST_STEPS = 5
LEAST_SHARE_EXPLAINED = 0.9
FARTHEST = 2.0


def peak(steps: Sequence[Step]) -> float | None:
    """Throughput a second at the peak of the fitted curve.

    An open loop sets the rate and not the concurrency, so N comes from Little's law (rate times latency); p99 stands for the mean, which a
    step does not keep, and only scales N.

    Args:
        steps: Measured steps.

    Returns:
        None with fewer than five distinct rates, or where the law does not describe them: it explains less than nine tenths of the
        variance, or has no peak near them.
    """
    points = {each.per_second: each for each in steps if each.p99_ms}
    if len(points) < FEWEST_STEPS:
        return None
    import numpy as np
    from numpy.typing import NDArray
    from scipy.optimize import curve_fit  # type: ignore[import-untyped]

    throughput = np.array([rate * min(step.achieved_ratio, 1.0) for rate, step in points.items()])
    concurrency = np.array([rate * (step.p99_ms or 0.0) / 1000 for rate, step in points.items()])
    concurrency = np.maximum(concurrency / concurrency.min(), 1.0)

    def law(load: NDArray[np.float64], rate: float, contention: float, coherency: float) -> NDArray[np.float64]:
        return rate * load / (1 + contention * (load - 1) + coherency * load * (load - 1))

    start = (float(throughput.max()), 0.1, 0.001)
    try:
        fitted, _ = curve_fit(law, concurrency, throughput, p0=start, bounds=([0, 0, 0], [np.inf, 1, 1]), maxfev=5000)
    except (RuntimeError, ValueError):
        return None
    rate, contention, coherency = (float(each) for each in fitted)
    left = float(((throughput - law(concurrency, *fitted)) ** 2).sum())
    spread = float(((throughput - throughput.mean()) ** 2).sum())
    if coherency <= 0 or contention >= 1 or spread == 0 or left > (1 - LEAST_SHARE_EXPLAINED) * spread:
        return None
    best = ((1 - contention) / coherency) ** 0.5
    # A peak far beyond every step is the fit's imagination.
    if not 1 <= best <= FARTHEST * float(concurrency.max()):
        return None
    return float(law(np.array([best]), rate, contention, coherency)[0])
