"""How severe a loss is depends on the machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisors.severity import ASSUMED_CORES, CRITICAL_SHARE, HIGH_SHARE, MEDIUM_SHARE, severity_of
from facts.findings import Severity
from tests.advisors.case import LESS


@pytest.mark.parametrize("cores", [1.0, 4.0, 64.0, None])
@pytest.mark.parametrize(
    ("share", "severity", "below"),
    [
        (CRITICAL_SHARE, Severity.CRITICAL, Severity.HIGH),
        (HIGH_SHARE, Severity.HIGH, Severity.MEDIUM),
        (MEDIUM_SHARE, Severity.MEDIUM, Severity.LOW),
    ],
)
def test_both_sides_of_each_share(cores: float | None, share: float, severity: Severity, below: Severity) -> None:
    loss = share * (cores or ASSUMED_CORES)
    assert severity_of(loss, cores) is severity
    assert severity_of(loss * LESS, cores) is below


def test_nothing_lost_is_low() -> None:
    assert severity_of(0.0, None) is Severity.LOW


@given(loss=st.floats(0, 1e6), more=st.floats(0, 1e6), cores=st.none() | st.floats(0.5, 512))
def test_a_greater_loss_is_never_less_severe(loss: float, more: float, cores: float | None) -> None:
    assert severity_of(loss + more, cores).rank <= severity_of(loss, cores).rank
