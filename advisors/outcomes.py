"""When a prediction counts as proven, and how well predictions have been calibrated.

A prediction is proven when at least half of the predicted saving is there: a remedy that spares half of what was promised still
pays, and what spares less was chosen for a reason that does not hold. The planner's cost is not time, so that exactness is no test.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from facts.proofs import Calibration, Outcome, Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a measurement decides.

    Attributes:
        saving_share: Of the predicted saving; from here on a finding is proven.
        min_calls: Of a statement after the change; fewer tell nothing.
        slower_ratio: A statement that takes so much longer after an index was dropped missed it.
    """

    saving_share: float = 0.5
    min_calls: int = 10
    slower_ratio: float = 1.5


THRESHOLDS = Thresholds()


def outcome_of(predicted_kept: float, measured_kept: float, thresholds: Thresholds = THRESHOLDS) -> Outcome:
    """Whether the measurement proves the prediction.

    Args:
        predicted_kept: Share of the time that was predicted to be left.
        measured_kept: The share that was left.
        thresholds: When it decides.
    """
    saved, promised = 1 - measured_kept, 1 - predicted_kept
    return Outcome.PROVEN if saved > 0 and saved >= thresholds.saving_share * promised else Outcome.REFUTED


def calibrate(proofs: Iterable[Proof]) -> Calibration:
    """How the predictions of all these compare with what was measured; what was not measured counts nowhere."""
    decided = [each for each in proofs if each.outcome in {Outcome.PROVEN, Outcome.REFUTED}]
    savings = [
        (1 - each.measured_kept) / (1 - each.predicted_kept)
        for each in decided
        if each.measured_kept is not None and each.predicted_kept is not None and each.predicted_kept < 1
    ]
    sizes = [
        each.measured_bytes / each.predicted_bytes for each in decided if each.measured_bytes and each.predicted_bytes
    ]
    return Calibration(
        predictions=len(decided),
        proven=sum(each.outcome is Outcome.PROVEN for each in decided),
        saving_ratio=round(median(savings), 3) if savings else None,
        size_ratio=round(median(sizes), 3) if sizes else None,
    )
