"""How severe a loss is: the share of the database machine's cores that it takes at the multiplier.

Queueing makes the shares: above half of a machine busy with one avoidable thing, response times have at least doubled
(M/M/1: 1 / (1 - 0.5)) before the mall has done any of its real work.
"""

from facts.findings import Severity

CRITICAL_SHARE = 0.50
HIGH_SHARE = 0.20
MEDIUM_SHARE = 0.05
# Where the machine is not known; reports say so.
ASSUMED_CORES = 4.0


def severity_of(loss_cores: float, cores: float | None) -> Severity:
    """The severity of an avoidable loss.

    Args:
        loss_cores: Cores' worth of time that is lost at the multiplier.
        cores: Cores of the machine; None where it is not known.
    """
    share = loss_cores / (cores or ASSUMED_CORES)
    if share >= CRITICAL_SHARE:
        return Severity.CRITICAL
    if share >= HIGH_SHARE:
        return Severity.HIGH
    return Severity.MEDIUM if share >= MEDIUM_SHARE else Severity.LOW
