"""What CFG001 makes of pools that tell their own limit."""

import math

import pytest

from facts.findings import Severity
from facts.host import External, HostFacts
from tests.collectors.prometheus_parts import judged


def pool(*, most: float = 10, active: float = 0.4, pending: float | None = 0, job: str = "shop") -> HostFacts:
    figures = {"max": most, "active": active, "pending_peak": pending}
    return HostFacts(
        target="prometheus",
        source="prometheus",
        readings=(),
        external=tuple(
            External(name=f"pool_connections_{name}", labels={"job": job, "pool": "main"}, value=value)
            for name, value in figures.items()
            if value is not None
        ),
    )


LOAD = 4
NEEDED = LOAD + 2 * math.isqrt(LOAD)


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        (pool(most=NEEDED), None),
        (pool(most=NEEDED - 1), Severity.MEDIUM),
        (pool(most=LOAD + 1), Severity.MEDIUM),
        (pool(most=LOAD), Severity.HIGH),
        (pool(most=NEEDED, pending=1), Severity.HIGH),
        (pool(most=NEEDED, pending=None), None),
        (pool(most=1, job="mall-admin"), Severity.MEDIUM),
        (pool(most=2, job="mall-admin"), None),
    ],
    ids=[
        *("just large enough", "one is missing", "just larger than the load", "no larger than the load"),
        *(
            "a thread waits today",
            "waiting is not told",
            "the staff is no larger at the promotion",
            "enough for the staff",
        ),
    ],
)
def test_a_pool_is_judged_by_its_own_limit(facts: HostFacts, severity: Severity | None) -> None:
    report = judged(facts)
    subjects = [each.subject for each in report.findings] + [each.subject for each in report.quiet]
    assert [subject.rpartition("/")[2] for subject in subjects] == ["main"]
    assert [each.severity for each in report.findings] == ([severity] if severity else [])
    assert [each.reason for each in report.quiet] == ([] if severity else ["enough"])


def test_the_same_pool_of_several_processes_counts_as_one() -> None:
    one, other = pool(most=NEEDED / 2, active=0.2), pool(most=NEEDED / 2, active=0.2)
    both = HostFacts(target="prometheus", source="prometheus", readings=(), external=one.external + other.external)
    report = judged(both)
    assert (len(report.findings), [each.reason for each in report.quiet]) == (0, ["enough"])


def test_a_pool_whose_limit_is_not_known_is_not_judged() -> None:
    facts = pool()
    unlimited = HostFacts(target="prometheus", source="prometheus", readings=(), external=facts.external[1:])
    report = judged(unlimited)
    assert (report.findings, report.quiet) == ((), ())
