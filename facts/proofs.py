"""What became of a prediction: replayed on a copy before the change, or observed on the mall after it."""

from dataclasses import dataclass
from enum import StrEnum

from facts.message import Message


class Outcome(StrEnum):
    """What a measurement says of a finding."""

    PROVEN = "proven"
    REFUTED = "refuted"
    NOT_APPLIED = "not yet applied"
    NOT_TOLD = "not enough evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofStatement:
    """One statement family before and after the change.

    Attributes:
        runs: How often it was replayed with different values, or called after the change.
        seconds_before, seconds_after: Mean of one run; None where there is no such measurement.
        seconds_predicted: Before, times the planner's ratio of costs.
        blocks_before, blocks_after: Shared blocks that one run touched, mean.
        note: Why it was not measured, or what is odd about it.
    """

    id: str
    text: str
    runs: int
    seconds_before: float | None
    seconds_predicted: float | None
    seconds_after: float | None
    blocks_before: float | None = None
    blocks_after: float | None = None
    note: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was measured of one finding.

    Attributes:
        method: `replayed` on a copy, or `observed` on the mall.
        reason: Of the outcome, in one sentence.
        predicted_kept: Share of its statements' time that was predicted to be left.
        measured_kept: The share that was left; both with the weights of the measurement.
        low, high: 95 % interval of `measured_kept`, where the measurement gives one.
        predicted_bytes, measured_bytes: Size of the index.
        build_seconds: That building it took.
    """

    code: str
    target: str
    subject: str
    method: str
    outcome: Outcome
    reason: Message
    predicted_kept: float | None = None
    measured_kept: float | None = None
    low: float | None = None
    high: float | None = None
    predicted_bytes: int | None = None
    measured_bytes: int | None = None
    build_seconds: float | None = None
    statements: tuple[ProofStatement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How good predictions were, over everything that was proven or refuted.

    Attributes:
        predictions: How many there were.
        proven: How many of them were.
        saving_ratio: Median of the measured saving over the predicted one; 1 is exact, less was promised too much.
        size_ratio: Median of the real size over the predicted one; None where none was measured.
    """

    predictions: int
    proven: int
    saving_ratio: float | None
    size_ratio: float | None
